"""Panels of points, lines and bands as a picture (PNG, SVG by matplotlib) or a page (html by plotly), drawn alike.

What stands in them is decided in plot.py.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.picture import ENDINGS as PICTURES
from adatom.cloud.measure.picture import check_plot, save, writing
from adatom.cloud.web.theme import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as Page

ENDINGS = (*PICTURES, ".html")
COLUMNS = 2
PANEL_INCH, PANEL_PX = (4.6, 3.4), 400
MARKS = {".": ("o", "circle"), "x": ("x", "x")}  # a curve's mark: matplotlib's and plotly's name


@dataclass(frozen=True)
class Curve:
    """Points (mark "." or "x") or a line (mark "-"), x and y (N,); texts (N,) are shown over points of a page.

    `bars`: the ends (N,), (N,) of each point's error bar.
    """

    name: str
    colour: str
    x: Floats
    y: Floats
    mark: str = "-"
    texts: tuple[str, ...] = ()
    bars: tuple[Floats, Floats] | None = None


@dataclass(frozen=True)
class Band:
    """The area between low and high (N,) over x (N,)."""

    name: str
    colour: str
    x: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Panel:
    """One diagram; labels (x, y, text) stand at points of it. equal: both axes have one scale;
    from_zero: the y axis begins at 0."""

    title: str
    x_title: str
    y_title: str
    curves: tuple[Curve, ...]
    bands: tuple[Band, ...] = ()
    labels: tuple[tuple[float, float, str], ...] = ()
    log_x: bool = False
    log_y: bool = False
    equal: bool = False
    from_zero: bool = False


def write_panels(path: Path, title: str, panels: list[Panel]) -> None:
    """Write picture or page. Raises InputError for another ending or a place that cannot be written."""
    check_plot(path, ENDINGS)
    if path.suffix.lower() != ".html":
        save(path, picture(title, panels))
        return
    with writing(path):
        path.write_text(page(title, panels).to_html(include_plotlyjs=True), encoding="utf-8")


# --- PNG and SVG ----------------------------------------------------------------------------------------------------
def picture(title: str, panels: list[Panel]) -> "Figure":
    """The panels in rows of two."""
    from matplotlib.figure import Figure

    rows, across = -(-len(panels) // COLUMNS), min(COLUMNS, len(panels))
    figure = Figure(figsize=(PANEL_INCH[0] * across, PANEL_INCH[1] * rows + 0.3), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, color=GREY)
    places = figure.subplots(rows, across, squeeze=False).ravel()
    for axes, panel in zip(places, panels, strict=False):
        _draw(axes, panel)
    for axes in places[len(panels) :]:
        axes.set_axis_off()
    return figure


def _draw(axes: "Axes", panel: Panel) -> None:
    for band in panel.bands:
        axes.fill_between(band.x, band.low, band.high, color=band.colour, alpha=0.25, lw=0, label=band.name or None)
    for curve in panel.curves:
        style: dict[str, Any] = {"lw": 1.4}
        if curve.mark != "-":
            style = {"ls": "", "marker": MARKS[curve.mark][0], "ms": 3 if curve.mark == "." else 6}
        axes.plot(curve.x, curve.y, color=curve.colour, label=curve.name or None, **style)
        if curve.bars is not None:
            axes.vlines(curve.x, *curve.bars, color=curve.colour, lw=1.0)
    for x, y, text in panel.labels:
        axes.annotate(text, (x, y), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=7)
    axes.set_title(panel.title, fontsize=10)
    axes.set_xlabel(panel.x_title, fontsize=8)
    axes.set_ylabel(panel.y_title, fontsize=8)
    axes.set(xscale="log" if panel.log_x else "linear", yscale="log" if panel.log_y else "linear")
    if panel.equal:
        axes.set_aspect("equal", adjustable="datalim")
    if panel.labels:
        axes.margins(y=0.15)
    if panel.from_zero:
        axes.set_ylim(bottom=0.0)
    axes.tick_params(which="both", labelsize=7)
    axes.grid(color=GREY, alpha=0.25, lw=0.5)
    axes.legend(fontsize=7, frameon=False)


# --- html -----------------------------------------------------------------------------------------------------------
def page(title: str, panels: list[Panel]) -> "Page":
    """The same, to be zoomed into."""
    from plotly.subplots import make_subplots

    rows, across = -(-len(panels) // COLUMNS), min(COLUMNS, len(panels))
    made = make_subplots(rows, across, subplot_titles=[panel.title for panel in panels], vertical_spacing=0.25 / rows)
    seen: set[str] = set()
    for k, panel in enumerate(panels):
        _add(made, panel, k // across + 1, k % across + 1, seen)
    made.update_layout(title=title, template="plotly_white", height=PANEL_PX * rows + 100)
    return made


def _add(made: "Page", panel: Panel, row: int, column: int, seen: set[str]) -> None:
    from plotly.graph_objects import Scatter

    for band in panel.bands:
        outline = {"x": np.concatenate([band.x, band.x[::-1]]), "y": np.concatenate([band.high, band.low[::-1]])}
        shape = {"fill": "toself", "fillcolor": band.colour, "opacity": 0.25, "line": {"width": 0}, "mode": "lines"}
        made.add_trace(Scatter(**outline, **shape, hoverinfo="skip", **_legend(band.name, seen)), row, column)
    for curve in panel.curves:
        look: dict[str, Any] = {"mode": "lines", "line": {"color": curve.colour}}
        if curve.mark != "-":
            look = {"mode": "markers", "marker": {"color": curve.colour, "symbol": MARKS[curve.mark][1]}}
        over: dict[str, Any] = {"text": list(curve.texts)} if curve.texts else {}
        if curve.bars is not None:
            low, high = curve.bars
            over["error_y"] = {"type": "data", "symmetric": False, "array": high - curve.y, "arrayminus": curve.y - low}
        made.add_trace(Scatter(x=curve.x, y=curve.y, **look, **over, **_legend(curve.name, seen)), row, column)
    for x, y, text in panel.labels:
        at = (np.log10(x) if panel.log_x else x, np.log10(y) if panel.log_y else y)
        made.add_annotation(x=at[0], y=at[1], text=text, showarrow=False, yshift=10, row=row, col=column)
    made.update_xaxes(type="log" if panel.log_x else "linear", title_text=panel.x_title, row=row, col=column,
                      exponentformat="power")  # fmt: skip
    made.update_yaxes(type="log" if panel.log_y else "linear", title_text=panel.y_title, row=row, col=column)
    if panel.from_zero:
        made.update_yaxes(rangemode="tozero", row=row, col=column)
    if panel.equal:
        x_axis = next(made.select_xaxes(row=row, col=column)).plotly_name.replace("axis", "")
        made.update_yaxes(scaleanchor=x_axis, scaleratio=1, row=row, col=column)


def _legend(name: str, seen: set[str]) -> dict[str, Any]:
    """A name stands in the legend once, and switches all that has it."""
    first = bool(name) and name not in seen
    seen.add(name)
    return {"name": name, "legendgroup": name, "showlegend": first}
