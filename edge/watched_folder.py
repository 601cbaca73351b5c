"""The folder into which an analyser drops its files: each complete file once, by its content. CPython only.

Polling, so that it works on a network share too. A file is taken when it was the same at two looks and while it was
read. What was taken or refused is remembered by SHA-256 across restarts; no file is ever moved, changed or deleted.
"""

import contextlib
import hashlib
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

from adatom.protocol.errors import ProtocolError
from adatom.protocol.xps_files import read_file

ENDINGS = (".vms", ".csv")
TEMPORARY = (".", "~", "#")  # first characters of names that programs use while they write
MAX_BYTES = 1_000_000  # K: a survey and ten regions are about 100 kB
MAX_FILES = 2000  # K: in one folder; the oldest names beyond are not looked at
NAME_MAX = 255

Identity = tuple[int, int, int]  # size, time of the last change in ns, inode


class Found(NamedTuple):
    """A file that is new: its measurements and bytes, or `why` it was refused."""

    name: str
    sha256: str
    data: bytes
    measurements: list[dict[str, Any]]
    why: str


class WatchedFolder:
    """`look` finds the next new file, `remember` makes it old. `memory` is the file that lists what was taken."""

    def __init__(self, folder: Path, memory: Path) -> None:
        self.folder = folder
        self.memory = memory
        self.known = _read_memory(memory)
        self.last_look: dict[str, Identity] = {}
        self.settled: dict[str, Identity] = {}  # files whose content is known already

    def look(self) -> Found | None:
        """The next new file that is complete; None while there is none. OSError for a folder that cannot be read."""
        here = self._listing()
        steady = [name for name, identity in sorted(here.items()) if self.last_look.get(name) == identity]
        self.last_look = here
        self.settled = {name: identity for name, identity in self.settled.items() if here.get(name) == identity}
        for name in steady:
            if self.settled.get(name) != here[name]:
                found = self._open(name, here[name])
                if found is not None:
                    return found
        return None

    def remember(self, found: Found) -> None:
        """Never give this content again, not after a restart either."""
        self.known.add(found.sha256)
        with self.memory.open("a") as file:
            # the line break before it: a line that a crash cut off must not swallow this one
            file.write(f"\n{found.sha256} {'refused' if found.why else 'taken'}\n")
            file.flush()
            os.fsync(file.fileno())

    # --- inner -------------------------------------------------------------------------------------------------
    def _listing(self) -> dict[str, Identity]:
        """The plain files with a name that is ours; what vanishes meanwhile is not there."""
        here: dict[str, Identity] = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if not entry.name.lower().endswith(ENDINGS) or entry.name.startswith(TEMPORARY):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        here[entry.name] = _identity(status)
        return dict(sorted(here.items())[-MAX_FILES:])

    def _open(self, name: str, identity: Identity) -> Found | None:
        """The file as a find; None when it is not new, or changed while it was read (then it comes again)."""
        if identity[0] > MAX_BYTES:
            key = hashlib.sha256(f"{name}/{identity[0]}/{identity[1]}".encode("utf-8", "replace")).hexdigest()
            why = f"{identity[0]} bytes: at most {MAX_BYTES} are taken"
            return self._new(name, identity, Found(name, key, b"", [], why))
        try:
            with open(self.folder / name, "rb") as file:
                data = file.read(MAX_BYTES + 1)
                same = _identity(os.fstat(file.fileno())) == identity and len(data) == identity[0]
        except OSError as error:
            key = hashlib.sha256(f"{name}/{identity}".encode("utf-8", "replace")).hexdigest()
            return self._new(name, identity, Found(name, key, b"", [], f"cannot be read: {error.strerror}"))
        if not same:
            return None
        digest = hashlib.sha256(data).hexdigest()
        if digest in self.known:
            self.settled[name] = identity
            return None
        return self._new(name, identity, _parsed(name, digest, data))

    def _new(self, name: str, identity: Identity, found: Found) -> Found | None:
        self.settled[name] = identity
        return None if found.sha256 in self.known else found


def _parsed(name: str, digest: str, data: bytes) -> Found:
    shown = name.encode("utf-8", "replace").decode()[:NAME_MAX]
    try:
        return Found(shown, digest, data, read_file(shown, data), "")
    except ProtocolError as error:
        return Found(shown, digest, b"", [], str(error))


def _identity(status: os.stat_result) -> Identity:
    return status.st_size, status.st_mtime_ns, status.st_ino


def _read_memory(memory: Path) -> set[str]:
    """The contents known from before; a line cut off by a crash is none."""
    if not memory.exists():
        return set()
    words = [line.split(" ")[0] for line in memory.read_text(errors="replace").split("\n")]
    return {word for word in words if len(word) == hashlib.sha256().digest_size * 2}
