"""The box that a search stays in when the space is too wide for one model, a pure function of the ordered tells.

After TuRBO (Eriksson et al. 2019): it doubles after successes in a row, halves after failures in a row, starts again
when it has collapsed. The model itself stays global.
"""

import math
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array

DIMENSIONS = 8  # above, or
TELLS = 150  # above, a box pays
LENGTH_START, LENGTH_MOST, LENGTH_LEAST = 0.8, 1.6, 0.5**7  # Eriksson et al. 2019
SUCCESSES = 3  # in a row before it doubles
FAILURES_LEAST = 4  # in a row before it halves, or as many as there are columns
GAIN = 1e-3  # share of the spread of losses that counts as a success


@dataclass(frozen=True)
class Region:
    """A box around the best point: half of `length` to each side."""

    centre: Array  # (d,)
    length: float

    def bounds(self) -> tuple[Array, Array]:
        """(low, high), (d,) each, within [0, 1]."""
        half = 0.5 * self.length
        return np.clip(self.centre - half, 0.0, 1.0), np.clip(self.centre + half, 0.0, 1.0)


def pays(dimension: int, told: int) -> bool:
    """Whether a space of so many columns, with so many tells, is searched in a box."""
    return dimension > DIMENSIONS or told > TELLS


def region(vectors: Array, losses: Array, first: int) -> Region:
    """The box after tells in their order: (n, d) vectors and (n,) losses, the `first` of which were no choice."""
    length = _length(losses, first, max(FAILURES_LEAST, vectors.shape[1]))
    return Region(vectors[int(np.argmin(losses))], length)


def _length(losses: Array, first: int, patience: int) -> float:
    length, good, bad = LENGTH_START, 0, 0
    least = GAIN * float(np.std(losses))
    best = float(np.min(losses[:first], initial=math.inf))
    for loss in losses[first:]:
        improved = loss < best - least
        good, bad = (good + 1, 0) if improved else (0, bad + 1)
        best = min(best, float(loss))
        if good == SUCCESSES:
            length, good = min(LENGTH_MOST, 2.0 * length), 0
        elif bad == patience:
            length, bad = 0.5 * length, 0
        if length < LENGTH_LEAST:
            length, good, bad = LENGTH_START, 0, 0
    return length
