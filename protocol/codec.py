"""Messages to bytes and back. Whatever the bytes are, decoding gives a message or ProtocolError."""

import json

from .errors import ProtocolError
from .messages import (
    COMMANDS,
    DOWN,
    DOWN_MAX_BYTES,
    JSON_KINDS,
    MAX_BRACKETS,
    MAX_BYTES,
    OUTCOMES,
    VERSION,
    fields_of,
    tail_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Message = dict[str, Any]
    Rows = list[tuple[str, str, int, int]]
    Bytes = bytes | bytearray | memoryview

TAIL_HEX = 64  # a link and a signature are both 32 bytes in hex


def body_of(kind: str, message: "Message") -> bytes:
    """The bytes of a message without its tail, ready for a link or a signature. ProtocolError if a field is wrong.

    Fields stand in the table's order, so the bytes do not depend on an interpreter's dict order.
    """
    rows = fields_of(kind)
    check(kind, message, rows)
    parts = ['"v":%d,"kind":"%s"' % (VERSION, kind)]
    parts += ['"%s":%s' % (row[0], _dumps(message[row[0]])) for row in rows]
    body = ("{" + ",".join(parts)).encode()
    if len(body) > max_bytes(kind) - 100:
        raise ProtocolError("%s: %d bytes, at most %d fit" % (kind, len(body), max_bytes(kind) - 100))
    return body


def max_bytes(kind: str) -> int:
    """The most bytes that a message of a kind may have."""
    return DOWN_MAX_BYTES if kind in DOWN else MAX_BYTES


def with_tail(kind: str, body: bytes, tail: str) -> bytes:
    """The whole message: body, then the link or signature (hex text), where the kind has one."""
    name = tail_of(kind)
    if name is None:
        return body + b"}"
    return body + (',"%s":"%s"}' % (name, tail)).encode()


def split_tail(kind: str, payload: bytes) -> "tuple[bytes, str]":
    """(body bytes, tail text) of a message as it came."""
    name = tail_of(kind)
    if name is None:
        return bytes(payload[:-1]), ""
    mark = (',"%s":"' % name).encode()
    start = len(payload) - len(mark) - TAIL_HEX - 2
    if start < 0 or bytes(payload[start : start + len(mark)]) != mark or bytes(payload[-2:]) != b'"}':
        raise ProtocolError('%s: does not end in "%s"' % (kind, name))
    return bytes(payload[:start]), bytes(payload[-2 - TAIL_HEX : -2]).decode()


def decode(kind: str, payload: "Bytes") -> "tuple[Message, bytes, str]":
    """(message, body, tail): the checked dict of the table's fields, the bytes under the tail, and the tail's text."""
    if kind not in JSON_KINDS:
        raise ProtocolError("no such message: %r" % (kind,))
    if len(payload) > max_bytes(kind):
        raise ProtocolError("%d bytes, at most %d are allowed" % (len(payload), max_bytes(kind)))
    payload = bytes(payload)
    if payload.count(b"[") + payload.count(b"{") > MAX_BRACKETS:
        raise ProtocolError("more than %d brackets" % MAX_BRACKETS)
    try:
        message = json.loads(payload.decode())
    except (ValueError, UnicodeError, KeyError, MemoryError, RuntimeError):
        raise ProtocolError("%s: not JSON" % kind)
    rows = fields_of(kind)
    _check_frame(kind, message, len(rows))
    body, tail = split_tail(kind, payload)
    fields = {row[0]: message[row[0]] for row in rows if row[0] in message}
    check(kind, fields, rows)
    return fields, body, tail


def check(kind: str, message: "Message", rows: "Rows | None" = None) -> None:
    """Raise ProtocolError unless every field of the table is there with a value that it allows, and no other."""
    rows = rows or fields_of(kind)
    names = [row[0] for row in rows]
    for name in message:
        if name not in names:
            raise ProtocolError("%s.%s: unknown field" % (kind, name))
    for name, form, low, high in rows:
        if name not in message:
            raise ProtocolError("%s.%s: missing" % (kind, name))
        if not _fits(message[name], form, low, high):
            raise ProtocolError("%s.%s = %s: must be %s of %s to %s"
                                % (kind, name, repr(message[name])[:80], form, low, high))  # fmt: skip
    _check_more(kind, message)


def _check_frame(kind: str, message: "Any", count: int) -> None:
    if not isinstance(message, dict) or message.get("v") != VERSION or message.get("kind") != kind:
        raise ProtocolError("%s: not a version %d message of this kind" % (kind, VERSION))
    allowed = count + 2 + (1 if tail_of(kind) else 0)
    if len(message) > allowed:
        raise ProtocolError("%s: unknown field" % kind)


def _check_more(kind: str, message: "Message") -> None:
    if kind == "command" and message["name"] not in COMMANDS:
        raise ProtocolError("command.name = %r: must be one of %s" % (message["name"], ", ".join(COMMANDS)))
    if kind == "result" and message["outcome"] not in OUTCOMES:
        raise ProtocolError("result.outcome = %r: must be one of %s" % (message["outcome"], ", ".join(OUTCOMES)))
    if kind in ("measurement", "blob") and message["part"] > message["parts"]:
        raise ProtocolError("%s.part = %d: there are %d" % (kind, message["part"], message["parts"]))
    if kind == "measurement":
        _check_columns(message["columns"])
    if kind in ("result", "hello"):
        for row in message["ranges" if kind == "result" else "boots"]:
            if not isinstance(row, list) or len(row) != 3 or not all([_fits(v, "int", 0, 2**53) for v in row]):
                raise ProtocolError("%s: a range is [boot, first, last]" % kind)
    if kind == "refusal" and not all([isinstance(reason, str) for reason in message["reasons"]]):
        raise ProtocolError("refusal.reasons: must be texts")


def _check_columns(columns: "dict[str, Any]") -> None:
    lengths = []
    for name, values in columns.items():
        if not isinstance(values, list) or not all([v is None or _finite(v) for v in values]):
            raise ProtocolError("measurement.columns.%s: must be a list of numbers" % name)
        lengths.append(len(values))
    if min(lengths) != max(lengths):
        raise ProtocolError("measurement.columns: lengths differ")


def _fits(value: "Any", form: str, low: int, high: int) -> bool:
    if form == "int":
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    if form == "str":
        return isinstance(value, str) and low <= len(value) <= high
    if form == "list":
        return isinstance(value, list) and low <= len(value) <= high and _all_finite(value)
    if form == "obj":
        return isinstance(value, dict) and low <= len(value) <= high and _all_finite(value)
    raise ValueError("no such field type: %s" % form)


def _finite(value: "Any") -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0


def _all_finite(value: "Any") -> bool:
    """Whether no number in a JSON value is NaN or infinite (they are no JSON, but parsers let them through)."""
    if isinstance(value, float):
        return value - value == 0
    if isinstance(value, (list, tuple)):
        return all([_all_finite(item) for item in value])
    if isinstance(value, dict):
        return all([isinstance(key, str) and _all_finite(item) for key, item in value.items()])
    return value is None or isinstance(value, (str, int, bool))


def _dumps(value: "Any") -> str:
    text = json.dumps(value, separators=(",", ":"))
    return text if len(text) == len(text.encode()) else "".join([_ascii(character) for character in text])


def _ascii(character: str) -> str:
    """A character as CPython's JSON writes it: MicroPython's leaves å as it is, and the bytes are to be the same."""
    code = ord(character)
    if code < 0x80:
        return character
    if code < 0x10000:
        return "\\u%04x" % code
    return "\\u%04x\\u%04x" % (0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code & 0x3FF))


def kind_of(payload: "Bytes") -> str:
    """The kind that a numbered record's bytes claim, for records that come back from a journal."""
    if bytes(payload[:2]) == b"aT":
        return "telemetry"
    head = bytes(payload[:40])
    for kind in JSON_KINDS:
        if b'"kind":"%s"' % kind.encode() in head:
            return kind
    raise ProtocolError("a record of no known kind")
