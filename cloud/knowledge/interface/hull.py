"""What a composition decays into at lowest energy, closed or with one element in a reservoir. Pure; a linear program.

Amounts are atoms; energies are of one atom of the composition that is asked for. A reservoir gives and takes its
element at a chemical potential mu (eV, 0 is the bulk element). For Li: the potential against Li/Li+ is -mu.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.interface.energies import Phase
from adatom.protocol.errors import FailedError
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEAST = 1e-9  # atoms: less of a phase is the solver's rounding


class Chemistry(NamedTuple):
    """Phases that may form: shares (n, elements) of their atoms, energies (n,) in eV/atom, and the open element."""

    phases: tuple[Phase, ...]
    elements: tuple[str, ...]
    shares: Array
    energies: Array
    open_element: str

    def without(self, formula: str) -> "Chemistry":
        """The same without one phase."""
        return self.only(np.array([phase.formula != formula for phase in self.phases]))

    def only(self, kept: NDArray[np.bool_]) -> "Chemistry":
        """The phases (n,) that are marked."""
        phases = tuple(phase for phase, keep in zip(self.phases, kept, strict=True) if keep)
        return self._replace(phases=phases, shares=self.shares[kept], energies=self.energies[kept])


class Decay(NamedTuple):
    """Products of one atom: amounts (n,) in atoms, formation energy without the reservoir, atoms of the open element.

    `prices` (elements,): what an atom of each element costs here (eV), the open one's mu among them.
    """

    amounts: Array
    energy_ev: float
    open_atoms: float
    prices: Array


def chemistry(phases: Sequence[Phase], elements: Sequence[str], open_element: str) -> Chemistry:
    """From phases that hold these elements alone."""
    shares = np.array([[phase.atoms.get(element, 0.0) for element in elements] for phase in phases])
    shares /= shares.sum(axis=1, keepdims=True)
    energies = np.array([phase.energy_ev_atom for phase in phases])
    return Chemistry(tuple(phases), tuple(elements), shares, energies, open_element)


def share_of(space: Chemistry, atoms: Mapping[str, float]) -> Array:
    """(elements,) shares of a composition's atoms."""
    total = sum(atoms.values())
    return np.array([atoms.get(element, 0.0) / total for element in space.elements])


def decay_closed(space: Chemistry, composition: Array) -> Decay:
    """Products of lowest energy with nothing added: the convex hull at this composition (elements,)."""
    return _decay(space, composition, None)


def decay_open(space: Chemistry, composition: Array, mu_ev: float) -> Decay:
    """Products of lowest grand potential beside a reservoir of the open element at mu (eV)."""
    return _decay(space, composition, mu_ev)


def _decay(space: Chemistry, composition: Array, mu_ev: float | None) -> Decay:
    """min (e - mu s_open) . x with the other elements' atoms kept, x >= 0: the dual's prices touch the hull."""
    from scipy.optimize import linprog

    opened = space.elements.index(space.open_element)
    kept = [place for place in range(len(space.elements)) if mu_ev is None or place != opened]
    cost = space.energies - (mu_ev or 0.0) * space.shares[:, opened]
    found = linprog(cost, A_eq=space.shares[:, kept].T, b_eq=composition[kept], bounds=(0, None), method="highs-ds")
    if found.status != 0 or found.x is None:
        raise FailedError(f"no set of products found: {found.message}")
    amounts = np.where(found.x > LEAST, found.x, 0.0)
    prices = np.full(len(space.elements), mu_ev or 0.0)
    prices[kept] = found.eqlin.marginals
    return Decay(amounts, float(space.energies @ amounts), float(space.shares[:, opened] @ amounts), prices)
