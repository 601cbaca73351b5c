"""The network link over a stream in memory: sessions, retries, back-pressure, a good-bye. No sockets, no waiting."""

from itertools import pairwise
from typing import Any

import pytest
from adatom.edge.link import INBOX_BYTES, INBOX_MAX, RETRY_MAX_MS, RETRY_MIN_MS, Link

CONNACK, SUBACK = b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x01"
RECEIPT = "adatom/1/a/down/receipt"


class Stream:
    """What a broker sends, what it was sent, and how much it takes at once."""

    def __init__(self) -> None:
        self.coming: list[bytes] = []
        self.written = b""
        self.room = 10**6
        self.closed = False

    def read(self, size: int) -> bytes | None:
        return self.coming.pop(0) if self.coming else None

    def write(self, data: bytes | memoryview) -> int | None:
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.written += taken
        return len(taken) or None

    def close(self) -> None:
        self.closed = True


class Dialer:
    """Gives the streams of a list one after another; an OSError in it is a failed attempt."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.starts = 0

    def start(self) -> None:
        self.starts += 1

    def poll(self) -> Stream | None:
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    def close(self) -> None:
        pass


def linked() -> tuple[Link, Stream]:
    stream = Stream()
    link = Link(Dialer(stream), "a")
    link.service(0)
    stream.coming = [CONNACK, SUBACK]
    link.service(1)
    stream.written = b""
    return link, stream


def publication(payload: bytes) -> bytes:
    body = len(RECEIPT).to_bytes(2, "big") + RECEIPT.encode() + payload
    length = [len(body)] if len(body) < 128 else [len(body) & 0x7F | 0x80, len(body) >> 7]
    return bytes([0x30, *length]) + body


def test_a_session_begins_when_the_subscription_stands() -> None:
    stream = Stream()
    link = Link(Dialer(None, stream), "a")
    link.service(0)
    link.service(10)
    assert stream.written[:1] == b"\x10"
    stream.coming = [CONNACK]
    link.service(20)
    assert b"adatom/1/a/down/+" in stream.written
    assert not link.up
    assert not link.new_session()
    stream.coming = [SUBACK]
    link.service(30)
    assert link.ready
    assert link.new_session()
    assert not link.new_session()


def test_it_tries_again_ever_more_slowly_and_quickly_after_a_success() -> None:
    stream = Stream()
    dialer = Dialer(*[OSError("refused")] * 5, stream)
    link = Link(dialer, "a")
    tried = []
    for now in range(0, 20000, 100):
        before = dialer.starts
        link.service(now)
        if dialer.starts > before:
            tried.append(now)
        if link.stream is not None:
            break
        assert link.trouble == "refused"
    gaps = [b - a for a, b in pairwise(tried)]
    assert gaps == [RETRY_MIN_MS, 2000, 4000, RETRY_MAX_MS, RETRY_MAX_MS]
    stream.coming = [CONNACK, SUBACK, b""]
    link.service(20000)
    assert link.trouble == "the broker hung up"
    assert not link.up
    assert stream.closed
    assert link.retry_ms == 20000 + RETRY_MIN_MS


@pytest.mark.parametrize("junk", [b"HTTP/1.1 400 Bad Request\r\n", b"\xff" * 9, bytes(9)])
def test_a_peer_that_is_no_broker_is_left(junk: bytes) -> None:
    link, stream = linked()
    stream.coming = [junk]
    link.service(2)
    assert stream.closed
    assert link.trouble.startswith("mqtt: ")


def test_a_packet_is_finished_before_the_next_one_and_nothing_is_asked_for_meanwhile() -> None:
    link, stream = linked()
    stream.room = 10
    link.publish("adatom/1/a/up/event", bytes(50))
    link.publish("adatom/1/a/up/event", b"x")
    link.service(2)
    assert len(stream.written) == 10
    assert not link.ready
    stream.room = 10**6
    link.service(3)
    assert stream.written.count(b"adatom/1/a/up/event") == 2
    assert stream.written.endswith(b"x")
    assert link.ready


def test_a_flood_makes_the_broker_wait() -> None:
    link, stream = linked()
    stream.coming = [publication(b"r")] * (3 * INBOX_MAX)
    link.service(2)
    assert len(link.inbox) == INBOX_MAX
    link.service(3)
    assert len(stream.coming) == 2 * INBOX_MAX
    assert link.received() == [(RECEIPT, b"r")] * INBOX_MAX
    link.service(4)
    assert len(stream.coming) == INBOX_MAX


def test_large_messages_come_few_at_a_time() -> None:
    """64 of 64 kB would take most of a second to parse: ticks come in between, and nothing is lost."""
    link, stream = linked()
    sent = [bytes([number]) * 6000 for number in range(40)]
    stream.coming = [publication(payload) for payload in sent]
    heard: list[bytes] = []
    for turn in range(2, 42):
        link.service(turn)
        assert sum(len(payload) for _, payload in link.inbox) < INBOX_BYTES + 6000
        heard += [payload for _, payload in link.received()]
    assert heard == sent


def test_what_is_published_into_a_dead_link_is_dropped() -> None:
    link = Link(Dialer(OSError("refused")), "a")
    link.service(0)
    link.publish("adatom/1/a/up/event", b"x")
    assert link.client.out == []


def test_it_says_good_bye() -> None:
    link, stream = linked()
    link.close()
    assert stream.written == b"\xe0\x00"
    assert stream.closed
