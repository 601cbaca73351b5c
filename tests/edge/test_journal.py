"""What is committed survives; what is damaged is told; what is receipted is forgotten."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import hypothesis.strategies as st
import pytest
from adatom.edge import medium
from adatom.edge.journal import Journal, draw_first_boot
from adatom.protocol.errors import FailedError
from hypothesis import given

Row = tuple[int, int, int, bytes]


_OPENED: list[Journal] = []


@pytest.fixture(autouse=True)
def _files_closed() -> Iterator[None]:
    """A crash leaves files open; the test run must not."""
    yield
    close_files()


def close_files() -> None:
    for journal in _OPENED:
        if journal.file is not None:
            journal.file.close()
    _OPENED.clear()


def opened(folder: Path, quota: int = 10**6, segment: int = 200) -> Journal:
    journal = Journal(str(folder), quota, segment)
    _OPENED.append(journal)
    return journal


def fill(journal: Journal, records: int, size: int = 40) -> list[Row]:
    """Append and commit one by one; what `pending` must give."""
    rows = []
    for _ in range(records):
        first = journal.next_seq
        payload = bytes([first % 256]) * size
        journal.append(first, 2, payload)
        journal.commit()
        rows.append((journal.boot, first, 2, payload))
    return rows


def test_a_fresh_journal_begins_at_the_boot_drawn_and_counts_on_from_there(tmp_path: Path) -> None:
    for expected, drawn in ((4095, 4095), (4096, 7), (4097, 9)):
        journal = Journal(str(tmp_path), 10**6, 200, drawn)
        _OPENED.append(journal)
        assert journal.boot == expected
        fill(journal, 1)


def test_boots_of_unlike_width_come_back_in_order(tmp_path: Path) -> None:
    for boot in (99_999_999, 100_000_000, 100_000_001):
        journal = Journal(str(tmp_path), 10**6, 200, 99_999_999)
        _OPENED.append(journal)
        assert journal.boot == boot
        fill(journal, 12)
    found = [(row[0], row[1]) for row in opened(tmp_path).pending()]
    assert found == sorted(found)
    assert len(found) == 36


def test_first_boots_fit_the_wire_and_keep_apart() -> None:
    """Twenty journals in a row lost by one bench, each after up to a thousand boots."""
    extremes = [draw_first_boot(bytes(4)), draw_first_boot(b"\xff" * 4)]
    assert all(1 <= boot < 2**30 for boot in extremes)
    rng = random.Random(1)
    drawn = sorted(draw_first_boot(rng.randbytes(4)) for _ in range(20))
    assert min(b - a for a, b in itertools.pairwise(drawn)) > 1000


def test_records_come_back_in_order_over_boots_and_segments(tmp_path: Path) -> None:
    rows = []
    for boot in (1, 2, 3):
        journal = opened(tmp_path / "deep" / "journal")
        assert journal.boot == boot
        assert journal.dropped == []
        assert list(journal.pending()) == rows
        rows += fill(journal, 10)
        assert list(journal.pending()) == rows
        assert list(journal.pending(boot)) == rows[-10:]
        assert journal.last_of(boot) == 20
        journal.close()
    assert len(list((tmp_path / "deep" / "journal").glob("*.seg"))) > 6


def test_what_is_not_committed_is_not_offered(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    rows = fill(journal, 3)
    journal.append(7, 1, b"later")
    assert list(journal.pending()) == rows
    assert journal.backlog[0] == 4
    assert list(opened(tmp_path).pending()) == rows


def test_a_commit_is_one_sync_for_all_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    journal = opened(tmp_path)
    monkeypatch.setattr(medium, "make_durable", lambda file: synced.append(file.flush()))
    for first in range(1, 101):
        journal.append(first, 1, b"x" * 10)
    journal.commit()
    journal.commit()
    assert len(synced) == 1
    assert len(list(journal.pending())) == 100


def test_receipts_forget_whole_segments_and_shrink_the_backlog(tmp_path: Path) -> None:
    old = opened(tmp_path)
    fill(old, 10)
    old.close()
    journal = opened(tmp_path)
    fill(journal, 10)
    assert journal.backlog[0] == 20
    before = journal.backlog[1]
    journal.receipted(1, 9)  # a record of two numbers stays until both are receipted
    assert journal.backlog[0] == 16
    assert journal.backlog[1] < before
    assert [row[1] for row in journal.pending(1)] == [9, 11, 13, 15, 17, 19]
    journal.receipted(1, 20)
    journal.receipted(2, 20)
    assert journal.backlog[0] == 0
    assert list(journal.pending()) == []
    assert len(list(tmp_path.glob("*.seg"))) == 1  # the one being written


def test_the_quota_refuses_and_a_receipt_makes_room(tmp_path: Path) -> None:
    journal = opened(tmp_path, quota=1000)
    with pytest.raises(FailedError, match="quota of 1000 bytes"):
        fill(journal, 100)
    last = journal.next_seq - 1
    journal.receipted(1, last)
    fill(journal, 5)


def test_a_torn_tail_is_dropped_and_told(tmp_path: Path) -> None:
    journal = opened(tmp_path, segment=10**6)
    rows = fill(journal, 5)
    journal.close()
    path = next(tmp_path.glob("*.seg"))
    path.write_bytes(path.read_bytes()[:-3])
    again = opened(tmp_path)
    assert list(again.pending()) == rows[:-1]
    assert len(again.dropped) == 2
    assert "torn off" in again.dropped[0]
    assert path.name in again.dropped[0]
    assert again.dropped[1] == "boot 1: ended at 10, is cut off behind 8"


@given(st.data())
def test_any_flipped_bit_costs_one_record_and_is_told(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = opened(folder, segment=10**6)
    rows = fill(journal, 5)
    journal.close()
    path = next(folder.glob("*.seg"))
    blob = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(blob)
    again = opened(folder)
    kept = list(again.pending())
    close_files()
    assert len(kept) == 4
    assert all(row in rows for row in kept)
    assert len(again.dropped) == 2  # where, and which numbers


@given(st.binary(max_size=300))
def test_any_bytes_in_a_segment_are_survived(tmp_path_factory: pytest.TempPathFactory, blob: bytes) -> None:
    folder = tmp_path_factory.mktemp("journal")
    (folder / "00000004-000000000001.seg").write_bytes(blob)
    journal = opened(folder)
    assert list(journal.pending()) == []
    assert len(journal.dropped) == (1 if blob else 0)
    fill(journal, 2)
    close_files()


def test_a_damaged_boot_file_does_not_bring_a_boot_back(tmp_path: Path) -> None:
    for _ in range(3):
        journal = opened(tmp_path)
        fill(journal, 1)
        journal.close()
    no_text, deep = b'{"crc": 1, "text": 5}', b"[" * 100_000
    for damage in (
        b"",
        b"{}",
        b"[1]",
        b"\xff",
        no_text,
        deep,
        (tmp_path / "boot.json").read_bytes().replace(b"3", b"1"),
    ):
        (tmp_path / "boot.json").write_bytes(damage)
        journal = opened(tmp_path)
        assert journal.boot > 3
        assert len(journal.dropped) == 1
        fill(journal, 1)
        journal.close()


def test_the_run_in_progress_survives_a_crash(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    assert journal.run_in_progress() is None
    run = {"run": "demo-1", "trial": "t", "boot": 1, "first": 1}
    journal.begin_run(run)
    assert opened(tmp_path).run_in_progress() == run
    again = opened(tmp_path)
    again.end_run()
    again.end_run()
    assert opened(tmp_path).run_in_progress() is None


def test_numbers_must_follow_each_other(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(1, 5, b"")
    for first, count in ((1, 1), (5, 1), (7, 1), (6, 0)):
        with pytest.raises(ValueError, match="does not follow"):
            journal.append(first, count, b"")


def test_a_failing_disk_is_told_and_the_next_commit_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(file: object) -> None:
        raise OSError(5, "Input/output error")

    journal = opened(tmp_path)
    rows = fill(journal, 1)
    for first in (3, 5):
        journal.append(first, 2, b"x")
        with monkeypatch.context() as patch:
            patch.setattr(medium, "make_durable", fails)
            with pytest.raises(OSError, match="Input/output"):
                journal.commit()
        assert journal.backlog[0] == 1 + first // 2
    journal.commit()
    rows += [(1, 3, 2, b"x"), (1, 5, 2, b"x")]
    assert list(journal.pending()) == rows
    assert list(opened(tmp_path).pending()) == rows


def test_what_is_missing_between_and_behind_records_is_told(tmp_path: Path) -> None:
    for _ in range(2):
        journal = opened(tmp_path)
        fill(journal, 12)
        journal.close()
    segments = sorted(tmp_path.glob("*.seg"))
    segments[1].unlink()  # of the first boot
    segments[-1].unlink()  # the end of the last one
    again = opened(tmp_path)
    assert [text.split(": ", 1)[1] for text in again.dropped] == [
        "9 to 16 are missing",
        "ended at 24, is cut off behind 16",
    ]
    again.close()
    assert opened(tmp_path).dropped[0].endswith("9 to 16 are missing")  # the end is what it is by now


def test_a_boot_that_was_receipted_is_not_missed(tmp_path: Path) -> None:
    fill(opened(tmp_path), 12)
    crashed = opened(tmp_path)
    crashed.receipted(1, 24)
    fill(crashed, 3)
    assert opened(tmp_path).dropped == []


def test_damage_below_a_running_journal_is_told_once_and_the_rest_is_given(tmp_path: Path) -> None:
    journal = opened(tmp_path, segment=10**6)
    rows = fill(journal, 5)
    path = next(tmp_path.glob("*.seg"))
    blob = bytearray(path.read_bytes())
    blob[70] ^= 1
    path.write_bytes(blob)
    for _ in range(2):
        assert list(journal.pending()) == [rows[0], *rows[2:]]
    assert [text.split(": ", 1)[1] for text in journal.dropped] == ["only 4 of 5 records are still readable"]


def test_a_segment_that_was_taken_away_ends_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    rows = fill(journal, 12)
    next(iter(sorted(tmp_path.glob("*.seg")))).unlink()
    assert list(journal.pending()) == rows[4:]
    journal.receipted(1, 24)
    assert journal.backlog[0] == 0
    assert len(journal.dropped) == 2


def test_receipts_that_were_wrong_are_taken_back(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    rows = fill(journal, 3)
    journal.receipted(1, 6)
    journal.not_receipted(1, 2)
    assert list(journal.pending()) == rows[1:]
