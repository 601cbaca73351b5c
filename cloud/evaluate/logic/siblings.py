"""Facts on the same property of the same composition: how far a value is from its nearest fellow. Pure.

Polymorphs have several values under one formula, so that the nearest counts, not the mean.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .claims import Claims

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_SCALE = 0.02  # of the interquartile range: copies of one calculation agree to the last digit


class Siblings(NamedTuple):
    """Claims in groups of one composition and property (and, where it is told, temperature), by y within a group."""

    claims: Claims
    order: Ints  # (m,) places of the exact claims, sorted by group and y
    group: Ints  # (n,) of each claim; -1 where it has none
    key: Array  # (m,) group + y within 0 to 0.5, ascending
    low: float
    span: float
    scale: Array  # (properties,) usual distance of a fact from its nearest fellow

    def _keys(self, rows: Ints, y: Array) -> Array:
        """Where values y of the claims at `rows` belong in `key`."""
        within = np.clip((np.nan_to_num(y, nan=self.low, posinf=1e300, neginf=-1e300) - self.low) / self.span, 0.0, 1.0)
        return np.asarray(self.group[rows] + 0.5 * within)

    def nearest(self, rows: Ints, y: Array) -> Array:
        """(rows,) |y - that of the nearest other claim of the group|; NaN where there is no other."""
        at = np.searchsorted(self.key, self._keys(rows, y))
        best = np.full(len(rows), np.inf)
        for step in (-2, -1, 0, 1):
            k = np.clip(at + step, 0, max(0, len(self.order) - 1))
            other = self.order[k]
            fits = (self.group[other] == self.group[rows]) & (other != rows) & (self.group[rows] >= 0)
            best = np.where(fits, np.minimum(best, np.abs(self.claims.y[other] - y)), best)
        return np.where(np.isfinite(best), best, np.nan)

    def in_another_dataset(self, settled: NDArray[np.bool_]) -> tuple[Ints, Array]:
        """(n,) the nearest unsettled claim of the group in another data set (-1: none), and its distance."""
        n = len(self.claims.y)
        best, apart = np.full(n, -1), np.full(n, np.inf)
        order = self.order[~settled[self.order]]
        for step in range(1, NEIGHBOURS + 1):
            a, b = order[:-step], order[step:]
            fits = (self.group[a] == self.group[b]) & (self.claims.dataset[a] != self.claims.dataset[b])
            a, b = a[fits], b[fits]
            distance = np.abs(self.claims.y[a] - self.claims.y[b])
            for one, other in ((a, b), (b, a)):
                nearer = distance < apart[one]
                best[one[nearer]], apart[one[nearer]] = other[nearer], distance[nearer]
        return best, apart


NEIGHBOURS = 8  # in the order of y; a formula with more polymorphs between two data sets' values is left alone
SAME_T_C = 5.0  # temperatures nearer than this are the same


def siblings_of(claims: Claims) -> Siblings:
    """The groups of all exact claims."""
    at = np.where(np.isfinite(claims.at_c), np.round(claims.at_c / SAME_T_C), -1e6).astype(np.int64)
    _, group = np.unique(np.stack([claims.composition, claims.property, at], axis=1), axis=0, return_inverse=True)
    usable = claims.exact & np.isfinite(claims.y)
    group = np.where(usable, np.asarray(group).ravel(), -1)
    rows = np.flatnonzero(usable)
    order = rows[np.lexsort((claims.y[rows], group[rows]))]
    low = float(claims.y[rows].min(initial=0.0))
    span = max(float(claims.y[rows].max(initial=1.0)) - low, 1e-9)
    found = Siblings(claims, order, group, np.zeros(0), low, span, np.zeros(0))
    found = found._replace(key=found._keys(order, claims.y[order]))
    return found._replace(scale=_scales(claims, found, rows))


def _scales(claims: Claims, found: Siblings, rows: Ints) -> Array:
    scale = np.ones(len(claims.properties))
    apart = found.nearest(rows, claims.y[rows])
    for code in range(len(claims.properties)):
        of = claims.property[rows] == code
        if not of.any():
            continue
        quarter, three = np.quantile(claims.y[rows][of], [0.25, 0.75])
        near = apart[of & np.isfinite(apart)]
        usual = float(np.median(near)) if len(near) else 0.0
        scale[code] = max(usual, LEAST_SCALE * float(three - quarter), 1e-9)
    return scale
