"""Inputs bent by Kumaraswamy's distribution (Snoek 2014): a function that is steep at one end becomes even.

Of rows at features in [0, 1]; outside nothing is bent. Must not know of predictions.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.hyper import (
    USUAL,
    Evidence,
    Prior,
    most_probable,
)
from adatom.cloud.optimize.model.rows import Rows
from numpy.typing import NDArray

EDGE = 1e-3  # the ends of [0, 1] stay so far from those of the bend, where its slope is infinite
LOG_POWER_PRIOR = (0.0, 0.5)  # (mean, sd) of log a and log b: a straight line, give or take (Snoek 2014)


@dataclass(frozen=True)
class Warp:
    """w(x) = 1 - (1 - u^a)^b of u = EDGE + (1 - 2 EDGE) x, for each feature; a straight line for a = b = 1."""

    first: Array  # (f,) a
    second: Array  # (f,) b

    @classmethod
    def of(cls, logs: Array, groups: NDArray[np.intp]) -> Self:
        """From log a (g,) and then log b (g,) of groups of features."""
        first, second = np.exp(logs).reshape(2, -1)
        return cls(first[groups], second[groups])

    def __call__(self, features: Array) -> Array:
        """(n, f) bent features."""
        return np.asarray(-np.expm1(self.second * np.log1p(-(_inner(features) ** self.first))) + _beyond(features))

    def by_logs(self, features: Array) -> tuple[Array, Array]:
        """(d bent / d log a, d bent / d log b), (n, f) each."""
        inner = _inner(features)
        power = inner**self.first
        rest = np.log1p(-power)
        by_first = self.second * np.exp((self.second - 1.0) * rest) * power * np.log(inner) * self.first
        return np.asarray(by_first), np.asarray(-np.exp(self.second * rest) * rest * self.second)


def _inner(features: Array) -> Array:
    return np.asarray(EDGE + (1.0 - 2.0 * EDGE) * np.clip(features, 0.0, 1.0))


def _beyond(features: Array) -> Array:
    return np.asarray(features - np.clip(features, 0.0, 1.0))


class WarpedEvidence:
    """log p(targets | theta, warp) with its gradient; theta (g + 3,) is followed by log a (g,) and log b (g,)."""

    def __init__(self, rows: Rows, groups: NDArray[np.intp]) -> None:
        self.rows, self.groups = rows, groups
        self._members = np.eye(int(groups.max()) + 1)[groups]  # (f, g)

    def split(self, theta: Array) -> tuple[Array, Warp]:
        """(theta of the process, the warp)."""
        size = self._members.shape[1] + 3
        return theta[:size], Warp.of(theta[size:], self.groups)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """(log likelihood, its gradient (3 g + 3,))."""
        own, warp = self.split(theta)
        evidence = Evidence(replace(self.rows, features=warp(self.rows.features)), self.groups)
        value, gradient, by_input = evidence.with_inputs(own)
        by_first, by_second = (
            (by_input * part).sum(axis=0) @ self._members for part in warp.by_logs(self.rows.features)
        )
        return value, np.concatenate([gradient, by_first, by_second])


def fit_warp(rows: Rows, groups: NDArray[np.intp], theta: Array, prior: Prior = USUAL) -> tuple[Array, Warp, float]:
    """(theta, warp, gain) at the maximum a posteriori near `theta` of the straight process.

    gain: log posterior over that of `theta` with straight inputs.
    """
    evidence = WarpedEvidence(rows, groups)
    count = len(theta) - 3
    means, widths = prior.normals(count)
    centre, width = LOG_POWER_PRIOR
    all_means = np.concatenate([means, np.full(2 * count, centre)])
    all_widths = np.concatenate([widths, np.full(2 * count, width)])
    start = np.concatenate([theta, np.zeros(2 * count)])
    found = most_probable(evidence, all_means, all_widths, [start])
    off = (found - all_means) / all_widths
    gain = evidence(found)[0] - 0.5 * float(off @ off) - Evidence(rows, groups)(theta)[0] - prior.log_density(theta)
    own, warp = evidence.split(found)
    return own, warp, gain
