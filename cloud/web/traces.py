"""The figure of one run: temperature, pressure and laser energy with set-points, states and events over time.

Long silences (a day in air, a week on the cycler) are shortened on the axis and say how long they were. Must not know
of stores or pages.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from adatom.cloud.measure.eis.arrays import Floats
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from .theme import BAND, BLUE, GREEN, GREY, ORANGE, PINK, VERMILLION, dress

CHANNELS = ("heater_c", "pressure_pa", "vacuum_lgpa", "energy_mj", "target_c", "target_pa", "target_mj")
GAP_S = 5.0  # a silence longer than this, and than three usual distances of points, is a gap
GAP_DISTANCES = 3.0
LONG_GAP_S = 600.0  # a longer one is shortened on the axis
GAP_SHARE = 0.05  # of the recorded time, that a shortened gap takes
TICKS_MOST = 7
TICK_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)
LABEL_SHARE = 0.05  # of the axis: names of states nearer than this are left to the pointer
TOP_PX = 110  # room for title and names of states
LOWEST_PA = 1e-6  # below it a reading is the gauge's noise around zero, which a logarithmic axis cannot show
EVENT_STYLES = {"trip": (VERMILLION, "x"), "ask": (PINK, "triangle-down"), "confirmed": (GREEN, "triangle-up")}
ROWS = ((1, "heater / °C"), (2, "pressure / Pa"), (3, "energy / mJ"))

Columns = Mapping[str, NDArray[Any]]


class Clock:
    """Elapsed time -> place on the axis, both in hours; long gaps are shortened. `t_s` (N,) is rising."""

    def __init__(self, t_s: Floats) -> None:
        steps = np.diff(t_s)
        self.gap_after = steps > max(GAP_S, GAP_DISTANCES * float(np.median(steps)) if steps.size else 0.0)
        self.long = steps > LONG_GAP_S
        self.shown_gap_s = GAP_SHARE * max(float(steps[~self.long].sum()), LONG_GAP_S)
        shown = np.concatenate([[0.0], np.cumsum(np.where(self.long, self.shown_gap_s, steps))])
        self.times, self._shown_s = t_s, shown

    def place(self, t_s: Floats | float) -> Floats:
        """Hours on the axis; what lies outside the recorded time is put at its ends."""
        return np.asarray(np.interp(t_s, self.times, self._shown_s) / 3600.0, dtype=float)

    @property
    def span_h(self) -> float:
        """The length of the axis in hours."""
        return float(self._shown_s[-1]) / 3600.0

    def long_gaps(self) -> list[tuple[float, float, float]]:
        """(start and end on the axis in hours, true length in s) of each shortened gap."""
        edges = self._shown_s / 3600.0
        lengths = np.diff(self.times)
        return [(float(edges[k]), float(edges[k + 1]), float(lengths[k])) for k in np.flatnonzero(self.long)]

    def ticks(self) -> tuple[list[float], list[str]]:
        """Places and elapsed times as h:mm, none of them inside a shortened gap."""
        enough = [step for step in TICK_STEPS_MIN if 60.0 * self.span_h / step <= TICKS_MOST]
        step_s = 60.0 * (enough[0] if enough else TICK_STEPS_MIN[-1])
        found: list[float] = []
        for start, end in self._stretches():
            found += np.arange(np.ceil(start / step_s) * step_s, end + 1e-6, step_s).tolist()
        return self.place(np.array(found)).tolist(), [_clock_text(t_s) for t_s in found]

    def _stretches(self) -> list[tuple[float, float]]:
        """(start, end) in s of what lies between shortened gaps."""
        cuts = np.flatnonzero(self.long)
        starts, ends = [0, *(cuts + 1)], [*cuts, self.times.size - 1]
        return [(float(self.times[a]), float(self.times[b])) for a, b in zip(starts, ends, strict=True)]


def traces(columns: Columns, events: Sequence[Mapping[str, Any]], title: str, *, simulated: bool) -> go.Figure | None:
    """A run of one boot; None without points.

    `columns`: t_ms with CHANNELS, and their extremes as name_min and name_max where they are means of many points (as
    Store.telemetry gives them). `events`: t_ms, name, data; names of states are those in events named "state".
    """
    if not len(columns["t_ms"]):
        return None
    start_ms = float(columns["t_ms"][0])
    clock = Clock((np.asarray(columns["t_ms"], dtype=float) - start_ms) / 1000.0)
    made = make_subplots(
        rows=4, cols=1, shared_xaxes=True, vertical_spacing=0.035, row_heights=[0.34, 0.31, 0.27, 0.08]
    )
    for row, name, label, colour in (
        (1, "heater_c", "heater", VERMILLION),
        (2, "vacuum_pa", "full-range gauge", GREEN),
        (2, "pressure_pa", "process gauge", BLUE),
        (3, "energy_mj", "laser energy", ORANGE),
    ):
        _measured(made, row, clock, with_vacuum(columns), name, label, colour)
    for row, name in ((1, "target_c"), (2, "target_pa"), (3, "target_mj")):
        _set_point(made, row, clock, columns[name], legend=row == 1)
    _mark_gaps(made, clock)
    _mark_events(made, clock, start_ms, events)
    _dress(made, clock, title, simulated)
    return made


def with_vacuum(columns: Columns) -> dict[str, NDArray[Any]]:
    """The columns with vacuum_pa from the full-range gauge's logarithm, and no pressure that cannot be shown on one."""
    found = dict(columns)
    for suffix in ("", "_min", "_max"):
        if f"vacuum_lgpa{suffix}" in columns:
            found[f"vacuum_pa{suffix}"] = 10.0 ** np.asarray(columns[f"vacuum_lgpa{suffix}"], dtype=float)
            pressure = np.asarray(columns[f"pressure_pa{suffix}"], dtype=float)
            found[f"pressure_pa{suffix}"] = np.where(pressure > LOWEST_PA, pressure, np.nan)
    return found


def _measured(made: go.Figure, row: int, clock: Clock, columns: Columns, name: str, label: str, colour: str) -> None:
    """A line through the least and the greatest of each bucket, so that no peak is lost; broken at gaps."""
    middle = np.asarray(columns[name], dtype=float)
    low, high = (np.asarray(columns.get(f"{name}_{end}", middle), dtype=float) for end in ("min", "max"))
    x, y = _broken(clock, np.column_stack([low, high]))
    made.add_scatter(x=x, y=y, mode="lines", name=label, line={"color": colour, "width": 1.5}, row=row, col=1,
                     hovertemplate="%{y:.4g}<extra>" + label + "</extra>", connectgaps=False)  # fmt: skip


def _set_point(made: go.Figure, row: int, clock: Clock, values: NDArray[Any], *, legend: bool) -> None:
    x, y = _broken(clock, np.asarray(values, dtype=float)[:, None])
    made.add_scatter(x=x, y=y, mode="lines", name="set-point", legendgroup="set-point", showlegend=legend,
                     line={"color": GREY, "width": 1.5, "dash": "dot", "shape": "hv"}, row=row, col=1,
                     hovertemplate="%{y:.4g}<extra>set-point</extra>", connectgaps=False)  # fmt: skip


def _broken(clock: Clock, values: Floats) -> tuple[list[float | None], list[float | None]]:
    """x and y of values (N, k): k points at each place, and None where nothing was recorded for long."""
    places = clock.place(clock.times)
    x: list[float | None] = []
    y: list[float | None] = []
    for k, row in enumerate(values.tolist()):
        x += [round(float(places[k]), 5)] * len(row)
        y += [None if value != value else float(f"{value:.5g}") for value in row]
        if k < len(clock.gap_after) and clock.gap_after[k]:
            x.append(x[-1])
            y.append(None)
    return x, y


def _mark_gaps(made: go.Figure, clock: Clock) -> None:
    for start, end, length_s in clock.long_gaps():
        made.add_vrect(start, end, fillcolor=BAND, line_width=0, layer="below")
        made.add_annotation(text=f"no readings for {_length_text(length_s)}", x=(start + end) / 2, y=0.55, yref="paper",
                            textangle=-90, showarrow=False, font={"size": 10})  # fmt: skip


def _mark_events(made: go.Figure, clock: Clock, start_ms: float, events: Sequence[Mapping[str, Any]]) -> None:
    """A vertical line for each change of state and each trip, its name above; everything in the strip below."""
    last = -1.0
    for event in events:
        place = float(clock.place((event["t_ms"] - start_ms) / 1000.0))
        if event["name"] not in ("state", "trip"):
            continue
        trip = event["name"] == "trip"
        made.add_vline(place, line={"color": VERMILLION if trip else GREY, "width": 2 if trip else 1, "dash": "dot"})
        if trip or place - last >= LABEL_SHARE * clock.span_h:
            made.add_annotation(text=escape(_short(event)), x=place, y=1.0, yref="paper", yanchor="bottom",
                                xanchor="center", textangle=-90, showarrow=False, font={"size": 11})  # fmt: skip
            last = place
    _strip(made, clock, start_ms, events)


def _strip(made: go.Figure, clock: Clock, start_ms: float, events: Sequence[Mapping[str, Any]]) -> None:
    t_s = np.array([(event["t_ms"] - start_ms) / 1000.0 for event in events], dtype=float)
    styles = [EVENT_STYLES.get(event["name"], (GREY, "line-ns-open")) for event in events]
    made.add_scatter(
        x=clock.place(t_s).tolist(), y=[0] * len(events), mode="markers", showlegend=False, row=4, col=1,
        marker={"color": [colour for colour, _ in styles], "symbol": [symbol for _, symbol in styles], "size": 9,
                "line": {"width": 2}},
        text=[f"{_clock_text(t)} {escape(_in_words(event))}" for t, event in zip(t_s.tolist(), events, strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


def _dress(made: go.Figure, clock: Clock, title: str, simulated: bool) -> None:
    dress(made, 680, title, simulated, margin={"l": 66, "r": 14, "t": TOP_PX, "b": 50}, legend={"y": -0.14})
    places, texts = clock.ticks()
    made.update_xaxes(range=[0, clock.span_h], tickvals=places, ticktext=texts)
    for row, label in ROWS:
        made.update_yaxes(title_text=label, row=row, col=1)
    made.update_yaxes(type="log", dtick=2, row=2, col=1)
    made.update_yaxes(tickvals=[0], ticktext=["events"], ticks="", showgrid=False, range=[-1, 1], row=4, col=1)
    made.update_xaxes(title_text="time since start / (h:min)", row=4, col=1)


def _short(event: Mapping[str, Any]) -> str:
    """What stands above the line of an event: the state entered, or what tripped."""
    data = event["data"]
    return str(data.get("to", "")) if event["name"] == "state" else f"trip: {data.get('interlock', '')}"


def _in_words(event: Mapping[str, Any]) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in event["data"].items())
    return f"{event['name']}: {facts}"


def _clock_text(t_s: float) -> str:
    minutes = round(t_s / 60.0)
    return f"{minutes // 60}:{minutes % 60:02d}"


def _length_text(t_s: float) -> str:
    """About how long, in the unit a person would use."""
    for size_s, unit in ((86400.0, "d"), (3600.0, "h")):
        if t_s >= 2 * size_s:
            return f"{t_s / size_s:.1f} {unit}"
    return f"{t_s / 60.0:.0f} min"
