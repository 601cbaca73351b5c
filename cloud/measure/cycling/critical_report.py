"""What `adatom cycle ccd` says of groups of cells, as data for --json, as tables and as a picture."""

from typing import TYPE_CHECKING, Any

import numpy as np
from adatom.cloud.measure.cycling.brackets import BracketGroups
from adatom.cloud.measure.cycling.critical import Brackets, CriticalLaw, Ratio
from adatom.cloud.measure.cycling.plot import COLOURS, dress, titled
from adatom.cloud.measure.cycling.report import estimate_data
from adatom.cloud.measure.cycling.steps import Law
from adatom.cloud.web.theme import SIMULATED
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OPEN_SHARE = 1.15  # how far a bar of a cell that was not shorted is drawn


def critical_data(read: BracketGroups, law: Law, fits: list[CriticalLaw | None], ratios: list[Ratio]) -> dict[str, Any]:
    """Everything found, JSON-ready, currents in mA/cm²; null where the data set no bound."""
    return {
        "simulated": read.simulated,
        "law": law.name,
        "groups": [_group(*pair) for pair in zip(read.groups, fits, strict=True)],
        "comparisons": [{**vars(one), "ratio": estimate_data(one.ratio), "notes": list(one.notes)} for one in ratios],
        "notes": list(read.notes),
    }


def _group(cells: Brackets, fit: CriticalLaw | None) -> dict[str, Any]:
    return {
        "name": cells.name,
        "cells": cells.passed.size,
        "shorted": cells.failures,
        "passed_ma_cm2": cells.passed.tolist(),
        "shorted_ma_cm2": [float(one) if np.isfinite(one) else None for one in cells.shorted],
        "median_ma_cm2": None if fit is None else estimate_data(fit.median),
        "scatter": None if fit is None else estimate_data(fit.scatter),
        "notes": [] if fit is None else list(fit.notes),
    }


def show_critical(console: Console, data: dict[str, Any]) -> None:
    """Print groups and comparisons."""
    if data["simulated"]:
        console.print(f"[bold]{SIMULATED}[/bold]", highlight=False, soft_wrap=True)
    table = Table("group", "cells", "shorted", f"median ({data['law']}) / mA/cm²", "scatter")
    for one in data["groups"]:
        told = "too few shorted" if one["median_ma_cm2"] is None else _span(one["median_ma_cm2"])
        scatter = "" if one["scatter"] is None else _span(one["scatter"])
        table.add_row(*(str(one[name]) for name in ("name", "cells", "shorted")), told, scatter)
    console.print(table)
    lines = [line for one in data["comparisons"] for line in ratio_lines(one)]
    lines += [f"note: {one['name']}: {note}" for one in data["groups"] for note in one["notes"]]
    for line in [*lines, *(f"note: {note}" for note in data["notes"])]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def ratio_lines(one: dict[str, Any]) -> list[str]:
    """A comparison in words."""
    value, low, high = one["ratio"].values()
    head = f"{one['name']} against {one['baseline']}: critical current "
    if value is None:
        said = f"at least {low:.3g} times as high (95 %, from one side)"
    elif not value:
        said = f"at most {high:.3g} times as high (95 %, from one side)"
    else:
        said = f"{value:.3g} times as high, 95 % {low:.3g} to {_or(high)}"
    return [f"{head}{said}, p = {one['p']:.2g}", *(f"  note: {note}" for note in one["notes"])]


def _span(one: dict[str, float | None]) -> str:
    return "{} ({} to {})".format(*(_or(part) for part in one.values()))


def _or(value: float | None) -> str:
    return "∞" if value is None else f"{value:.3g}"


def critical_figure(read: BracketGroups, law: Law, fits: list[CriticalLaw | None], lines: list[str]) -> "Figure":
    """A bar from the last current that passed to the first that shorted for each cell, and each group's law."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullLocator

    figure = Figure(figsize=(6.6, 4.2), layout="constrained")
    titled(figure, "\n".join(lines), read.simulated)
    axes = figure.subplots()
    for place, (cells, fit) in enumerate(zip(read.groups, fits, strict=True)):
        _draw(axes, cells, law, fit, COLOURS[place % len(COLOURS)])
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.02, 1.02)
    axes.legend(fontsize=8, frameon=False, loc="best")
    dress(axes, "current / mA/cm²", "share of cells shorted")
    return figure


def _draw(axes: "Axes", cells: Brackets, law: Law, fit: CriticalLaw | None, colour: str) -> None:
    order = np.lexsort([cells.passed, np.where(np.isfinite(cells.shorted), cells.shorted, np.inf)])
    known = np.concatenate([cells.passed[cells.passed > 0], cells.shorted[np.isfinite(cells.shorted)]])
    for rank, row in enumerate(order):
        level = (rank + 0.5) / order.size
        low = cells.passed[row] or float(known.min()) / OPEN_SHARE
        open_ = not np.isfinite(cells.shorted[row])
        high = low * OPEN_SHARE if open_ else cells.shorted[row]
        axes.plot([low, high], [level, level], color=colour, lw=4, alpha=0.55, solid_capstyle="butt")
        if open_:
            axes.plot([high], [level], ">", color=colour, ms=5)
    axes.plot([], [], color=colour, lw=4, alpha=0.55, label=f"{cells.name}: {cells.failures} of {order.size} shorted")
    if fit is None:
        return
    x = np.geomspace(float(known.min()) / 2.0, float(known.max()) * 1.3, 300)
    axes.plot(
        x, law.below(np.log(x / fit.median.value) / fit.scatter.value + law.median_z), color=colour, lw=1.2, ls="--"
    )
    axes.plot([fit.median.value], [0.5], "o", color=colour, ms=6)
    axes.plot([fit.median.low, fit.median.high], [0.5, 0.5], color=colour, lw=1.2)
