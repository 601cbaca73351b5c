"""What benches send: once each, in real units, whatever order and however often it is delivered."""

import base64
import hashlib
import itertools
from typing import Any

import duckdb
import numpy as np
import pytest
from adatom.cloud.store.store import Store
from adatom.protocol import codec
from adatom.protocol.channels import NAMES, SCALES
from adatom.protocol.errors import InputError, ProtocolError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cloud.store.samples import BENCH, NOW, Sent, event, hello, message, telemetry
from tests.protocol.examples import MESSAGES


def test_points_come_back_in_real_units_with_nan_for_what_is_missing(store: Store) -> None:
    store.hello(BENCH, hello(t_ms=500), 2.0)
    assert store.ingest([telemetry(1, 3), telemetry(4, 2)], NOW) == 2
    found = store.telemetry("r1")
    assert list(found) == ["t_ms", *NAMES]
    np.testing.assert_array_equal(found["t_ms"], [1000, 2000, 3000, 4000, 5000])
    for k, (name, scale) in enumerate(zip(NAMES, SCALES, strict=True)):
        expected = np.full(5, np.nan) if name == "guard_c" else (1000 * k + np.arange(1, 6)) / scale
        np.testing.assert_array_equal(found[name], expected)
    assert store.rows("SELECT DISTINCT wall_offset_ms FROM point") == [(1500.0,)]


def test_a_duplicate_is_ignored_and_the_first_stays(store: Store) -> None:
    assert store.ingest([telemetry(1, 3)], NOW) == 1
    assert store.ingest([telemetry(1, 3, run="other"), telemetry(4, 1)], NOW) == 1
    assert store.point_count() == 4
    assert store.point_count("r1") == 4
    assert store.ingest([], NOW) == 0


def test_the_same_record_twice_in_one_batch_is_stored_once(store: Store) -> None:
    assert store.ingest([event(1), event(1)], NOW) == 1
    assert len(store.events("r1")) == 1
    assert store.ingest([telemetry(2, 3), telemetry(2, 3, run="other"), event(5)], NOW) == 2
    assert store.rows("SELECT seq, run_id FROM point ORDER BY seq") == [(2, "r1"), (3, "r1"), (4, "r1")]


def test_points_of_two_records_never_share_an_identity(store: Store) -> None:
    store.ingest([telemetry(1, 3)], NOW)
    with pytest.raises(duckdb.ConstraintException):  # the intake refuses it; its key holds without the intake too
        store.ingest([event(9), telemetry(2, 3)], NOW)
    assert store.point_count() == 3
    assert store.committed_upto(BENCH, 1) == 3
    assert store.events("r1") == []


BOOTS = itertools.count(1)


@given(st.permutations([(1, 3), (4, 1), (5, 10), (15, 2), (17, 1)]), st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_receipts_cover_what_is_complete_and_gaps_name_the_rest(
    shared_store: Store, spans: list[tuple[int, int]], kept: int, repeated: int
) -> None:
    boot = next(BOOTS)
    delivered = spans[:kept]
    for first, count in delivered + delivered[:repeated]:
        shared_store.ingest([telemetry(first, count, boot=boot)], NOW)
    there = {n for first, count in delivered for n in range(first, first + count)}
    upto = next(n for n in range(20) if n + 1 not in there)
    assert shared_store.committed_upto(BENCH, boot) == upto
    missing = set(range(1, max(there, default=0))) - there
    gaps = shared_store.gaps(BENCH, boot)
    assert {n for first, last in gaps for n in range(first, last + 1)} == missing
    assert shared_store.rows("SELECT count(*) FROM point WHERE boot = ?", [boot]) == [(len(there),)]


def test_the_ingestor_resumes_from_the_link_of_the_last_receipted_record(store: Store) -> None:
    store.ingest([telemetry(1, 3), event(4), event(6), event(1, boot=2)], NOW)
    assert store.stored_boots(BENCH) == {1: (4, b"link4"), 2: (1, b"link1")}
    assert store.stored_boots("other") == {}


def test_every_record_is_kept_as_it_came(store: Store) -> None:
    store.ingest([telemetry(1, 3), event(4)], 7.5)
    found = store.rows("SELECT first, count, kind, run_id, received_utc_s, link, body FROM record ORDER BY first")
    assert found == [(1, 3, "telemetry", "r1", 7.5, b"link1", b"body1"), (4, 1, "event", "r1", 7.5, b"link4", b"body4")]


def test_points_without_a_run_belong_to_none(store: Store) -> None:
    store.ingest([telemetry(1, 3, run="")], NOW)
    assert store.rows("SELECT DISTINCT run_id FROM point") == [(None,)]


def test_a_later_hello_moves_the_wall_clock_and_keeps_the_first(store: Store) -> None:
    store.hello(BENCH, hello(t_ms=0), 10.0)
    store.hello(BENCH, hello(t_ms=5000), 16.0)
    assert store.boot(BENCH, 1) == {"envelope_sha256": "ab" * 32, "software": "adatom 0.1.0", "simulated": True,
                                    "wall_offset_ms": 11000.0}  # fmt: skip
    assert store.rows("SELECT first_hello_utc_s, last_hello_utc_s FROM boot") == [(10.0, 16.0)]
    assert store.boot(BENCH, 2) is None


def test_a_trace_hides_no_peak_and_shows_silence_as_silence(store: Store) -> None:
    t_ms = np.concatenate([np.arange(5000), 3_600_000 + np.arange(5000)]) * 100  # two stretches, 95 hours apart
    heater = np.sin(t_ms / 7e4)
    heater[[1234, 8765]] = [500.0, -500.0]
    heater[40:60] = np.nan
    size = t_ms.size
    store.insert("point", {"bench": ["b"] * size, "boot": [1] * size, "seq": np.arange(size) + 1,
                           "run_id": ["long"] * size,
                           "t_ms": t_ms, "wall_offset_ms": [5.0] * size, "heater_c": heater})  # fmt: skip
    found = store.trace("long", ["heater_c"], 400)
    assert 200 <= found["t_s"].size <= 600  # though 99.7 % of the time is silence
    assert found["points"].sum() == size
    assert np.nanmax(found["heater_c_max"]) == 500.0
    assert np.nanmin(found["heater_c_min"]) == -500.0
    assert np.isnan(found["heater_c_max"][0]) == np.isnan(heater[: int(found["points"][0])]).all()
    steps = np.diff(found["t_s"])
    assert (steps > 300_000).sum() == 1
    peak = found["t_s"][np.nanargmax(found["heater_c_max"])]
    assert peak == pytest.approx(t_ms[1234] / 1000, abs=steps.min())
    near = store.trace("long", ["heater_c"], 50, from_s=100.0, to_s=150.0)
    assert 100.0 <= near["t_s"].min() <= near["t_s"].max() <= 151.0
    assert near["points"].sum() == 501
    assert store.trace("none", ["heater_c"], 50)["t_s"].size == 0
    with pytest.raises(InputError):
        store.trace("long", ["heater_c; DROP TABLE point"], 50)


def test_buckets_keep_the_extremes(store: Store) -> None:
    store.ingest([telemetry(1, 100)], NOW)
    found = store.telemetry("r1", ["heater_c", "guard_c"], buckets=10)
    assert len(found["t_ms"]) == 10
    np.testing.assert_allclose(found["heater_c_min"], 0.01 + 0.1 * np.arange(10))
    np.testing.assert_allclose(found["heater_c_max"], 0.10 + 0.1 * np.arange(10))
    np.testing.assert_allclose(found["heater_c"], 0.055 + 0.1 * np.arange(10))
    assert np.isnan(found["guard_c"]).all()
    assert len(store.telemetry("r1", ["heater_c"], buckets=1000)["t_ms"]) == 100


def test_an_unknown_channel_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="heater_k"):
        store.telemetry("r1", ["heater_k"])


def test_a_run_that_nobody_knows_has_nothing(store: Store) -> None:
    assert len(store.telemetry("none")["t_ms"]) == 0
    assert store.events("none") == []
    assert store.measurements("none") == []
    assert store.result("none") is None


def part(seq: int, number: int, of: int, z: list[float], technique: str = "eis") -> Sent:
    return message("measurement", seq, technique=technique, part=number, parts=of, columns={"z_re_ohm": z},
                   meta={"area_cm2": 0.785})  # fmt: skip


def test_measurements_are_joined_of_their_parts_and_incomplete_ones_left_out(store: Store) -> None:
    store.ingest([part(2, 2, 2, [3.0]), part(1, 1, 2, [1.0, 2.0]), event(3)], NOW)
    store.ingest([part(4, 1, 2, [9.0]), part(5, 1, 1, [5.0], "witness"), part(6, 2, 2, [9.0])], NOW)
    whole = [
        {"technique": "eis", "columns": {"z_re_ohm": [1.0, 2.0, 3.0]}, "meta": {"area_cm2": 0.785}, "t_ms": 1000,
         "boot": 1, "seq": 1},
        {"technique": "witness", "columns": {"z_re_ohm": [5.0]}, "meta": {"area_cm2": 0.785}, "t_ms": 5000,
         "boot": 1, "seq": 5},
    ]  # fmt: skip
    assert store.measurements("r1") == whole
    assert store.measurements("r1", "witness") == whole[1:]


def blob_part(seq: int, number: int, of: int, data: bytes, whole: bytes, run: str = "r1") -> Sent:
    return message("blob", seq, run=run, sha256=hashlib.sha256(whole).hexdigest(), part=number, parts=of,
                   data=base64.b64encode(data).decode())  # fmt: skip


def test_a_blob_is_there_once_its_parts_are_whatever_their_order(store: Store) -> None:
    name = hashlib.sha256(b"abcdef").hexdigest()
    store.ingest([blob_part(2, 2, 2, b"def", b"abcdef")], NOW)
    assert store.blob(name) is None
    store.ingest([blob_part(1, 1, 2, b"abc", b"abcdef")], NOW)
    assert store.blob(name) == b"abcdef"
    assert store.rows("SELECT count(*) FROM blob_part WHERE data IS NOT NULL") == [(0,)]
    store.ingest([blob_part(3, 1, 1, b"abcdef", b"abcdef", run="r2")], NOW)  # the same content again
    assert store.rows("SELECT count(*) FROM blob") == [(1,)]


def test_a_blob_with_other_content_than_its_name_is_not_handed_out(store: Store) -> None:
    store.ingest([blob_part(1, 1, 1, b"altered", b"abcdef")], NOW)
    assert store.blob(hashlib.sha256(b"abcdef").hexdigest()) is None
    assert store.committed_upto(BENCH, 1) == 1


def test_a_blob_that_is_no_base64_does_not_stop_the_others(store: Store) -> None:
    broken = message("blob", 1, sha256="ab" * 32, part=1, parts=1, data="not base64!")
    assert store.ingest([broken, event(2)], NOW) == 2
    assert store.blob("ab" * 32) is None


def test_bytes_are_kept_by_their_content(store: Store) -> None:
    name = store.put_blob(b"raw")
    assert store.put_blob(b"raw") == name
    assert store.blob(name) == b"raw"


def test_a_result_says_how_the_run_ended(store: Store) -> None:
    fields = MESSAGES["result"] | {"run": "r1", "outcome": "failed", "reason": "heater trip"}
    store.ingest([message("result", 9, **{k: v for k, v in fields.items() if k not in ("boot", "seq", "t_ms")})], NOW)
    assert store.result("r1") == {"outcome": "failed", "reason": "heater trip", "ranges": [[3, 4000, 4711]],
                                  "root": "ab" * 32, "summary": {"pulses": 6000}, "bench": BENCH,
                                  "trial": "demo-0007", "boot": 1, "t_ms": 9000}  # fmt: skip


@pytest.mark.parametrize("kind", ["event", "measurement", "blob", "result", "refusal"])
def test_every_kind_of_record_has_its_row(store: Store, kind: str) -> None:
    fields = MESSAGES[kind]
    table = {"blob": "blob_part"}.get(kind, kind)
    assert store.ingest([Sent(BENCH, kind, fields["boot"], fields["seq"], 1, b"b", b"l", fields)], NOW) == 1
    assert store.rows(f"SELECT count(*) FROM {table}") == [(1,)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TEXT = st.text(st.characters(), min_size=1, max_size=32)  # lone surrogates and NUL among them


@given(data=st.dictionaries(st.text(st.characters()), JSON, max_size=4), name=TEXT, run=TEXT)
@settings(max_examples=60, deadline=None)
def test_whatever_the_codec_lets_through_can_be_stored(
    shared_store: Store, data: dict[str, Any], name: str, run: str
) -> None:
    boot = next(BOOTS)
    fields = {"boot": boot, "seq": 1, "t_ms": 0, "run": run, "name": name, "data": data}
    try:
        codec.check("event", fields)
    except ProtocolError:
        return
    assert shared_store.ingest([message("event", 1, boot=boot, run=run, name=name, data=data)], NOW) == 1
    assert shared_store.committed_upto(BENCH, boot) == 1
