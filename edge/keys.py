"""Reading the key file of a bench, which nobody but its owner may read."""

import os

from adatom.protocol.errors import InputError
from adatom.protocol.seal import keys_from_json

OTHERS = 0o077


def load_keys(path: str) -> "dict[str, bytes]":
    """Key id -> bytes. InputError when the file is missing, open to others or no key file."""
    try:
        with open(path) as file:
            text = file.read()
    except OSError:
        raise InputError(path, "cannot be read: the key file comes from the cloud's first start")
    refuse_open_to_others(path)
    return keys_from_json(text, path)


def refuse_open_to_others(path: str) -> None:
    """InputError for a file that others may read."""
    # FAT on a board knows no owners: there every file looks open, and the board itself is the safe
    if hasattr(os, "getuid") and os.stat(path)[0] & OTHERS:
        raise InputError(path, "is readable by others: chmod 600 it")
