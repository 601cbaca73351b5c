"""Telemetry batches: columns of scaled integers as delta + zigzag varints, about a byte a value.

Layout, big-endian:
    b"aT" | version u8 | table u8 | boot u32 | first u64 | count u16 | t0_ms u64 | run length u8 | run | columns u8
    then the time column and each channel's column, then link (32 bytes) and CRC-32 of all before it.
A column is a mode byte and its data; with the MISSING bit a bitmap of present values follows the mode byte, and only
those are encoded. Modes: NONE nothing present; LINEAR first and step; DELTA first and differences; RAW i32 each (for
noise that would take more as varints). The channel table is `channels.CHANNELS`, by id in order; a sender older than
a channel leaves it out, a newer one may send more than is known here.
"""

import binascii
import struct
from collections import namedtuple

from .channels import COUNT, FIRST_COUNT
from .errors import ProtocolError
from .seal import LINK_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NamedTuple

    Bytes = bytes | bytearray | memoryview
    Column = Sequence[int | None]

MAGIC = b"aT"
VERSION = 1
TABLE = 1  # id of the channel table
HEADER = ">2sBBIQHQB"
HEADER_BYTES = struct.calcsize(HEADER)
MAX_POINTS = 1024
MAX_RUN = 64
T_MAX_MS = 2**53  # as of every number in a message: beyond it readers of JSON, and SQL integers, are not exact
NONE, LINEAR, DELTA, RAW, MISSING = 0, 1, 2, 3, 0x80
LOW, HIGH = -(2**31), 2**31 - 1
VARINT_BYTES = 5  # zigzag of a difference of two i32 has 33 bits
STEPS = tuple([byte >> 1 if not byte & 1 else -((byte + 1) >> 1) for byte in range(0x80)])  # zigzag of one byte

# columns: COUNT tuples or lists of scaled integers or None, each `count` long; t_ms likewise, never None
# `encode_body` takes fewer, down to FIRST_COUNT
if TYPE_CHECKING:

    class Batch(NamedTuple):
        boot: int
        first: int
        count: int  # type: ignore[assignment]  # hides tuple.count, which nobody counts with
        run: str
        t_ms: Sequence[int]
        columns: Sequence[Column]

else:
    Batch = namedtuple("Batch", ("boot", "first", "count", "run", "t_ms", "columns"))


def encode_body(batch: "Batch") -> bytes:
    """The bytes of a batch before link and CRC. ProtocolError for a value that has no place on the wire."""
    run = batch.run.encode()
    width = len(batch.columns)
    if not 1 <= batch.count <= MAX_POINTS or not FIRST_COUNT <= width <= COUNT or len(run) > MAX_RUN:
        raise ProtocolError("a batch has 1 to %d points of %d channels" % (MAX_POINTS, COUNT))
    t0 = batch.t_ms[0]
    head = struct.pack(HEADER, MAGIC, VERSION, TABLE, batch.boot, batch.first, batch.count, t0, len(run))
    out = bytearray(head)
    out.extend(run)
    out.append(width)
    _put_column(out, [t - t0 for t in batch.t_ms], batch.count)
    for column in batch.columns:
        _put_column(out, column, batch.count)
    return bytes(out)


def finish(body: bytes, link: bytes) -> bytes:
    """The whole message: body, chain link (32 bytes), CRC-32."""
    data = body + link
    return data + struct.pack(">I", binascii.crc32(data) & 0xFFFFFFFF)


def decode(payload: "Bytes") -> "tuple[Batch, bytes, bytes]":
    """(Batch, body, link) of a message; ProtocolError for anything else."""
    payload = bytes(payload)
    if len(payload) < HEADER_BYTES + 1 + LINK_BYTES + 4:
        raise ProtocolError("telemetry: %d bytes are too few" % len(payload))
    data = payload[:-4]
    if binascii.crc32(data) & 0xFFFFFFFF != struct.unpack(">I", payload[-4:])[0]:
        raise ProtocolError("telemetry: checksum does not match")
    body, link = data[:-LINK_BYTES], data[-LINK_BYTES:]
    return _decode_body(body), body, link


def _decode_body(body: bytes) -> "Batch":
    magic, version, table, boot, first, count, t0, run_length = struct.unpack(HEADER, body[:HEADER_BYTES])
    if magic != MAGIC or version != VERSION or table != TABLE:
        raise ProtocolError("telemetry: not version %d with channel table %d" % (VERSION, TABLE))
    if not 1 <= count <= MAX_POINTS or run_length > MAX_RUN or boot < 1 or first < 1 or t0 > T_MAX_MS:
        raise ProtocolError("telemetry: header out of range")
    at = HEADER_BYTES + run_length
    if at >= len(body) or body[at] < FIRST_COUNT:
        raise ProtocolError("telemetry: wrong number of channels")
    width = body[at]
    try:
        run = body[HEADER_BYTES:at].decode()
    except UnicodeError:
        raise ProtocolError("telemetry: run name is no text")
    offsets, at = _get_column(body, at + 1, count)
    if None in offsets:
        raise ProtocolError("telemetry: a point without a time")
    columns = []
    for _ in range(width):
        column, at = _get_column(body, at, count)
        columns.append(column)
    if at != len(body):
        raise ProtocolError("telemetry: bytes left over")
    columns = columns[:COUNT] + [[None] * count for _ in range(COUNT - width)]
    return Batch(boot, first, count, run, [t0 + value for value in offsets], columns)


def _put_column(out: bytearray, values: "Column", count: int) -> None:
    present = [value for value in values if value is not None]
    if len(values) != count:
        raise ProtocolError("telemetry: a column has %d values for %d points" % (len(values), count))
    if present and not (LOW <= min(present) and max(present) <= HIGH):
        raise ProtocolError("telemetry: a value needs more than 32 bits")
    flag = MISSING if present and len(present) < count else 0
    mode, data = _best(present)
    out.append(mode | flag)
    if flag:
        out.extend(_bitmap(values, count))
    out.extend(data)


def _best(present: "list[int]") -> "tuple[int, Bytes]":
    if not present:
        return NONE, b""
    steps = [b - a for a, b in zip(present, present[1:])]
    if not steps or min(steps) == max(steps):
        return LINEAR, _varints([present[0], steps[0] if steps else 0])
    data = _varints([present[0]] + steps)
    if len(data) > 4 * len(present):
        return RAW, struct.pack(">%di" % len(present), *present)
    return DELTA, data


def _varints(values: "list[int]") -> bytearray:
    out = bytearray()
    for value in values:
        zigzag = value << 1 if value >= 0 else (-value << 1) - 1
        while zigzag > 0x7F:
            out.append(zigzag & 0x7F | 0x80)
            zigzag >>= 7
        out.append(zigzag)
    return out


def _bitmap(values: "Column", count: int) -> bytearray:
    bits = bytearray((count + 7) // 8)
    for i, value in enumerate(values):
        if value is not None:
            bits[i >> 3] |= 1 << (i & 7)
    return bits


def _get_column(data: bytes, at: int, count: int) -> "tuple[list[int | None], int]":
    """(values, position after them) of the column at a position."""
    if at >= len(data):
        raise ProtocolError("telemetry: ends early")
    mode = data[at]
    at += 1
    if not mode & MISSING:
        present, at = _get_values(data, at, mode, count)
        return list(present) or [None] * count, at
    size = (count + 7) // 8
    bits = data[at : at + size]
    places = [i for i in range(count) if i >> 3 < len(bits) and bits[i >> 3] >> (i & 7) & 1]
    present, at = _get_values(data, at + size, mode & ~MISSING, len(places))
    column: "list[int | None]" = [None] * count
    for place, value in zip(places, present):
        column[place] = value
    return column, at


def _get_values(data: bytes, at: int, mode: int, count: int) -> "tuple[list[int], int]":
    if mode == NONE or count == 0:
        return [], at
    if mode == LINEAR:
        (first, step), at = _get_varints(data, at, 2)
        values = [first + i * step for i in range(count)] if step else [first] * count
    elif mode == DELTA:
        values, at = _get_sums(data, at, count)
    elif mode == RAW:
        if at + 4 * count > len(data):
            raise ProtocolError("telemetry: ends early")
        return list(struct.unpack(">%di" % count, data[at : at + 4 * count])), at + 4 * count
    else:
        raise ProtocolError("telemetry: no such column mode %d" % mode)
    if min(values) < LOW or max(values) > HIGH:
        raise ProtocolError("telemetry: a value needs more than 32 bits")
    return values, at


def _get_sums(data: bytes, at: int, count: int) -> "tuple[list[int], int]":
    """The running sums of `count` varints. Small steps take a byte each, and are most of what arrives."""
    (value,), at = _get_varints(data, at, 1)
    steps: "bytes | list[int]" = data[at : at + count - 1]
    if len(steps) == count - 1 and (not steps or max(steps) < 0x80):
        at += count - 1
        steps = [STEPS[byte] for byte in steps]
    else:
        steps, at = _get_varints(data, at, count - 1)
    values = [value]
    for step in steps:
        value += step
        values.append(value)
    return values, at


def _get_varints(data: bytes, at: int, count: int) -> "tuple[list[int], int]":
    values = []
    for _ in range(count):
        zigzag = 0
        shift = 0
        while True:
            if at >= len(data) or shift >= 7 * VARINT_BYTES:
                raise ProtocolError("telemetry: broken varint")
            byte = data[at]
            at += 1
            zigzag |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        values.append(zigzag >> 1 if not zigzag & 1 else -((zigzag + 1) >> 1))
    return values, at
