"""What the priors say of a few formulas, as values and as a table for people."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.interface.energies import key_of
from adatom.cloud.knowledge.mechanics import lithium_ratio
from adatom.cloud.knowledge.prior.process import Guess
from adatom.cloud.knowledge.prior.targets import prior, rows_of
from rich.console import Console
from rich.table import Table

Z90 = 1.645  # half width of a normal distribution's central 90 %, in standard deviations

Three = tuple[float, float, float]  # value, low, high


class Prediction(NamedTuple):
    """Guesses with 90 % intervals, and the data's own values where they hold the composition."""

    formula: str
    reaction_ev_atom: Three
    reaction_in_data: float | None
    shear_gpa: Three
    shear_in_data_gpa: float | None
    shear_over_lithium: tuple[float, float]


def predictions(formulas: Sequence[str], compositions: Sequence[Mapping[str, float]]) -> list[Prediction]:
    """Both quantities of each formula."""
    reaction, shear = (prior(name, compositions) for name in ("reaction_ev_atom", "log10_shear_gpa"))
    known = [_in_data(name, compositions) for name in ("reaction_ev_atom", "log10_shear_gpa")]
    found = []
    for place, formula in enumerate(formulas):
        low, middle, high = (10.0**value for value in _band(shear, place))
        lowest, mean, highest = _band(reaction, place)
        modulus = known[1][place]
        found.append(
            Prediction(
                formula,
                (mean, lowest, min(0.0, highest)),
                known[0][place],
                (middle, low, high),
                None if modulus is None else 10.0**modulus,
                lithium_ratio(middle),
            )
        )
    return found


def show(console: Console, found: Sequence[Prediction]) -> None:
    """A row a formula; what the data hold stands beside the guess."""
    table = Table(title="by composition alone", title_justify="left")
    for name in (
        "material",
        "reaction with Li, eV/atom",
        "in the data",
        "shear modulus, GPa",
        "in the data",
        "G/G(Li)",
    ):
        table.add_column(name)
    for one in found:
        value, low, high = one.reaction_ev_atom
        shear, soft, stiff = one.shear_gpa
        table.add_row(
            one.formula,
            f"{value:.2f} ({low:.2f} to {high:.2f})",
            "" if one.reaction_in_data is None else f"{one.reaction_in_data:.2f}",
            f"{shear:.3g} ({soft:.2g} to {stiff:.2g})",
            "" if one.shear_in_data_gpa is None else f"{one.shear_in_data_gpa:.3g}",
            "{:.1f} to {:.1f}".format(*one.shear_over_lithium),
        )
    console.print(table)


def _band(guess: Guess, place: int) -> Three:
    mean, sd = float(guess.mean[place]), float(guess.sd[place])
    return mean - Z90 * sd, mean, mean + Z90 * sd


def _in_data(name: str, compositions: Sequence[Mapping[str, float]]) -> list[float | None]:
    rows = rows_of(name)
    values = {
        key_of(atoms): float(value) for atoms, value in zip(rows.compositions, np.asarray(rows.values), strict=True)
    }
    return [values.get(key_of(atoms)) for atoms in compositions]
