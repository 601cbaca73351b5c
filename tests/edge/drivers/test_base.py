"""The contract of a driver, on the smallest instrument there can be: lines in, lines out."""

from typing import Any

import pytest
from adatom.edge.drivers.base import MAX_BUFFER, UNTIL_SAFE, Driver, Exchange, scaled
from adatom.protocol.errors import ProtocolError
from hypothesis import given
from hypothesis import strategies as st


class Lines(Driver):
    """`?name` is answered by a number, `name=value` by ok; `beam` energises."""

    ROLE = "test"
    LEASED = ("beam",)
    START = (Exchange(b"?id\n", "id"),)
    POLLS = (Exchange(b"?a\n", "a"), Exchange(b"?b\n", "b"))

    def frame(self, buffer: bytearray) -> tuple[bytes | None, int]:
        end = bytes(buffer).find(b"\n")
        return (None, 0) if end < 0 else (bytes(buffer[:end]), end + 1)

    def answers(self, key: Any, reply: bytes) -> bool:
        return not reply.startswith(b"!")

    def parse(self, key: Any, reply: bytes, now: int) -> None:
        if key is None:
            if not reply.startswith(b"!"):
                raise ProtocolError("unasked")
            self.store("news", int(reply[1:]), now)
        elif key == "id":
            self.identity = reply.decode()
        elif key == "set":
            if reply != b"ok":
                raise ProtocolError("refused")
        else:
            self.store(key, int(reply), now)

    def encode(self, name: str, value: Any) -> list[Exchange]:
        if name not in ("beam", "knob", "pair") or value > 9:
            raise ProtocolError("no")
        line = Exchange(b"%s=%d\n" % (name.encode(), value), "set")
        return [Exchange(b"first\n", "set"), line] if name == "pair" else [line]

    def safe_exchanges(self) -> list[Exchange]:
        return [Exchange(b"beam=0\n", "set"), Exchange(b"knob=0\n", "set")]


def started(driver: Driver | None = None) -> Driver:
    driver = driver or Lines()
    assert driver.outgoing(0) == b"?id\n"
    driver.feed(b"box\n", 1)
    return driver


def next_request(driver: Driver, now: int) -> tuple[bytes, int]:
    """The next bytes that the driver sends and when, looking every 5 ms."""
    for later in range(now, now + 5000, 5):
        request = driver.outgoing(later)
        if request:
            return request, later
    raise AssertionError("nothing was sent")


def test_polls_take_turns_after_the_start_and_keep_the_gap() -> None:
    driver = started()
    assert driver.identity == "box"
    assert driver.outgoing(5) == b""  # within the gap
    assert driver.outgoing(11) == b"?a\n"
    driver.feed(b"41\n", 12)
    assert next_request(driver, 12) == (b"?b\n", 22)
    assert driver.value("a", 13) == 41
    assert driver.value("b", 13) is None
    assert driver.reason("b", 13).startswith("never read")


def test_a_reading_gets_stale_and_says_why() -> None:
    driver = started()
    driver.outgoing(11)
    driver.feed(b"41\n", 12)
    assert driver.value("a", 12 + driver.STALE_MS) == 41
    assert driver.value("a", 13 + driver.STALE_MS) is None
    assert "stale" in driver.reason("a", 13 + driver.STALE_MS)


def test_silence_is_retried_then_left_and_start_is_repeated_when_the_instrument_is_back() -> None:
    driver = started()
    request, now = next_request(driver, 11)
    again, now = next_request(driver, now + 500)
    assert request == again == b"?a\n"
    for _ in range(6):
        request, now = next_request(driver, now + 500)
    assert driver.health(now) == (False, "box", driver.errors, driver.last_error)
    driver.feed(b"1\n", now)
    assert next_request(driver, now)[0] == b"?id\n"


def test_a_late_reply_does_not_answer_the_next_question() -> None:
    driver = started()
    _, now = next_request(driver, 11)
    assert driver.outgoing(now + 500) == b""
    driver.feed(b"41\n", now + 550)  # nobody waits any more
    assert driver.value("a", now + 550) is None
    assert driver.outgoing(now + 600) == b""  # the silence starts again


def test_a_status_line_by_itself_does_not_end_the_exchange() -> None:
    driver = started()
    driver.outgoing(11)
    driver.feed(b"!7\n41\n", 12)
    assert (driver.value("news", 12), driver.value("a", 12)) == (7, 41)


def test_a_write_without_a_lease_and_an_impossible_write_are_refused() -> None:
    driver = started()
    with pytest.raises(ProtocolError, match="lease"):
        driver.write("beam", 1, 0)
    with pytest.raises(ProtocolError):
        driver.write("knob", 10, 0)
    assert driver.pending_writes == {}


def test_an_expired_lease_makes_safe_before_anything_else() -> None:
    driver = started()
    driver.write("beam", 1, 20, lease_ms=500)
    assert driver.outgoing(20) == b"beam=1\n"
    driver.feed(b"ok\n", 25)
    driver.write("knob", 3, 519)
    assert driver.outgoing(519) == b"?a\n"
    driver.feed(b"5\n", 519)
    assert next_request(driver, 520)[0] == b"beam=0\n"
    assert "lease expired" in driver.last_error
    assert not driver.is_safe(540)


def test_safe_waits_only_briefly_for_a_running_exchange_and_never_repeats_it() -> None:
    driver = started()
    driver.write("knob", 3, 11)
    assert driver.outgoing(11) == b"knob=3\n"
    driver.safe(20)
    request, now = next_request(driver, 20)
    assert request == b"beam=0\n"
    assert now <= 20 + driver.SAFE_WAIT_MS + driver.GAP_MS + 5
    driver.feed(b"ok\n", now)
    request, now = next_request(driver, now)
    assert request == b"knob=0\n"
    driver.feed(b"ok\n", now)
    assert driver.is_safe(now)
    assert next_request(driver, now)[0].startswith(b"?")


def test_safe_steps_are_repeated_until_taken_even_when_safe_is_called_all_the_time() -> None:
    driver = started()
    taken: list[bytes] = []
    now, deaf_until = 11, 2000
    while now < 5000 and not driver.is_safe(now):
        driver.safe(now)
        request = driver.outgoing(now)
        if request and now > deaf_until:
            taken.append(request)
            driver.feed(b"ok\n", now + 3)
        now += 5
    assert set(taken) == {b"beam=0\n", b"knob=0\n"}
    assert driver.is_safe(now)
    driver.write("beam", 1, now, lease_ms=500)
    assert not driver.is_safe(now)


def test_a_refused_safe_step_does_not_hold_up_the_others() -> None:
    driver = started()
    driver.safe(11)
    sent = []
    now = 11
    for _ in range(3):
        request, now = next_request(driver, now)
        sent.append(request)
        driver.feed(b"no\n", now + 1)
    assert sent == [b"beam=0\n", b"knob=0\n", b"beam=0\n"]


def test_writes_do_not_starve_the_readings() -> None:
    driver = started()
    sent = []
    for now in range(15, 2000, 5):
        driver.write("knob", now % 9, now)
        driver.write("beam", now % 9, now, lease_ms=1000)
        request = driver.outgoing(now)
        if request:
            sent.append(request[:1])
            driver.feed(b"ok\n" if b"=" in request else b"1\n", now + 2)
    assert sent.count(b"?") >= len(sent) // 2 - 1
    assert sent.count(b"k") > 10
    assert sent.count(b"b") > 10


def test_the_parts_of_a_write_stay_together_and_only_the_newest_value_goes_out() -> None:
    driver = started()
    driver.write("pair", 1, 11)
    driver.write("pair", 2, 11)
    assert driver.outgoing(11) == b"first\n"
    driver.feed(b"ok\n", 12)
    assert next_request(driver, 12)[0] == b"pair=2\n"
    driver.feed(b"ok\n", 30)
    assert driver.accepted["pair"] == (2, 30)


class Lazy(Lines):
    UNCHANGED_MS = {"knob": 1000, "beam": UNTIL_SAFE}  # noqa: RUF012


def test_an_accepted_value_is_not_sent_again_before_its_time() -> None:
    driver = Lazy()
    started(driver)
    writes = []
    for now in range(15, 2500, 5):
        driver.write("knob", 4, now)
        driver.write("beam", 1, now, lease_ms=400)
        request = driver.outgoing(now)
        if request:
            writes.append(request)
            driver.feed(b"ok\n" if b"=" in request else b"1\n", now + 2)
    assert writes.count(b"knob=4\n") == 3
    assert writes.count(b"beam=1\n") == 1
    driver.reconnected(2500)
    assert "beam" in driver.accepted  # coming back energises nothing
    assert "knob" not in driver.accepted


def test_a_value_on_the_way_does_not_hide_the_one_before() -> None:
    driver = Lazy()
    started(driver)
    driver.write("knob", 1, 11)
    driver.outgoing(11)
    driver.feed(b"ok\n", 12)
    driver.write("knob", 2, 30)
    while driver.outgoing(now := driver.not_before) != b"knob=2\n":
        driver.feed(b"1\n", now)
    driver.write("knob", 1, now + 1)
    assert driver.pending_writes == {"knob": 1}


def test_reconnecting_forgets_half_replies_and_identifies_again() -> None:
    driver = started()
    driver.outgoing(11)
    driver.feed(b"4", 12)
    driver.write("beam", 1, 12, lease_ms=400)
    driver.reconnected(20)
    assert next_request(driver, 20)[0] == b"?id\n"
    driver.feed(b"box\n", 40)
    assert driver.leases == {"beam": 412}


def test_too_many_bytes_without_a_reply_are_dropped() -> None:
    driver = started()
    driver.feed(b"x" * (MAX_BUFFER + 1), 5)
    assert driver.buffer == b""
    assert "bytes without a reply" in driver.last_error


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "-inf", "1e999", b"\xff\xfe", "1,5"])
def test_scaled_refuses_what_is_no_number(text: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        scaled(text, 100)


def test_scaled_rounds() -> None:
    assert (scaled("+021.89", 100), scaled(b"-1.26E-2", 1000)) == (2189, -13)


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 700)), max_size=30))
def test_any_bytes_are_survived_and_the_driver_recovers(pieces: list[tuple[bytes, int]]) -> None:
    driver = Lines()
    now = 0
    for data, pause in pieces:
        driver.feed(data, now)
        driver.outgoing(now)
        now += pause
    driver.feed(b"\n", now)
    for _ in range(400):
        now += 10
        request = driver.outgoing(now)
        if request:
            driver.feed(b"5\n", now + 1)
    assert driver.value("a", now) == 5


@given(st.lists(st.sampled_from(["write", "safe", "reply", "bad", "reconnect", "wait"]), max_size=60))
def test_nothing_energises_after_safe_without_a_new_write(actions: list[str]) -> None:
    driver = started()
    now = 20
    allowed = False
    for action in actions:
        now += 7
        if action == "write":
            driver.write("beam", 1, now, lease_ms=300)
            allowed = True
        elif action == "safe":
            driver.safe(now)
            allowed = False
        elif action == "reply":
            driver.feed(b"ok\n", now)
        elif action == "bad":
            driver.feed(b"\xff\n", now)
        elif action == "reconnect":
            driver.reconnected(now)
        else:
            now += 400
            allowed = False  # the lease is over, the next look at the driver makes it safe
        sent = driver.outgoing(now)
        assert allowed or sent != b"beam=1\n"
