"""The tables of the report as HTML. Every text is escaped here.

Takes plain values of gather.py; must not know of stores or figures.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from adatom.cloud.store.scoring import Scored
from adatom.protocol.recipe import arriving_lithium_per_12_o, recipe_from_dict

from .gather import PRIMARY, CampaignView, Run, Trial
from .theme import SIMULATED
from .values import FIELD_UNITS, LABELS, MISSING, Estimate, exact, flat_recipe, formula

# Quantity -> column heading; R_interface comes first and from all replicates
QUANTITIES = {
    PRIMARY: "R<sub>interface</sub> / Ω cm²",
    "conductivity_s_cm": "conductivity / S/cm",
    "ccd_ma_cm2": "critical current / mA/cm²",
    "cycles_to_failure": "cycles to failure",
    "uniformity": "uniformity",
}
ENDED_WITHOUT_SAMPLE = ("failed", "aborted")
BADGE = f'<span class="badge">{SIMULATED}</span>'
SMALL_BADGE = '<abbr class="badge small" title="simulated">SIM</abbr>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table of HTML cells that scrolls sideways by itself. The first cell of a row is its heading."""
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "\n".join(
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="scroll {kind}" tabindex="0"><table><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def recipes(best: Trial | None, reference: Trial | None) -> str:
    """The recipe of the best trial beside the reference's; what differs is in bold."""
    trials = [(name, trial) for name, trial in (("best", best), ("reference", reference)) if trial is not None]
    columns = [_recipe_cells(trial.recipe) for _, trial in trials]
    labels = list(dict.fromkeys(label for column in columns for label in column))
    rows = []
    for label in labels:
        cells = [column.get(label, "0") for column in columns]
        differs = len(set(cells)) > 1
        rows.append([escape(label), *(f"<b>{escape(c)}</b>" if differs else escape(c) for c in cells)])
    heads = [f"{name}<br><small>trial {trial.number}</small>" for name, trial in trials]
    return table(["", *heads], rows, "recipes") if trials else ""


def _recipe_cells(recipe: Mapping[str, Any]) -> dict[str, str]:
    """Label -> text of a recipe's fields, units included."""
    cells = {
        "film aimed at": formula(recipe),
        "lithium arriving": f"{arriving_lithium_per_12_o(recipe_from_dict(dict(recipe))):.3g} per 12 O",
    }
    for name, value in flat_recipe(recipe).items():
        if name in LABELS:
            cells[LABELS[name]] = f"{exact(value)} {FIELD_UNITS.get(name, '')}".strip()
    if not recipe["anneal_min"]:
        cells |= {LABELS[name]: MISSING for name in ("anneal_c", "anneal_atmosphere")}
    if recipe["interlayer"] == "none":
        cells[LABELS["interlayer_nm"]] = MISSING
    return cells


def failed_runs(runs: Sequence[Run]) -> str:
    """Runs that failed or were aborted, with the reason."""
    rows = [[f"{run.trial}", escape(run.run_id), escape(run.bench), escape(run.outcome), escape(run.reason) or MISSING,
             date(run.started_utc_s)] for run in runs if run.outcome in ENDED_WITHOUT_SAMPLE]  # fmt: skip
    if not rows:
        return "<p>No run failed or was aborted.</p>"
    return table(["trial", "run", "bench", "outcome", "reason", "started (UTC)"], rows, "failed")


def all_trials(view: CampaignView) -> str:
    """Every trial with its quantities and fused scores."""
    heads = ["trial", "proposed by", "state", *QUANTITIES.values(), "V", "HyperScore"]
    return table(heads, [_trial_cells(trial, view) for trial in view.trials], "tall")


def _trial_cells(trial: Trial, view: CampaignView) -> list[str]:
    marks = [name for name, marked in (("best", view.best), ("reference", view.reference)) if marked is trial]
    tags = "".join(f' <span class="tag">{mark}</span>' for mark in marks)
    badge = f" {SMALL_BADGE}" if any(run.simulated for run in trial.runs) else ""
    values = [estimate_cell(trial.r_interface), *(estimate_cell(trial.quantity(name)) for name in list(QUANTITIES)[1:])]
    return [f"{trial.number}{badge}", escape(trial.provenance) + tags, _state(trial), *values, *_fused(trial.judged)]


def _state(trial: Trial) -> str:
    many = len(trial.complete_runs)
    replicates = f" <small>({many} runs)</small>" if many > 1 else ""
    reasons = "; ".join(run.reason for run in trial.failures if run.reason)
    why = f"<br><small>{escape(reasons)}</small>" if trial.state == "failed" and reasons else ""
    return escape(trial.state) + replicates + why


def estimate_cell(estimate: Estimate | None) -> str:
    """The value, its interval in small below it."""
    if estimate is None:
        return MISSING
    value, _, spread = estimate.text.partition(" (")
    return f"{escape(value)}<br><small>({escape(spread)}</small>" if spread else escape(value)


def scores(trials: Sequence[Trial]) -> str:
    """Each score of each judged trial with its reason, behind a click."""
    judged = [(trial.number, trial.judged) for trial in trials if trial.judged is not None]
    if not judged:
        return "<p>No trial was scored.</p>"
    names = sorted({name for _, one in judged for name in one.scores})
    rows = [[f"{number}", *_fused(one), *(_score(one, name) for name in names)] for number, one in judged]
    readings = sorted({f"{one.reading}, weights version {one.weights_version}" for _, one in judged})
    heads = ["trial", "V", "HyperScore", *(escape(name) for name in names)]
    return (
        f"<details><summary>Scores of each trial, and why</summary>{table(heads, rows, 'tall why')}"
        f"<p><small>HyperScore as {escape('; '.join(readings))}.</small></p></details>"
    )


def _fused(judged: Scored | None) -> list[str]:
    return [MISSING, MISSING] if judged is None else [f"{judged.value:.3f}", f"{judged.hyperscore:.1f}"]


def _score(judged: Scored, name: str) -> str:
    if name not in judged.scores:
        return MISSING
    return f"{judged.scores[name]:.2f}<br><small>{escape(judged.because.get(name, ''))}</small>"


def date(utc_s: float | None) -> str:
    """Like 2026-01-31 14:05."""
    if utc_s is None:
        return MISSING
    return datetime.datetime.fromtimestamp(utc_s, datetime.UTC).strftime("%Y-%m-%d %H:%M")
