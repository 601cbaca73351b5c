"""What a value is expected to be, from what else is known: the composition, and the material's other properties.

Two halves of the compositions teach each other (so that no fact speaks for itself) a gradient-boosted regression
(scikit-learn's HistGradientBoosting, which takes missing values). A second one learns how far such expectations miss:
that scale, and a Student t fitted to what is left, turn a distance into a probability. Pure.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.ensemble import HistGradientBoostingRegressor

from .claims import Claims

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

MIN_FACTS = 300  # of a property; fewer teach nothing about outliers
TREES, LEAVES, TREES_OF_SCALE = 120, 31, 40
CLIPPED = 2e-3  # share of the values at each end that a wild value is drawn in to before it teaches
FREEDOMS = (1.5, 2.0, 3.0, 5.0, 10.0)
QUARTILE_MISS = 0.01  # of the scale: no miss is thought smaller


class Expected(NamedTuple):
    """Of each claim: what is expected on the scale of y, by how much such expectations miss, and the tail's freedom.

    NaN where nothing is expected: too few facts of that property, or a limit instead of a value.
    """

    y: Array
    scale: Array
    freedom: Array

    def surprise(self, y: Array) -> Array:
        """(n,) -ln of the density of values y under the expectation; NaN where there is none."""
        return np.asarray(-stats.t.logpdf((y - self.y) / self.scale, self.freedom) + np.log(self.scale))

    def tail(self, y: Array) -> Array:
        """(n,) chance of a value at least so far from the expectation, either way."""
        return np.asarray(2.0 * stats.t.sf(np.abs((y - self.y) / self.scale), self.freedom))


def expect(claims: Claims, progress: Callable[[str, float], None] = lambda name, share: None) -> Expected:
    """What is expected of every claim. `progress` hears of each property before its turn."""
    possible = claims.possible()
    known = _medians(claims, possible)
    found = Expected(*(np.full(len(claims.y), np.nan) for _ in range(3)))
    half = np.random.default_rng(0).integers(0, 2, len(claims.compositions))
    for code, name in enumerate(claims.properties):
        progress(name, code / len(claims.properties))
        rows = np.flatnonzero((claims.property == code) & claims.exact & np.isfinite(claims.y))
        if len(rows) < MIN_FACTS:
            continue
        of = claims.composition[rows]
        others = np.delete(known, code, axis=1)[of]
        x = _telling(np.column_stack([claims.described[of], others, claims.at_c[rows]]), half[of])
        found.y[rows], found.scale[rows], found.freedom[rows] = _crossed(x, claims.y[rows], half[of], possible[rows])
    return found


def _crossed(x: Array, y: Array, half: NDArray[np.int64], possible: Flags) -> tuple[Array, Array, float]:
    """Expectation and scale of each row, taught by the other half, and the tails' freedom."""
    drawn_in = np.clip(y, *np.quantile(y[possible], [CLIPPED, 1 - CLIPPED]))
    middle = _by_other_half(x, drawn_in, half, TREES)
    miss = np.abs(y - middle)
    least = QUARTILE_MISS * max(float(np.quantile(miss, 0.75)), 1e-12)
    scale = np.exp(_by_other_half(x, np.log(np.maximum(miss, least)), half, TREES_OF_SCALE))
    scale = np.maximum(scale, float(np.quantile(scale, 0.05)))  # what looks exact may be luck
    freedom, widened = _tails((y - middle) / scale)
    return middle, scale * widened, freedom


def _telling(x: Array, half: NDArray[np.int64]) -> Array:
    """The columns that hold a number in both halves: the regression refuses one of gaps alone."""
    return x[:, [bool(np.isfinite(x[half == 0, k]).any() and np.isfinite(x[half == 1, k]).any())
                 for k in range(x.shape[1])]]  # fmt: skip


def _by_other_half(x: Array, y: Array, half: NDArray[np.int64], trees: int) -> Array:
    found = np.empty(len(y))
    for one in (0, 1):
        taught = half != one
        model = HistGradientBoostingRegressor(max_iter=trees, max_leaf_nodes=LEAVES, random_state=0)
        found[~taught] = model.fit(x[taught], y[taught]).predict(x[~taught])
    return found


def _tails(z: Array) -> tuple[float, float]:
    """(freedom, scale) of the Student t under which the misses are likeliest, the scale by their median."""
    size = float(np.median(np.abs(z)))
    fits = [(nu, size / float(stats.t.ppf(0.75, nu))) for nu in FREEDOMS]
    return max(fits, key=lambda fit: float(np.sum(stats.t.logpdf(z / fit[1], fit[0]) - np.log(fit[1]))))


def _medians(claims: Claims, possible: Flags) -> Array:
    """(compositions, properties) median y of the exact, possible claims; NaN where there is none."""
    width = len(claims.properties)
    rows = np.flatnonzero(claims.exact & possible)
    cell = claims.composition[rows] * width + claims.property[rows]
    order = np.lexsort((claims.y[rows], cell))
    cells, start, count = np.unique(cell[order], return_index=True, return_counts=True)
    y = claims.y[rows][order]
    found = np.full(len(claims.compositions) * width, np.nan)
    found[cells] = 0.5 * (y[start + (count - 1) // 2] + y[start + count // 2])
    return found.reshape(len(claims.compositions), width)
