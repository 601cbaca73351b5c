"""Whether charges can balance: oxidation states that add up to zero, cations less electronegative than anions.

The rule and the states are smact's (Davies et al., J. Open Source Softw. 4, 1361, 2019): one state an element, those of
the ICSD in its default selection. States are combined once a chemical system; amounts need not be whole numbers, which
smact's own check cuts off. Compositions that balance only with two states of an element (Fe3O4) are told apart.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product

import numpy as np
from adatom.protocol.errors import FailedError
from numpy.typing import NDArray

NEEDED = "oxidation states need smact: pip install 'adatom[knowledge]'"
TOLERANCE = 1e-6  # of the sum of charges an atom
COMBINATIONS_MAX = 2_000_000  # of the states of one system; ten elements of many states have more
NEUTRAL, MIXED, UNBALANCED, ALLOY, UNKNOWN = "neutral", "mixed valence", "unbalanced", "alloy", "unknown"


def balances(compositions: Sequence[Mapping[str, float]]) -> list[str]:
    """neutral, mixed valence, unbalanced, alloy (only metals, or one element) or unknown, of each composition."""
    systems: dict[tuple[str, ...], list[int]] = {}
    for place, one in enumerate(compositions):
        systems.setdefault(tuple(sorted(one)), []).append(place)
    found = [UNKNOWN] * len(compositions)
    for system, places in systems.items():
        amounts = np.array([[compositions[place][element] for element in system] for place in places], dtype=float)
        for place, said in zip(places, _system(system, amounts), strict=True):
            found[place] = said
    return found


def _system(system: tuple[str, ...], amounts: NDArray[np.float64]) -> list[str]:
    """Of (n, elements) amounts of one chemical system."""
    states, _, metals = _chemistry()
    if len(system) == 1 or all(element in metals for element in system):
        return [ALLOY] * len(amounts)
    if not all(states.get(element) for element in system):
        return [UNKNOWN] * len(amounts)
    if np.prod([len(states[element]) for element in system], dtype=float) > COMBINATIONS_MAX:
        return [UNKNOWN] * len(amounts)
    allowed = _ordered(system)
    if not len(allowed):
        return [UNBALANCED] * len(amounts)
    shares = amounts / amounts.sum(axis=1, keepdims=True)
    found = []
    for row in shares:
        sums = allowed @ row
        if np.abs(sums).min() <= TOLERANCE:
            found.append(NEUTRAL)
        else:
            found.append(MIXED if _mixed(allowed, row) else UNBALANCED)
    return found


def _mixed(allowed: NDArray[np.float64], shares: NDArray[np.float64]) -> bool:
    """Whether states between the lowest and the highest of each element, of one sign, balance."""
    signs = np.sign(allowed)
    for pattern in np.unique(signs, axis=0):
        mine = allowed[(signs == pattern).all(axis=1)]
        if mine.min(axis=0) @ shares <= 0.0 <= mine.max(axis=0) @ shares:
            return True
    return False


@cache
def _ordered(system: tuple[str, ...]) -> NDArray[np.float64]:
    """(combinations, elements) states in which every cation is less electronegative than every anion."""
    states, electronegativity, _ = _chemistry()
    combinations = np.array(list(product(*(states[element] for element in system))), dtype=float)
    values = np.array([electronegativity.get(element, np.nan) for element in system])
    cations = np.where(combinations > 0.0, values, -np.inf).max(axis=1)
    anions = np.where(combinations < 0.0, values, np.inf).min(axis=1)
    both = (combinations > 0.0).any(axis=1) & (combinations < 0.0).any(axis=1)
    found: NDArray[np.float64] = combinations[both & ((cations < anions) | np.isnan(values).any())]
    return found


@cache
def _chemistry() -> tuple[dict[str, list[int]], dict[str, float], frozenset[str]]:
    """(oxidation states, Pauling electronegativity, metals), of smact."""
    try:
        from smact import element_dictionary, metals
        from smact.utils.oxidation import ICSD24OxStatesFilter
    except ImportError:
        raise FailedError(NEEDED) from None
    table = ICSD24OxStatesFilter().filter(consensus=3, include_zero=False, commonality="low")
    states = {
        str(symbol): [int(state) for state in str(said).split()]
        for symbol, said in zip(table["element"], table["oxidation_state"], strict=True)
        if str(said).strip()
    }
    known = {symbol: one.pauling_eneg for symbol, one in element_dictionary().items()}
    return states, {symbol: float(one) for symbol, one in known.items() if one is not None}, frozenset(metals)
