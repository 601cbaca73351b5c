"""A Gaussian process over compositions that is exact on the rows nearest to what is asked: thousands of rows, no fit.

k = a² exp(-|s - s'|/l) + b² exp(-|d - d'|/m): Laplacian kernels on the L1 distance of the elements' shares s and on the
mean L1 distance of their statistics d. (A Matern kernel of an L1 distance is not positive definite; this one is.)
"""

from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.prior.descriptors import Array, Described
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

NEAREST = 200  # rows that count for one prediction (K): its time grows with their square
JITTER = 1e-4  # of the variance: equal compositions stay solvable
FITTED_ON = 700  # rows that the hyper-parameters are learnt from
PULL = 0.05  # of the logarithms towards their start: weak, for directions that the rows leave open


class Hyper(NamedTuple):
    """Amplitudes and noise in the target's unit, lengths in L1 distance; `widen` multiplies every sd (calibration)."""

    share_amplitude: float
    share_length: float
    statistic_amplitude: float
    statistic_length: float
    noise: float
    widen: float = 1.0


class Process(NamedTuple):
    """What is known: compositions, targets (n,), hyper-parameters."""

    known: Described
    targets: Array
    hyper: Hyper


class Guess(NamedTuple):
    """Mean and standard deviation of a new material's value, (n,) each; noise between alike materials included."""

    mean: Array
    sd: Array


def guess(process: Process, asked: Described, nearest: int = NEAREST) -> Guess:
    """Each composition from the rows that are most alike."""
    hyper, centre = process.hyper, float(process.targets.mean())
    variance = hyper.share_amplitude**2 + hyper.statistic_amplitude**2
    alike = covariance(hyper, process.known, asked)
    count = min(nearest, len(process.targets))
    means, variances = np.zeros((2, len(asked.shares)))
    for column in range(len(means)):
        rows = np.argpartition(-alike[:, column], count - 1)[:count]
        near, cross = process.known.rows(rows), alike[rows, column]
        inner = covariance(hyper, near, near)
        inner[np.diag_indices(count)] += hyper.noise**2 + JITTER * variance
        solved = cho_solve(
            cho_factor(inner, lower=True, overwrite_a=True), np.c_[process.targets[rows] - centre, cross]
        )
        means[column] = centre + cross @ solved[:, 0]
        variances[column] = variance + hyper.noise**2 - cross @ solved[:, 1]
    return Guess(means, hyper.widen * np.sqrt(np.maximum(variances, 1e-12)))


def covariance(hyper: Hyper, first: Described, second: Described) -> Array:
    """(n, m), without noise."""
    used = first.shares.any(axis=0) | second.shares.any(axis=0)
    shares = cdist(first.shares[:, used], second.shares[:, used], "cityblock")
    statistics = cdist(first.statistics, second.statistics, "cityblock") / first.statistics.shape[1]
    alike: Array = hyper.share_amplitude**2 * np.exp(-shares / hyper.share_length)
    alike += hyper.statistic_amplitude**2 * np.exp(-statistics / hyper.statistic_length)
    return alike


def fitted(known: Described, targets: Array, seed: int = 0) -> Hyper:
    """Hyper-parameters of the largest marginal likelihood on some of the rows, drawn by the seed."""
    count = min(FITTED_ON, len(targets))
    rows: NDArray[np.int_] = np.random.default_rng(seed).choice(len(targets), count, replace=False)
    few, values = known.rows(rows), targets[rows] - targets[rows].mean()
    spread = float(values.std())
    start = np.log([spread, 1.0, spread, 1.0, 0.2 * spread])

    def loss(logs: Array) -> float:
        hyper = Hyper(*np.exp(logs))
        matrix = covariance(hyper, few, few)
        variance = hyper.share_amplitude**2 + hyper.statistic_amplitude**2
        matrix[np.diag_indices(count)] += hyper.noise**2 + JITTER * variance
        factor = cho_factor(matrix, lower=True, overwrite_a=True)
        fit = 0.5 * values @ cho_solve(factor, values) + np.log(np.diag(factor[0])).sum()
        return float(fit + PULL * np.sum((logs - start) ** 2))

    bounds = [(at - 6.0, at + 6.0) for at in start]
    return Hyper(*np.exp(minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40}).x))
