"""The wire format: golden bytes, round trips, and "any bytes give a message or ProtocolError"."""

import json
from pathlib import Path
from typing import Any

import pytest
from adatom.protocol import codec, messages, seal, telemetry, topics
from adatom.protocol.channels import COUNT, FIRST_COUNT
from adatom.protocol.errors import ProtocolError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocol.examples import KEY, MESSAGES
from tests.protocol.make_vectors import batch, vectors, wide_batch

VECTORS_FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS = json.loads((VECTORS_FOLDER / "messages.json").read_text())


def test_every_kind_has_an_example_and_a_vector() -> None:
    assert set(MESSAGES) == set(messages.JSON_KINDS)
    assert set(VECTORS) == set(messages.UP) | set(messages.DOWN)


@pytest.mark.parametrize("kind", sorted(VECTORS))
def test_golden_bytes(kind: str) -> None:
    assert vectors()[kind] == VECTORS[kind]


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_json_round_trip(kind: str) -> None:
    payload = VECTORS[kind].encode()
    message, body, tail = codec.decode(kind, payload)
    assert message == MESSAGES[kind]
    assert codec.with_tail(kind, body, tail) == payload


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_each_missing_and_each_unknown_field_is_named(kind: str) -> None:
    for name in MESSAGES[kind]:
        less = {key: value for key, value in MESSAGES[kind].items() if key != name}
        with pytest.raises(ProtocolError, match=f"{kind}.{name}: missing"):
            codec.body_of(kind, less)
    with pytest.raises(ProtocolError, match="extra: unknown"):
        codec.body_of(kind, MESSAGES[kind] | {"extra": 1})


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("event", "seq", 0),
        ("event", "seq", True),
        ("event", "seq", 1.0),
        ("event", "name", ""),
        ("event", "data", {"x": float("nan")}),
        ("event", "data", {"x": [float("inf")]}),
        ("command", "name", "detonate"),
        ("result", "outcome", "maybe"),
        ("result", "ranges", [[1, 2]]),
        ("measurement", "part", 2),
        ("measurement", "columns", {"a": [1.0], "b": []}),
        ("measurement", "columns", {"a": ["1"]}),
        ("refusal", "reasons", [1]),
        ("hello", "envelope", "short"),
    ],
)
def test_bad_values_are_refused(kind: str, field: str, value: Any) -> None:
    with pytest.raises(ProtocolError):
        codec.body_of(kind, MESSAGES[kind] | {field: value})


def test_limits_hold_before_a_parser_runs() -> None:
    with pytest.raises(ProtocolError, match="at most"):
        codec.decode("event", b"x" * (messages.MAX_BYTES + 1))
    with pytest.raises(ProtocolError, match="brackets"):
        codec.decode("event", b"[" * 30000)


@given(st.sampled_from(sorted(messages.UP + messages.DOWN)), st.binary(max_size=300))
def test_any_bytes_give_a_message_or_protocol_error(kind: str, data: bytes) -> None:
    try:
        telemetry.decode(data) if kind == "telemetry" else codec.decode(kind, data)
    except ProtocolError:
        return
    pytest.fail("random bytes were accepted")


@given(st.sampled_from(sorted(VECTORS)), st.data())
def test_a_damaged_message_is_an_error_or_breaks_its_tail(kind: str, data: st.DataObject) -> None:
    payload = bytearray(bytes.fromhex(VECTORS[kind]) if kind == "telemetry" else VECTORS[kind].encode())
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    try:
        if kind == "telemetry":
            telemetry.decode(payload)
            pytest.fail("the CRC missed one damaged byte")
        _, body, tail = codec.decode(kind, payload)
    except ProtocolError:
        return
    if messages.tail_of(kind) == "sig":
        assert seal.signature(KEY, body) != tail
    elif messages.tail_of(kind) == "link":
        assert seal.to_hex(seal.chain_link(seal.genesis("twin-1", 3), body)) != tail


@given(st.sampled_from(sorted(VECTORS)), st.data())
def test_a_truncated_message_is_an_error_at_every_length(kind: str, data: st.DataObject) -> None:
    payload = bytes.fromhex(VECTORS[kind]) if kind == "telemetry" else VECTORS[kind].encode()
    cut = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(ProtocolError):
        telemetry.decode(payload[:cut]) if kind == "telemetry" else codec.decode(kind, payload[:cut])


VALUES = st.one_of(st.none(), st.integers(telemetry.LOW, telemetry.HIGH), st.integers(-70, 70))


@st.composite
def batches(draw: st.DrawFn) -> telemetry.Batch:
    count = draw(st.integers(1, 12))
    columns = [draw(st.lists(VALUES, min_size=count, max_size=count)) for _ in range(COUNT)]
    steps = draw(st.lists(st.integers(0, 10**6), min_size=count, max_size=count))
    times = [draw(st.integers(0, 2**52)) + sum(steps[:i]) for i in range(1)]
    for step in steps[1:]:
        times.append(times[-1] + step)
    return telemetry.Batch(draw(st.integers(1, 2**32 - 1)), draw(st.integers(1, 2**52)), count, "run", times, columns)


@given(batches())
@settings(max_examples=200)
def test_telemetry_round_trip(one: telemetry.Batch) -> None:
    body = telemetry.encode_body(one)
    link = seal.chain_link(seal.genesis("b", 1), body)
    again, body_again, link_again = telemetry.decode(telemetry.finish(body, link))
    assert again == one
    assert (body_again, link_again) == (body, link)


def test_telemetry_uses_every_column_mode() -> None:
    again, _, _ = telemetry.decode(bytes.fromhex(VECTORS["telemetry"]))
    assert again._replace(columns=again.columns[:FIRST_COUNT]) == batch()
    assert all(column == [None, None, None] for column in again.columns[FIRST_COUNT:]), "not sent, so missing"


def test_a_batch_with_the_film_monitor_has_its_own_vector() -> None:
    payload = bytes.fromhex((VECTORS_FOLDER / "telemetry-17.hex").read_text())
    again, body, _ = telemetry.decode(payload)
    assert again == wide_batch()
    assert telemetry.encode_body(wide_batch()) == body


def test_channels_that_a_newer_sender_adds_are_left_out() -> None:
    newer = bytearray(telemetry.encode_body(wide_batch()))
    newer[telemetry.HEADER_BYTES + len(wide_batch().run)] += 1
    newer += bytes([telemetry.LINEAR, 2, 0])
    again, _, _ = telemetry.decode(telemetry.finish(bytes(newer), bytes(32)))
    assert again == wide_batch()


def test_a_time_that_no_database_holds_is_refused() -> None:
    body = bytearray(telemetry.encode_body(batch()))
    body[telemetry.HEADER_BYTES - 9 : telemetry.HEADER_BYTES - 1] = (2**53 + 1).to_bytes(8, "big")
    with pytest.raises(ProtocolError, match="out of range"):
        telemetry.decode(telemetry.finish(bytes(body), bytes(32)))


@pytest.mark.parametrize("width", [FIRST_COUNT - 1, COUNT + 1])
def test_a_batch_of_another_width_is_not_sent(width: int) -> None:
    columns = [[7, 7, 7] for _ in range(width)]
    with pytest.raises(ProtocolError, match="channels"):
        telemetry.encode_body(batch()._replace(columns=columns))


def test_eight_noisy_channels_take_about_eight_bytes_a_point() -> None:
    import random

    rng = random.Random(1)
    noisy = [[round(60000 + rng.gauss(0, 10)) for _ in range(100)] for _ in range(8)]
    columns = noisy + [[5] * 100 for _ in range(COUNT - 8)]
    body = telemetry.encode_body(telemetry.Batch(1, 1, 100, "r", list(range(0, 100000, 1000)), columns))
    assert len(body) / 100 < 9


def test_topics_round_trip_and_refuse_wildcards() -> None:
    assert topics.parse(topics.up("twin-1", "event")) == ("twin-1", "up", "event")
    assert topics.parse(topics.down("twin-1", "command")) == ("twin-1", "down", "command")
    for bad in ("adatom/1/+/up/event", "adatom/1/a/b/up/event", "adatom/2/a/up/event", "adatom/1/a/up/command", ""):
        with pytest.raises(ProtocolError):
            topics.parse(bad)
    with pytest.raises(ProtocolError):
        topics.up("#", "event")
