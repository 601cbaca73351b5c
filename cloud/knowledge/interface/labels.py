"""Reaction with lithium of every lithium compound of the shipped data: labels that models of composition learn from.

The table travels with the package (`reactions_with_lithium` in data.py); `adatom materials labels` computes it anew.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.interface.energies import Phases
from adatom.cloud.knowledge.interface.reaction import reaction, subject, window
from adatom.protocol.errors import InputError

DIGITS = 5  # of eV/atom and V: a hundredth of a meV


class Label(NamedTuple):
    """One compound: energies in eV/atom (of the compound, but `mixing_ev_atom`), potentials in V against Li/Li+."""

    formula: str
    formation_ev_atom: float
    above_hull_ev_atom: float
    reaction_ev_atom: float
    margin_ev_atom: float
    mixing_ev_atom: float
    lithium_atoms: float
    products: str
    reduction_v: float
    oxidation_v: float | None


def labels(phases: Phases, tick: Callable[[], object] = lambda: None) -> Iterator[Label]:
    """A label for every compound with lithium; `tick` is called after each."""
    for phase in phases.with_element("Li"):
        material = subject(phases, phase.atoms, "Li")
        found, limits = reaction(material), window(material)
        yield Label(
            phase.formula,
            phase.energy_ev_atom,
            material.above_hull_ev_atom,
            found.energy_ev_atom,
            found.margin_ev_atom,
            found.mixing_ev_atom,
            found.metal_atoms,
            ";".join(found.products),
            limits.reduction_v,
            limits.oxidation_v,
        )
        tick()


def write_labels(path: Path, rows: list[Label]) -> None:
    """A .csv.gz of the labels; the same bytes for the same labels."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(Label._fields)
    for row in rows:
        table.writerow([f"{cell:.{DIGITS}f}" if isinstance(cell, float) else cell for cell in row])
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def read_labels(path: Path | None = None) -> list[Label]:
    """The shipped labels, or those of a file. InputError when its columns are others."""
    path = path or shipped("reactions_with_lithium")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        if tuple(next(rows, ())) != Label._fields:
            raise InputError(str(path), f"the columns must be {', '.join(Label._fields)}")
        return [_label(row) for row in rows]


def _label(row: list[str]) -> Label:
    formation, above, energy, margin, mixing, lithium = map(float, row[1:7])
    oxidation = float(row[9]) if row[9] else None
    return Label(row[0], formation, above, energy, margin, mixing, lithium, row[7], float(row[8]), oxidation)
