"""The report of a campaign: one self-contained HTML file that needs no network, now or in ten years.

Puts figures and tables together; what they show is decided in plots.py, traces.py and tables.py.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from adatom.cloud.store.store import Store
from adatom.protocol.errors import FailedError
from plotly import graph_objects as go
from plotly.offline import get_plotlyjs

from . import cycling, influence, plots, surfaces, tables, traces
from .figures import html_of
from .gather import CampaignView, Run, Trial, gather
from .spectra import Nyquist, nyquist_of
from .values import FIELD_ORDER, Estimate, axis_label, flat_recipe, formula, ratio

HERE = Path(__file__).parent
BUCKETS = 700  # points of a trace: two a pixel on a wide screen
Incumbents = Sequence[tuple[int, int]]


def write_report(store: Store, campaign: str, path: Path) -> Path:
    """Write the report of a campaign; `path` as given comes back. The same store gives the same bytes.

    InputError for an unknown campaign, FailedError when the file cannot be written.
    """
    text = page(store, gather(store, campaign), store.incumbents(campaign))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FailedError(f"{path}: the report cannot be written: {error.strerror}") from error
    return path


def page(store: Store, view: CampaignView, incumbents: Incumbents = ()) -> str:
    """The HTML text of the report. `incumbents`: (trial, trial that the optimizer believed in after it)."""
    template = Template((HERE / "report.html").read_text(encoding="utf-8"))
    best_run = view.best.complete_runs[-1] if view.best else None
    return template.substitute(
        title=f"Campaign {escape(view.name)}",
        badge=tables.BADGE if view.simulated else "",
        facts=_facts(view),
        summary=_summary(view),
        recipes=tables.recipes(view.best, view.reference),
        progress=_progress(view, incumbents),
        parallel=_parallel(view),
        nyquist=_spectra(store, view),
        traces=_traces(store, best_run),
        mattered=influence.section(view),
        surfaces=surfaces.section(view),
        cycling=cycling.section(view),
        failed=tables.failed_runs(view.runs),
        trials=tables.all_trials(view),
        scores=tables.scores(view.trials),
        simulated_note=SIMULATED_NOTE if view.simulated else MEASURED_NOTE,
        plotlyjs=get_plotlyjs(),
    )


SIMULATED_NOTE = (
    "Runs marked SIM were made by a digital twin, not by a chamber: telemetry, spectra and test records are computed, "
    "with noise and run-to-run scatter. They say how the loop works, not what a material does. The analysis sees only "
    "the noisy records, as it would at a real bench."
)
MEASURED_NOTE = "No run of this campaign was simulated."


# --- words ----------------------------------------------------------------------------------------------------------


def _facts(view: CampaignView) -> str:
    ended = [run.ended_utc_s for run in view.runs if run.ended_utc_s is not None]
    finished = sum(trial.state in ("complete", "failed") for trial in view.trials)
    budget = f"{finished} of {view.budget} trials" if view.budget else f"{finished} trials"
    facts = {
        "strategy": str(view.plan.get("strategy", "bo")),
        "seed": str(view.seed),
        "budget used": budget,
        "benches": ", ".join(sorted({run.bench for run in view.runs})) or "none yet",
        "created": f"{tables.date(view.created_utc_s)} UTC",
        "last run ended": f"{tables.date(max(ended))} UTC" if ended else "none yet",
    }
    return "".join(f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in facts.items())


def _summary(view: CampaignView) -> str:
    if view.best is None or view.best.r_interface is None:
        return f"<p>No interfacial resistance has been measured yet, in {len(view.trials)} trials.</p>"
    best = view.best.r_interface
    return (
        f'<p class="result">Best measured R<sub>interface</sub>: <b>{escape(best.with_unit)}</b> '
        f"<small>(95 % interval)</small> in trial {view.best.number}.</p><p>{_against_reference(view, best)} "
        f"The film aimed at is {escape(formula(view.best.recipe))}.</p>"
    )


def _against_reference(view: CampaignView, best: Estimate) -> str:
    reference = view.reference
    if reference is None:
        return "The campaign has no reference recipe."
    if reference.r_interface is None:
        return f"The reference recipe (trial {reference.number}) gave no value to compare with."
    if reference is view.best:
        return f"That is the reference recipe itself: no other of {len(view.trials)} trials was better."
    times = ratio(reference.r_interface, best)
    return (
        f"That is <b>{escape(times.text)}</b> times lower than the reference recipe, measured in trial "
        f"{reference.number}: {escape(reference.r_interface.with_unit)}."
    )


# --- figures --------------------------------------------------------------------------------------------------------


def _progress(view: CampaignView, incumbents: Incumbents) -> str:
    return html_of(progress_figure(view, incumbents), "progress")


def progress_figure(view: CampaignView, incumbents: Incumbents) -> go.Figure:
    """Measured resistance over trials, beside reference, goal, random and Sobol search."""
    values = {trial.number: trial.r_interface.value for trial in view.measured if trial.r_interface}
    believed = [(trial, values[chosen]) for trial, chosen in incumbents if chosen in values]
    return plots.progress(
        _points(view), reference=view.reference.r_interface if view.reference else None,
        goal_ohm_cm2=view.goal_ohm_cm2, baselines=view.baselines, incumbents=believed, simulated=view.simulated,
    )  # fmt: skip


def _points(view: CampaignView) -> list[plots.Point]:
    """The trials that ended, as points of a figure."""
    ended = [trial for trial in view.trials if trial.r_interface is not None or trial.state == "failed"]
    return [plots.Point(trial.number, trial.r_interface, _about(trial)) for trial in ended]


def _about(trial: Trial) -> str:
    if trial.r_interface is None:
        return "; ".join(run.reason for run in trial.failures)
    return f"{trial.provenance}, {formula(trial.recipe)}"


def parallel_figure(view: CampaignView) -> go.Figure | None:
    """What varied in the recipes that ended, a line a trial; None when nothing did."""
    points = _points(view)
    fields = {axis_label(name): column for name, column in _varied(view).items() if len(set(column)) > 1}
    if not fields:
        return None
    return plots.parallel(points, fields, best=view.best.number if view.best else None,
                          reference=view.reference.number if view.reference else None,
                          simulated=view.simulated)  # fmt: skip


def _varied(view: CampaignView) -> dict[str, list[Any]]:
    """Each field of the recipes that ended, in the order of the process, with its values."""
    by_number = {trial.number: flat_recipe(trial.recipe) for trial in view.trials}
    recipes = [by_number[point.trial] for point in _points(view)]
    names = sorted({name for recipe in recipes for name in recipe}, key=_field_order)
    return {name: [recipe.get(name, 0.0) for recipe in recipes] for name in names}


def _parallel(view: CampaignView) -> str:
    made, values, points = parallel_figure(view), _varied(view), _points(view)
    if made is None:
        return "<p>Fewer than two different recipes have ended.</p>"
    held = ", ".join(escape(axis_label(name)) for name, column in values.items() if len(set(column)) == 1)
    failed = ", ".join(f"{point.trial} ({escape(point.about)})" for point in points if point.r is None)
    return (
        html_of(made, "parallel")
        + (f"<p>Failed trials: {failed}.</p>" if failed else "")
        + (f"<p>The same in every trial: {held}.</p>" if held else "")
    )


def _field_order(name: str) -> tuple[int, str]:
    """Cations by name, then the process in the order of its steps."""
    return (FIELD_ORDER.index(name) if name in FIELD_ORDER else -1, name)


def _spectra(store: Store, view: CampaignView) -> str:
    """Reference and best side by side; one of them when they are the same."""
    chosen = {
        trial.number: (name, trial) for name, trial in (("reference", view.reference), ("best", view.best)) if trial
    }
    parts = [_spectrum(store, name, trial) for name, trial in chosen.values()]
    return f'<div class="pair">{"".join(parts)}</div>' if any(parts) else "<p>There is no spectrum yet.</p>"


def _spectrum(store: Store, name: str, trial: Trial) -> str:
    spectrum = stored_spectrum(store, trial)
    if spectrum is None:
        return ""
    value = spectrum.r_interface
    said = [f"R<sub>interface</sub> of this spectrum: {escape(value.with_unit)} (95 %)" if value else
            f"No fit: {escape(spectrum.why_not)}", *(escape(note) for note in spectrum.notes)]  # fmt: skip
    title = f"{name}, trial {trial.number}"
    return f"<div>{html_of(plots.nyquist(spectrum, title), f'nyquist-{name}')}<p>{'; '.join(said)}.</p></div>"


def stored_spectrum(store: Store, trial: Trial) -> Nyquist | None:
    """The last usable spectrum of a trial's complete runs."""
    measurements = [m for run in trial.complete_runs for m in store.measurements(run.run_id, "eis")]
    found = [spectrum for spectrum in map(nyquist_of, measurements) if spectrum is not None]
    return found[-1] if found else None


def _traces(store: Store, run: Run | None) -> str:
    if run is None:
        return "<p>There is no complete run yet.</p>"
    columns = store.telemetry(run.run_id, traces.CHANNELS, buckets=BUCKETS)
    made = traces.traces(columns, store.events(run.run_id), f"run {run.run_id}", simulated=run.simulated)
    return "<p>The store has no telemetry of this run.</p>" if made is None else html_of(made, "traces")
