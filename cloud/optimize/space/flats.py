"""Rules with an equals sign across the columns: values moved onto all of them at once.

Totals and charges of the compositions count among them, so that mending one does not break the other. Columns with a
step and parts that are absent stay. Must not know of inequalities.
"""

from collections.abc import Sequence

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.space.constraints import Linear
from adatom.cloud.optimize.space.layout import Layout
from adatom.cloud.optimize.space.simplex import Simplex
from adatom.cloud.optimize.space.sums import dot

ALTERNATIONS = 40  # between ranges and equalities; what is left is pulled to the inside


class Flats:
    """The equalities of one space; `simplexes`: of its compositions in their order."""

    def __init__(self, layout: Layout, linears: Sequence[Linear], simplexes: Sequence[Simplex]) -> None:
        self.layout = layout
        self.simplexes = tuple(simplexes)
        rows, self.wanted = _equalities(layout, linears)
        self.any = len(rows) > 0
        for mixture, simplex in zip(layout.mixtures, simplexes, strict=True):
            for factors, value in ((np.ones(simplex.parts), simplex.total), (simplex.charges, simplex.charge_total)):
                row = np.zeros(layout.dimension)
                row[mixture.columns] = factors
                rows, self.wanted = np.vstack([rows, row]), np.append(self.wanted, value)
        sizes = np.maximum(np.abs(rows * layout.widths).max(axis=1, initial=0.0), 1e-300)
        self.rows, self.wanted = rows / sizes[:, None], self.wanted / sizes
        gridded = [m.columns for m in layout.mixtures if m.parameter.step is not None]
        self.free: Bools = layout.numeric & ~layout.fixed & (layout.steps == 0.0)
        for columns in gridded:
            self.free[columns] = False

    def __call__(self, values: Array, held: Bools | None, ends: Array | None) -> Array:
        """(n, d) values near the given locally good ones on all equalities; on the way to (n, d) `ends` where given.

        Where the fixed columns of a row leave no such values the row still misses.
        """
        lowest, highest = self._ranges(values)
        movable = (highest > lowest) & self.free & (True if held is None else ~held)
        weights = np.where(movable, self.layout.widths**2, 0.0)
        gram = dot(weights, np.einsum("ai,bi->iab", self.rows, self.rows))
        inverse: Array = np.linalg.pinv(gram, rcond=1e-10, hermitian=True).astype(np.float64)
        drift = np.zeros_like(values)
        for _ in range(ALTERNATIONS):
            flat = self._onto(values, weights, inverse)
            values = np.where(movable, np.clip(flat + drift, lowest, highest), values)
            drift = np.where(movable, flat + drift - values, 0.0)
        values = self._onto(values, weights, inverse)
        return values if ends is None else _within(values, np.where(movable, ends, values), lowest, highest)

    def _ranges(self, values: Array) -> tuple[Array, Array]:
        """(n, d) limits: of compositions with few parts those of the parts that are there."""
        lowest, highest = np.tile(self.layout.lows, (len(values), 1)), np.tile(self.layout.highs, (len(values), 1))
        for mixture, simplex in zip(self.layout.mixtures, self.simplexes, strict=True):
            if simplex.sparse:
                present = values[:, mixture.columns] > 0.0
                lowest[:, mixture.columns], highest[:, mixture.columns] = simplex.bounds(present)
        return lowest, highest

    def _onto(self, values: Array, weights: Array, inverse: Array) -> Array:
        miss = dot(values, self.rows.T) - self.wanted
        shares = np.zeros_like(miss)
        for column in range(miss.shape[1]):
            shares += inverse[:, :, column] * miss[:, column : column + 1]
        return np.asarray(values - weights * dot(shares, self.rows))


def _within(values: Array, ends: Array, lowest: Array, highest: Array) -> Array:
    """(n, d) the last points within the ranges on the lines from `ends` to values."""
    step = values - ends
    still = np.abs(step) < 1e-300
    limits = np.where(step > 0.0, highest, lowest) - ends
    reach = np.where(still, 1.0, limits / np.where(still, 1.0, step))
    share = np.clip(reach.min(axis=1), 0.0, 1.0)
    return np.asarray(ends + share[:, None] * step)


def _equalities(layout: Layout, linears: Sequence[Linear]) -> tuple[Array, Array]:
    equal = [linear for linear in linears if linear.low is not None and linear.low == linear.high]
    rows = np.zeros((len(equal), layout.dimension))
    for place, linear in enumerate(equal):
        for name, factor in linear.coefficients.items():
            rows[place, layout.column[name]] = factor
    return rows, np.array([float(linear.low or 0.0) for linear in equal])
