"""The figures of a campaign as functions of plain values: progress, parallel coordinates, Nyquist.

Texts that come from the store are escaped here, because plotly reads some HTML. Must not know of stores or pages.
"""

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats
from plotly.subplots import make_subplots

from .spectra import Nyquist
from .theme import BLUE, FAINT, GREEN, GREY, ORANGE, PINK, SKY, VERMILLION, dress, figure, shade
from .values import CATEGORIES, Estimate, exact, number

R_LABEL = "R<sub>interface</sub> / (Ω cm²)"
STRATEGY_COLOURS = {"random": SKY, "sobol": GREEN, "bo": ORANGE}
ROW_PX = 44  # height of a row of the parallel coordinates
LABEL_WIDTH = 17  # characters of a row's label on one line
STRATEGY_NAMES = {"sobol": "Sobol", "bo": "Bayesian"}
LOG_FROM = 1000.0  # largest over smallest value from which an axis is logarithmic
TICKS_MOST = 15  # trials that are numbered one by one
FAILED = "rgba(128,128,128,0.6)"  # line of a trial without a result
CROWD = 20  # lines from which on the bad ones fade
LOWEST_OHM_CM2 = 1e-9  # where an interval ends that reaches below zero, which a logarithmic axis has not
FAILED_Y = 0.97  # of the plot's height
STRIP_POINTS = 150
BEST_WIDTH, REFERENCE_WIDTH, LINE_WIDTH = 4.0, 3.0, 1.3


# --- progress -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A trial on a figure. `r` is None for one that failed; `about` is what is said when it is pointed at."""

    trial: int
    r: Estimate | None
    about: str


def progress(
    points: Sequence[Point],
    *,
    reference: Estimate | None = None,
    goal_ohm_cm2: float | None = None,
    baselines: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
    incumbents: Sequence[tuple[int, float]] = (),
    simulated: bool = False,
) -> go.Figure:
    """Measured R_interface of each trial with the best so far, against the reference and other strategies.

    `incumbents`: (trial, measured value of the recipe that the optimizer then believed in). `baselines`: strategy ->
    trials, best_ohm_cm2, incumbent_ohm_cm2.
    """
    made = figure(480, "", simulated, xaxis={"title": "trial"},
                  yaxis={"title": R_LABEL, "type": "log", "dtick": 1, "minor": {"showgrid": False, "ticks": "outside"}},
                  yaxis2={"overlaying": "y", "range": [0, 1], "visible": False})  # fmt: skip
    last = max([point.trial for point in points], default=1)
    _levels(made, reference, goal_ohm_cm2, last)
    for strategy, curves in (baselines or {}).items():
        _baseline(made, strategy, curves)
    measured = [point for point in points if point.r is not None]
    if incumbents:
        _steps(made, [t for t, _ in incumbents], [v for _, v in incumbents], "incumbent", PINK, "dot", True)
    values = [point.r.value for point in measured if point.r is not None]
    _steps(made, [point.trial for point in measured], list(np.minimum.accumulate(values)) if values else [],
           "best so far", VERMILLION, "solid", True, rank=2)  # fmt: skip
    _measured(made, measured)
    _failed(made, [point for point in points if point.r is None])
    made.update_xaxes(range=[0, 1.01 * last + 0.7], dtick=1 if last <= TICKS_MOST else None)
    return made


def _measured(made: go.Figure, points: Sequence[Point]) -> None:
    """Points with their 95 % intervals."""
    estimates = [point.r for point in points if point.r is not None]
    intervals = [estimate.interval or (estimate.value, estimate.value) for estimate in estimates]
    lows = [max(low, LOWEST_OHM_CM2) for low, _ in intervals]
    made.add_scatter(
        x=[point.trial for point in points], y=[e.value for e in estimates], mode="markers", name="measured, 95 %",
        marker={"color": BLUE, "size": 9, "line": {"width": 1, "color": "white"}},
        error_y={"type": "data", "symmetric": False, "color": BLUE, "thickness": 1.5, "width": 3,
                 "array": [high - e.value for e, (_, high) in zip(estimates, intervals, strict=True)],
                 "arrayminus": [e.value - low for e, low in zip(estimates, lows, strict=True)]},
        text=[_about(point) for point in points], hovertemplate="%{text}<extra></extra>", legendrank=1,
    )  # fmt: skip


def _failed(made: go.Figure, points: Sequence[Point]) -> None:
    """Crosses along the upper edge: a failed run has no value, and must not look like a bad one."""
    if points:
        made.add_scatter(
            x=[point.trial for point in points], y=[FAILED_Y] * len(points), yaxis="y2", mode="markers",
            name="failed", legendrank=3, marker={"symbol": "x", "size": 8, "color": GREY},
            text=[_about(point) for point in points], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip


def _levels(made: go.Figure, reference: Estimate | None, goal_ohm_cm2: float | None, last: int) -> None:
    """Horizontal lines: the reference recipe with its interval, and what is good enough."""
    ends = [0, 1.01 * last + 0.7]
    if reference is not None:
        made.add_scatter(x=ends, y=[reference.value] * 2, mode="lines", name="reference recipe", hoverinfo="skip",
                         legendrank=4, line={"color": GREY, "dash": "dash", "width": 2})  # fmt: skip
        if reference.interval:
            made.add_hrect(*reference.interval, fillcolor=FAINT, line_width=0, layer="below")
    if goal_ohm_cm2 is not None:
        made.add_scatter(x=ends, y=[goal_ohm_cm2] * 2, mode="lines", name=f"good enough, {goal_ohm_cm2:g}",
                         hoverinfo="skip", legendrank=5, line={"color": GREY, "dash": "dot", "width": 1.5})  # fmt: skip


def _baseline(made: go.Figure, strategy: str, curves: Mapping[str, Sequence[float]]) -> None:
    """What another strategy reached: its best measured value, and on request the truth of what it believed in."""
    colour = STRATEGY_COLOURS.get(strategy, PINK)
    name = escape(STRATEGY_NAMES.get(strategy, strategy))
    _steps(made, curves["trials"], curves["best_ohm_cm2"], f"{name}: best", colour, "dash", True)
    _steps(made, curves["trials"], curves["incumbent_ohm_cm2"], f"{name}: incumbent", colour, "dot", False)


def _steps(
    made: go.Figure,
    x: Sequence[float],
    y: Sequence[float],
    name: str,
    colour: str,
    dash: str,
    shown: bool,
    rank: int = 9,
) -> None:
    made.add_scatter(x=list(x), y=list(y), mode="lines", name=name, visible=True if shown else "legendonly",
                     legendrank=rank,
                     line={"color": colour, "width": 2.2, "shape": "hv", "dash": dash},
                     hovertemplate=f"{name} after %{{x}}: %{{y:.3g}} Ω cm²<extra></extra>")  # fmt: skip


def _about(point: Point) -> str:
    value = f"{point.r.with_unit} (95 %)" if point.r is not None else "failed"
    return f"<b>trial {point.trial}</b>: {escape(value)}<br>{escape(point.about)}"


# --- parallel coordinates -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """One row of the parallel coordinates: where values lie from 0 to 1, and the marks to name."""

    label: str
    shares: tuple[float | None, ...]
    marks: tuple[tuple[float, str], ...]


def parallel(
    points: Sequence[Point],
    fields: Mapping[str, Sequence[float | str]],
    *,
    best: int | None = None,
    reference: int | None = None,
    simulated: bool = False,
) -> go.Figure:
    """All trials as lines across one horizontal axis a field, R_interface uppermost, which also gives the colour.

    `fields`: label -> one value a point. Horizontal axes, because that fits a phone and labels need no turning. `best`
    and `reference` are trial numbers and drawn above the others; failed trials are grey and dotted.
    """
    results = [point.r.value if point.r is not None else None for point in points]
    axes = [_axis(R_LABEL, results, always_log=True), *(_axis(label, list(values)) for label, values in fields.items())]
    made = figure(
        100 + ROW_PX * len(axes), "", simulated, margin={"l": 128, "r": 22, "t": 40, "b": 40}, legend={"y": 0}
    )
    made.add_trace(_strip(len(axes) - 1))
    for place in _drawing_order(points, best, reference):
        made.add_trace(_line(points[place], place, axes, best, reference))
    _name_axes(made, axes)
    _explain_lines(made, points, axes[0], best, reference)
    return made


def _axis(label: str, values: Sequence[float | str | None], *, always_log: bool = False) -> Axis:
    """Categories evenly, numbers linearly, or logarithmically where they span decades."""
    known = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in known):
        names = _categories([str(value) for value in known])
        places = {name: (k + 0.5) / len(names) for k, name in enumerate(names)}
        return Axis(label, tuple(None if v is None else places[str(v)] for v in values),
                    tuple((places[name], escape(exact(name))) for name in names))  # fmt: skip
    numbers = [float(value) for value in known]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    log = low > 0.0 and (always_log or high / low >= LOG_FROM)
    shares = tuple(None if value is None else _share(float(value), low, high, log) for value in values)
    return Axis(label, shares, _number_marks(low, high, log))


def _share(value: float, low: float, high: float, log: bool) -> float:
    if high <= low:
        return 0.5
    return math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)


def _number_marks(low: float, high: float, log: bool) -> tuple[tuple[float, str], ...]:
    """The ends of an axis, and the decades between them that stand clear of the ends."""
    if high <= low:
        return ((0.5, _mark(low)),)
    decades = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1) if log else ()
    between = [(_share(10.0**k, low, high, log), _mark(10.0**k)) for k in decades]
    middle = [(share, text) for share, text in between if 0.2 < share < 0.8]
    return ((0.0, _mark(low)), *middle, (1.0, _mark(high)))


def _mark(value: float) -> str:
    """A mark's number without zeros at its end."""
    return f"{value:.3g}" if 1e-3 <= abs(value) < 1e3 else number(value)


def _categories(values: Sequence[str]) -> list[str]:
    """The values that occur, in the protocol's order where it has one."""
    order = [name for names in CATEGORIES.values() for name in names]
    return sorted(set(values), key=lambda name: (order.index(name) if name in order else len(order), name))


def _drawing_order(points: Sequence[Point], best: int | None, reference: int | None) -> list[int]:
    """Failed ones first, then from bad to good, so that what matters lies on top; the best last."""

    def rank(place: int) -> tuple[bool, bool, bool, float]:
        point = points[place]
        value = math.inf if point.r is None else point.r.value
        return (point.trial == best, point.trial == reference, point.r is not None, -value)

    return sorted(range(len(points)), key=rank)


def _line(point: Point, place: int, axes: Sequence[Axis], best: int | None, reference: int | None) -> go.Scatter:
    height = len(axes) - 1
    share = axes[0].shares[place]
    width = BEST_WIDTH if point.trial == best else REFERENCE_WIDTH if point.trial == reference else LINE_WIDTH
    opacity = 1.0 if width > LINE_WIDTH else _opacity(share, len(axes[0].shares))
    line = {"color": FAILED if share is None else shade(share, opacity), "width": width}
    if share is None or point.trial == reference:
        line["dash"] = "dot" if share is None else "dash"
    return go.Scatter(
        x=[axis.shares[place] for axis in axes], y=[height - row for row in range(len(axes))],
        mode="lines+markers", line=line, marker={"size": 5, "color": line["color"]}, showlegend=False,
        hovertemplate=f"{_about(point)}<extra></extra>",
    )  # fmt: skip


def _opacity(share: float | None, lines: int) -> float:
    """In a crowd the bad results recede, so that the good ones can be followed."""
    crowded = max(0.0, 1.0 - CROWD / lines)
    return 0.8 if share is None else max(0.15, 0.8 * (1.0 - crowded * math.sqrt(share)))


def _strip(height: int) -> go.Scatter:
    """The colour scale, along the axis of the result at this height."""
    shares = np.linspace(0.0, 1.0, STRIP_POINTS).tolist()
    marker = {"color": [shade(share) for share in shares], "symbol": "square", "size": 7}
    return go.Scatter(x=shares, y=[height] * STRIP_POINTS, mode="markers", marker=marker, showlegend=False,
                      hoverinfo="skip", cliponaxis=False)  # fmt: skip


def _name_axes(made: go.Figure, axes: Sequence[Axis]) -> None:
    height = len(axes) - 1
    made.update_xaxes(visible=False, range=[-0.04, 1.04], fixedrange=True)
    made.update_yaxes(
        tickvals=[height - row for row in range(len(axes))], ticktext=[_wrapped(axis.label) for axis in axes],
        range=[-0.6, height + 0.7], showgrid=True, showline=False, ticks="", fixedrange=True, gridcolor=GREY,
    )  # fmt: skip
    for row, axis in enumerate(axes):
        for share, text in axis.marks:
            made.add_annotation(x=share, y=height - row, text=text, showarrow=False, yanchor="bottom", yshift=3,
                                xanchor="left" if share == 0 else "right" if share == 1 else "center",
                                font={"size": 10})  # fmt: skip


def _wrapped(label: str) -> str:
    """The label in lines that fit beside the axes; our own with markup stays as it is."""
    return label if label == R_LABEL else "<br>".join(textwrap.wrap(escape(label), LABEL_WIDTH))


def _explain_lines(
    made: go.Figure, points: Sequence[Point], axis: Axis, best: int | None, reference: int | None
) -> None:
    """Legend entries; the lines themselves are too many for it."""
    shares = {point.trial: share for point, share in zip(points, axis.shares, strict=True)}
    entries = [("best", shares.get(best or 0), BEST_WIDTH, "solid", best in shares),
               ("reference", shares.get(reference or 0), REFERENCE_WIDTH, "dash", reference in shares),
               ("failed", None, LINE_WIDTH, "dot", any(point.r is None for point in points))]  # fmt: skip
    for name, share, width, dash, shown in entries:
        if shown:
            colour = FAILED if share is None else shade(share)
            made.add_scatter(x=[None], y=[None], mode="lines", name=name,
                             line={"color": colour, "width": width, "dash": dash})  # fmt: skip


# --- Nyquist --------------------------------------------------------------------------------------------------------


def nyquist(spectrum: Nyquist, title: str) -> go.Figure:
    """A spectrum with its fit, both axes of one scale, and below it the residuals against frequency."""
    made = make_subplots(rows=2, cols=1, row_heights=[0.7, 0.3], vertical_spacing=0.2)
    good = ~spectrum.outliers
    _points(made, spectrum, good, "measured", "circle")
    if spectrum.outliers.any():
        _points(made, spectrum, spectrum.outliers, "left out of the fit", "circle-open")
    if spectrum.curve_ohm_cm2.size:
        made.add_scatter(x=spectrum.curve_ohm_cm2.real.tolist(), y=(-spectrum.curve_ohm_cm2.imag).tolist(),
                         mode="lines", name="fit", line={"color": VERMILLION, "width": 2}, hoverinfo="skip",
                         row=1, col=1)  # fmt: skip
        _residuals(made, spectrum.freq_hz[good], spectrum.residuals[good])
    dress(made, 560, title, spectrum.simulated, margin={"l": 66, "r": 14, "t": 44, "b": 50})  # fmt: skip
    made.update_xaxes(title_text="Z′ / (Ω cm²)", constrain="domain", constraintoward="left", row=1, col=1)
    made.update_yaxes(title_text="−Z″ / (Ω cm²)", scaleanchor="x", scaleratio=1, constrain="domain", row=1, col=1)
    made.update_xaxes(title_text="frequency / Hz", type="log", dtick=1, row=2, col=1)
    made.update_yaxes(title_text="(fit − Z)/|Z| / %", zeroline=True, zerolinecolor=GREY, row=2, col=1)
    return made


def _points(made: go.Figure, spectrum: Nyquist, chosen: Flags, name: str, symbol: str) -> None:
    z, freq_hz = spectrum.z_ohm_cm2[chosen], spectrum.freq_hz[chosen]
    made.add_scatter(x=z.real.tolist(), y=(-z.imag).tolist(), mode="markers", name=name, row=1, col=1,
                     marker={"color": BLUE, "size": 6, "symbol": symbol}, customdata=freq_hz.tolist(),
                     hovertemplate="%{customdata:.3s}Hz<br>Z′ %{x:.4g}, −Z″ %{y:.4g} Ω cm²<extra></extra>")  # fmt: skip


def _residuals(made: go.Figure, freq_hz: Floats, residuals: Complexes) -> None:
    for name, values, colour, symbol in (("residual of Z′", residuals.real, BLUE, "circle"),
                                         ("residual of Z″", residuals.imag, ORANGE, "diamond")):  # fmt: skip
        made.add_scatter(x=freq_hz.tolist(), y=(100.0 * values).tolist(), mode="markers", name=name, row=2, col=1,
                         marker={"color": colour, "size": 5, "symbol": symbol},
                         hovertemplate="%{x:.3s}Hz: %{y:.2f} %<extra></extra>")  # fmt: skip
