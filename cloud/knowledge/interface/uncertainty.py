"""How sure a reaction energy is: draws of what the true formation energies may be. Pure; one seed.

Density-functional theory errs alike where an element plays the same part: the error of Zr4+ in ZrO2 is that in LLZO and
cancels between them; it does not cancel where zirconium becomes metal. So an error has two parts:
- for each element and part (oxidised, anion, metallic) one draw, common to all phases, an atom each;
- for each phase its own, an atom of it (Hautier et al., Phys. Rev. B 85, 155208 (2012): reactions of oxides without
  change of charge scatter by 24 meV/atom).
"""

from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.interface.energies import Phase
from adatom.cloud.knowledge.interface.hull import Array, Chemistry, decay_closed, decay_open
from adatom.cloud.knowledge.interface.reaction import CHARGES, Subject, Window, window

# Root mean square of computed minus measured formation energies of 77 binaries, eV an ion that the error is put on
# (tests/cloud/knowledge/interface/enthalpies.py: measured values from memory; a test computes these anew).
SD_S_BLOCK_EV = 0.06  # alkali and alkaline-earth cations
SD_CATION_EV = 0.44  # all other cations (mean error -0.32 eV: computed too stable)
SD_ANION_EV = (
    0.46  # Br, I, Se, which the data's corrections leave out (mean +0.46 eV: too unstable); P, Ge... alike (K)
)
SD_PHASE_EV_ATOM = 0.024 / 2**0.5  # two phases take part in a reaction at least
ANIONS = {"O": 2, "S": 2, "F": 1, "Cl": 1, "N": 3, "Br": 1, "I": 1, "Se": 2, "Te": 2}  # and the charge that each takes
CORRECTED = ("O", "S", "F", "Cl", "N")  # their errors are counted with the cation's
BASE_ANIONS = {"P": 3, "As": 3, "Sb": 3, "C": 4, "Si": 4, "Ge": 4, "Sn": 4, "H": 1}  # where none of ANIONS is there
S_BLOCK = {"Li": 1, "Na": 1, "K": 1, "Rb": 1, "Cs": 1, "Be": 2, "Mg": 2, "Ca": 2, "Sr": 2, "Ba": 2}
FULL_CHARGE = (
    3.0  # of a cation: with less than this to take its electrons, as in Zr4O, its error is as much smaller (K)
)
NEAR_EV_ATOM = 0.6  # a phase that is less favourable by more does not become a product in any draw
DRAWS = 200
WINDOW_DRAWS = 100  # of them: a window costs ten times a reaction


class Spread(NamedTuple):
    """Central 90 % of the draws: reaction energy (eV/atom of the material), potentials (V). `stable`: share of draws in
    which the metal does nothing to the material."""

    low_ev_atom: float
    high_ev_atom: float
    stable: float
    reduction_v: tuple[float, float]
    oxidation_v: tuple[float, float] | None


def spread(material: Subject, *, draws: int = DRAWS, seed: int = 0) -> Spread:
    """By drawing all energies anew and looking for the products each time."""
    random = np.random.default_rng(seed)
    near = _near(material)
    itself = Phase(material.formula, material.atoms, material.energy_ev_atom)
    loads, names = _loads((*near.phases, itself))
    energies: list[float] = []
    windows: list[Window] = []
    for _ in range(draws):
        errors = loads @ (random.normal(size=len(names)) * [_sd(name) for name in names])
        errors = errors + random.normal(size=len(errors)) * [_own_sd(phase) for phase in (*near.phases, itself)]
        drawn = _drawn(material, near, errors)
        energies.append(_margin(drawn))
        if len(windows) < WINDOW_DRAWS:
            windows.append(window(drawn))
    margins = np.array(energies)
    low, high = np.quantile(np.minimum(margins, 0.0), [0.05, 0.95])
    reduced, oxidised = (
        _band([*(found.reduction_v for found in windows)]),
        _band([found.oxidation_v for found in windows]),
    )
    return Spread(float(low), float(high), float(np.mean(margins >= 0.0)), reduced or (0.0, 0.0), oxidised)


def parts_of(phase: Phase) -> dict[tuple[str, str], float]:
    """(element, part) -> how much of that part's error an atom of the phase carries; shares of all atoms.

    Parts: `cation`, `anion`. What is metallic or elemental carries none.
    """
    atoms, total = phase.atoms, sum(phase.atoms.values())
    takers = {e: ANIONS[e] for e in atoms if e in ANIONS} or {e: BASE_ANIONS[e] for e in atoms if e in BASE_ANIONS}
    givers = [element for element in atoms if element not in takers]
    if not takers or not givers:
        return {}
    taken = sum(charge * atoms[element] for element, charge in takers.items())
    given = sum(S_BLOCK[element] * atoms[element] for element in givers if element in S_BLOCK)
    others = sum(atoms[element] for element in givers if element not in S_BLOCK)
    share = min(1.0, max(0.0, taken - given) / (FULL_CHARGE * others)) if others else 0.0
    full = min(1.0, (given + FULL_CHARGE * others) / taken)
    parts = {(element, "anion"): full * atoms[element] / total for element in takers if element not in CORRECTED}
    for element in givers:
        parts[element, "cation"] = atoms[element] / total * (1.0 if element in S_BLOCK else share)
    return parts


def _sd(part: tuple[str, str]) -> float:
    element, role = part
    if role == "anion":
        return SD_ANION_EV
    return SD_S_BLOCK_EV if element in S_BLOCK else SD_CATION_EV


def _own_sd(phase: Phase) -> float:
    return SD_PHASE_EV_ATOM if len(phase.atoms) > 1 else 0.0


def _loads(phases: tuple[Phase, ...]) -> tuple[Array, list[tuple[str, str]]]:
    """(phases, parts) what each phase carries of each part's error, and the parts."""
    carried = [parts_of(phase) for phase in phases]
    names = sorted({part for parts in carried for part in parts})
    return np.array([[parts.get(name, 0.0) for name in names] for parts in carried]), names


def _near(material: Subject) -> Chemistry:
    """The rivals that can become products: near the hull at the window's ends, in between, and beside the metal."""
    rivals, charge = material.rivals, CHARGES[material.rivals.open_element]
    limits = window(material)
    ends = [0.0, -charge * limits.reduction_v, -charge * (limits.oxidation_v or limits.reduction_v)]
    prices = [decay_closed(rivals, material.composition).prices]
    prices += [decay_open(rivals, material.composition, mu).prices for mu in ends]
    above = np.array([rivals.energies - rivals.shares @ here for here in prices]).min(axis=0)
    elemental = np.array([len(phase.atoms) == 1 for phase in rivals.phases])
    return rivals.only((above < NEAR_EV_ATOM) | elemental)


def _drawn(material: Subject, near: Chemistry, errors: Array) -> Subject:
    """The material with other energies; one that was assumed to lie on the hull stays as far above it as it was."""
    rivals = near._replace(energies=near.energies + errors[:-1])
    hull = decay_closed(rivals, material.composition).energy_ev
    energy = hull + material.above_hull_ev_atom if material.source == "hull" else material.energy_ev_atom + errors[-1]
    return material._replace(rivals=rivals, energy_ev_atom=energy, above_hull_ev_atom=energy - hull)


def _margin(material: Subject) -> float:
    return decay_open(material.rivals, material.composition, 0.0).energy_ev - material.energy_ev_atom


def _band(ends: list[float | None]) -> tuple[float, float] | None:
    """Central 90 % of one end of the windows; None where half the draws have no such end."""
    known = [end for end in ends if end is not None]
    if len(known) * 2 < len(ends):
        return None
    low, high = np.quantile(known, [0.05, 0.95])
    return float(low), float(high)
