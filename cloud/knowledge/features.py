"""Features of compositions from tables of elements: statistics over all formulas at once.

For every property of the elements: minimum, maximum, range, mean and mean absolute deviation weighted by the shares,
and the value of the most abundant element (of several the lowest). Ward et al., npj Comput. Mater. 2, 16028 (2016).
"""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.data import shipped
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

STATISTICS = ("minimum", "maximum", "range", "mean", "avg_dev", "mode")
NORMS = (2, 3, 5, 7, 10)  # of the shares: how even a composition is
ROWS = 20_000  # at a time: 70 MB
EQUAL_SHARES = 1e-9
Array = NDArray[np.float64]


class Elements(NamedTuple):
    """A table of elements: (elements, properties), NaN where it says nothing."""

    symbols: tuple[str, ...]
    properties: tuple[str, ...]
    values: Array


@cache
def element_table(name: str = "magpie") -> Elements:
    """A shipped table: magpie, oliynyk or mat2vec."""
    with shipped(name).open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    values = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])
    return Elements(tuple(row[0] for row in rows), tuple(header[1:]), values)


@cache
def standard_elements() -> Elements:
    """Magpie's table, each property of mean 0 and deviation 1 over the elements; what it does not say is the mean."""
    table = element_table()
    values = np.where(np.isfinite(table.values), table.values, np.nanmean(table.values, axis=0))
    spread = values.std(axis=0)
    return table._replace(values=(values - values.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0))


def feature_names(table: Elements | None = None) -> list[str]:
    """The names of the columns of `features`, in their order."""
    table = table or element_table()
    named = [f"{statistic} {name}" for name in table.properties for statistic in STATISTICS]
    return ["elements", *(f"{norm}-norm" for norm in NORMS), *named]


def features(compositions: Sequence[Mapping[str, float]], table: Elements | None = None) -> Array:
    """(n, features) of atoms or shares by element. A property that is not known of an element is NaN.

    Raises InputError for a composition without atoms.
    """
    table = table or element_table()
    if not compositions:
        return np.zeros((0, len(feature_names(table))))
    parts = [_features(compositions[start : start + ROWS], table) for start in range(0, len(compositions), ROWS)]
    return np.concatenate(parts)


def _features(compositions: Sequence[Mapping[str, float]], table: Elements) -> Array:
    sizes = np.array([len(one) for one in compositions])
    if not sizes.all():
        raise InputError("composition", "holds no element")
    place = {symbol: number for number, symbol in enumerate(table.symbols)}
    unknown = len(table.symbols)  # a last row of NaN, for elements that the table has not
    elements = np.array([place.get(symbol, unknown) for one in compositions for symbol in one])
    amounts = np.array([amount for one in compositions for amount in one.values()], dtype=float)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    shares = amounts / np.repeat(np.add.reduceat(amounts, starts), sizes)
    values = np.vstack([table.values, np.full(table.values.shape[1], np.nan)])[elements]
    found = np.empty((len(sizes), values.shape[1], len(STATISTICS)))
    weighted = shares[:, None]
    found[:, :, 0] = np.minimum.reduceat(values, starts)
    found[:, :, 1] = np.maximum.reduceat(values, starts)
    found[:, :, 2] = found[:, :, 1] - found[:, :, 0]
    found[:, :, 3] = np.add.reduceat(weighted * values, starts)
    found[:, :, 4] = np.add.reduceat(weighted * np.abs(values - np.repeat(found[:, :, 3], sizes, axis=0)), starts)
    most = shares >= np.repeat(np.maximum.reduceat(shares, starts), sizes) - EQUAL_SHARES
    found[:, :, 5] = np.minimum.reduceat(np.where(most[:, None], values, np.inf), starts)
    norms = [np.add.reduceat(shares**norm, starts) ** (1.0 / norm) for norm in NORMS]
    return np.column_stack([sizes, *norms, found.reshape(len(sizes), -1)])
