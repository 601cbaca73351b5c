"""What is said of predictions and trials: data for --json, tables for people, CSV, and the parity picture."""

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from adatom.cloud.knowledge.conductivity.model import Prediction
from adatom.cloud.knowledge.conductivity.rows import Row
from adatom.cloud.knowledge.conductivity.scores import NAMES, Score, differences_of, scores_of
from adatom.cloud.knowledge.conductivity.trial import FOREST, MODEL, WITH_SYSTEM, Trial
from adatom.cloud.measure.picture import save, writing
from adatom.cloud.web.theme import BLUE, GREY, ORANGE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("ID", "formula", "log10_sigma", "sd", "low_90", "high_90", "sigma_S_cm", "convention", "used", "nearest",
           "papers", "warnings")  # fmt: skip
SHARES = np.linspace(0.05, 0.99, 48)


def prediction_data(one: Prediction) -> dict[str, Any]:
    """JSON-ready; log10 of S/cm, and the median in S/cm."""
    return {**asdict(one), "sigma_S_cm": 10.0**one.mean}


def write_predictions(path: Path, asked: Sequence[Row], found: Sequence[Prediction]) -> None:
    """A CSV row for each prediction. InputError for a place that cannot be written."""
    with writing(path), path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for row, one in zip(asked, found, strict=True):
            nearest = one.because[0]
            numbers = [f"{value:.3f}" for value in (one.mean, one.sd, one.low, one.high)]
            writer.writerow([row.source_id, one.formula, *numbers, f"{10.0**one.mean:.3g}", one.convention,
                             "; ".join(one.used), nearest.formula, "; ".join(nearest.papers),
                             "; ".join(one.warnings)])  # fmt: skip


def show_predictions(console: Console, found: Sequence[Prediction]) -> None:
    """A table, then how each was read, and what to beware of."""
    table = Table("composition", "log10 σ (S/cm)", "90 %", "σ (S/cm)", "leans on")
    for one in found:
        near = one.because[0]
        table.add_row(
            escape(one.formula),
            f"{one.mean:.2f}",
            f"{one.low:.2f} to {one.high:.2f}",
            f"{10.0**one.mean:.1e}",
            escape(f"{near.formula}, {'<' if near.below else ''}{near.log10_sigma:.2f}"),
        )
    console.print(table)
    for how in sorted({one.convention for one in found}):
        those = ", ".join(one.formula for one in found if one.convention == how)
        console.print(f"read {how}: {those}", markup=False)
    for one in found:
        for warning in one.warnings:
            console.print(f"warning: {one.formula}: {warning}", markup=False)
    for used in sorted({", ".join(one.used) for one in found}):
        console.print(f"seen of a composition: {used}", markup=False)


def check_data(trial: Trial) -> dict[str, Any]:
    """Scores with 95 % bands by method, differences from the forest, and the guesses of the first repeat."""
    methods = {}
    for name, guesses in trial.guesses.items():
        methods[name] = {"scores": _data(scores_of(trial.rows, guesses))}
        if FOREST in trial.guesses and name != FOREST:
            methods[name]["less_forest"] = _data(differences_of(trial.rows, guesses, trial.guesses[FOREST]))
    return {"rows": len(trial.rows), "how": trial.how, "scores": NAMES, "methods": methods, "notes": trial.notes}


def show_check(console: Console, trial: Trial) -> None:
    """The methods beside each other, each score with its 95 % band."""
    data = check_data(trial)
    console.print(f"{data['rows']} rows; {data['how']}", markup=False)
    table = Table("", *(name.removeprefix("model, ") for name in data["methods"]))
    for score in NAMES:
        table.add_row(score, *(_words(method["scores"][score]) for method in data["methods"].values()))
        less = [method.get("less_forest", {}).get(score) for method in data["methods"].values()]
        if any(less):
            table.add_row("- forest", *map(_words, less))
    console.print(table)
    for name, meaning in NAMES.items():
        console.print(f"{name}: {meaning}", markup=False)
    for note in trial.notes:
        console.print(f"note: {note}", markup=False)


def write_parity(path: Path, trial: Trial) -> None:
    """Predicted against measured with 90 % intervals, and how many measured rows intervals of any size hold."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    shown = WITH_SYSTEM if WITH_SYSTEM in trial.guesses else MODEL
    _parity(left, trial, shown)
    _calibration(right, trial)
    save(path, figure)


def _parity(axes: "Axes", trial: Trial, name: str) -> None:
    told, below = _told(trial)
    mean, low, high = (one[0] for one in trial.guesses[name])
    for those, colour, word in ((~below, BLUE, "measured"), (below, ORANGE, "below detection (limit)")):
        if those.any():
            axes.errorbar(told[those], mean[those], (mean[those] - low[those], high[those] - mean[those]), fmt="o",
                          ms=3, color=colour, ecolor=colour, elinewidth=0.4, alpha=0.6, label=word)  # fmt: skip
    ends = [float(np.nanmin(told)) - 0.5, 0.0]
    axes.plot(ends, ends, color=GREY, lw=1)
    axes.set(xlabel="measured log10 σ (S/cm)", ylabel="predicted, 90 % interval", title=name, xlim=ends)
    axes.set_ylim(min(ends[0], -18.0), 0.0)
    axes.legend(frameon=False, fontsize=8)


def _calibration(axes: "Axes", trial: Trial) -> None:
    from scipy.stats import norm

    told, below = _told(trial)
    for name, colour in ((MODEL, GREY), (WITH_SYSTEM, BLUE)):
        if name in trial.guesses:
            centre, low, high = (-np.log(-one[0]) for one in trial.guesses[name])
            sizes = 2.0 * norm.cdf(np.abs(-np.log(-told) - centre) / ((high - low) / 2.0) * norm.ppf(0.95)) - 1.0
            axes.plot(SHARES, [float((sizes[~below] <= share).mean()) for share in SHARES], color=colour, label=name)
    axes.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls=":")
    axes.set(xlabel="size of the interval", ylabel="share of measured rows inside", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, fontsize=8)


def _told(trial: Trial) -> tuple[Any, Any]:
    values = [np.nan if row.log10_sigma is None else row.log10_sigma for row in trial.rows]
    return np.minimum(values, -0.05), np.array([row.below for row in trial.rows])


def _data(scores: dict[str, Score]) -> dict[str, Any]:
    return {name: None if one.value is None else one._asdict() for name, one in scores.items()}


def _words(one: dict[str, float] | None) -> str:
    return "" if one is None else f"{one['value']:.2f} [{one['low']:.2f}, {one['high']:.2f}]"
