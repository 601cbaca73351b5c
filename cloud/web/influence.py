"""What mattered in a campaign: its trials as a Study, and the report's section about it.

Must not know of stores.
"""

from collections.abc import Sequence
from html import escape

from adatom.cloud.measure.influence.analyse import Influence, analyse
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
        found = analyse(study_of_trials(view.measured, len(view.trials) - len(view.measured)))
    except InputError as error:
        return f"<section><h2>{TITLE}</h2>\n<p>Nothing can be said yet: {escape(error.problem)}.</p></section>"
    labels = {name: axis_label(name) for name in found.study.names}
    made = zip(FIGURES, pages(found, labels, R_LABEL, view.simulated), strict=True)
    figures = "".join(html_of(figure, name) for name, figure in made)
    return f"<section><h2>{TITLE}</h2>\n{TEXT}\n{_words(found)}{figures}</section>"


def study_of_trials(trials: Sequence[Trial], others: int = 0) -> Study:
    """R_interface against the recipes. `others`: trials without a value, for a note. Raises InputError as study_of."""
    flats = [flat_recipe(trial.recipe) for trial in trials]
    names = list(dict.fromkeys(name for flat in flats for name in flat))
    columns: dict[str, list[float] | list[str]] = {
        name: [flat.get(name, 0.0) for flat in flats]  # type: ignore[misc]
        for name in names
    }
    estimates = [trial.r_interface for trial in trials if trial.r_interface is not None]
    amounts = sorted({element for trial in trials for element in dict(trial.recipe["cations"])})
    varied = {name: columns[name] for name in amounts if len(set(columns[name])) > 1}
    left = [f"{others} trial{'s' if others > 1 else ''} without a value teach nothing of it"] if others else []
    return study_of(
        columns, PRIMARY, [e.value for e in estimates], [e.value * (e.sd_ln or 0.0) for e in estimates],
        [float(len(trial.complete_runs)) for trial in trials], log=True,
        mixtures=constant_sums(varied), notes=left,  # type: ignore[arg-type]
    )  # fmt: skip


def _words(found: Influence) -> str:
    """What stands above the figures, as HTML."""
    line = found.line.left_out.explained
    beside = f"A straight line explains {100.0 * max(line.value, 0.0):.0f} % of trials left out."
    notes = "".join(f"<br>{escape(note)}." for note in found.notes)
    return f"<p><b>{escape(found.verdict[:1].upper() + found.verdict[1:])}.</b> {beside}<small>{notes}</small></p>"
