"""The figure of one run over time."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.store.store import Store
from adatom.cloud.web import theme, traces
from adatom.cloud.web.gather import gather
from adatom.cloud.web.traces import Clock

from tests.cloud.web.campaigns import GAP_S, STEP_S

MINUTE_S = 60.0


def columns(t_s: list[float], **channels: list[float]) -> dict[str, Any]:
    """Columns as the store gives them; channels that are not named are missing."""
    empty = [np.nan] * len(t_s)
    named = {name: np.array(channels.get(name, empty)) for name in traces.CHANNELS}
    return {"t_ms": np.array(t_s) * 1000.0 + 5000.0} | named


def drawn(made: Any, name: str) -> Any:
    return next(one for one in made.data if one.name == name)


def test_a_run_without_points_has_no_figure() -> None:
    assert traces.traces(columns([]), [], "", simulated=False) is None


def test_a_gap_breaks_the_line() -> None:
    made = traces.traces(columns([0, 1, 2, 30, 31], heater_c=[1.0, 2.0, 3.0, 4.0, 5.0]), [], "", simulated=False)
    assert made is not None
    assert [y for y in drawn(made, "heater").y if y is None] == [None]


def test_a_missing_reading_is_a_gap_too() -> None:
    made = traces.traces(columns([0, 1, 2], heater_c=[1.0, np.nan, 3.0]), [], "", simulated=False)
    assert made is not None
    assert drawn(made, "heater").y == (1.0, 1.0, None, None, 3.0, 3.0)


def test_a_long_gap_is_shortened_and_says_how_long_it_was() -> None:
    t_s = [*np.arange(0.0, 3600.0, 10.0), *np.arange(90000.0, 93600.0, 10.0)]
    clock = Clock(np.array(t_s))
    assert clock.span_h == pytest.approx(2.0 * (1.0 + traces.GAP_SHARE), abs=0.01)
    assert clock.long_gaps()[0][2] == pytest.approx(90000.0 - 3590.0)
    made = traces.traces(columns(t_s), [], "", simulated=False)
    assert made is not None
    assert "no readings for 24.0 h" in [annotation.text for annotation in made.layout.annotations]


def test_ticks_are_elapsed_times_and_none_lies_in_a_shortened_gap() -> None:
    clock = Clock(np.array([*np.arange(0.0, 3600.0, 10.0), *np.arange(9000.0, 12610.0, 10.0)]))
    places, texts = clock.ticks()
    assert texts == ["0:00", "0:30", "2:30", "3:00", "3:30"]
    assert places == sorted(places)


def test_the_clock_of_a_single_point_has_a_tick() -> None:
    assert Clock(np.array([0.0])).ticks() == ([0.0], ["0:00"])


def test_peaks_survive_the_down_sampling(demo_store: Store) -> None:
    run_id = _best_run(demo_store)
    found = demo_store.telemetry(run_id, traces.CHANNELS, buckets=20)
    made = traces.traces(found, [], "", simulated=True)
    assert made is not None
    assert max(y for y in drawn(made, "laser energy").y if y is not None) == 80.0
    assert len(drawn(made, "laser energy").x) < 50
    assert theme.SIMULATED in made.layout.title.text


def test_changes_of_state_are_named_at_their_times(demo_store: Store) -> None:
    run_id = _best_run(demo_store)
    made = traces.traces(demo_store.telemetry(run_id, traces.CHANNELS), demo_store.events(run_id), "", simulated=True)
    assert made is not None
    names = {a.text: a.x for a in made.layout.annotations if a.textangle == -90 and "readings" not in a.text}
    assert list(names) == ["heat", "deposit", "transfer"]
    assert names["deposit"] == pytest.approx(150 * STEP_S / 2 / 3600.0)


def test_events_are_escaped_and_trips_stand_out() -> None:
    events = [{"t_ms": 6000, "name": "trip", "data": {"interlock": "<i>door", "value": 1}}]
    made = traces.traces(columns([0, 1, 2]), events, "", simulated=False)
    assert made is not None
    assert "trip: &lt;i&gt;door" in [annotation.text for annotation in made.layout.annotations]
    assert theme.VERMILLION in {shape.line.color for shape in made.layout.shapes}


def test_no_pressure_below_what_a_logarithmic_axis_shows() -> None:
    found = traces.with_vacuum(columns([0, 1], pressure_pa=[-0.01, 10.0], vacuum_lgpa=[-3.0, 1.0]))
    assert np.isnan(found["pressure_pa"][0])
    assert found["vacuum_pa"].tolist() == [0.001, 10.0]


def test_the_gap_of_the_transfer_is_where_it_was(demo_store: Store) -> None:
    found = demo_store.telemetry(_best_run(demo_store), traces.CHANNELS)
    gaps = Clock(np.asarray(found["t_ms"], dtype=float) / 1000.0).long_gaps()
    assert [length_s for _, _, length_s in gaps] == [GAP_S + STEP_S]


def _best_run(store: Store) -> str:
    best = gather(store, "demo").best
    assert best is not None
    return best.complete_runs[-1].run_id
