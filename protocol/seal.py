"""Signatures, the hash chain and the replay gate. Pure: keys, time and randomness are passed in.

Each boot of a bench has one chain over its numbered records: link(n) = SHA-256(link(n-1) + body(n)), so a record that
is altered, removed, inserted or moved breaks every later link. Commands and receipts carry HMAC-SHA256 (RFC 2104);
keyring.py says whose key may seal what.
"""

import binascii
import hashlib

from .errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .keyring import KeyRing

BLOCK = 64
LINK_BYTES = 32
KEY_MIN_BYTES = 16
ARM_SEAL_HEX = 32  # of an I/O board's lines, which have 64 characters
NONCE_AGE_MAX_MS = 600000


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The 32 bytes of HMAC-SHA256. Our own eight lines: MicroPython has no hmac module. Checked against RFC 4231."""
    if len(key) > BLOCK:
        key = hashlib.sha256(key).digest()
    key = key + b"\x00" * (BLOCK - len(key))
    inner = hashlib.sha256(bytes([b ^ 0x36 for b in key]))
    inner.update(message)
    outer = hashlib.sha256(bytes([b ^ 0x5C for b in key]))
    outer.update(inner.digest())
    return outer.digest()


def signature(key: bytes, body: bytes) -> str:
    """Hex HMAC-SHA256 of a message's bytes; the key has at least 16 bytes."""
    if len(key) < KEY_MIN_BYTES:
        raise ValueError("a key needs at least %d bytes" % KEY_MIN_BYTES)
    return to_hex(hmac_sha256(key, body))


def arm_seal(key: bytes, nonce: str) -> str:
    """The seal that re-arms a latched board: the first 32 hex digits of HMAC-SHA256 over the nonce it shows."""
    return to_hex(hmac_sha256(key, b"arm " + nonce.encode()))[:ARM_SEAL_HEX]


def same(left: str, right: str) -> bool:
    """Whether two texts are equal, in time that does not depend on where they differ."""
    if len(left) != len(right):
        return False
    difference = 0
    for a, b in zip(left.encode(), right.encode()):
        difference |= a ^ b
    return difference == 0


def genesis(bench: str, boot: int) -> bytes:
    """The link before a boot's first record, 32 bytes."""
    return hashlib.sha256(("adatom chain 1 %s %d" % (bench, boot)).encode()).digest()


def chain_link(previous: bytes, body: bytes) -> bytes:
    """The link of a record, 32 bytes, from the link before it and the record's body."""
    digest = hashlib.sha256(previous)
    digest.update(body)
    return digest.digest()


def to_hex(data: bytes) -> str:
    """Lower-case hex text of bytes."""
    return binascii.hexlify(data).decode()


def from_hex(text: str, size: int) -> bytes:
    """The bytes of a hex text of exactly `size` bytes, else ProtocolError."""
    if len(text) != 2 * size or any([c not in "0123456789abcdef" for c in text]):
        raise ProtocolError("must be %d lower-case hex digits" % (2 * size))
    return binascii.unhexlify(text)


USED = "was used before"


class CommandGate:
    """Accepts each authentic command once, in order and in time, by the edge's own monotonic clock.

    The edge hands out nonces that carry its time and a salt drawn at boot; a command quotes one. So a command from
    before a reboot, or one held back on the way, is recognised without any wall clock.
    """

    def __init__(self, bench: str, keys: "KeyRing", salt: str) -> None:
        self.bench = bench
        self.keys = keys
        self.salt = salt  # hex text, new at each boot
        self.counters: "dict[str, int]" = {}  # key id -> last counter accepted

    def nonce(self, now_ms: int) -> str:
        """The nonce to hand out now."""
        return "%x-%s" % (now_ms, self.salt)

    def admit(self, command: "dict[str, Any]", body: bytes, sig: str, now_ms: int) -> None:
        """Pass, or raise ProtocolError with the reason for the audit. `body` is the bytes that were signed."""
        self.authenticate(command, body, sig)
        self.use_up(command, now_ms)

    def authenticate(self, command: "dict[str, Any]", body: bytes, sig: str) -> None:
        """Pass if it is for this bench, from whose key may ask for it; ProtocolError."""
        if command["bench"] != self.bench:
            raise ProtocolError("wrong bench: %s" % command["bench"])
        self.keys.check(command["key"], command["name"], body, sig, self.bench)

    def use_up(self, command: "dict[str, Any]", now_ms: int) -> None:
        """Pass an authentic command once, in order and in time; ProtocolError."""
        self._check_age(command, now_ms)
        if command["counter"] <= self.counters.get(command["key"], 0):
            raise ProtocolError("counter %d %s: replayed or out of order" % (command["counter"], USED))
        self.counters[command["key"]] = command["counter"]

    def _check_age(self, command: "dict[str, Any]", now_ms: int) -> None:
        stamp, _, salt = command["nonce"].partition("-")
        if salt != self.salt:
            raise ProtocolError("nonce of another boot")
        try:
            age_ms = now_ms - int(stamp, 16)
        except ValueError:
            raise ProtocolError("nonce without a time")
        if not 0 <= age_ms <= min(command["valid_ms"], NONCE_AGE_MAX_MS):
            raise ProtocolError("expired: %d ms after its nonce, valid for %d" % (age_ms, command["valid_ms"]))
