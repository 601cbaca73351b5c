"""Where a command is to write its result, tested before the long work and not after it. CPython only.

The one file of protocol that touches the disk: the commands of every room share it, and no other room may be shared.
"""

import tempfile
from pathlib import Path

from adatom.protocol.errors import InputError


def output_file(path: "Path | None") -> "Path | None":
    """The path, its folder made and seen to take files; a typer callback. InputError says why it cannot be written."""
    if path is None:
        return None
    if path.is_dir():
        raise InputError(str(path), "is a folder: must be a file to write")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):  # access rights alone do not show a read-only file system
            pass
        if path.exists():
            path.open("ab").close()
    except OSError as error:
        raise InputError(str(path), f"cannot be written: {error.strerror}") from error
    return path
