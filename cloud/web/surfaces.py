"""What XPS says of the trials' surfaces, as a section of the report: overlayer, and the film below it."""

from html import escape

from adatom.protocol.recipe import lithium_per_12_o

from .by_trial import by_trial
from .figures import html_of
from .gather import CampaignView, Trial
from .tables import estimate_cell, table
from .values import MISSING, OXYGEN, Estimate

OVERLAYER, CARBON, FILM = "overlayer_nm", "adventitious_carbon_nm", "film_fraction_"
FIRST = ("li", "la", "zr")  # elements of every film; others by name, oxygen last
PERCENT = 100.0
TEXT = """<p>Thickness of carbonate and hydroxide on each film with its 95 % interval, and the film's composition below
it, beside <small>what the recipe aims at</small>. A film under a thick overlayer is not seen: then no
composition is told, and where not even its oxygen shows the thickness is a lower limit (≥). Intervals hold
sensitivities, attenuation lengths and densities as well as counting.</p>"""


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
    heads = ["trial", "overlayer / nm", "adventitious carbon / nm", *(f"{name.title()} / at.%" for name in elements)]
    rows = [
        [f"{trial.number}", *(estimate_cell(trial.quantity(name)) for name in (OVERLAYER, CARBON)),
         *(_fraction(trial, name) for name in elements)]
        for trial in trials
    ]  # fmt: skip
    return table(heads, rows, "tall")


def _elements(trials: list[Trial]) -> list[str]:
    """Elements of which any film has a measured fraction."""
    found = {name.removeprefix(FILM) for trial in trials for run in trial.complete_runs for name in run.quantities
             if name.startswith(FILM)}  # fmt: skip
    return sorted(found, key=lambda name: (name == "o", FIRST.index(name) if name in FIRST else len(FIRST), name))


def _fraction(trial: Trial, element: str) -> str:
    """Measured, and below it what the recipe aims at, both in at.%."""
    one = trial.quantity(f"{FILM}{element}")
    if one is None:
        return MISSING
    sd = None if one.sd is None else PERCENT * one.sd
    measured = Estimate(PERCENT * one.value, sd, one.scale, simulated=one.simulated).text
    return f"{escape(measured)}<br><small>{PERCENT * _aimed(trial).get(element, 0.0):.1f}</small>"


def _aimed(trial: Trial) -> dict[str, float]:
    """Fraction of atoms by element of the charge-neutral garnet that the recipe's cations belong to."""
    cations = {str(element): float(amount) for element, amount in dict(trial.recipe["cations"]).items()}
    atoms = cations | {"Li": lithium_per_12_o(list(cations.items())), "O": OXYGEN}
    total = sum(atoms.values())
    return {element.lower(): amount / total for element, amount in atoms.items()}
