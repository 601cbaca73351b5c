"""Formation energies of the shipped Materials Project data, one phase a composition. Knows nothing of reactions.

All of one family: matbench's set (every polymorph, the lowest counts), and CritExam's for compositions that it lacks.
Both are of the Materials Project with the same corrections (before 2021); AFLOW's energies are not mixed in.
"""

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, reduce
from math import gcd
from typing import NamedTuple

from adatom.cloud.knowledge.data import shipped

FAMILIES = ("matbench_mp_e_form", "CritExam__Ef")  # the first that has a composition gives its energy
WHOLE = 1e-6  # amounts nearer to whole numbers than this are counts
TOKEN = re.compile(r"([A-Z][a-z]?)(\d*\.?\d*)")  # the data's formulas have no brackets
# As people write formulas: cations before anions, roughly by electronegativity.
ORDER = (
    "Cs Rb K Na Li Ba Sr Ca Mg Yb Eu Ac La Ce Pr Nd Pm Sm Gd Tb Dy Ho Er Tm Lu Y Sc Th Pa U Np Pu Zr Hf Ti Ta Nb V W "
    "Mo Cr Re Tc Mn Fe Co Ni Cu Zn Cd Hg Ag Au Pt Pd Ir Rh Ru Os Al Ga In Tl Be Sn Pb Ge Si B Bi Sb As P Te C H Se S "
    "N I Br Cl O F Xe Kr He Ne Ar"
)
PLACE = {symbol: place for place, symbol in enumerate(ORDER.split())}

Key = tuple[tuple[str, float], ...]


class Phase(NamedTuple):
    """A compound: formula as people write it, atoms per formula, formation energy (eV/atom) from the elements."""

    formula: str
    atoms: Mapping[str, float]
    energy_ev_atom: float


class Phases:
    """All phases, found by composition or by the elements that they may hold."""

    def __init__(self, energies: Mapping[Key, float]) -> None:
        self._energies = energies
        self._within: dict[frozenset[str], list[Phase]] = {}
        self._systems: dict[frozenset[str], list[Key]] = defaultdict(list)
        for key in energies:
            self._systems[frozenset(element for element, _ in key)].append(key)

    def energy(self, atoms: Mapping[str, float]) -> float | None:
        """Formation energy (eV/atom) of the lowest phase of this composition, None where there is none."""
        if len(atoms) == 1:
            return 0.0
        return self._energies.get(key_of(atoms))

    def within(self, elements: Iterable[str]) -> list[Phase]:
        """Every compound of these elements and no others, and the elements themselves at 0 eV/atom; in fixed order."""
        allowed = frozenset(elements)
        if allowed not in self._within:
            keys = [key for system, here in self._systems.items() if system <= allowed for key in here]
            alone = [Phase(element, {element: 1.0}, 0.0) for element in sorted(allowed)]
            compounds = [Phase(written(dict(key)), dict(key), self._energies[key]) for key in sorted(keys)]
            self._within[allowed] = alone + compounds
        return self._within[allowed]

    def with_element(self, element: str) -> list[Phase]:
        """Every compound that holds the element, in fixed order."""
        keys = sorted(key for system, here in self._systems.items() if element in system for key in here)
        return [Phase(written(dict(key)), dict(key), self._energies[key]) for key in keys]


@cache
def materials_project() -> Phases:
    """The shipped phases: 95 000 compositions, read in some 2 s and kept."""
    found: dict[str, dict[Key, float]] = {family: {} for family in FAMILIES}
    with gzip.open(shipped("materials_project"), "rt", encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        formula, value, dataset = map(next(rows).index, ("formula", "value", "dataset"))
        for row in rows:
            if (lowest := found.get(row[dataset])) is not None:
                key, energy = _key(row[formula]), float(row[value])
                lowest[key] = min(energy, lowest.get(key, energy))
    merged: dict[Key, float] = {}
    for family in FAMILIES:
        merged = found[family] | merged  # what an earlier family has stays
    return Phases({key: energy for key, energy in merged.items() if len(key) > 1})


def key_of(atoms: Mapping[str, float]) -> Key:
    """The composition in lowest whole numbers, elements in alphabetical order; shares of one where it has none."""
    counts = {element: round(amount) for element, amount in atoms.items()}
    if any(abs(amount - counts[element]) > WHOLE for element, amount in atoms.items()) or 0 in counts.values():
        total = sum(atoms.values())
        return tuple((element, round(atoms[element] / total, 6)) for element in sorted(atoms))
    divisor = reduce(gcd, counts.values())
    return tuple((element, float(counts[element] // divisor)) for element in sorted(counts))


def written(atoms: Mapping[str, float]) -> str:
    """The formula as people write it: Li7La3Zr2O12."""
    ordered = sorted(atoms, key=lambda element: (PLACE.get(element, len(PLACE)), element))
    return "".join(element + (f"{atoms[element]:g}" if atoms[element] != 1.0 else "") for element in ordered)


@cache
def _key(formula: str) -> Key:
    """As key_of, of a formula of the data; quick where its amounts are whole, as all but a few are."""
    found = TOKEN.findall(formula)
    try:
        counts = {element: int(amount or 1) for element, amount in found}
    except ValueError:
        return key_of({element: float(amount or 1.0) for element, amount in found})
    divisor = gcd(*counts.values())
    return tuple((element, float(counts[element] // divisor)) for element in sorted(counts))
