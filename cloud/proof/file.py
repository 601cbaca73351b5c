"""A run as one file that anyone can check: JSON lines, the certificate first, then its records. Pure but for the lines.

    {"certificate": text, "signature": hex, "public_key": hex}
    {"boot": 1, "first": 12, "points": 60, "kind": "telemetry", "link": hex, "body": base64}

A line has one spelling only: whatever was changed in it shows.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from adatom.cloud.proof.certificate import Signed
from adatom.cloud.proof.records import Kept
from adatom.protocol.errors import ProtocolError

LINE_MAX = 200_000  # bytes; a record's body has at most 65536, a certificate's text as many
BRACKETS_MAX = 200  # in a line: bounds nesting before a parser sees it
NUMBER_MAX = 2**53
HEAD = {"certificate": str, "signature": str, "public_key": str}
LINE = {"boot": int, "first": int, "points": int, "kind": str, "link": str, "body": str}


def lines_of(signed: Signed, records: Iterable[Kept]) -> Iterator[bytes]:
    """The lines of a file."""
    yield _line({"certificate": signed.text, "signature": signed.signature, "public_key": signed.public_key})
    for kept in records:
        yield _record_line(kept)


def read_head(stream: BinaryIO) -> Signed:
    """The certificate of a file; ProtocolError when its first line is none."""
    found = _fields(stream.readline(LINE_MAX + 1), HEAD)
    return Signed(found["certificate"], found["signature"], found["public_key"])


def read_records(stream: BinaryIO) -> Iterator[Kept]:
    """The records of a file in their order, after its head; ProtocolError with the line that is none."""
    number = 1
    while line := stream.readline(LINE_MAX + 1):
        number += 1
        try:
            found = _fields(line, LINE)
            link, body = bytes.fromhex(found["link"]), base64.b64decode(found["body"], validate=True)
        except ValueError as error:  # ProtocolError is one
            raise ProtocolError(f"line {number}: {error}") from error
        kept = Kept(found["boot"], found["first"], found["points"], found["kind"], link, body)
        if _record_line(kept) != line:
            raise ProtocolError(f"line {number}: is spelt otherwise than adatom writes it")
        yield kept


def _record_line(kept: Kept) -> bytes:
    fields = {"boot": kept.boot, "first": kept.first, "points": kept.points, "kind": kept.kind,
              "link": kept.link.hex(), "body": base64.b64encode(kept.body).decode()}  # fmt: skip
    return _line(fields)


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _fields(line: bytes, wanted: Mapping[str, type]) -> dict[str, Any]:
    if len(line) > LINE_MAX or line.count(b"{") + line.count(b"[") > BRACKETS_MAX:
        raise ProtocolError("the line is too long")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("is no JSON") from error
    if not isinstance(found, dict) or list(found) != list(wanted):
        raise ProtocolError(f"must have the fields {', '.join(wanted)}")
    for name, form in wanted.items():
        value = found[name]
        sound = 0 <= value <= NUMBER_MAX if type(value) is int else str(value).isprintable()
        if type(value) is not form or not sound:
            raise ProtocolError(f"{name}: is not allowed")
    if _line(found) != line:
        raise ProtocolError("is spelt otherwise than adatom writes it")
    return found
