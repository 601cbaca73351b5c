"""What the network knows from a formula alone: the states of the quantities without parents, and charge balance."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from adatom.cloud.knowledge.conductivity.features import IONS
from adatom.cloud.knowledge.features import element_table
from adatom.cloud.knowledge.garnets import garnet_atoms
from adatom.cloud.knowledge.neutrality import balances
from numpy.typing import NDArray

from .structure import ANIONS, BY_NAME, FRAMEWORKS, GARNETS, NO_LITHIUM, NOT_ABX3, TOLERANCES, USUAL_CHARGES

Array = NDArray[np.float64]
Composition = Mapping[str, float]  # element -> share of all atoms

ANION_ELEMENTS = (("O",), ("S", "Se", "Te"), ("F", "Cl", "Br", "I"), ("N", "P", "As"))  # as ANIONS
PEROVSKITE_ANIONS = frozenset(("O", "S", "Se", "F", "Cl", "Br", "I"))
OPEN_SHELLS = frozenset(
    "V Cr Mn Fe Co Ni Cu Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb U Np Pu".split()  # noqa: SIM905
)
GARNET_LITHIUM = (5.0, 6.0, 6.75)  # per 12 O, between GARNETS
TOLERANCE_EDGES = (0.75, 0.85, 0.95)
SAME_SHARE = 1e-6
BALANCED = 0.01  # of the positive charges: papers round amounts


def values_of(compositions: Sequence[Composition]) -> list[dict[str, float | str]]:
    """Value of each quantity of OF_FORMULA, of each composition."""
    numbers = _numbers(compositions)
    return [
        _named(one) | {name: float(column[row]) for name, column in numbers.items()}
        for row, one in enumerate(compositions)
    ]


def charge_balances(compositions: Sequence[Composition]) -> list[str]:
    """State of the balance of charges of each composition: by usual charges, else as neutrality.py finds it."""
    return [USUAL_CHARGES if _usual(one) else said
            for one, said in zip(compositions, balances(compositions), strict=True)]  # fmt: skip


def _usual(shares: Composition) -> bool:
    charges = [share * IONS[element][0] for element, share in shares.items() if element in IONS]
    positive = sum(charge for charge in charges if charge > 0.0)
    return len(charges) == len(shares) and abs(sum(charges)) <= BALANCED * positive and min(charges) < 0.0


def states_of(values: Mapping[str, float | str]) -> dict[str, int]:
    """The states of values; of all quantities or some."""
    return {name: BY_NAME[name].state(value) for name, value in values.items()}


def tolerance(shares: Composition) -> float | None:
    """Goldschmidt's factor of ABX3; A is the larger cation, mixed sites count with their mean radius.

    None for what is no ABX3 or holds an ion without a radius.
    """
    anions = [element for element in shares if element in PEROVSKITE_ANIONS]
    cations = sorted((element for element in shares if element not in PEROVSKITE_ANIONS),
                     key=lambda element: -IONS.get(element, (0, 0.0))[1])  # fmt: skip
    if len(anions) != 1 or abs(shares[anions[0]] - 0.6) > SAME_SHARE or not set(cations) <= set(IONS):
        return None
    filled = np.cumsum([shares[element] for element in cations])
    large = int(np.searchsorted(filled, 0.2 - SAME_SHARE)) + 1
    if large >= len(cations) or abs(filled[large - 1] - 0.2) > SAME_SHARE:
        return None
    a, b = (5.0 * sum(shares[e] * IONS[e][1] for e in site) for site in (cations[:large], cations[large:]))
    x = IONS[anions[0]][1]
    return (a + x) / (math.sqrt(2.0) * (b + x))


def _numbers(compositions: Sequence[Composition]) -> dict[str, Array]:
    table = element_table()
    column = {symbol: place for place, symbol in enumerate(table.symbols)}
    shares = np.zeros((len(compositions), len(column) + 1))  # the last: elements that the table has not
    for row, one in enumerate(compositions):
        for element, share in one.items():
            shares[row, column.get(element, len(column))] += share
    shares /= shares.sum(axis=1, keepdims=True)
    known = np.where(np.isfinite(table.values), table.values, np.nanmean(table.values, axis=0))
    by_name = dict(zip(table.properties, np.vstack([known, known.mean(axis=0)]).T, strict=True))
    electronegativity = shares @ by_name["Electronegativity"]
    volume = shares @ by_name["GSvolume_pa"]
    open_shells = np.array([*(symbol in OPEN_SHELLS for symbol in table.symbols), False], dtype=float)
    return {
        "polarity": shares @ by_name["Electronegativity"] ** 2 - electronegativity**2,
        "electronegativity": electronegativity,
        "d_electrons": shares @ by_name["NdValence"],
        "cohesion": shares @ by_name["MeltingT"] / volume,
        "element_volume": volume,
        "atom_mass": shares @ by_name["AtomicWeight"],
        "open_shells": shares @ open_shells,
    }


def _named(shares: Composition) -> dict[str, float | str]:
    anion = next((name for name, elements in zip(ANIONS[:-1], ANION_ELEMENTS, strict=True)
                  if not set(elements).isdisjoint(shares)), ANIONS[-1])  # fmt: skip
    factor = tolerance(shares)
    fits = NOT_ABX3 if factor is None else TOLERANCES[int(np.searchsorted(TOLERANCE_EDGES, factor, "right"))]
    return {"anion": anion, "tolerance": fits, "framework": _framework(shares, anion)}


def _framework(shares: Composition, anion: str) -> str:
    if "Li" not in shares:
        return NO_LITHIUM
    garnet = garnet_atoms(shares)
    if garnet is not None:
        return GARNETS[int(np.searchsorted(GARNET_LITHIUM, garnet["Li"], "right"))]
    return FRAMEWORKS[len(GARNETS) + ANIONS.index(anion)]
