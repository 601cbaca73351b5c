"""Relations that hold between properties of one material, as a table: what breaks one cannot all be true.

Each says by how much it is broken, from the least and greatest value that is told of each property, taken so that the
facts have every chance to agree. The allowances come from the shipped tables, where polymorphs and versions of one
database differ (see docs/how-to/doubt-facts.md).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

K_B_EV = 8.617333262e-5  # CODATA 2018
ZERO_C_K = 273.15


class Range(NamedTuple):
    """Least and greatest value told of a property, one row a composition; NaN where nothing is told."""

    low: Array
    high: Array


class Relation(NamedTuple):
    """`broken(ranges)` is above `allowed` where the facts contradict each other; `why` reads {amount}."""

    name: str
    properties: tuple[str, ...]
    broken: Callable[..., Array]
    allowed: float
    unit: str
    why: str


def _above_hull(formation: Range, hull: Range) -> Array:
    return formation.low - hull.high


def _hull_below_decomposition(hull: Range, decomposition: Range) -> Array:
    return np.maximum(decomposition.low, 0.0) - hull.high


def poisson(bulk: Array, shear: Array) -> Array:
    """Poisson's ratio of an isotropic solid of bulk and shear modulus."""
    return (3 * bulk - 2 * shear) / (2 * (3 * bulk + shear))


def _too_auxetic(bulk: Range, shear: Range) -> Array:
    return -poisson(bulk.high, shear.low)


def _too_soft(bulk: Range, shear: Range) -> Array:
    return poisson(bulk.low, shear.high)


def _young(bulk: Range, shear: Range, young: Range) -> Array:
    low, high = (9 * k * g / (3 * k + g) for k, g in ((bulk.low, shear.low), (bulk.high, shear.high)))
    return np.maximum(low / young.high, young.low / high) - 1.0


def _prefactor(conductivity: Range, barrier: Range) -> Array:
    """Decades by which ln A of sigma T = A exp(-E_a/kT) at 25 °C is out of what ionic conductors have."""
    t_k = ZERO_C_K + 25.0
    low, high = (np.log10(np.maximum(s, 1e-30) * t_k) + e / (K_B_EV * t_k * np.log(10))
                 for s, e in ((conductivity.low, barrier.low), (conductivity.high, barrier.high)))  # fmt: skip
    return np.asarray(np.maximum(low - PREFACTOR[1], PREFACTOR[0] - high))


# log10 of S K/cm. n q^2 a^2 nu / (6 k) of all lithium of a solid (1e22 cm-3, 3 angstrom, 1e13 Hz) is 3e5, times
# exp(S/k) of the migration entropy, up to some 8 k; measured ones of superionic conductors go down to some 10 (K)
PREFACTOR = (0.5, 9.0)

RELATIONS = (
    Relation("formation_above_hull", ("formation_energy", "energy_above_hull"), _above_hull, 0.05, "eV/atom",
             "the elements themselves lie on the hull: a formation energy cannot exceed the energy above it, here by "
             "{amount:.3g} eV/atom"),
    Relation("formation_above_decomposition", ("formation_energy", "decomposition_energy"), _above_hull, 0.02,
             "eV/atom", "decomposing to the elements is one way to decompose: the formation energy exceeds the "
             "decomposition energy by {amount:.3g} eV/atom"),
    Relation("hull_below_decomposition", ("energy_above_hull", "decomposition_energy"), _hull_below_decomposition, 0.2,
             "eV/atom", "the energy above the hull is the positive part of the decomposition energy, which is "
             "{amount:.3g} eV/atom higher"),
    Relation("poisson_too_low", ("bulk_modulus", "shear_modulus"), _too_auxetic, 0.3, "",
             "shear and bulk modulus give a Poisson ratio of -{amount:.2g}"),
    Relation("poisson_too_high", ("bulk_modulus", "shear_modulus"), _too_soft, 0.497, "",
             "shear and bulk modulus give a Poisson ratio of {amount:.3g}, a liquid's"),
    Relation("young_modulus", ("bulk_modulus", "shear_modulus", "young_modulus"), _young, 0.15, "",
             "Young's modulus is {amount:.0%} off 9KG/(3K+G)"),
    Relation("arrhenius_prefactor", ("ionic_conductivity", "activation_energy"), _prefactor, 0.0, "decades",
             "this conductivity and this activation energy cannot both hold: the prefactor is {amount:.1f} decades "
             "outside of what ionic conductors have"),
)  # fmt: skip
