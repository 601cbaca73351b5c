"""What XPS says of the trials' surfaces, as a section of the report: overlayer, and the film below it."""

import re
from html import escape

from adatom.protocol.recipe import lithium_per_12_o

from .by_trial import by_trial
from .figures import html_of
from .gather import CampaignView, Trial
from .tables import estimate_cell, table
from .values import MISSING

OVERLAYER, CARBON = "overlayer_nm", "adventitious_carbon_nm"
ATOMS = re.compile(r"film_([a-z]+)_per_12_o")
FIRST = ("li", "la", "zr")  # elements of every film; others by name
TEXT = """<p>Thickness of carbonate and hydroxide on each film with its 95 % interval, and the atoms of the film below
it for 12 oxygen, beside <small>what the recipe aims at</small>. The overlayer hides lithium first, for it has
lithium itself, then the whole film: what is hidden is not told, and where not even the film's oxygen shows
the thickness is a lower limit (≥). Intervals hold sensitivities, attenuation lengths and densities as well as
counting.</p>"""


def section(view: CampaignView) -> str:
    """The section's HTML; "" when no surface was measured."""
    seen = [trial for trial in view.trials if trial.quantity(OVERLAYER) or _elements([trial])]
    if not seen:
        return ""
    thick = [(trial.number, one) for trial in seen if (one := trial.quantity(OVERLAYER))]
    drawn = by_trial(thick, "overlayer / nm", simulated=view.simulated) if thick else None
    figure = html_of(drawn, "surfaces") if drawn is not None else ""
    return f"<section><h2>Surfaces by XPS</h2>\n{TEXT}\n{figure}{_table(seen)}</section>"


def _table(trials: list[Trial]) -> str:
    elements = _elements(trials)
    heads = ["trial", "overlayer / nm", "adventitious carbon / nm", *(f"{name.title()} for 12 O" for name in elements)]
    rows = [
        [f"{trial.number}", *(estimate_cell(trial.quantity(name)) for name in (OVERLAYER, CARBON)),
         *(_atoms(trial, name) for name in elements)]
        for trial in trials
    ]  # fmt: skip
    return table(heads, rows, "tall")


def _elements(trials: list[Trial]) -> list[str]:
    """Elements of which any film has measured atoms."""
    names = {name for trial in trials for run in trial.complete_runs for name in run.quantities}
    found = {match[1] for name in names if (match := ATOMS.fullmatch(name))}
    return sorted(found, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))


def _atoms(trial: Trial, element: str) -> str:
    """Measured, and below it what the recipe aims at."""
    one = trial.quantity(f"film_{element}_per_12_o")
    return MISSING if one is None else f"{escape(one.text)}<br><small>{_aimed(trial).get(element, 0.0):.2f}</small>"


def _aimed(trial: Trial) -> dict[str, float]:
    """Atoms for 12 O by element of the charge-neutral garnet that the recipe's cations belong to."""
    cations = {str(element): float(amount) for element, amount in dict(trial.recipe["cations"]).items()}
    atoms = cations | {"Li": lithium_per_12_o(list(cations.items()))}
    return {element.lower(): amount for element, amount in atoms.items()}
