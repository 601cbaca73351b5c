"""The key file of a bench, which nobody but its owner may read: read at start, and again when it has changed."""

import os

from adatom.protocol.errors import InputError
from adatom.protocol.keyring import ring_from_json
from adatom.protocol.secrecy import refuse_mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from adatom.protocol.keyring import KeyRing

    from .station import Station

LOOK_MS = 5000  # between two looks at whether the file has changed


def load_keys(path: str, bench: str) -> "KeyRing":
    """The keys of a bench. InputError when the file is missing, open to others, another bench's or no key file."""
    refuse_open_to_others(path)
    try:
        with open(path) as file:
            text = file.read()
    except (OSError, UnicodeError):
        raise InputError(path, "cannot be read as text")
    ring = ring_from_json(text, path)
    if ring.made_for not in ("", bench):
        raise InputError(path, "was made for %r, not for bench %r: adatom pki bench makes one" % (ring.made_for, bench))
    return ring


def refuse_open_to_others(path: str) -> None:
    """InputError for a file that is missing, or that others may read."""
    try:
        mode = os.stat(path)[0]
    except OSError:
        raise InputError(path, "cannot be read: adatom pki bench makes it, or the cloud's first start")
    if hasattr(os, "getuid"):  # FAT on a board knows no owners: there the board itself is the safe
        refuse_mode(path, mode)


def broker_password(path: str) -> str:
    """The text of a password file's first line, "" without one. InputError as for a key file."""
    if not path:
        return ""
    refuse_open_to_others(path)
    with open(path) as file:
        return file.readline().rstrip("\r\n")


class KeyFile:
    """Sees that a key file has changed. What cannot be used is told once and changes nothing."""

    def __init__(self, path: str, bench: str) -> None:
        self.path = path
        self.bench = bench
        self.stamp = file_stamp(self.path)
        self.next_ms: "int | None" = None

    def follow(self, station: "Station", run_ms: int, now_ms: int) -> None:
        """Give a station the keys of a file that has changed."""
        try:
            ring = self.changed(now_ms)
        except InputError as error:
            station.tell(run_ms, "keys_refused", {"why": str(error)[:200]})
            return
        if ring is not None:
            station.rekey(run_ms, ring)

    def changed(self, now_ms: int) -> "KeyRing | None":
        """The keys of a file that is another than before, else None; InputError for one that cannot be used."""
        if self.next_ms is not None and now_ms < self.next_ms:
            return None
        self.next_ms = now_ms + LOOK_MS
        stamp = file_stamp(self.path)
        if stamp == self.stamp:
            return None
        self.stamp = stamp
        return load_keys(self.path, self.bench)


def file_stamp(path: str) -> "tuple[int, ...]":
    """What differs when a file was replaced (number, size, time), () for none."""
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found[1], found[6], int(found[8])
