"""Reading the key file of a bench, which nobody but its owner may read."""

import os

from adatom.protocol.errors import InputError
from adatom.protocol.seal import keys_from_json

OTHERS = 0o077


def load_keys(path: str) -> "dict[str, bytes]":
    """Key id -> bytes. InputError when the file is missing, open to others or no key file."""
    try:
        mode = os.stat(path)[0]
        with open(path) as file:
            text = file.read()
    except OSError:
        raise InputError(path, "cannot be read: the key file comes from the cloud's first start")
    # FAT on a board knows no owners: there every file looks open, and the board itself is the safe
    if hasattr(os, "getuid") and mode & OTHERS:
        raise InputError(path, "is readable by others: chmod 600 it")
    return keys_from_json(text, path)
