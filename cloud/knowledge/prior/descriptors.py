"""Compositions as numbers: shares of the elements, and statistics of the elements' properties. Pure but for one table.

Magpie's elemental properties (Ward et al., npj Comput. Mater. 2, 16028 (2016)), the shipped table.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.features import standard_elements
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Described(NamedTuple):
    """Compositions: shares (n, elements) that sum to one; statistics (n, 4 x properties)."""

    shares: Array
    statistics: Array

    def rows(self, chosen: NDArray[np.int_]) -> "Described":
        """Some of them."""
        return Described(self.shares[chosen], self.statistics[chosen])


def describe(compositions: Sequence[Mapping[str, float]]) -> Described:
    """Shares, and of each property mean, mean deviation, highest and lowest over a composition's elements."""
    table = standard_elements()
    place = {symbol: k for k, symbol in enumerate(table.symbols)}
    shares = np.zeros((len(compositions), len(place)))
    for row, atoms in enumerate(compositions):
        for element, amount in atoms.items():
            if element not in place:
                raise InputError("formula", f"{element}: no properties of this element are known")
            shares[row, place[element]] = amount
    shares /= shares.sum(axis=1, keepdims=True)
    mean = shares @ table.values
    rest = np.zeros((3, *mean.shape))
    for row, share in enumerate(shares):
        here = table.values[share > 0.0]
        rest[:, row] = share[share > 0.0] @ np.abs(here - mean[row]), here.max(axis=0), here.min(axis=0)
    return Described(shares, np.hstack([mean, *rest]))
