"""The link over a network that loses, doubles and reorders: nothing lost, nothing doubled, order kept."""

import random

import pytest
from adatom.protocol.errors import ProtocolError
from adatom.protocol.session import DUPLICATE, GAP, NEW, Intake, Record, Uplink
from hypothesis import given, settings
from hypothesis import strategies as st


def record(boot: int, first: int, count: int = 1) -> Record:
    return Record(boot, first, count, "event", b"%d" % first)


def test_the_window_holds_and_receipts_move_it() -> None:
    link = Uplink(window=2, resend_ms=100)
    for first in range(1, 6):
        link.offer(record(1, first))
    assert [r.first for r in link.due(0)] == [1, 2]
    assert link.due(50) == []
    assert link.receipt(1, 1, 60) == 1
    assert [r.first for r in link.due(60)] == [3]
    assert [r.first for r in link.due(160)] == [2, 3]
    link.restart()
    assert [r.first for r in link.due(161)] == [2, 3]


def test_a_receipt_frees_whole_records_of_its_boot_only() -> None:
    link = Uplink()
    link.offer(record(1, 1, 60))
    link.offer(record(2, 1, 1))
    assert link.receipt(2, 10, 0) == 0
    assert link.receipt(1, 59, 0) == 0
    assert link.receipt(1, 60, 0) == 1
    assert link.backlog == 1


def test_records_must_come_in_order() -> None:
    link = Uplink()
    link.offer(record(1, 5))
    with pytest.raises(ValueError, match="order"):
        link.offer(record(1, 5))


def test_the_intake_names_new_duplicate_gap_and_overlap() -> None:
    intake = Intake()
    intake.known(1, 10)
    assert intake.judge(1, 11, 60) == NEW
    assert intake.judge(1, 5, 6) == DUPLICATE
    assert intake.judge(1, 12, 1) == GAP
    assert intake.judge(2, 1, 1) == NEW
    with pytest.raises(ProtocolError, match="overlaps"):
        intake.judge(1, 5, 60)


@given(st.integers(0, 2**32), st.floats(0, 0.6))
@settings(max_examples=60)
def test_nothing_is_lost_or_doubled_over_a_bad_network(seed: int, badness: float) -> None:
    rng = random.Random(seed)
    link, intake = Uplink(window=8, resend_ms=5), Intake()
    stored: list[int] = []
    upto = 0
    sent, wire, now = 0, [], 0
    while len(stored) < 50:
        now += 1
        assert now < 20000
        if sent < 50:
            sent += 1
            link.offer(record(1, sent))
        wire += [r for r in link.due(now) for _ in range(rng.choice((1, 1, 2))) if rng.random() > badness]
        if rng.random() < badness:
            rng.shuffle(wire)
        for r in wire:
            if intake.judge(1, r.first, r.count) == NEW:
                intake.accepted(1, r.first, r.count)
                stored.append(r.first)
        wire, upto = [], intake.upto.get(1, 0)
        if rng.random() > badness:
            link.receipt(1, upto, now)
    assert stored == list(range(1, 51))
