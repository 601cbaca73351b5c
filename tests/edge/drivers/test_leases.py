"""A driver's leases and its safe state, step by step: what holds an output on, and what an end of the lease does."""

from typing import Any, ClassVar

import pytest
from adatom.edge.drivers.base import UNTIL_SAFE, Exchange
from adatom.protocol.errors import ProtocolError

from .test_base import Lines, started


def sent(driver: Any, now: int, answer: bytes | None = b"ok\n") -> bytes:
    """The next request, looked for each millisecond and answered in the next."""
    for later in range(now, now + 3000):
        request: bytes = driver.outgoing(later)
        if request:
            if answer is not None:
                driver.feed(b"3\n" if request.startswith(b"?") else answer, later + 1)
            return request
    raise AssertionError("nothing is sent")


def writes(driver: Any, now: int, count: int) -> list[bytes]:
    """The next requests that are no questions."""
    found: list[bytes] = []
    while len(found) < count:
        request = sent(driver, now)
        now += 50
        if not request.startswith(b"?"):
            found.append(request)
    return found


class Kept(Lines):
    """Accepted values need not be sent again: knob for a while, beam until it is made safe."""

    UNCHANGED_MS: ClassVar = {"knob": 1000, "beam": UNTIL_SAFE}


def test_an_energised_write_needs_a_lease() -> None:
    driver = started()
    for lease_ms in (0, -1):
        with pytest.raises(ProtocolError, match="lease"):
            driver.write("beam", 1, 0, lease_ms)
    assert (driver.leases, driver.pending_writes) == ({}, {})
    driver.write("beam", 1, 100, 1)
    assert driver.leases == {"beam": 101}
    driver.write("knob", 1, 100)
    assert driver.leases == {"beam": 101}


def test_what_the_instrument_cannot_do_is_refused_before_it_is_queued() -> None:
    driver = started()
    with pytest.raises(ProtocolError):
        driver.write("beam", 10, 0, 500)
    assert (driver.leases, driver.pending_writes, driver.write_order) == ({}, {}, [])
    driver.accepted["knob"] = (1, 10)
    with pytest.raises(ProtocolError):
        driver.write("knob", 10, 11)
    with pytest.raises(ProtocolError, match="lease"):
        driver.write("beam", 1, 12)  # no lease said is none


def test_a_lease_ends_at_its_time_and_makes_safe() -> None:
    driver = started()
    driver.write("beam", 1, 100, 500)
    assert not driver.is_safe(100)
    assert writes(driver, 110, 1) == [b"beam=1\n"]
    driver.outgoing(599)
    assert driver.leases == {"beam": 600}
    driver.write("knob", 2, 599)
    errors = driver.errors
    driver.outgoing(600)
    assert (driver.leases, driver.pending_writes, driver.write_order) == ({}, {}, [])
    assert (driver.errors, driver.last_error) == (errors + 1, "lease expired: beam")
    assert not driver.is_safe(600)
    assert sorted(writes(driver, 601, 2)) == [b"beam=0\n", b"knob=0\n"]
    assert driver.is_safe(1500)


def test_a_renewal_keeps_and_the_earliest_lease_counts() -> None:
    class Two(Lines):
        LEASED = ("beam", "knob")

    driver = Two()
    driver.write("beam", 1, 0, 500)
    driver.write("knob", 1, 0, 300)
    driver.write("beam", 1, 250, 500)
    driver.outgoing(299)
    assert driver.leases == {"beam": 750, "knob": 300}
    driver.outgoing(300)
    assert driver.last_error == "lease expired: knob"
    assert driver.leases == {}


def test_the_newest_write_wins_and_order_is_kept() -> None:
    driver = started()
    driver.write("knob", 1, 0)
    driver.write("beam", 1, 0, 5000)
    driver.write("knob", 2, 0)
    assert driver.write_order == ["knob", "beam"]
    assert writes(driver, 10, 2) == [b"knob=2\n", b"beam=1\n"]


def test_an_accepted_value_is_not_sent_again_before_its_time() -> None:
    driver = started(Kept())
    driver.write("knob", 1, 0)
    assert driver.write_order == ["knob"]
    while "knob" not in driver.accepted:
        sent(driver, 20)
    value, when = driver.accepted["knob"]
    assert value == 1
    driver.write("knob", 2, when + 1)
    driver.write("knob", 1, when + 999)  # back to what it has: nothing to send, nothing left waiting
    assert (driver.pending_writes, driver.write_order) == ({}, [])
    driver.write("knob", 1, when + 1000)
    assert driver.write_order == ["knob"]
    fresh = started(Kept())
    fresh.write("beam", 1, 0, 5000)
    while "beam" not in fresh.accepted:
        sent(fresh, 20)
    fresh.write("beam", 1, 4000, 5000)
    assert (fresh.write_order, fresh.leases) == ([], {"beam": 9000})
    fresh.write("beam", 0, 4000, 5000)
    assert fresh.write_order == ["beam"]
    fresh.safe(4001)
    assert fresh.accepted == {}
    plain = started()
    plain.write("knob", 1, 0)
    while "knob" not in plain.accepted:
        sent(plain, 20)
    plain.write("knob", 1, 21)
    assert plain.write_order == ["knob"]


def test_safe_drops_everything_and_comes_first() -> None:
    driver = started()
    driver.write("pair", 1, 0)
    assert driver.outgoing(20) == b"first\n"
    driver.write("beam", 1, 21, 500)
    driver.retry = driver.in_flight
    driver.safe(22)
    assert (driver.pending_writes, driver.write_order, driver.leases, driver.accepted) == ({}, [], {}, {})
    assert (driver.queue, driver.writing, driver.retry) == ([], None, None)
    assert (driver.tries_left, driver.deadline) == (1, 22 + driver.SAFE_WAIT_MS)
    assert [step.request for step in driver.safe_left] == [b"beam=0\n", b"knob=0\n"]
    assert not driver.is_safe(22)
    assert driver.outgoing(71) == b""
    seen = [(later, request) for later in range(72, 300) if (request := driver.outgoing(later))]
    assert seen[0] == (82, b"beam=0\n")


def test_a_shorter_deadline_of_the_exchange_in_flight_is_kept() -> None:
    driver = started()
    assert driver.outgoing(20) != b""
    driver.deadline = 30
    driver.safe(25)
    assert driver.deadline == 30


def test_safe_with_nothing_in_flight_goes_out_after_the_gap() -> None:
    driver = started()
    driver.not_before = 5000
    driver.safe(100)
    assert driver.not_before == 110
    assert driver.outgoing(109) == b""
    assert driver.outgoing(110) == b"beam=0\n"
    early = started()
    early.not_before = 50
    early.safe(100)
    assert early.not_before == 50


def test_safe_again_goes_on_where_it_is() -> None:
    driver = started()
    driver.safe(100)
    assert sent(driver, 100) == b"beam=0\n"
    driver.write("knob", 3, 115)
    driver.retry = Exchange(b"knob=9\n", "set")
    driver.safe(116)
    assert driver.retry is None
    assert driver.pending_writes == {}
    assert [step.request for step in driver.safe_left] == [b"knob=0\n"]
    assert not driver.is_safed
    assert sent(driver, 116) == b"knob=0\n"
    assert driver.is_safed
    assert driver.is_safe(200)
    driver.write("knob", 1, 300)
    assert driver.is_safe(300)  # the knob energises nothing
    driver.write("beam", 1, 300, 500)
    assert not driver.is_safe(300)


def test_a_driver_without_outputs_or_steps_is_safe() -> None:
    class Gauge(Lines):
        LEASED = ()

        def safe_exchanges(self) -> list[Exchange]:
            return []

    gauge = Gauge()
    assert gauge.is_safe(0)
    gauge.safe(0)
    assert gauge.is_safed
    assert not Lines().is_safe(0)

    class Steps(Lines):
        LEASED = ()

    stepping = started(Steps())
    stepping.safe(0)
    assert not stepping.is_safe(0)


def test_a_refused_step_waits_for_the_others() -> None:
    driver = started()
    driver.safe(100)
    assert sent(driver, 100, b"no\n") == b"beam=0\n"
    assert [step.request for step in driver.safe_left] == [b"knob=0\n", b"beam=0\n"]
    assert driver.last_error == "refused"
    assert writes(driver, 150, 2) == [b"knob=0\n", b"beam=0\n"]
    assert driver.is_safed


def test_a_step_without_an_answer_is_followed_by_the_next() -> None:
    driver = started()
    driver.safe(100)
    assert sent(driver, 100, None) == b"beam=0\n"
    seen = [(later, request) for later in range(101, 1500) if (request := driver.outgoing(later))]
    assert seen[0] == (100 + 500 + driver.RESYNC_MS, b"knob=0\n")


def test_what_safe_interrupts_costs_the_gap_only() -> None:
    driver = started()
    driver.write("knob", 1, 0)
    while not driver.outgoing(20).startswith(b"knob"):
        driver.feed(b"3\n", 20)
        driver.not_before = 0
    driver.safe(30)
    driver.feed(b"no\n", 40)
    assert driver.not_before == 50
    assert driver.outgoing(50) == b"beam=0\n"


def test_a_reading_counts_until_it_is_stale() -> None:
    driver = started()
    driver.store("a", 7, 1000)
    assert driver.value("a", 3000) == 7
    assert driver.value("a", 3001) is None
    assert driver.value("b", 0) is None


def test_nothing_is_sent_before_the_deadline_or_the_gap() -> None:
    driver = started()
    first = driver.outgoing(20)
    assert first != b""
    assert driver.outgoing(519) == b""
    assert driver.in_flight is not None
    driver.outgoing(520)
    assert driver.in_flight is None
    fresh = started()
    assert fresh.not_before == 11
    assert fresh.outgoing(10) == b""
    assert fresh.outgoing(11) != b""


def test_a_command_without_an_answer_is_done_when_sent_and_keeps_its_own_pause() -> None:
    for gap_ms, until in ((70, 170), (0, 110)):
        driver = started()
        driver._start(Exchange(b"x\n", None, gap_ms=gap_ms), 100)
        assert driver.not_before == until


def test_a_write_of_two_steps_is_accepted_with_the_last() -> None:
    driver = started()
    driver.write("pair", 1, 0)
    assert writes(driver, 20, 1) == [b"first\n"]
    assert "pair" not in driver.accepted
    assert driver.writing is not None
    assert writes(driver, 60, 1) == [b"pair=1\n"]
    assert driver.accepted["pair"][0] == 1
    assert driver.writing is None


def test_a_refused_write_is_over() -> None:
    driver = started()
    driver.write("knob", 1, 0)
    assert [request for request in (sent(driver, 20 + 200 * n, b"no\n") for n in range(3)) if request[:1] != b"?"] != []
    assert (driver.writing, driver.accepted) == (None, {})


def test_with_nothing_due_nothing_is_sent() -> None:
    class Quiet(Lines):
        POLLS = ()

    assert started(Quiet()).outgoing(20) == b""


def test_a_value_may_be_kept_for_a_single_millisecond() -> None:
    class Brief(Lines):
        UNCHANGED_MS: ClassVar = {"knob": 1}

    driver = started(Brief())
    driver.accepted["knob"] = (1, 10)
    driver.write("knob", 1, 10)
    assert driver.write_order == []
    driver.write("knob", 1, 11)
    assert driver.write_order == ["knob"]


def test_a_new_driver_has_nothing_and_holds_nothing() -> None:
    driver = Lines()
    assert (driver.leases, driver.pending_writes, driver.write_order, driver.accepted) == ({}, {}, [], {})
    assert (driver.is_safed, driver.lost, driver.errors, driver.tries_left) == (False, False, 0, 0)
    assert (driver.deadline, driver.not_before, driver.poll_at, driver.next_poll) == (0, 0, 0, 0)
    assert (driver.in_flight, driver.retry, driver.writing, driver.last_reply_ms) == (None, None, None, None)
    assert (driver.poll_turn, driver.safe_left, driver.queue, driver.values) == (False, [], [], {})
    assert (driver.identity, driver.last_error, driver.buffer) == ("", "not connected yet", bytearray())
    assert driver.start_left == list(driver.START)
