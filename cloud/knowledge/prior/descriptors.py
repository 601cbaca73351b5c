"""Compositions as numbers: shares of the elements, and statistics of the elements' properties. Pure but for one table.

Magpie's elemental properties (Ward et al., npj Comput. Mater. 2, 16028 (2016)), the shipped table.
"""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.data import shipped
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Elements(NamedTuple):
    """Symbols in order, and their properties (elements, properties), each of mean 0 and sd 1 over the elements."""

    symbols: tuple[str, ...]
    properties: Array

    def place(self, symbol: str) -> int:
        """InputError for an element that the table lacks."""
        if symbol not in self.symbols:
            raise InputError("formula", f"{symbol}: no properties of this element are known")
        return self.symbols.index(symbol)


class Described(NamedTuple):
    """Compositions: shares (n, elements) that sum to one; statistics (n, 4 x properties)."""

    shares: Array
    statistics: Array

    def rows(self, chosen: NDArray[np.int_]) -> "Described":
        """Some of them."""
        return Described(self.shares[chosen], self.statistics[chosen])


@cache
def elements() -> Elements:
    """The shipped table. A property that is missing counts as the mean of the others."""
    with shipped("magpie").open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))[1:]
    values = np.array([[float(cell or "nan") for cell in row[1:]] for row in rows])
    values = np.where(np.isfinite(values), values, np.nanmean(values, axis=0))
    spread = values.std(axis=0)
    return Elements(tuple(row[0] for row in rows), (values - values.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0))


def describe(compositions: Sequence[Mapping[str, float]]) -> Described:
    """Shares, and of each property mean, mean deviation, highest and lowest over a composition's elements."""
    table = elements()
    shares = np.zeros((len(compositions), len(table.symbols)))
    for row, atoms in enumerate(compositions):
        for element, amount in atoms.items():
            shares[row, table.place(element)] = amount
    shares /= shares.sum(axis=1, keepdims=True)
    mean = shares @ table.properties
    rest = np.zeros((3, *mean.shape))
    for row, share in enumerate(shares):
        here = table.properties[share > 0.0]
        rest[:, row] = share[share > 0.0] @ np.abs(here - mean[row]), here.max(axis=0), here.min(axis=0)
    return Described(shares, np.hstack([mean, *rest]))
