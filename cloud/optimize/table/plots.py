"""Figures of a search, for a page or a notebook: the course, slices of the belief, the Pareto front, what matters.

Values in, plotly figures out. Texts of the table are escaped, because plotly reads some HTML.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.explain import Prediction
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.table.curves import Course, Slice, course, shares_by_column, slices
from adatom.cloud.optimize.table.search import Search
from adatom.cloud.web.theme import BLUE, GREEN, GREY, ORANGE, VERMILLION, dress, figure
from plotly.subplots import make_subplots

SLICE_COLUMNS = 3
MARGIN = {"l": 76, "r": 14, "t": 40, "b": 60}
SLICE_PX, BAR_PX = 250, 34
FAILED_Y = 0.97  # of the plot's height
BLUE_BAND = "rgba(0,114,178,0.18)"
MANY_DECADES = 300.0  # largest over smallest value from which an axis marks its decades alone
MOST_TICKS = 15  # rows that are numbered one by one


# --- what a notebook calls ------------------------------------------------------------------------------------------


def convergence(search: Search, objective: Objective) -> go.Figure:
    """Results by row with the best so far; failures are crosses at the top, as they have no value."""
    return course_figure(course(objective, search.rows))


def slice_figure(search: Search, objective: Objective, point: Point) -> go.Figure | None:
    """Expectation and 95 % along each column through a point; None while there is no model."""
    found = slices(search, objective, point)
    return slices_figure(found, objective) if found else None


def front_figure(search: Search, points: Sequence[Point] = ()) -> go.Figure | None:
    """Results of each pair of objectives, the front among them, and what is expected of `points`; None for one only."""
    steering = [objective for objective in search.setup.objectives if objective.weight > 0.0]
    return _front(search, steering, points) if len(steering) > 1 else None


def sensitivity_figure(search: Search, point: Point) -> go.Figure | None:
    """What the expectation at a point hangs on; None while there is no model."""
    shares = shares_by_column(search, point)
    return _bars(shares) if shares else None


# --- how it is drawn ------------------------------------------------------------------------------------------------


def label(objective: Objective) -> str:
    """An axis' title."""
    return escape(f"{objective.name} / {objective.unit}" if objective.unit else objective.name)


def _log_scale(values: Iterable[float]) -> dict[str, Any]:
    """A logarithmic axis: its decades marked, and 2 and 5 between them where they are few."""
    known = [value for value in values if value > 0.0] or [1.0]
    return {"type": "log", "dtick": 1 if max(known) / min(known) > MANY_DECADES else "D2"}


def course_figure(shown: Course) -> go.Figure:
    """The figure of a Course."""
    objective = shown.objective
    values = [value for _, value in shown.measured]
    made = figure(420, "", False, xaxis={"title": "row of the table"}, margin=MARGIN,
                  yaxis={"title": label(objective), **(_log_scale(values) if objective.log else {})},
                  yaxis2={"overlaying": "y", "range": [0, 1], "visible": False})  # fmt: skip
    rows = [number for number, _ in (*shown.measured, *shown.failed)] or [2]
    ends = [min(rows) - 0.7, max(rows) + 0.7]
    for value, name in ((objective.threshold, "good enough"), (objective.target, "target")):
        if value is not None:
            made.add_scatter(x=ends, y=[value] * 2, mode="lines", name=f"{name}, {value:g}", hoverinfo="skip",
                             line={"color": GREY, "dash": "dot", "width": 1.5})  # fmt: skip
    made.add_scatter(x=[n for n, _ in shown.best], y=[v for _, v in shown.best], mode="lines", name="best so far",
                     line={"color": VERMILLION, "width": 2.2, "shape": "hv"}, hoverinfo="skip")  # fmt: skip
    made.add_scatter(x=[n for n, _ in shown.measured], y=[v for _, v in shown.measured], mode="markers",
                     name="measured", marker={"color": BLUE, "size": 9, "line": {"width": 1, "color": "white"}},
                     hovertemplate="row %{x}: %{y:.4g}<extra></extra>")  # fmt: skip
    if shown.failed:
        made.add_scatter(x=[n for n, _ in shown.failed], y=[FAILED_Y] * len(shown.failed), yaxis="y2", mode="markers",
                         name="failed", marker={"symbol": "x", "size": 8, "color": GREY},
                         text=[escape(reason) for _, reason in shown.failed],
                         hovertemplate="row %{x} failed: %{text}<extra></extra>")  # fmt: skip
    made.update_xaxes(range=ends, dtick=1 if len(rows) <= MOST_TICKS else None)
    return made


def slices_figure(shown: Sequence[Slice], objective: Objective, simulated: bool = False) -> go.Figure:
    """The figure of Slices, three a line."""
    count = len(shown)
    lines = -(-count // SLICE_COLUMNS)
    made = make_subplots(rows=lines, cols=min(count, SLICE_COLUMNS), shared_yaxes="all", horizontal_spacing=0.04,
                         vertical_spacing=0.28 / lines)  # fmt: skip
    dress(made, SLICE_PX * lines + 70, "", simulated, margin=MARGIN)
    for index, one in enumerate(shown):
        place = {"row": index // SLICE_COLUMNS + 1, "col": index % SLICE_COLUMNS + 1}
        draw = _choice if one.places and isinstance(one.places[0], str) else _curve
        draw(made, one, place, index == 0)
        title = escape(one.column) + ("" if one.allowed else " (breaks a rule alone)")
        made.update_xaxes(title_text=title, **place)
        if one.log:
            made.update_xaxes(**_log_scale(x for x in one.places if isinstance(x, float)), **place)
    if objective.log:
        made.update_yaxes(**_log_scale(end for one in shown for p in one.predicted for end in (p.low, p.high)))
    made.update_yaxes(title_text=label(objective), col=1)
    made.update_layout(legend={"y": -0.28 / lines - 0.02})
    return made


def _curve(made: go.Figure, one: Slice, place: Mapping[str, int], first: bool) -> None:
    """A line with its band."""
    around = [*one.places, *reversed(one.places)]
    band = [*(p.low for p in one.predicted), *(p.high for p in reversed(one.predicted))]
    made.add_scatter(x=around, y=band, fill="toself", fillcolor=BLUE_BAND, line={"width": 0}, hoverinfo="skip",
                     name="95 %", showlegend=first, mode="lines", **place)  # fmt: skip
    made.add_scatter(x=list(one.places), y=[p.value for p in one.predicted], mode="lines", name="expected",
                     line={"color": BLUE, "width": 2, "dash": "solid" if one.allowed else "dot"}, showlegend=first,
                     hovertemplate="%{x:.4g}: %{y:.4g}<extra></extra>", **place)  # fmt: skip
    _tested(made, one, place, first)
    if one.here is not None:
        made.add_vline(x=one.here, line={"color": VERMILLION, "width": 1.5, "dash": "dash"}, **place)


def _choice(made: go.Figure, one: Slice, place: Mapping[str, int], first: bool) -> None:
    """A point with its interval for each option; the point's own option is red."""
    colours = [VERMILLION if option == one.here else BLUE for option in one.places]
    for option, predicted, colour in zip(one.places, one.predicted, colours, strict=True):
        error = {"type": "data", "symmetric": False, "array": [predicted.high - predicted.value],
                 "arrayminus": [predicted.value - predicted.low], "color": colour, "thickness": 2}  # fmt: skip
        made.add_scatter(x=[escape(str(option))], y=[predicted.value], mode="markers", error_y=error, showlegend=False,
                         marker={"color": colour, "size": 9}, hovertemplate="%{x}: %{y:.4g}<extra></extra>",
                         **place)  # fmt: skip
    _tested(made, one, place, first)


def _tested(made: go.Figure, one: Slice, place: Mapping[str, int], first: bool) -> None:
    """All results, wherever the other columns were."""
    places = [escape(x) if isinstance(x, str) else x for x, _ in one.tested]
    made.add_scatter(x=places, y=[y for _, y in one.tested], mode="markers", name="measured, other columns differ",
                     marker={"color": GREY, "size": 5, "opacity": 0.6}, hoverinfo="skip", showlegend=first,
                     **place)  # fmt: skip


def _front(search: Search, steering: Sequence[Objective], points: Sequence[Point]) -> go.Figure:
    """A scatter for each pair; of three objectives and more the lower half of a matrix."""
    side = len(steering) - 1
    made = make_subplots(rows=side, cols=side, horizontal_spacing=0.1 / side, vertical_spacing=0.1 / side,
                         shared_xaxes="columns", shared_yaxes="rows")  # fmt: skip
    dress(made, 420 if side == 1 else 260 * side + 90, "", False, margin=MARGIN)
    chosen = set(search.optimizer.front())
    expected = [search.predicted(point) for point in points]
    for row in range(side):
        for column in range(row + 1):
            pair = steering[column], steering[row + 1]
            place = {"row": row + 1, "col": column + 1}
            _pair(made, search, pair, chosen, expected, place, last=side)
    return made


def _pair(
    made: go.Figure,
    search: Search,
    pair: tuple[Objective, Objective],
    chosen: set[int],
    expected: Sequence[Mapping[str, Prediction]],
    place: Mapping[str, int],
    last: int,
) -> None:
    first = place["row"] == place["col"] == 1
    names = [objective.name for objective in pair]
    both = [(i, row) for i, row in enumerate(search.told) if row.result and all(name in row.result for name in names)]
    for front, name, colour, size in ((False, "measured", BLUE, 7), (True, "no other beats it", GREEN, 11)):
        rows = [row for i, row in both if (i in chosen) == front]
        values = [[row.result[name][0] for row in rows if row.result] for name in names]
        made.add_scatter(x=values[0], y=values[1], mode="markers", name=name, showlegend=first, **place,
                         marker={"color": colour, "size": size}, text=[f"row {row.number}" for row in rows],
                         hovertemplate="%{text}: %{x:.4g}, %{y:.4g}<extra></extra>")  # fmt: skip
    known = [[one[name] for name in names] for one in expected if all(name in one for name in names)]
    if known:
        made.add_scatter(x=[x.value for x, _ in known], y=[y.value for _, y in known], mode="markers",
                         name="suggested, 95 %", showlegend=first, error_x=_error([x for x, _ in known]),
                         error_y=_error([y for _, y in known]), hoverinfo="skip",
                         marker={"color": ORANGE, "size": 9, "symbol": "diamond"}, **place)  # fmt: skip
    for index, update in enumerate((made.update_xaxes, made.update_yaxes)):
        if pair[index].log:
            update(**_log_scale(row.result[names[index]][0] for _, row in both if row.result), **place)
    if place["row"] == last:
        made.update_xaxes(title_text=label(pair[0]), **place)
    if place["col"] == 1:
        made.update_yaxes(title_text=label(pair[1]), **place)


def _error(predicted: Sequence[Prediction]) -> dict[str, Any]:
    return {"type": "data", "symmetric": False, "array": [p.high - p.value for p in predicted], "color": ORANGE,
            "arrayminus": [p.value - p.low for p in predicted], "thickness": 1}  # fmt: skip


def _bars(shares: Mapping[str, float]) -> go.Figure:
    names = [escape(name) for name in shares]
    made = figure(BAR_PX * len(shares) + 90, "", False, margin={"l": 130, "r": 20, "t": 20, "b": 62})
    made.add_bar(x=[100.0 * share for share in shares.values()], y=names, orientation="h", marker={"color": BLUE},
                 hovertemplate="%{y}: %{x:.0f} %<extra></extra>", showlegend=False)  # fmt: skip
    made.update_xaxes(title_text="share of what the expectation changes by / %", rangemode="tozero")
    made.update_yaxes(autorange="reversed")
    return made
