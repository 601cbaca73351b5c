"""Which records of a file are sound and in their place; files of the format before are read too."""

import binascii
import struct
from pathlib import Path

import pytest
from adatom.edge import medium
from adatom.edge.segment import MAX_PAYLOAD, OLD_MAGIC, in_place, packed, records_of

BOOT = 3


def read(path: Path, data: bytes, boot: int = BOOT) -> tuple[list[tuple[int, int, bytes]], list[str]]:
    path.write_bytes(data)
    damage: list[str] = []
    return records_of(str(path), boot, damage, medium), damage


def old(first: int, payload: bytes) -> bytes:
    """A record as the first release wrote it."""
    checked = struct.pack(">IQH", len(payload), first, 1)
    return OLD_MAGIC + checked + struct.pack(">I", binascii.crc32(checked + payload)) + payload


def test_what_was_packed_comes_back_and_the_format_before_too(tmp_path: Path) -> None:
    data = packed(BOOT, 1, 2, b"one") + old(3, b"two") + packed(BOOT, 4, 1, b"")
    assert read(tmp_path / "a", data) == ([(1, 2, b"one"), (3, 1, b"two"), (4, 1, b"")], [])


def test_a_record_of_another_boot_is_damage(tmp_path: Path) -> None:
    records, damage = read(tmp_path / "a", packed(BOOT, 1, 1, b"mine") + packed(BOOT + 1, 2, 1, b"not mine"))
    assert records == [(1, 1, b"mine")]
    assert "torn off or damaged" in damage[0]


def test_a_length_beyond_reason_is_damage_and_no_memory(tmp_path: Path) -> None:
    records, damage = read(tmp_path / "a", b"aK" + struct.pack(">IQHI", MAX_PAYLOAD + 1, 1, 1, 0) + bytes(100))
    assert (records, len(damage)) == ([], 1)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    damage: list[str] = []
    assert records_of(str(tmp_path / "none"), BOOT, damage, medium) == []
    assert "cannot be read" in damage[0]


@pytest.mark.parametrize(
    ("numbers", "end", "kept"),
    [
        ([(1, 5), (6, 1), (7, 3)], 0, [1, 6, 7]),
        ([(1, 5), (9, 1), (10, 1)], 0, [1, 9, 10]),  # 6 to 8 were damaged
        ([(1, 5), (107, 1), (7, 3)], 0, [1, 7]),  # a later block in an earlier place
        ([(1, 5), (2, 1), (7, 3)], 0, [1, 7]),  # an earlier one in a later place
        ([(1, 5), (6, 1), (7, 3)], 7, [1, 6]),  # the next segment begins at 7
        ([(3, 1), (4, 1)], 0, [3, 4]),
    ],
)
def test_a_record_is_in_its_place_or_left_out(numbers: list[tuple[int, int]], end: int, kept: list[int]) -> None:
    records = [(first, count, b"") for first, count in numbers]
    assert [record[0] for record in in_place(records, 1, end)] == kept
