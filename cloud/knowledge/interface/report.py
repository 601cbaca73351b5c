"""What is said of Interfaces: as data for --json, as a table for people."""

from collections.abc import Sequence
from typing import Any

from adatom.cloud.knowledge.interface.analyse import Interface
from adatom.cloud.knowledge.interface.energies import PLACE
from rich.console import Console
from rich.table import Table

CAUTION = (
    "0 K, bulk phases, no kinetics: an energy below 0 says that a reaction is possible, not that it is fast. "
    "Not a work of adhesion."
)


def as_data(found: Interface) -> dict[str, Any]:
    """Everything, JSON-ready. Energies in eV/atom, potentials in V against the metal and its ion."""
    material, known, spread = found.material, found.published, found.spread
    return {
        "formula": found.asked,
        "against": found.against,
        "formation_ev_atom": material.energy_ev_atom,
        "energy_from": material.source,
        "above_hull_ev_atom": material.above_hull_ev_atom,
        **found.reaction._asdict(),
        "reaction": equation(found),
        "window_v": [found.window.reduction_v, found.window.oxidation_v],
        "reduced_to": list(found.window.reduced_to),
        "oxidised_to": list(found.window.oxidised_to),
        "interval_90": None if spread is None else {
            "energy_ev_atom": [spread.low_ev_atom, spread.high_ev_atom],
            "reduction_v": list(spread.reduction_v),
            "oxidation_v": None if spread.oxidation_v is None else list(spread.oxidation_v),
        },
        "stable_probability": None if spread is None else spread.stable,
        "published": None if known is None else {**known._asdict(), "products": list(known.products)},
        "notes": list(found.notes),
    }  # fmt: skip


def equation(found: Interface) -> str:
    """The balanced reaction with the metal in excess: Li3PS4 + 8 Li -> Li3P + 4 Li2S."""
    if found.reaction.energy_ev_atom == 0.0:
        return f"{found.asked} + {found.against}: no reaction"
    made = sorted(found.reaction.products.items(), key=lambda item: (PLACE.get(item[0][:2].rstrip("0123456789"), 0),
                                                                     item[0]))  # fmt: skip
    right = " + ".join(_term(amount, formula) for formula, amount in made)
    return f"{found.asked} + {_term(found.reaction.metal_atoms, found.against)} -> {right}"


def show(console: Console, all_found: Sequence[Interface]) -> None:
    """A table, the reactions below it, notes, and what the figures are not."""
    against = all_found[0].against
    table = Table(title=f"in contact with {against}", title_justify="left")
    for name in ("material", "eV/atom", "90 %", "stable", "mixed", "window V"):
        table.add_column(name, no_wrap=True)
    for found in all_found:
        spread = found.spread
        table.add_row(
            found.asked,
            f"{found.reaction.energy_ev_atom:.3f}",
            "" if spread is None else f"{spread.low_ev_atom:.2f} to {spread.high_ev_atom:.2f}",
            "" if spread is None else f"{100 * spread.stable:.0f} %",
            f"{found.reaction.mixing_ev_atom:.3f}",
            _range(found.window.reduction_v, found.window.oxidation_v),
        )
    console.print(table)
    for found in all_found:
        console.print(equation(found), highlight=False, soft_wrap=True)
        if found.published:
            console.print(f"  published: {_published(found)}", highlight=False, soft_wrap=True)
        for note in found.notes:
            console.print(f"  note: {found.asked}: {note}", highlight=False, soft_wrap=True)
    console.print("mixed: eV/atom of the mixture at its most reactive ratio", highlight=False, soft_wrap=True)
    for source in sorted({found.published.source for found in all_found if found.published}):
        console.print(f"published: {source}", highlight=False, soft_wrap=True)
    console.print(CAUTION, highlight=False, soft_wrap=True)


def _term(amount: float, formula: str) -> str:
    rounded = f"{amount:.4g}"
    return formula if rounded == "1" else f"{rounded} {formula}"


def _range(low: float | None, high: float | None) -> str:
    return f"{0.0 if low is None else low:.2f} to " + ("none" if high is None else f"{high:.2f}")


def _published(found: Interface) -> str:
    known = found.published
    if known is None:
        return ""
    energy = "" if known.reaction_ev_atom is None else f"{known.reaction_ev_atom:g} eV/atom; "
    return f"{energy}{_range(known.reduction_v, known.oxidation_v)} V"
