"""The cloud's key file: made once, readable by its owner alone, read again when it has changed."""

import asyncio
import json
import logging
import os
import secrets
from pathlib import Path

from adatom.protocol.errors import InputError
from adatom.protocol.keyring import EVERY_BENCH, NEEDED, KeyRing, bench_key, ring_from_json
from adatom.protocol.secrecy import refuse_mode

KEY_BYTES = 32
LOOK_S = 5.0
LOG = logging.getLogger(__name__)


def load_or_create_keys(path: Path) -> KeyRing:
    """The cloud's keys; a missing file is made with fresh ones that all benches share. InputError, as load_keys."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, json.dumps({role: secrets.token_hex(KEY_BYTES) for role in NEEDED}) + "\n")
    return load_keys(path)


def load_keys(path: Path) -> KeyRing:
    """The keys of a file. InputError when it is missing, open to others, a bench's own, or no key file."""
    ring = ring_from_json(read_secret(path), str(path))
    if ring.made_for not in ("", EVERY_BENCH):
        raise InputError(str(path), f"is the key file of bench {ring.made_for}; the cloud has its own")
    return ring


def read_secret(path: Path) -> str:
    """The text of a file that only its owner may read; InputError otherwise."""
    try:
        refuse_mode(str(path), path.stat().st_mode)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(str(path), "is not UTF-8 text") from error


def write_secret(path: Path, text: str) -> None:
    """Make a file that only its owner may read; FileExistsError if there is one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)


def keys_of_bench(ring: KeyRing, bench: str) -> str:
    """The text of a bench's key file. Of the cloud's keys it holds what was derived for that bench alone."""
    keys = {used: bench_key(key, bench).hex() for used, key in sorted(ring.keys.items())}
    return json.dumps({"made_for": bench, "signs": ring.signs} | keys, indent=1) + "\n"


async def follow(path: Path, ring: KeyRing) -> None:
    """Keep a ring as its file says, until cancelled; a file that cannot be used changes nothing and is warned of."""
    stamp = _stamp(path)
    while True:
        await asyncio.sleep(LOOK_S)
        if (now_is := _stamp(path)) == stamp:
            continue
        stamp = now_is
        try:
            ring.replace(load_keys(path))
            LOG.warning("%s was read anew: %s", path, ", ".join(ring.ids))
        except InputError as error:
            LOG.error("keys stay as they were: %s", error)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns
