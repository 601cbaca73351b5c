"""The hub: what pages see, that peaks stay, and that a page which does not read holds nobody."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest
from adatom.cloud.campaign.fleet import BenchView
from adatom.cloud.clock import Clock
from adatom.cloud.ingest.columns import Points
from adatom.cloud.ingest.intake import Incoming
from adatom.cloud.web.server.live import FRAMES_WAITING, KEPT_POINTS, Live, Track, extremes
from adatom.protocol import channels
from hypothesis import given
from hypothesis import strategies as st


def points(t_ms: list[int], heater_cc: list[float], boot: int = 1) -> Incoming:
    """A telemetry record with one channel."""
    columns = np.full((channels.COUNT, len(t_ms)), np.nan)
    columns[channels.HEATER_C] = heater_cc
    content = Points(boot, t_ms[0], len(t_ms), "run", np.array(t_ms), columns)
    return Incoming("twin-1", "telemetry", boot, t_ms[0], len(t_ms), b"", b"", content)


def hub() -> Live:
    return Live(
        lambda: {"twin-1": BenchView("twin-1", state="heat", heard_s=0.0)}, clock=Clock(lambda: 1.0, lambda: 2.0)
    )


def read(frame: bytes) -> dict[str, Any]:
    assert frame.startswith(b"data: ")
    assert frame.endswith(b"\n\n")
    assert b"\n" not in frame[:-2]
    found: dict[str, Any] = json.loads(frame[6:])
    return found


def test_points_are_in_their_units_and_what_is_missing_is_null() -> None:
    live = hub()
    live.committed(points([100, 200, 300], [60012.0, np.nan, 60000.0]))
    assert live.recent("twin-1") == {"boot": 1, "t_ms": [100, 200, 300], "heater_c": [600.12, None, 600.0]}
    assert live.recent("another") == {"boot": 0, "t_ms": []}


def test_a_new_boot_begins_anew() -> None:
    live = hub()
    live.committed(points([100], [100.0]))
    live.committed(points([5], [200.0], boot=2))
    assert live.recent("twin-1") == {"boot": 2, "t_ms": [5], "heater_c": [2.0]}


def test_memory_is_bounded() -> None:
    live = hub()
    for start in range(0, 3 * KEPT_POINTS, 60):
        live.committed(points(list(range(start, start + 60)), [1.0] * 60))
    kept = live.recent("twin-1")["t_ms"]
    assert len(kept) == KEPT_POINTS
    assert kept[-1] == 3 * KEPT_POINTS - 1


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=200), st.integers(1, 20))
def test_thinning_hides_no_peak(values: list[float], buckets: int) -> None:
    row = np.array([values])
    chosen = extremes(row, buckets)
    assert list(chosen) == sorted(set(chosen))
    assert chosen[0] == 0
    assert chosen[-1] == len(values) - 1
    assert chosen.size <= 2 * buckets + 2
    kept = row[0, chosen]
    if not np.isnan(row).all():
        assert np.nanmax(kept) == np.nanmax(row)
        assert np.nanmin(kept) == np.nanmin(row)


def test_a_spike_of_one_point_is_in_the_thinned_track() -> None:
    values = np.zeros((channels.COUNT, 1000))
    values[channels.PRESSURE_PA, 617] = 99.0
    thin = Track(1, np.arange(1000), values).thinned(6)
    assert 617 in thin.t_ms
    assert thin.t_ms.size < 50


def test_a_page_gets_each_point_and_event_once() -> None:
    async def watch() -> tuple[list[dict[str, Any]], Live]:
        live, found = hub(), []
        live.committed(points([50], [1.0]))  # before the page: in the recent ones, in no frame
        runs = asyncio.create_task(live.run())
        async for frame in live.frames():
            found.append(read(frame))
            if len(found) == 1:
                live.committed(points([100, 200], [100.0, 200.0]))
                live.alarm("twin-1", {"name": "trip", "data": {"why": "hot"}})
            if len(found) == 3:
                break
            if len(found) == 2:
                live.status("twin-1", "heartbeat", {}, 0.0)
        runs.cancel()
        return found, live

    (first, second, third), live = asyncio.run(watch())
    assert (first["points"], first["events"]) == ({}, [])
    assert first["benches"][0]["state"] == "heat"
    assert second["points"]["twin-1"]["t_ms"] == [100, 200]
    assert [event["message"]["name"] for event in second["events"]] == ["trip"]
    assert (third["points"], third["events"]) == ({}, [])
    assert len(live.events) == 1


def test_a_page_that_does_not_read_is_hung_up_on_and_the_others_go_on() -> None:
    async def watch() -> tuple[int, int]:
        live = hub()
        lazy, eager = live.frames(), live.frames()
        await anext(lazy)
        await anext(eager)
        for number in range(FRAMES_WAITING + 5):
            live.committed(points([number + 1], [1.0]))
            live._send(live._frame())
            await anext(eager)
        left = [frame async for frame in lazy]  # ends by itself
        return len(left), len(live._pages)

    left, pages = asyncio.run(watch())
    assert left < FRAMES_WAITING + 5
    assert pages == 1


def test_the_end_of_the_server_ends_every_page() -> None:
    async def watch() -> int:
        live = hub()
        runs, page = asyncio.create_task(live.run()), live.frames()
        await anext(page)
        await asyncio.sleep(0)
        runs.cancel()
        return len([frame async for frame in page])

    assert asyncio.run(asyncio.wait_for(watch(), 10)) <= 1


@pytest.mark.parametrize("ago_s", [0.0, float("inf")])
def test_a_bench_that_was_never_heard_says_so(ago_s: float) -> None:
    live = Live(lambda: {"a": BenchView("a", heard_s=-ago_s)}, clock=Clock(lambda: 0.0, lambda: 0.0))
    assert live.benches()[0]["heard_s_ago"] == (0.0 if ago_s == 0.0 else None)
    json.dumps(live.benches(), allow_nan=False)
