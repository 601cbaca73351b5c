"""An Influence as figures: importances with intervals, samples left out, attributions, partial dependences.

Plotly for pages, matplotlib for PNG and SVG. Texts of the table are escaped, because plotly reads some HTML.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.influence.analyse import Influence
from adatom.cloud.measure.influence.dependence import Dependence
from adatom.cloud.measure.influence.model import SEED
from adatom.cloud.measure.picture import ENDINGS as PICTURES
from adatom.cloud.measure.picture import check_plot, save, writing
from adatom.cloud.optimize.explain import Z95
from adatom.cloud.web.theme import BLUE, GREY, ORANGE, SIMULATED

if TYPE_CHECKING:
    from adatom.cloud.optimize.table.curves import Slice
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as Page

ENDINGS = (*PICTURES, ".html")
MOST_BARS = 12
COLUMNS = 3
TOP_INCH, CURVE_INCH, BAR_INCH, WIDTH_INCH = 2.0, 2.8, 0.22, 11.5
BAR_PX = 30
JITTER = 0.16  # of a factor's row, that points of equal attributions are drawn apart by
COLOURS = "cividis"  # lowest to highest value of a factor


def check_ending(path: Path) -> None:
    """Raises InputError for a name that ends otherwise than we can write."""
    check_plot(path, ENDINGS)


def write_plot(path: Path, found: Influence) -> None:
    """Write the picture or page. Raises InputError for another ending or a place that cannot be written."""
    check_ending(path)
    if path.suffix.lower() != ".html":
        save(path, picture(found))
        return
    figures = pages(found, {})
    parts = [one.to_html(full_html=False, include_plotlyjs=place == 0) for place, one in enumerate(figures)]
    with writing(path):
        badge = f"<p>{SIMULATED}</p>" if found.study.simulated else ""
        path.write_text(f'<!doctype html><meta charset="utf-8">{badge}{"".join(parts)}', encoding="utf-8")


# --- matplotlib -----------------------------------------------------------------------------------------------------


def picture(found: Influence) -> "Figure":
    """Importances, samples left out and attributions above; partial dependences below, three a line."""
    from matplotlib.figure import Figure

    curves, bars = found.dependences, min(len(found.order), MOST_BARS)
    lines = -(-len(curves) // COLUMNS)
    heights = [TOP_INCH + BAR_INCH * bars, *[CURVE_INCH] * lines]
    figure = Figure(figsize=(WIDTH_INCH, sum(heights)), layout="constrained")
    above, *below = figure.subfigures(1 + lines, 1, height_ratios=heights, squeeze=False)[:, 0]
    if found.study.simulated:
        figure.suptitle(SIMULATED, x=0.01, ha="left", fontsize=9, color=GREY)
    left, middle, right = above.subplots(1, 3)
    _bars(left, found)
    _left_out(middle, found)
    _swarm(right, found)
    low, high = _limits(found)
    for line, part in enumerate(below):
        for place, axes in enumerate(part.subplots(1, COLUMNS, sharey=True)):
            at = line * COLUMNS + place
            if at < len(curves):
                _curve(axes, found, curves[at], (low, high))
                axes.set_ylabel(found.study.target_name if place == 0 else "")
            else:
                axes.set_visible(False)
    return figure


def _shown(found: Influence) -> list[int]:
    return found.order[:MOST_BARS]


def _bars(axes: "Axes", found: Influence) -> None:
    for row, place in enumerate(_shown(found)):
        one, clear = found.importances[place], found.significance.clear(place)
        axes.barh(row, 100.0 * max(one.value, 0.0), color=BLUE if clear else GREY, alpha=0.85 if clear else 0.45)
        axes.plot([100.0 * one.low, 100.0 * one.high], [row, row], color="black", lw=1)
    _factor_rows(axes, found)
    axes.set_xlabel("share of the variance, %, 95 %")
    axes.set_title("importance; grey: may be chance", loc="left", fontsize=9, color=GREY)


def _factor_rows(axes: "Axes", found: Influence) -> None:
    names = [found.study.names[place] for place in _shown(found)]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.axvline(0.0, color=GREY, lw=0.8)


def _left_out(axes: "Axes", found: Influence) -> None:
    one, unscaled = found.left_out, found.study.unscaled
    sd = np.zeros(len(one.target)) if one.sd is None else one.sd
    x, y = unscaled(one.target), unscaled(one.predicted)
    ends = unscaled(one.predicted - Z95 * sd), unscaled(one.predicted + Z95 * sd)
    axes.errorbar(
        x, y, yerr=[y - ends[0], ends[1] - y], fmt="o", ms=4, color=BLUE, ecolor=BLUE, elinewidth=0.7, alpha=0.7
    )
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    axes.plot([low, high], [low, high], color=GREY, lw=0.8, ls="--")
    if found.study.log:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlabel(f"measured {found.study.target_name}")
    axes.set_ylabel("predicted without it, 95 %")
    value, low, high = (100.0 * end for end in (one.explained.value, one.explained.low, one.explained.high))
    said = f"left out: {value:.0f} % explained ({low:.0f} to {high:.0f})"
    axes.set_title(said, loc="left", fontsize=9, color=GREY)


def _swarm(axes: "Axes", found: Influence) -> None:
    """A point a sample: what the factor adds to its prediction, coloured by the factor's value."""
    rng = np.random.default_rng(SEED)
    features = found.study.values
    for row, place in enumerate(_shown(found)):
        values = features[:, place]
        share = (values - values.min()) / np.ptp(values)
        jitter = row + JITTER * rng.standard_normal(len(values))
        shown = axes.scatter(found.attributions[:, place], jitter, c=share, cmap=COLOURS, s=8, lw=0)
    _factor_rows(axes, found)
    axes.set_yticklabels([])
    bar = axes.figure.colorbar(shown, ax=axes, ticks=[0.0, 1.0], shrink=0.8)
    bar.set_ticklabels(["low", "high"], fontsize=8)
    axes.set_xlabel(f"added to {'log10 ' if found.study.log else ''}{found.study.target_name}", fontsize=9)
    axes.set_title("attribution (Shapley) by sample", loc="left", fontsize=9, color=GREY)


def _limits(found: Influence) -> tuple[float, float]:
    """The y axis of all curves: samples and bands."""
    unscaled = found.study.unscaled
    lows = [*(one.low.min() for one in found.dependences), found.study.target.min()]
    highs = [*(one.high.max() for one in found.dependences), found.study.target.max()]
    margin = 0.05 * (max(highs) - min(lows))
    ends = unscaled(np.array([min(lows) - margin, max(highs) + margin]))
    return float(ends[0]), float(ends[1])


def _curve(axes: "Axes", found: Influence, one: Dependence, limits: tuple[float, float]) -> None:
    study = found.study
    mean, low, high = (study.unscaled(values) for values in (one.mean, one.low, one.high))
    place = study.names.index(one.factor)
    axes.plot(study.values[:, place], study.unscaled(study.target), "o", color=GREY, ms=3, alpha=0.5, mew=0)
    if study.factors[place].options:
        at = np.arange(len(one.places))
        axes.errorbar(at, mean, yerr=[mean - low, high - mean], fmt="o", color=BLUE, ms=6)
        axes.set_xticks(at, [str(text) for text in one.places])
        axes.set_xlim(-0.5, len(at) - 0.5)
    else:
        at = np.array(one.places, dtype=float)
        axes.fill_between(at, low, high, color=BLUE, alpha=0.18, lw=0)
        axes.plot(at, mean, color=BLUE, lw=2)
        if one.log:
            axes.set_xscale("log")
    if study.log:
        axes.set_yscale("log")
    axes.set_ylim(*limits)
    axes.set_xlabel(one.factor)


# --- plotly ---------------------------------------------------------------------------------------------------------


def pages(found: Influence, labels: Mapping[str, str], title: str = "", simulated: bool = False) -> list["Page"]:
    """Importances, samples left out, partial dependences.

    `labels`: how factors are called, by name; `title`: of the target, HTML, by default its name.
    """
    title = title or escape(found.study.target_name)
    return [
        bars_page(found, labels, simulated),
        left_out_page(found, title, simulated),
        dependence_page(found, labels, title, simulated),
    ]


def bars_page(found: Influence, labels: Mapping[str, str], simulated: bool = False) -> "Page":
    """Bars with 95 % intervals; grey where it may be chance."""
    from adatom.cloud.web.theme import figure

    shown = _shown(found)
    made = figure(BAR_PX * len(shown) + 110, "", simulated, margin={"l": 190, "r": 20, "t": 30, "b": 62})
    values = 100.0 * np.array(
        [[found.importances[p].value, found.importances[p].low, found.importances[p].high] for p in shown]
    )
    names = [_label(found.study.names[place], labels) for place in shown]
    colours = [BLUE if found.significance.clear(place) else "rgba(128,128,128,0.55)" for place in shown]
    error = {"type": "data", "symmetric": False, "array": values[:, 2] - values[:, 0],
             "arrayminus": values[:, 0] - values[:, 1], "color": ORANGE, "thickness": 1.5}  # fmt: skip
    made.add_bar(x=values[:, 0], y=names, orientation="h", marker={"color": colours}, error_x=error, showlegend=False,
                 hovertemplate="%{y}: %{x:.0f} %<extra></extra>")  # fmt: skip
    made.update_xaxes(title_text="share of the variance / %, with 95 %")
    made.update_yaxes(autorange="reversed")
    return made


def _label(name: str, labels: Mapping[str, str]) -> str:
    return escape(labels.get(name, name))


def left_out_page(found: Influence, title: str, simulated: bool = False) -> "Page":
    """Each sample as measured and as the others predict it."""
    from adatom.cloud.web.theme import figure

    one, unscaled = found.left_out, found.study.unscaled
    sd = np.zeros(len(one.target)) if one.sd is None else one.sd
    x, y = unscaled(one.target), unscaled(one.predicted)
    axis = {"type": "log", "dtick": 1} if found.study.log else {}
    made = figure(420, "", simulated, margin={"l": 76, "r": 14, "t": 30, "b": 66},
                  xaxis={"title": f"measured {title}", **axis},
                  yaxis={"title": "predicted without it", **axis})  # fmt: skip
    ends = [float(min(x.min(), y.min())), float(max(x.max(), y.max()))]
    made.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": GREY, "dash": "dash"}, hoverinfo="skip", showlegend=False
    )
    error = {"type": "data", "symmetric": False, "array": unscaled(one.predicted + Z95 * sd) - y,
             "arrayminus": y - unscaled(one.predicted - Z95 * sd), "color": BLUE, "thickness": 1}  # fmt: skip
    made.add_scatter(x=x, y=y, mode="markers", error_y=error, marker={"color": BLUE, "size": 7}, showlegend=False,
                     hovertemplate="measured %{x:.3g}, predicted %{y:.3g}<extra></extra>")  # fmt: skip
    return made


def dependence_page(found: Influence, labels: Mapping[str, str], title: str, simulated: bool = False) -> "Page":
    """The mean prediction along each of the most important factors, with its 95 % band and the samples."""
    from adatom.cloud.optimize.objective import Objective
    from adatom.cloud.optimize.table.plots import slices_figure

    objective = Objective(found.study.target_name, log=found.study.log)
    made = slices_figure([_slice(found, one, labels) for one in found.dependences], objective, simulated)
    return made.update_yaxes(title_text=title, col=1)


def _slice(found: Influence, one: Dependence, labels: Mapping[str, str]) -> "Slice":
    from adatom.cloud.optimize.explain import Prediction
    from adatom.cloud.optimize.table.curves import Slice

    study, place = found.study, found.study.names.index(one.factor)
    ends: list[Floats] = [study.unscaled(values) for values in (one.mean, one.low, one.high)]
    predicted = [Prediction(*map(float, values)) for values in zip(*ends, strict=True)]
    options = study.factors[place].options
    tested = [
        (options[int(value)] if options else float(value), float(target))
        for value, target in zip(study.values[:, place], study.unscaled(study.target), strict=True)
    ]
    return Slice(labels.get(one.factor, one.factor), one.places, predicted, None, one.log, True, tested)
