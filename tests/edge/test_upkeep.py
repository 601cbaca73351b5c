"""Receipts that stay behind are believed only when nothing speaks against them for long."""

from pathlib import Path

import pytest
from adatom.edge.alarms import DAMAGED, LOST
from adatom.edge.journal import Journal
from adatom.edge.recorder import Recorder
from adatom.edge.upkeep import WORKS, Upkeep
from adatom.protocol import codec
from adatom.protocol.session import RESEND_MS, Record, Uplink

BEHIND, NEXT = (1, 5), (1, 9)  # boot and number of receipts, the oldest record being the tenth
OLDEST = Record(1, 10, 1, "event", b"payload")


@pytest.fixture
def upkeep(tmp_path: Path) -> Upkeep:
    return Upkeep("twin-1", Recorder("twin-1", Journal(str(tmp_path), 10**6, 10**5)))


@pytest.mark.parametrize(
    ("receipts", "believed"),
    [
        ([(0, BEHIND)], False),
        ([(0, BEHIND), (RESEND_MS - 1, BEHIND)], False),
        ([(0, BEHIND), (RESEND_MS, BEHIND)], True),
        ([(0, BEHIND), (10, NEXT), (RESEND_MS, BEHIND)], False),  # an old one that came late
        ([(0, BEHIND), (10, (1, 6)), (RESEND_MS, BEHIND)], False),  # it moves
        ([(0, BEHIND), (10, (2, 3)), (RESEND_MS, BEHIND)], True),  # another boot's says nothing of this one
        ([(0, NEXT), (RESEND_MS, NEXT)], False),
    ],
)
def test_only_a_receipt_that_stays_is_believed(
    upkeep: Upkeep, receipts: list[tuple[int, tuple[int, int]]], believed: bool
) -> None:
    uplink = Uplink()
    uplink.offer(OLDEST)
    found = [upkeep.stays_behind(boot, upto, uplink, now) for now, (boot, upto) in receipts]
    assert found[-1] is believed
    assert not any(found[:-1])


def test_a_loss_is_an_event_once_and_a_message_each_time(upkeep: Upkeep) -> None:
    body, events = upkeep.lost(5, OLDEST)
    assert events == [(LOST, {"boot": 1, "first": 6, "last": 9})]
    message = codec.decode("lost", codec.with_tail("lost", body, "0" * 64))[0]
    assert (message["first"], message["last"]) == (6, 9)
    assert upkeep.lost(5, OLDEST) == (body, [])


def test_trouble_ends_with_a_record_from_after_it(upkeep: Upkeep) -> None:
    upkeep.recorder.last = 7
    assert upkeep.failed("no space")
    assert not upkeep.failed("no space")
    assert upkeep.durable(7) == []  # waited since before
    assert upkeep.trouble == "no space"
    upkeep.recorder.given_up = (30, 1000, 2000)
    assert upkeep.durable(8) == [(WORKS, {"why": "no space", "points_given_up": 30, "from_ms": 1000, "to_ms": 2000})]
    assert upkeep.trouble == ""
    assert upkeep.durable(9) == []


def test_damage_is_told_once_and_not_at_any_length(upkeep: Upkeep) -> None:
    assert upkeep.damage() == []
    for number in range(100):
        upkeep.recorder.journal.tell(f"{number} " + "x" * 1000)
    ((name, data),) = upkeep.damage()
    assert name == DAMAGED
    assert data["found"] == 100
    assert len(data["texts"]) == 8
    assert max(map(len, data["texts"])) == 200
    assert upkeep.damage() == []
