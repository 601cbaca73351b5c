"""One file of the journal: records with a checksum, and which of them are sound and in their place. A record is

    b"aK" | length u32 | first u64 | count u16 | CRC-32 u32 of boot u32, the 14 bytes before and the payload | payload

big-endian; b"aJ" with a checksum that leaves the boot out is read too. Whatever the bytes of a file are, reading it
raises nothing.
"""

import binascii
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Entry = tuple[int, int, bytes]  # first, count, payload

MAGIC, OLD_MAGIC = b"aK", b"aJ"
HEADER = ">2sIQHI"
HEADER_BYTES = struct.calcsize(HEADER)
CHECKED = ">IQH"  # of the header, under the CRC
MAX_PAYLOAD = 1 << 20  # a length above it is damage


def packed(boot: int, first: int, count: int, payload: bytes) -> bytes:
    """The bytes of a record."""
    checked = struct.pack(CHECKED, len(payload), first, count)
    return MAGIC + checked + struct.pack(">I", _checksum(MAGIC, boot, checked, payload)) + payload


def records_of(path: str, boot: int, damage: "list[str]", medium: "Any") -> "list[Entry]":
    """(first, count, payload) of every sound record of a file; what is not goes to the list `damage` as text."""
    try:
        with medium.open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        damage.append("%s: cannot be read: %s" % (path, error))
        return []
    return list(_sound(path, boot, data, damage))


def in_place(records: "list[Entry]", first: int, end: int) -> "list[Entry]":
    """Those that stand where they belong: a block of old data is sound by its checksum.

    They begin at `first` and, unless it is 0, stay below `end`. A record does not belong where it stands when it
    repeats a number, or when a number that should come before its own comes later.
    """
    kept, expected = [], first
    for place, record in enumerate(records):
        after = record[0] + record[1]
        early = record[0] > expected and any([expected <= later[0] < after for later in records[place + 1 :]])
        if record[0] >= expected and not early and (not end or after <= end):
            kept.append(record)
            expected = after
    return kept


def _sound(path: str, boot: int, data: bytes, damage: "list[str]") -> "Iterator[Entry]":
    at = lost_from = 0
    while at < len(data):
        record = _record_at(boot, data, at)
        if record is None:
            # damage: search the next sound record, byte by byte from magic to magic
            found = data.find(MAGIC[:1], at + 1)
            at = len(data) if found < 0 else found
            continue
        if at > lost_from:
            damage.append("%s: %d bytes damaged at byte %d" % (path, at - lost_from, lost_from))
        yield record
        at = lost_from = at + HEADER_BYTES + len(record[2])
    if at > lost_from:
        damage.append("%s: %d bytes torn off or damaged at byte %d" % (path, at - lost_from, lost_from))


def _record_at(boot: int, data: bytes, at: int) -> "Entry | None":
    """The sound record that starts at a byte, or None."""
    if at + HEADER_BYTES > len(data):
        return None
    magic, length, first, count, crc = struct.unpack(HEADER, data[at : at + HEADER_BYTES])
    stop = at + HEADER_BYTES + length
    if magic not in (MAGIC, OLD_MAGIC) or length > MAX_PAYLOAD or stop > len(data) or count < 1:
        return None
    payload = data[at + HEADER_BYTES : stop]
    if _checksum(magic, boot, data[at + 2 : at + HEADER_BYTES - 4], payload) != crc:
        return None
    return first, count, payload


def _checksum(magic: bytes, boot: int, checked: bytes, payload: bytes) -> int:
    start = binascii.crc32(struct.pack(">I", boot)) if magic == MAGIC else 0
    return binascii.crc32(payload, binascii.crc32(checked, start)) & 0xFFFFFFFF
