"""What a material gives in contact with a metal, how much energy that sets free, and its electrochemical window.

Two energies are in use and differ by the number of atoms that they are shared among:
- `energy_ev_atom`: beside as much metal as it takes (mu = 0), per atom of the **material** (Zhu, He, Mo 2015);
- `mixing_ev_atom`: at the mixing ratio where it is lowest, per atom of the **mixture**, metal included (Richards 2016;
  pymatgen's InterfacialReactivity).
Neither is a work of adhesion.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.interface.energies import Phase, Phases, written
from adatom.cloud.knowledge.interface.hull import (
    Array,
    Chemistry,
    Decay,
    chemistry,
    decay_closed,
    decay_open,
    share_of,
)
from adatom.protocol.errors import InputError

CHARGES = {"Li": 1, "Na": 1, "K": 1, "Mg": 2, "Ca": 2, "Zn": 2, "Al": 3}  # of the ion: mu = -charge V
FARTHEST_V = 8.0  # volts against the metal: fluorine leaves LiF at 6.4
SAME_EV = 1e-7  # eV/atom: energies nearer than this are the same; the solver holds 1e-9
STEPS_MAX = 60  # of a search that takes 2 to 6: each finds a corner of a polygon that has finitely many


class Subject(NamedTuple):
    """A material among its competitors: shares (elements,) of its atoms, its formation energy (eV/atom), and the energy
    above the hull. `source` says where its energy is from: "data", "given" or "hull" (assumed to lie on it)."""

    formula: str
    atoms: Mapping[str, float]
    rivals: Chemistry  # without the material itself
    composition: Array
    energy_ev_atom: float
    above_hull_ev_atom: float
    source: str


class Reaction(NamedTuple):
    """With the metal in excess: energies (eV/atom), products (formula -> formulas per formula of the material), metal
    taken up (atoms per formula). `margin_ev_atom` is the energy without the material among the products: above 0 it is
    stable by as much."""

    energy_ev_atom: float
    margin_ev_atom: float
    mixing_ev_atom: float
    products: dict[str, float]
    metal_atoms: float


class Window(NamedTuple):
    """Potentials against the metal (V) between which the material neither takes up nor loses it, and what it becomes
    beyond. None: no limit within 0 to 8 V (`reduction_v` 0 where the metal itself does not reduce it)."""

    reduction_v: float
    oxidation_v: float | None
    reduced_to: tuple[str, ...]
    oxidised_to: tuple[str, ...]


def subject(
    phases: Phases,
    atoms: Mapping[str, float],
    against: str,
    *,
    formation_ev_atom: float | None = None,
    above_hull_ev_atom: float = 0.0,
) -> Subject:
    """The material among all phases of its elements and the metal. InputError where the metal is not one of CHARGES.

    Its energy is the one given, else the data's, else that of the hull plus `above_hull_ev_atom` (an assumption).
    """
    if against not in CHARGES:
        raise InputError("against", f"{against!r}: must be one of {', '.join(CHARGES)}")
    elements = sorted({*atoms, against})
    known = phases.energy(atoms)
    itself = {element: amount / sum(atoms.values()) for element, amount in atoms.items()}
    rivals = [phase for phase in phases.within(elements) if not _same(phase, itself)]
    space = chemistry(rivals, elements, against)
    composition = share_of(space, atoms)
    hull = decay_closed(space, composition).energy_ev if len(atoms) > 1 else 0.0
    energy, source = (known, "data") if known is not None else (hull + above_hull_ev_atom, "hull")
    if formation_ev_atom is not None:
        energy, source = formation_ev_atom, "given"
    return Subject(written(atoms), dict(atoms), space, composition, energy, energy - hull, source)


def reaction(material: Subject) -> Reaction:
    """With the metal in excess, at 0 K, without entropy and strain."""
    decay = decay_open(material.rivals, material.composition, 0.0)
    margin = decay.energy_ev - material.energy_ev_atom
    stable = margin > -SAME_EV
    size = sum(material.atoms.values())
    return Reaction(
        energy_ev_atom=0.0 if stable else margin,
        margin_ev_atom=margin,
        mixing_ev_atom=0.0 if stable else lowest_mixing(material, decay),
        products={material.formula: 1.0} if stable else products(material.rivals, decay, size),
        metal_atoms=0.0 if stable else (decay.open_atoms - _held(material)) * size,
    )


def lowest_mixing(material: Subject, start: Decay) -> float:
    """Lowest reaction energy per atom of a mixture with the metal (eV/atom), by Dinkelbach's method.

    A ratio (E_products - E) / (1 + metal taken) is lowest where the metal's price mu equals that ratio itself.
    """
    ratio, decay = 0.0, start
    for _ in range(STEPS_MAX):
        taken = max(0.0, decay.open_atoms - _held(material))
        better = (decay.energy_ev - material.energy_ev_atom) / (1.0 + taken)
        if better > ratio - SAME_EV:
            break
        ratio = better
        decay = decay_open(material.rivals, material.composition, ratio)
    return min(ratio, -max(0.0, material.above_hull_ev_atom))


def window(material: Subject) -> Window:
    """The electrochemical window against the metal. A material above the hull counts as lying on it, as is usual."""
    level = min(material.energy_ev_atom, material.energy_ev_atom - material.above_hull_ev_atom)
    charge = CHARGES[material.rivals.open_element]
    low, reduced = _boundary(material, level, 0.0)
    high, oxidised = _boundary(material, level, -FARTHEST_V * charge)
    return Window(
        reduction_v=0.0 if low is None else -low / charge,
        oxidation_v=None if high is None else -high / charge,
        reduced_to=() if reduced is None else _names(material.rivals, reduced),
        oxidised_to=() if oxidised is None else _names(material.rivals, oxidised),
    )


def mixing_curve(material: Subject) -> list[tuple[float, float, tuple[str, ...]]]:
    """Corners of the reaction energy over mixing: (atomic share of added metal, eV per atom of mixture, products)."""
    corners = [
        decay_closed(material.rivals, material.composition),
        decay_open(material.rivals, material.composition, 0),
    ]
    corners = _between(material, corners[0], corners[1], STEPS_MAX)
    curve = []
    for corner in corners:
        taken = max(0.0, corner.open_atoms - _held(material))
        energy = min(0.0, (corner.energy_ev - material.energy_ev_atom) / (1.0 + taken))
        curve.append((taken / (1.0 + taken), energy, _names(material.rivals, corner)))
    return curve


def products(space: Chemistry, decay: Decay, atoms_of_formula: float) -> dict[str, float]:
    """Formula -> formulas made per formula of the material; the metal itself, which is in excess, is left out."""
    made: dict[str, float] = {}
    for phase, amount in zip(space.phases, decay.amounts, strict=True):
        if amount > 0.0 and phase.formula != space.open_element:
            made[phase.formula] = float(amount) * atoms_of_formula / sum(phase.atoms.values())
    return made


def _boundary(material: Subject, level: float, mu: float) -> tuple[float | None, Decay | None]:
    """The nearest mu at which the material (at energy `level`) is stable, going from a mu at which it is not, and what
    it becomes just outside; None where it is stable at the start. Newton's method on a concave polygon: exact."""
    last: Decay | None = None
    for _ in range(STEPS_MAX):
        decay = decay_open(material.rivals, material.composition, mu)
        taken = decay.open_atoms - _held(material)
        gain = decay.energy_ev - level - mu * taken
        if gain > -SAME_EV or abs(taken) < SAME_EV:
            break
        last, mu = decay, (decay.energy_ev - level) / taken
    return (None, None) if last is None else (mu, last)


def _between(material: Subject, left: Decay, right: Decay, depth: int) -> list[Decay]:
    """All corners of the hull between two, by the price at which both are as good."""
    apart = right.open_atoms - left.open_atoms
    if apart < SAME_EV or depth == 0:
        return [left, right] if apart >= SAME_EV else [right]
    mu = (right.energy_ev - left.energy_ev) / apart
    middle = decay_open(material.rivals, material.composition, mu)
    value = middle.energy_ev - mu * middle.open_atoms
    if value > left.energy_ev - mu * left.open_atoms - SAME_EV:
        return [left, right]
    before = _between(material, left, middle, depth - 1)
    return before[:-1] + _between(material, middle, right, depth - 1)


def _held(material: Subject) -> float:
    return float(material.composition[material.rivals.elements.index(material.rivals.open_element)])


def _names(space: Chemistry, decay: Decay) -> tuple[str, ...]:
    return tuple(
        phase.formula
        for phase, amount in zip(space.phases, decay.amounts, strict=True)
        if amount > 1e-7 and phase.formula != space.open_element
    )


def _same(phase: Phase, shares: Mapping[str, float]) -> bool:
    total = sum(phase.atoms.values())
    if len(phase.atoms) == 1 or set(phase.atoms) != set(shares):
        return False  # an element always is among the products
    return all(bool(np.isclose(amount / total, shares[element])) for element, amount in phase.atoms.items())
