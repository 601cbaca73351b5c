"""What is said of an Influence: as data for --json, as tables for people."""

from typing import Any

import numpy as np
from adatom.cloud.measure.influence.analyse import Influence
from adatom.cloud.measure.influence.dependence import Dependence
from adatom.cloud.measure.influence.model import Interval, LeftOut, Slope
from adatom.cloud.web.theme import SIMULATED
from rich.console import Console
from rich.table import Table

MOST_DECADES = 300.0


def as_data(found: Influence) -> dict[str, Any]:
    """Everything, JSON-ready. Attributions, left-out values and slopes are on the modelled scale."""
    study, significance = found.study, found.significance
    return {
        "target": study.target_name,
        "modelled": modelled(found),
        "samples": len(study),
        "simulated": study.simulated,
        "verdict": found.verdict,
        "model_p": significance.model_p,
        "shuffles": significance.shuffles,
        "left_out": {"gaussian_process": _left_out(found.left_out), "straight_line": _left_out(found.line.left_out)},
        "factors": [_factor(found, place) for place in found.order],
        "straight_line": {
            "penalty": found.line.alpha,
            "slopes": [
                {"factor": slope.factor, "option": slope.option or None, "against": slope.against or None,
                 "change": _interval(slope.change)}
                for slope in found.line.slopes
            ],
        },
        "attributions_exact": found.exact,
        "partial_dependence": [_dependence(found, one) for one in found.dependences],
        "notes": found.notes,
    }  # fmt: skip


def modelled(found: Influence) -> str:
    """The quantity that the models see."""
    return f"log10 {found.study.target_name}" if found.study.log else found.study.target_name


def _interval(one: Interval) -> dict[str, float]:
    return {"value": one.value, "low": one.low, "high": one.high}


def _left_out(one: LeftOut) -> dict[str, Any]:
    return {
        "explained": _interval(one.explained),
        "rms_error": one.error,
        "target": one.target.tolist(),
        "predicted": one.predicted.tolist(),
        "sd": None if one.sd is None else one.sd.tolist(),
    }


def _factor(found: Influence, place: int) -> dict[str, Any]:
    p, corrected = found.significance.factor_p, found.significance.holm_p
    column = found.attributions[:, place]
    return {
        "name": found.study.names[place],
        "importance": _interval(found.importances[place]),
        "p": None if p is None else p[place],
        "holm_p": None if corrected is None else corrected[place],
        "clear": found.significance.clear(place),
        "mean_attribution": float(np.abs(column).mean()),
        "attributions": column.tolist(),
    }


def _dependence(found: Influence, one: Dependence) -> dict[str, Any]:
    ends = {name: found.study.unscaled(values).tolist() for name, values in
            (("mean", one.mean), ("low", one.low), ("high", one.high))}  # fmt: skip
    return {"factor": one.factor, "places": one.places, **ends}


# --- for people -----------------------------------------------------------------------------------------------------


def show(console: Console, found: Influence) -> None:
    """Print the findings."""
    mark = f" {SIMULATED}" if found.study.simulated else ""
    console.print(f"{modelled(found)} of {len(found.study)} samples{mark}", highlight=False)
    console.print(_factors(found))
    for name, one in (("Gaussian process", found.left_out), ("straight line (ridge)", found.line.left_out)):
        text = f"{name}, samples left out: {_percent(one.explained)} of the variance, error {_error(found, one)}"
        console.print(text, highlight=False, soft_wrap=True)
    if not _line_says(found):
        console.print("the straight line says nothing of samples left out: its slopes are left out", highlight=False)
    console.print(f"[bold]{found.verdict}[/bold]", highlight=False, soft_wrap=True)
    for note in found.notes:
        console.print(f"note: {note}", highlight=False, soft_wrap=True)


def _error(found: Influence, one: LeftOut) -> str:
    return f"a factor of {_times(one.error):.3g}" if found.study.log else f"{one.error:.3g}"


def _times(decades: float) -> float:
    """10 to a power, as far as a float goes."""
    return float(10.0 ** min(decades, MOST_DECADES))


def _percent(one: Interval) -> str:
    value, low, high = (round(100.0 * end) for end in (one.value, one.low, one.high))  # never -0
    return f"{value} % ({low} to {high})"


def _factors(found: Influence) -> Table:
    slope_head = "straight line: lowest to highest" + (", times" if found.study.log else "")
    slope_head = slope_head if _line_says(found) else "straight line"
    table = Table("factor", "importance, 95 %", "p, Holm", "attribution", slope_head, caption=_caption(found))
    for place in found.order:
        name, corrected = found.study.names[place], found.significance.holm_p
        p = "" if corrected is None else f"{corrected[place]:.2g}{' *' if found.significance.clear(place) else ''}"
        size = float(np.abs(found.attributions[:, place]).mean())
        typical = f"× or ÷ {_times(size):.3g}" if found.study.log else f"± {size:.3g}"
        slopes = [slope for slope in found.line.slopes if slope.factor == name and _line_says(found)]
        table.add_row(name, _percent(found.importances[place]), p, typical, "\n".join(_slope(found, s) for s in slopes))
    return table


def _line_says(found: Influence) -> bool:
    """Whether a straight line knows more of samples left out than the mean; else its penalty flattens all slopes."""
    return found.line.left_out.explained.value > 0.0


def _slope(found: Influence, slope: Slope) -> str:
    change = slope.change
    ends = (change.value, change.low, change.high)
    value, low, high = (f"{_times(end):.3g}" if found.study.log else f"{end:+.3g}" for end in ends)
    return f"{slope.option}{': ' if slope.option else ''}{value} ({low} to {high})"


def _caption(found: Influence) -> str:
    clear = "; * beyond chance" if found.clear else ""
    return f"importance: share of the variance, on samples left out{clear}; attribution: mean size (Shapley)"
