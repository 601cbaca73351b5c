"""Many telemetry messages at once, into numpy columns: what protocol.telemetry reads one value at a time.

The columns of all messages are found side by side, their varints are summed in one go. Whatever does not go straight
through is left to protocol.telemetry, the only one who may refuse: so this never takes what that one would not.
"""

import binascii
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from adatom.protocol import telemetry
from adatom.protocol.channels import COUNT, FIRST_COUNT
from adatom.protocol.errors import ProtocolError
from adatom.protocol.seal import LINK_BYTES
from adatom.protocol.telemetry import (
    DELTA,
    HEADER,
    HEADER_BYTES,
    HIGH,
    LINEAR,
    LOW,
    MAGIC,
    MAX_POINTS,
    MAX_RUN,
    MISSING,
    NONE,
    RAW,
    T_MAX_MS,
    TABLE,
    VARINT_BYTES,
    VERSION,
)
from numpy.typing import NDArray

FEW = 16  # messages that take as long at once as one by one: 2 ms, 60 points each
CRC_BYTES = 4
VARINTS_OF_LINEAR = 2  # first and step
ONES = np.array([byte.bit_count() for byte in range(256)])
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


class Points(NamedTuple):
    """A telemetry.Batch in arrays."""

    boot: int
    first: int
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody counts with
    run: str
    t_ms: Ints
    columns: NDArray[np.float64]  # [COUNT, count], scaled integers; NaN where missing


Decoded = tuple[Points, bytes, bytes]  # with body and link, as telemetry.decode gives them


class Head(NamedTuple):
    """What stands before the columns; `at`: where the time column begins in the body."""

    boot: int
    first: int
    count: int  # type: ignore[assignment]  # as above
    t0: int
    run: str
    width: int
    at: int
    body: bytes
    link: bytes


class Parts(NamedTuple):
    """The columns of all messages, [1 + COUNT, messages]: time first, then the channels. `n` values are present."""

    mode: Ints
    missing: Bools
    bitmap: Ints  # where it begins
    data: Ints  # where the values begin
    n: Ints


class Varints(NamedTuple):
    """Every varint of a text of bytes. `before[p]` of them end before byte p: the index of the one around it."""

    before: Ints
    end: Ints  # the last byte of each


def decode(payloads: Sequence[bytes], few: int = FEW) -> list[Decoded | ProtocolError]:
    """For each message what telemetry.decode gives, in arrays, or the error that it raises. Fewer go one by one."""
    heads = [_head(payload) for payload in payloads] if len(payloads) >= few else [None] * len(payloads)
    batches = iter(_batches([head for head in heads if head]))
    return [(head and next(batches)) or _alone(payload) for head, payload in zip(heads, payloads, strict=True)]


def _alone(payload: bytes) -> Decoded | ProtocolError:
    try:
        batch, body, link = telemetry.decode(payload)
    except ProtocolError as error:
        return error
    columns = np.array(batch.columns, dtype=float)  # None becomes NaN
    return Points(*batch[:4], np.array(batch.t_ms, dtype=np.int64), columns), body, link


def _head(payload: bytes) -> Head | None:
    """The head of a message whose checksum is right, None when it is not just as expected."""
    if len(payload) < HEADER_BYTES + 1 + LINK_BYTES + CRC_BYTES:
        return None
    data = payload[:-CRC_BYTES]
    magic, version, table, boot, first, count, t0, run_bytes = struct.unpack_from(HEADER, data)
    body, at = data[:-LINK_BYTES], HEADER_BYTES + run_bytes
    if (magic, version, table) != (MAGIC, VERSION, TABLE) or binascii.crc32(data) != int.from_bytes(
        payload[-CRC_BYTES:]
    ):
        return None
    if not 1 <= count <= MAX_POINTS or run_bytes > MAX_RUN or boot < 1 or first < 1 or t0 > T_MAX_MS or at >= len(body):
        return None
    if not FIRST_COUNT <= body[at] <= COUNT or not body[HEADER_BYTES:at].isascii():
        return None
    return Head(boot, first, count, t0, body[HEADER_BYTES:at].decode(), body[at], at + 1, body, data[-LINK_BYTES:])


def _batches(heads: Sequence[Head]) -> list[Decoded | None]:
    """The batches, None for one that has to be read alone."""
    if not heads:
        return []
    counts = np.array([head.count for head in heads])
    ends = np.cumsum([len(head.body) for head in heads])
    data = np.frombuffer(b"".join([head.body for head in heads]), dtype=np.uint8)
    varints = Varints(_before(data < 0x80), np.flatnonzero(data < 0x80))
    parts, good = _walk(data, varints, heads, ends)
    values, good = _values(data, varints, parts, counts, good)
    stops = np.cumsum(counts).tolist()
    return [_points(head, values[:, stop - head.count : stop]) if is_good else None
            for head, stop, is_good in zip(heads, stops, good.tolist(), strict=True)]  # fmt: skip


def _points(head: Head, values: NDArray[np.float64]) -> Decoded:
    t_ms = head.t0 + values[0].astype(np.int64)
    return Points(head.boot, head.first, head.count, head.run, t_ms, values[1:]), head.body, head.link


def _walk(data: Bytes, varints: Varints, heads: Sequence[Head], ends: Ints) -> tuple[Parts, Bools]:
    """Where the columns stand, one step a column for all messages; and which messages end just where they should."""
    counts, widths = np.array([head.count for head in heads]), np.array([head.width for head in heads])
    at = ends - [len(head.body) - head.at for head in heads]
    shape = (1 + COUNT, len(counts))
    parts = Parts(np.full(shape, NONE), np.zeros(shape, bool), np.zeros(shape, int), np.zeros(shape, int),
                  np.zeros(shape, int))  # fmt: skip
    good = np.ones(len(counts), bool)
    bits = _before(ONES[data])
    last, bitmap_bytes = len(data) - 1, (counts + 7) // 8
    for k in range(1 + COUNT):
        there = good & (k <= widths)
        good &= ~there | (at < ends)
        byte = data[np.minimum(at, last)].astype(int)
        mode, missing = byte & ~MISSING, (byte & MISSING != 0) & there
        bitmap = np.minimum(at + 1, last)
        begin = np.minimum(at + 1 + np.where(missing, bitmap_bytes, 0), last + 1)
        n = np.where(missing, bits[begin] - bits[bitmap], counts)
        # bits behind the last point, an unknown mode or nothing at all among what should be there: rare, so read alone
        beyond = data[np.minimum(begin - 1, last)] >> (((counts - 1) & 7) + 1)
        good &= ~there | ((mode <= RAW) & (n > 0) & ~(missing & (beyond != 0)) & ~(missing & (mode == NONE)))
        steps = np.select([mode == LINEAR, mode == DELTA], [VARINTS_OF_LINEAR, n], 0)
        final = varints.before[begin] + steps - 1
        good &= ~there | (final < len(varints.end))
        behind = np.where(steps > 0, varints.end[np.clip(final, 0, len(varints.end) - 1)] + 1, begin)
        behind = np.where(mode == RAW, begin + 4 * n, behind)
        for column, found in zip(parts, (mode, missing, bitmap, begin, n), strict=True):
            column[k] = np.where(there, found, 0)
        at = np.where(there, np.minimum(behind, last + 1), at)
    good &= (at == ends) & ~parts.missing[0] & (parts.mode[0] != NONE)
    return parts, good


def _values(
    data: Bytes, varints: Varints, parts: Parts, counts: Ints, good: Bools
) -> tuple[NDArray[np.float64], Bools]:
    """[1 + COUNT, points of all messages], NaN where missing; and which messages have only values that are allowed."""
    good, total = good.copy(), int(counts.sum())
    values = np.full((1 + COUNT, total), np.nan)
    steps, long = _steps(data, varints, parts, good)
    sums, too_long = _before(steps), _before(long)
    for mode in (LINEAR, DELTA, RAW):
        k, message = np.nonzero((parts.mode == mode) & good)
        begin, n = parts.data[k, message], parts.n[k, message]
        ramp, index = _ramp(n), varints.before[begin]
        if mode == RAW:
            found = _big_endian(data, np.repeat(begin, n) + 4 * ramp)
        elif mode == LINEAR:
            good[message[too_long[index + VARINTS_OF_LINEAR] > too_long[index]]] = False
            found = np.repeat(steps[index], n) + ramp * np.repeat(steps[index + 1], n)
        else:
            good[message[too_long[index + n] > too_long[index]]] = False
            found = sums[np.repeat(index + 1, n) + ramp] - np.repeat(sums[index], n)
        good[np.repeat(message, n)[(found < LOW) | (found > HIGH)]] = False
        first = k * total + (np.cumsum(counts) - counts)[message]
        values.reshape(-1)[np.repeat(first, n) + _places(data, parts, k, message, counts, ramp)] = found
    return values, good


def _steps(data: Bytes, varints: Varints, parts: Parts, good: Bools) -> tuple[Ints, Bools]:
    """Each varint's number, and whether it is too long for one. Of what lies between columns it means nothing."""
    begin = np.concatenate([[0], varints.end[:-1] + 1])
    starts = parts.data[((parts.mode == LINEAR) | (parts.mode == DELTA)) & good]
    begin[varints.before[starts]] = starts  # the byte before it may look like a part of it
    length = varints.end - begin + 1
    zigzag = (data[begin] & 0x7F).astype(np.int64)
    for k in range(1, VARINT_BYTES):
        longer = np.flatnonzero(length > k)
        zigzag[longer] |= (data[begin[longer] + k].astype(np.int64) & 0x7F) << 7 * k
    return zigzag >> 1 ^ -(zigzag & 1), length > VARINT_BYTES


def _places(data: Bytes, parts: Parts, k: Ints, message: Ints, counts: Ints, ramp: Ints) -> Ints:
    """The point of each present value within its message; `ramp` when none is missing."""
    missing = parts.missing[k, message]
    if not missing.any():
        return ramp
    each = counts[message]
    point = _ramp(each)
    byte = data[np.repeat(np.where(missing, parts.bitmap[k, message], 0), each) + (point >> 3)]
    place: Ints = point[(byte >> (point & 7) & 1 == 1) | ~np.repeat(missing, each)]
    return place


def _big_endian(data: Bytes, at: Ints) -> Ints:
    """The signed 32-bit integers that begin at some bytes."""
    four = data[at[:, None] + np.arange(4)]
    return np.ascontiguousarray(four).view(">i4").reshape(-1).astype(np.int64)


def _before(values: NDArray[Any]) -> Ints:
    """The sum of all before each, and of all."""
    return np.concatenate([[0], np.cumsum(values)])


def _ramp(lengths: Ints) -> Ints:
    """0, 1, 2 ... to each length, one behind the other."""
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
