"""The key file that cloud and benches share: made once, readable by its owner alone."""

import json
import os
import secrets
from pathlib import Path

from adatom.protocol.errors import InputError
from adatom.protocol.seal import KEY_IDS, keys_from_json

KEY_BYTES = 32
OTHERS = 0o077


def load_or_create_keys(path: Path) -> dict[str, bytes]:
    """Key id -> bytes; a missing file is made with fresh keys. InputError when others can read it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({name: secrets.token_hex(KEY_BYTES) for name in KEY_IDS})
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
    if path.stat().st_mode & OTHERS:
        raise InputError(str(path), "is readable by others: chmod 600 it")
    return keys_from_json(path.read_text(), str(path))
