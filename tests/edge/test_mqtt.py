"""The MQTT client: bytes as the standard gives them, limits, silence, and any bytes at all."""

import random

import pytest
from adatom.edge.mqtt import ACK_MS, CONNECTED, IN_FLIGHT_MAX, MESSAGE, SUBSCRIBED, TAKEN, Client
from adatom.protocol.errors import ProtocolError

CONNACK = b"\x20\x02\x00\x00"
KEEPALIVE_S = 10


def connected(now: int = 0) -> Client:
    """A client that the broker has welcomed, with nothing to write."""
    client = Client("bench-a", KEEPALIVE_S)
    client.connect(now)
    assert client.take() != b""
    assert client.feed(CONNACK, now) == [(CONNECTED,)]
    return client


def publication(topic: str, payload: bytes, packet_id: int | None = None) -> bytes:
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name
    body += b"" if packet_id is None else packet_id.to_bytes(2, "big")
    size = len(body) + len(payload)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([0x30 if packet_id is None else 0x32]) + length + body + payload


def test_the_introduction_is_as_in_the_standard() -> None:
    client = Client("a", 10)
    client.connect(0)
    assert client.take() == bytes.fromhex("100d 00044d515454 04 02 000a 000161")
    client = Client("a", 10, "u", "pw")
    client.connect(0)
    assert client.take() == bytes.fromhex("1014 00044d515454 04 c2 000a 000161 000175 00027077")
    assert client.take() == b""


def test_subscribing_and_publishing() -> None:
    client = connected()
    assert client.subscribe("a/+") == 1
    assert client.take() == bytes.fromhex("8208 0001 0003612f2b 01")
    assert client.publish("a/b", b"xyz") == 2
    assert client.take() == bytes.fromhex("320a 0003612f62 0002 78797a")
    assert client.publish("a/b", memoryview(b"xyz"), qos=0) == 0
    assert client.take() == bytes.fromhex("3008 0003612f62 78797a")
    assert client.publish("t", bytes(200)) == 3
    assert client.take()[:3] == b"\x32\xcd\x01"
    acknowledged = bytes.fromhex("9003 0001 01 4002 0002 4002 0003 d000")
    assert client.feed(acknowledged, 5) == [(SUBSCRIBED, 1), (TAKEN, 2), (TAKEN, 3)]
    assert client.in_flight == []


def test_what_arrives_is_told_and_acknowledged() -> None:
    client = connected()
    seen = client.feed(publication("a/b", b"one") + publication("a/ü", b"", 7), 1)
    assert seen == [(MESSAGE, "a/b", b"one"), (MESSAGE, "a/ü", b"")]
    assert client.take() == bytes.fromhex("4002 0007")
    assert client.take() == b""


def test_one_chunk_or_byte_by_byte_is_the_same() -> None:
    stream = CONNACK + b"".join(publication("a/b", bytes(n), n % 9 + 1) for n in (0, 1, 125, 300)) + b"\xd0\x00"
    whole, single = Client("a", 10), Client("a", 10)
    whole.connect(0)
    single.connect(0)
    events = whole.feed(stream, 1)
    assert len(events) == 5
    assert [event for byte in stream for event in single.feed(bytes([byte]), 1)] == events


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        ("4002 0009", "acknowledgement of nothing"),
        ("4003 000100", "acknowledgement of nothing"),
        ("9003 0005 01", "acknowledgement of nothing"),
        ("9003 0001 80", "subscription was refused"),
        ("2002 0000", "out of turn"),
        ("1000", "is no answer"),
        ("d00100", "packet 0xD0 of 1 bytes"),
        ("50", "is no answer"),
        ("3400", "a publication that is none"),
        ("340500016100 0178", "a publication that is none"),
        ("3003 000061", "a publication that is none"),
        ("3003 000961", "a publication that is none"),
        ("3001 00", "a publication that is none"),
        ("3203 000161", "a publication that is none"),
        ("3205 000161 0000", "without an id"),
        ("3003 0001ff", "a topic that is no text"),
        ("3003 000123", "wildcard"),
        ("30ffffff7f", "at most"),
        ("30ffffffff", "more than four bytes"),
    ],
)
def test_what_no_broker_sends_ends_the_connection_for_good(packet: str, why: str) -> None:
    client = connected()
    with pytest.raises(ProtocolError, match=why):
        client.feed(bytes.fromhex(packet), 1)
    assert not client.up
    with pytest.raises(ProtocolError, match="over"):
        client.feed(CONNACK, 2)
    client.connect(3)
    assert client.take()[:1] == b"\x10"


def test_a_refusal_says_why() -> None:
    for code, why in ((4, "bad user name"), (5, "not authorised"), (77, "code 77")):
        client = Client("a", 10)
        client.connect(0)
        with pytest.raises(ProtocolError, match=why):
            client.feed(bytes([0x20, 2, 0, code]), 1)


def test_nothing_but_the_welcome_may_come_first() -> None:
    client = Client("a", 10)
    client.connect(0)
    with pytest.raises(ProtocolError, match="out of turn"):
        client.feed(publication("a", b""), 1)


def test_it_keeps_the_connection_alive_and_finds_it_dead() -> None:
    client = connected()
    for now in range(0, 120000, 100):
        client.tick(now)
        if client.take() == b"\xc0\x00":
            client.feed(b"\xd0\x00", now)
    assert client.up
    last = client.heard_ms + 1200 * KEEPALIVE_S
    for now in range(120000, last + 1, 100):
        client.tick(now)
        client.publish("t", b"", qos=0)  # talking does not hide a half-open line
        client.take()
    with pytest.raises(ProtocolError, match="silent"):
        client.tick(last + 1)


def test_a_broker_that_acknowledges_nothing_is_left() -> None:
    client = connected()
    client.publish("t", b"")
    for now in range(0, ACK_MS, 100):
        client.tick(now)
        client.take()
        client.feed(b"\xd0\x00", now)
    with pytest.raises(ProtocolError, match="acknowledges nothing"):
        client.tick(ACK_MS + 1)


def test_packets_in_flight_are_bounded_and_ids_not_used_twice() -> None:
    client = connected()
    client.packet_id = 65530
    ids = {client.publish("t", b"") for _ in range(IN_FLIGHT_MAX)}
    assert len(ids) == IN_FLIGHT_MAX
    assert 0 not in ids
    assert not client.ready
    with pytest.raises(ValueError, match="without an acknowledgement"):
        client.publish("t", b"")
    client.feed(bytes.fromhex("4002 0001"), 1)
    assert client.ready


def test_any_bytes_give_events_or_a_protocol_error() -> None:
    draw = random.Random(3)
    outcomes = set()
    for _ in range(20000):
        client = connected()
        client.subscribe("t")
        client.publish("t", b"")
        size = draw.randrange(1, 40)
        junk = bytearray(draw.randbytes(size))
        if draw.random() < 0.7:  # a plausible head, so that the inner checks are reached
            junk[:2] = bytes([draw.choice((0x20, 0x30, 0x31, 0x32, 0x33, 0x40, 0x90, 0xD0)), draw.randrange(size)])
            junk[2:4] = bytes([0, draw.randrange(4)])
        try:
            for event in client.feed(bytes(junk), 1):
                outcomes.add(event[0])
            assert len(client.buffer) <= len(junk)
        except ProtocolError as error:
            outcomes.add(str(error).split()[1])
            assert not client.up
    assert {MESSAGE, "a", "packet"} <= outcomes
