"""A quantity of each trial with its 95 % interval, lower limits as such. Plain values in, a figure out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from .theme import BLUE, VERMILLION, figure
from .values import Estimate

HEIGHT = 320
TICKS_MOST = 15  # trials that are numbered one by one
TINY = 1e-9  # where an interval ends that reaches below zero, which a logarithmic axis has not


def by_trial(
    measured: Sequence[tuple[int, Estimate]], label: str, *, log: bool = False, simulated: bool = False
) -> go.Figure:
    """`measured`: (trial, estimate), in order. `label`: of the axis, with the unit, as HTML."""
    kind = {"type": "log", "dtick": "D2"} if log else {"rangemode": "tozero"}
    made = figure(HEIGHT, "", simulated, xaxis={"title": "trial"}, yaxis={"title": label, **kind})
    known = [(trial, one) for trial, one in measured if not one.censored]
    limits = [(trial, one) for trial, one in measured if one.censored]
    if known:
        _points(made, known, log)
    if limits:
        made.add_scatter(
            x=[trial for trial, _ in limits], y=[one.value for _, one in limits], mode="markers", name="at least",
            marker={"symbol": "triangle-up-open", "size": 11, "color": VERMILLION, "line": {"width": 2}},
            text=[_about(*pair) for pair in limits], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    last = max((trial for trial, _ in measured), default=1)
    made.update_xaxes(range=[0, 1.01 * last + 0.7], dtick=1 if last <= TICKS_MOST else None)
    made.update_layout(showlegend=True)
    return made


def _points(made: go.Figure, known: Sequence[tuple[int, Estimate]], log: bool) -> None:
    spans = [one.interval or (one.value, one.value) for _, one in known]
    lows = [max(low, TINY) if log else low for low, _ in spans]
    made.add_scatter(
        x=[trial for trial, _ in known], y=[one.value for _, one in known], mode="markers", name="measured, 95 %",
        marker={"color": BLUE, "size": 9, "line": {"width": 1, "color": "white"}},
        error_y={"type": "data", "symmetric": False, "color": BLUE, "thickness": 1.5, "width": 3,
                 "array": [high - one.value for (_, one), (_, high) in zip(known, spans, strict=True)],
                 "arrayminus": [one.value - low for (_, one), low in zip(known, lows, strict=True)]},
        text=[_about(*pair) for pair in known], hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


def _about(trial: int, one: Estimate) -> str:
    return f"<b>trial {trial}</b>: {one.with_unit}"
