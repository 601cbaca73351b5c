"""Compositions by a key that does not depend on how they are written: lowest whole numbers, elements in order.

Li6.25Al0.25La3Zr2O12 and Al1Li25La12Zr8O48 are one composition. Decimals count as they are written: 0.333 is no third.
"""

import csv
import math
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.formula import SYMBOLS

# what amounts are multiplied by to make them whole: for thirds, twelfths, ..., then decimals
SCALES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 30, 60, 100, 300, 1000, 3000, 10_000, 100_000, 1_000_000)
WHOLE = 1e-7  # how near a whole number is one, relative to the scale: floats of products of decimals


class Composition(NamedTuple):
    """One composition. `fractions` are of all atoms, elements in alphabetical order."""

    key: str
    formula: str  # the same numbers, elements by electronegativity, as chemists write
    fractions: dict[str, float]


def composition_of(atoms: Mapping[str, float]) -> Composition:
    """The composition of atoms per formula, whose elements are in alphabetical order."""
    numbers = whole_numbers(atoms)
    total = sum(atoms.values())
    order = electronegativity_order()
    said = {element: element if number == 1 else f"{element}{number}" for element, number in numbers.items()}
    return Composition(
        "".join(said.values()),
        "".join([said[element] for element in sorted(said, key=order.__getitem__)]),
        {element: amount / total for element, amount in atoms.items()},
    )


def whole_numbers(atoms: Mapping[str, float]) -> dict[str, int]:
    """Element -> atoms in lowest whole numbers; where there are none up to a millionth, millionths of all atoms."""
    whole = {element: int(amount) for element, amount in atoms.items()}
    if whole == atoms:  # most
        divisor = math.gcd(*whole.values())
        return whole if divisor == 1 else {element: number // divisor for element, number in whole.items()}
    for scale in SCALES:
        numbers = {element: round(amount * scale) for element, amount in atoms.items()}
        near = WHOLE * scale
        if all(n and abs(n - atoms[e] * scale) <= near for e, n in numbers.items()):
            break
    else:
        total = math.fsum(atoms.values())
        numbers = {element: max(1, round(1e6 * amount / total)) for element, amount in atoms.items()}
    divisor = math.gcd(*numbers.values())
    return {element: number // divisor for element, number in numbers.items()}


@cache
def electronegativity_order() -> dict[str, float]:
    """Element -> place in a formula: Pauling's electronegativity, then the atomic number."""
    with shipped("magpie").open(encoding="utf-8", newline="") as stream:
        known = {row["element"]: float(row["Electronegativity"]) for row in csv.DictReader(stream)}
    return {symbol: known.get(symbol, 1.3) + 1e-4 * number for number, symbol in enumerate(SYMBOLS.split())}
