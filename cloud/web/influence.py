"""What mattered in a campaign: its trials as a Study, and the report's section about it.

Must not know of stores.
"""

from collections.abc import Sequence
from html import escape

from adatom.cloud.measure.influence.analyse import Influence, analyse
from adatom.cloud.measure.influence.failures import failing_text
from adatom.cloud.measure.influence.plot import pages
from adatom.cloud.measure.influence.study import Study, constant_sums, study_of
from adatom.protocol.errors import InputError

from .figures import html_of
from .gather import PRIMARY, CampaignView, Trial
from .plots import R_LABEL
from .values import axis_label, flat_recipe

FIGURES = ("importance", "left-out", "dependence")
TITLE = "What mattered"
TEXT = """<p>Log R<sub>interface</sub> by a Gaussian process of what was varied. Importance is the share of the variance
that hangs on a factor, on trials that the model had not seen; grey bars may be chance (Holm's correction). Then each
trial as the others predict it, and the mean prediction along the most important factors with its 95 % band. A search
visits good recipes more often: what it hardly varied cannot show.</p>"""


def section(view: CampaignView) -> str:
    """The section's HTML; with a reason where there is nothing to say yet."""
    try:
        found = analyse(study_of_campaign(view))
    except InputError as error:
        return f"<section><h2>{TITLE}</h2>\n<p>Nothing can be said yet: {escape(error.problem)}.</p></section>"
    labels = {name: axis_label(name) for name in found.study.names}
    made = zip(FIGURES, pages(found, labels, R_LABEL, view.simulated), strict=True)
    figures = "".join(html_of(figure, name) for name, figure in made)
    return f"<section><h2>{TITLE}</h2>\n{TEXT}\n{_words(found)}{figures}</section>"


def study_of_campaign(view: CampaignView) -> Study:
    """R_interface of the measured trials against their recipes. Raises InputError as study_of."""
    trials, columns = view.measured, _columns(view.measured)
    estimates = [trial.r_interface for trial in trials if trial.r_interface is not None]
    amounts = sorted({element for trial in trials for element in dict(trial.recipe["cations"])})
    varied = {name: columns[name] for name in amounts if len(set(columns[name])) > 1}
    return study_of(
        columns, PRIMARY, [e.value for e in estimates], [e.value * (e.sd_ln or 0.0) for e in estimates],
        [float(len(trial.complete_runs)) for trial in trials], log=True,
        mixtures=constant_sums(varied), notes=_of_the_others(view),  # type: ignore[arg-type]
    )  # fmt: skip


def _columns(trials: Sequence[Trial]) -> dict[str, list[float] | list[str]]:
    """The recipes' fields, cations that one lacks as 0."""
    flats = [flat_recipe(trial.recipe) for trial in trials]
    names = list(dict.fromkeys(name for flat in flats for name in flat))
    return {name: [flat.get(name, 0.0) for flat in flats] for name in names}  # type: ignore[misc]


def _of_the_others(view: CampaignView) -> list[str]:
    """How many trials have no value, and whether those that failed differ from the others."""
    others = len(view.trials) - len(view.measured)
    if not others:
        return []
    failed = [trial for trial in view.trials if trial.state == "failed" and trial.r_interface is None]
    marks = [True] * len(failed) + [False] * len(view.measured)
    said = failing_text(_columns([*failed, *view.measured]), marks)
    left = f"{others} trial{'s' if others > 1 else ''} without a value teach nothing of it"
    return [left, said] if said else [left]


def _words(found: Influence) -> str:
    """What stands above the figures, as HTML."""
    line = found.line.left_out.explained
    beside = f"A straight line explains {100.0 * max(line.value, 0.0):.0f} % of trials left out."
    notes = "".join(f"<br>{escape(note)}." for note in found.notes)
    return f"<p><b>{escape(found.verdict[:1].upper() + found.verdict[1:])}.</b> {beside}<small>{notes}</small></p>"
