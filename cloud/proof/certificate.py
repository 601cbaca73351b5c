"""The completeness certificate of a run as a value: what it says, its very bytes, and its signature. Pure.

The signature (Ed25519, RFC 8032) is over the bytes of the JSON text, so no canonical JSON is needed.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from adatom.protocol.errors import ProtocolError
from adatom.protocol.seal import to_hex
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

VERSION = 1
CONTEXT = b"adatom certificate 1\n"  # what else such a key may sign one day cannot pass for a certificate
MAX_TEXT = 65536
MAX_SPANS = 65  # of a result's 64 ranges and the result itself
NUMBER_MAX = 2**53
TEXT_MAX = 64

Range = tuple[int, int, int]  # boot, first, last


@dataclass(frozen=True)
class Span:
    """A stretch of one boot's chain: records of the sequence numbers first .. last."""

    boot: int
    first: int
    last: int
    records: int
    before: str  # chain link before the first record, hex
    root: str  # chain link of the last record, hex
    envelope: str  # SHA-256 of the safety envelope of that boot


@dataclass(frozen=True)
class Certificate:
    """What the cloud says of a run. The last record of the last span is the bench's own result."""

    run: str
    trial: str
    bench: str
    outcome: str
    simulated: bool
    spans: tuple[Span, ...]
    issued_utc_s: float
    audit_rows: int  # rows of the audit chain at that time
    audit_head: str  # its last link, hex
    key: str = ""  # id of the key that signs

    @property
    def records(self) -> int:
        return sum(span.records for span in self.spans)


@dataclass(frozen=True)
class Signed:
    """A certificate's text, its signature (hex) and the public key (hex) that it names."""

    text: str
    signature: str
    public_key: str


def key_id(public_key: bytes) -> str:
    """The name of a public key: "ed25519-" and the first 16 hex digits of its SHA-256."""
    return "ed25519-" + hashlib.sha256(public_key).hexdigest()[:16]


def sign(certificate: Certificate, private: Ed25519PrivateKey) -> Signed:
    """The certificate with the key's id in it, signed."""
    public = private.public_key().public_bytes_raw()
    text = json.dumps({"v": VERSION} | asdict(replace(certificate, key=key_id(public))), separators=(",", ":"))
    return Signed(text, to_hex(private.sign(CONTEXT + text.encode())), to_hex(public))


def opened(signed: Signed, trusted: Sequence[bytes] | None = None) -> Certificate:
    """What a signed certificate says. ProtocolError unless signature, key and text are sound.

    With `trusted` (raw public keys) it must be signed by one of them.
    """
    public = _hex(signed.public_key, 32)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(_hex(signed.signature, 64), CONTEXT + signed.text.encode())
    except (InvalidSignature, ValueError) as error:
        raise ProtocolError("the signature does not match the certificate") from error
    certificate = _parsed(signed.text)
    if certificate.key != key_id(public):
        raise ProtocolError(f"names the key {certificate.key} and is signed by {key_id(public)}")
    if trusted is not None and public not in trusted:
        raise ProtocolError(f"is signed by {certificate.key}, which is none of the keys given")
    return certificate


def spans_of(ranges: Sequence[Sequence[int]], boot: int, seq: int) -> list[Range]:
    """The stretches that prove a run: the ranges that its result names, and the result (boot, seq) itself."""
    found = [(int(b), int(first), int(last)) for b, first, last in ranges]
    if found and found[-1][0] == boot and found[-1][2] == seq - 1:
        found[-1] = (boot, found[-1][1], seq)
    else:
        found.append((boot, seq, seq))
    return found


def _parsed(text: str) -> Certificate:
    if len(text) > MAX_TEXT or text.count("[") + text.count("{") > MAX_SPANS + 2:
        raise ProtocolError("the certificate is too large")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("the certificate is no JSON") from error
    if not isinstance(fields, dict) or fields.pop("v", None) != VERSION:
        raise ProtocolError(f"is no certificate of version {VERSION}")
    spans = fields.get("spans")
    if not isinstance(spans, list) or not 1 <= len(spans) <= MAX_SPANS:
        raise ProtocolError(f"spans: must be 1 to {MAX_SPANS}")
    fields["spans"] = tuple(Span(**_checked(Span, span)) for span in spans)
    return Certificate(**_checked(Certificate, fields))


def _checked(made: type, fields: Any) -> dict[str, Any]:
    """The fields, if they are exactly those of the class and of its types."""
    wanted = made.__annotations__
    if not isinstance(fields, dict) or set(fields) != set(wanted):
        raise ProtocolError(f"a {made.__name__.lower()} must have the fields {', '.join(wanted)}")
    for name, value in fields.items():
        if not _fits(value, wanted[name]):
            raise ProtocolError(f"{name}: {str(value)[:80]!r} is not allowed")
    return fields


def _fits(value: Any, form: Any) -> bool:
    if form is str:
        return isinstance(value, str) and len(value) <= TEXT_MAX and value.isprintable()  # half of a character is not
    if form is int:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= NUMBER_MAX
    if form is float:
        return isinstance(value, float) and math.isfinite(value)
    return isinstance(value, bool if form is bool else tuple)


def _hex(text: str, size: int) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise ProtocolError("a key or signature is no hex text") from error
    if len(data) != size or data.hex() != text:
        raise ProtocolError(f"a key or signature must be {2 * size} lower-case hex digits")
    return data
