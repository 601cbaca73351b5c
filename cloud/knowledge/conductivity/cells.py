"""How many atoms the unit cell of a composition holds: told, or taken from the nearest published compositions.

A model that sees atoms per unit cell goes astray when it is asked per formula unit (Li7La3Zr2O12 has 24 atoms, its cell
192), so each question is brought to a cell first, and the answer says how. Must not know of conductivities.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.conductivity.features import ORDER
from adatom.cloud.knowledge.conductivity.rows import CELL, FORMULA, Row
from adatom.cloud.optimize.arrays import Array, Indices
from scipy.spatial.distance import cdist

NEIGHBOURS = 5  # published compositions asked for their cell
REACH = 0.1  # L1 distance of fractions at which a neighbour's word counts 1/e of that of the same composition (K)
LEAST_SHARE = 0.05  # of the votes; cells with fewer are not asked
TIGHT_A3, LOOSE_A3 = 5.0, 35.0  # per atom: the published cells have 7.7 to 28
GIVEN, BY_Z, BY_VOLUME, BY_NEIGHBOURS = (
    "per unit cell, as given",
    "per formula unit; cell by Z",
    "per formula unit; cell by its volume",
    "per formula unit; cell as of near compositions",
)


class Cell(NamedTuple):
    """Ways to read a composition as a unit cell: (share, factor on the amounts) each, and the word for how."""

    ways: tuple[tuple[float, float], ...]
    how: str


class Known(NamedTuple):
    """Published cells: fractions (n, elements), atoms in the cell (n,), volume per atom (n,), NaN where not known."""

    fractions: Array
    atoms: Array
    volume_a3: Array


def known_cells(rows: Sequence[Row]) -> Known:
    """What published unit cells say."""
    atoms = np.array([sum(row.atoms.values()) for row in rows])
    volumes = np.array([np.nan if row.volume_a3 is None else row.volume_a3 for row in rows])
    return Known(np.array([_fractions(row.atoms) for row in rows]), atoms, volumes / atoms)


def cell_of(row: Row, known: Known) -> Cell:
    """How the amounts of a row become a unit cell's.

    Told to be a cell's: as they are. Told to be a formula's: times Z, else by the cell's volume, else as near
    compositions have it. Not told: the volume says it, else whether near compositions have much larger cells.
    """
    if row.convention == CELL:
        return Cell(((1.0, 1.0),), GIVEN)
    if row.convention == FORMULA and row.formula_units is not None:
        return Cell(((1.0, row.formula_units),), BY_Z)
    near, votes = _neighbours(row.atoms, known)
    total = sum(row.atoms.values())
    if row.volume_a3 is not None:
        factor = _by_volume(row.volume_a3 / total, known.volume_a3[near], votes)
        return Cell(((1.0, factor),), GIVEN if factor == 1.0 else BY_VOLUME)
    ways = _by_atoms(known.atoms[near] / total, votes)
    said = row.convention == FORMULA or max(ways)[1] > 1.0
    return Cell(ways, BY_NEIGHBOURS) if said else Cell(((1.0, 1.0),), GIVEN)


def _by_volume(per_atom_a3: float, near_a3: Array, votes: Array) -> float:
    """How often the atoms must be there for the volume of each to be usual: 1 if the amounts are a cell's."""
    there = ~np.isnan(near_a3)
    usual = float(np.average(near_a3[there], weights=votes[there])) if there.any() else 0.5 * (TIGHT_A3 + LOOSE_A3)
    return max(1.0, float(round(per_atom_a3 / usual)))


def _by_atoms(ratios: Array, votes: Array) -> tuple[tuple[float, float], ...]:
    """(share, factor) of whole factors that bring the atoms to those of near cells."""
    shares: dict[float, float] = {}
    for ratio, vote in zip(ratios.tolist(), votes.tolist(), strict=True):
        factor = max(1.0, float(round(ratio)))
        shares[factor] = shares.get(factor, 0.0) + vote
    kept = {factor: share for factor, share in shares.items() if share >= LEAST_SHARE}
    return tuple((share / sum(kept.values()), factor) for factor, share in kept.items())


def _neighbours(atoms: Mapping[str, float], known: Known) -> tuple[Indices, Array]:
    """(places of the nearest, their votes, which sum to one)."""
    apart = cdist(_fractions(atoms)[None, :], known.fractions, "cityblock")[0]
    near = np.argsort(apart, kind="stable")[:NEIGHBOURS]
    votes = np.exp(-(apart[near] - apart[near[0]]) / REACH)
    return near, votes / votes.sum()


def _fractions(atoms: Mapping[str, float]) -> Array:
    vector = np.zeros(len(ORDER))
    for element, amount in atoms.items():
        vector[ORDER[element]] = amount
    return np.asarray(vector / vector.sum())
