"""Many messages at once give what each gives alone: the same values or the same refusal, whatever the bytes are."""

import random
from collections.abc import Sequence

import numpy as np
from adatom.cloud.ingest import columns
from adatom.protocol import seal, telemetry
from adatom.protocol.channels import COUNT, FIRST_COUNT
from adatom.protocol.errors import ProtocolError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocol.make_vectors import batch, wide_batch
from tests.protocol.test_messages import VALUES, batches

LINK = seal.genesis("b", 1)
BATCHES = batches()
EDGES = st.sampled_from([None, telemetry.LOW, telemetry.HIGH, 0, 1, -1, 63, 64, -64, -65])


def message(one: telemetry.Batch) -> bytes:
    return telemetry.finish(telemetry.encode_body(one), LINK)


def alone(payload: bytes) -> tuple[telemetry.Batch, bytes, bytes] | str:
    try:
        return telemetry.decode(payload)
    except ProtocolError as error:
        return str(error)


def plain(found: columns.Decoded | ProtocolError) -> tuple[telemetry.Batch, bytes, bytes] | str:
    """As telemetry.decode has it: lists, None for NaN."""
    if isinstance(found, ProtocolError):
        return str(found)
    one, body, link = found
    rows = [[None if np.isnan(value) else int(value) for value in column] for column in one.columns]
    return telemetry.Batch(*one[:4], one.t_ms.tolist(), rows), body, link


def check(payloads: Sequence[bytes]) -> list[tuple[telemetry.Batch, bytes, bytes] | str]:
    expected = [alone(payload) for payload in payloads]
    assert [plain(found) for found in columns.decode(payloads, few=0)] == expected
    return expected


def at_once(payloads: Sequence[bytes]) -> list[bool]:
    """Which messages did not have to be read alone."""
    heads = [columns._head(payload) for payload in payloads]
    found = iter(columns._batches([head for head in heads if head]))
    return [head is not None and next(found) is not None for head in heads]


@given(st.lists(BATCHES, max_size=4))
@settings(max_examples=50, deadline=None)
def test_what_a_bench_sends_is_read_at_once(sent: list[telemetry.Batch]) -> None:
    payloads = [message(one) for one in sent]
    assert [found[0] for found in check(payloads)] == sent
    assert at_once(payloads) == [True] * len(sent)


@given(st.integers(1, 20), st.integers(FIRST_COUNT, COUNT), st.data())
@settings(max_examples=50, deadline=None)
def test_every_shape_of_column(count: int, width: int, data: st.DataObject) -> None:
    shapes = st.one_of(
        st.lists(VALUES, min_size=count, max_size=count), st.lists(EDGES, min_size=count, max_size=count),
        st.just([None] * count), st.builds(lambda a, b: [a + b * i for i in range(count)], EDGES.filter(bool).filter(
            lambda v: abs(v) < 100), st.integers(-9, 9)),
    )  # fmt: skip
    one = telemetry.Batch(1, 1, count, "r", list(range(count)), [data.draw(shapes) for _ in range(width)])
    payloads = [message(wide_batch()), message(one), message(batch())]
    check(payloads)
    assert at_once(payloads) == [True, True, True]


@given(st.lists(BATCHES, min_size=1, max_size=3), st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_changed_bytes_under_a_right_checksum(sent: list[telemetry.Batch], rng: random.Random, changes: int) -> None:
    payloads = [message(one) for one in sent]
    changed = rng.randrange(len(payloads))
    body = bytearray(telemetry.encode_body(sent[changed]))
    for _ in range(changes):
        place = rng.randrange(len(body))
        kind = rng.randrange(3)
        if kind == 0:
            body[place] = rng.randrange(256)
        elif kind == 1:
            body[place:place] = rng.randbytes(rng.randrange(1, 7))
        else:
            del body[place : place + rng.randrange(1, 4)]
            body = body or bytearray(1)
    payloads[changed] = telemetry.finish(bytes(body), LINK)
    check(payloads)


def test_bytes_that_are_no_message() -> None:
    rng = random.Random(5)
    check([b"", b"a", bytes(60), rng.randbytes(200), message(batch()), message(batch())[:-1], b"\xff" * 90])


def test_a_varint_that_does_not_end_is_refused_beside_good_ones() -> None:
    body = telemetry.encode_body(batch())
    head = telemetry.HEADER_BYTES + len(batch().run) + 1
    endless = [body[:head] + bytes([mode]) + b"\x80" * 9 + body[head + 1 :] for mode in range(4)]
    found = check([message(batch()), *[telemetry.finish(one, LINK) for one in endless], message(wide_batch())])
    assert [isinstance(one, str) for one in found] == [False, True, True, True, True, False]
