"""The weights of V as a posterior: the prior is what experts hold important, the likelihood outcomes and preferences.

Coordinates are log ratios to the mean (the simplex of Aitchison 1982): weights stay positive and sum to 1. Outcomes:
log odds = a + b z(V). Preferences: P(i over j) = logistic(k (V_i - V_j)), k by the expert (Bradley and Terry 1952).
The mode by Newton's method (BFGS), the spread by Laplace's approximation. Must not know of stores.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.evaluate.fuse.calibration import CENTRE, START, WIDTH
from numpy.typing import NDArray

Array = NDArray[np.float64]

PRIOR_SD = 0.5  # of each log ratio (K): AHP's weights are right within a factor of 1.6 or so
LEAST_WEIGHT = 1e-4  # of a prior, where AHP gives nothing
CURVATURE_STEP = 1e-3


@dataclass(frozen=True)
class Preference:
    """Someone holds candidate `better` to be worth more than `worse`, as rows of the terms; `equal` half each way."""

    better: int
    worse: int
    sharpness: float  # k: how surely the expert tells a difference in V
    equal: bool = False


@dataclass(frozen=True)
class Posterior:
    """Weights at the mode, standard deviations of each, and the log ratios with their covariance."""

    weights: Array  # (5,)
    sds: Array  # (5,)
    ratios: Array  # (5,)
    covariance: Array  # (5, 5)
    slope: float  # b at the mode
    evidence: int  # outcomes and preferences

    def distance(self, weights: Array) -> float:
        """How many standard deviations other weights are away (Mahalanobis, 4 dimensions)."""
        away = log_ratios(weights) - self.ratios
        return float(np.sqrt(away @ np.linalg.pinv(self.covariance) @ away))


def log_ratios(weights: Array) -> Array:
    """(5,) logs of weights over their geometric mean."""
    logs = np.log(np.maximum(weights, LEAST_WEIGHT))
    return np.asarray(logs - logs.mean())


def weights_of(ratios: Array) -> Array:
    """(5,) weights of log ratios; sum 1."""
    shares = np.exp(ratios - ratios.max())
    return np.asarray(shares / shares.sum())


def posterior(
    prior: Array, terms: Array, good: Array, candidates: Array, preferences: Sequence[Preference]
) -> Posterior:
    """The posterior of weights whose prior mode is `prior` (5,).

    `terms` (n, 5) and `good` (n,) of trials that ended; `candidates` (m, 5): terms that preferences number.
    """
    from scipy.optimize import minimize

    basis = _basis(len(prior))  # (5, 4): log ratios sum to 0
    centre = log_ratios(prior)
    (a, _), (b, _) = START

    # (p, 5) log odds of each answer are these times the weights
    apart = np.array([one.sharpness * (candidates[one.better] - candidates[one.worse]) for one in preferences])
    equal = np.array([one.equal for one in preferences], dtype=bool)

    def loss(place: Array) -> float:
        return _minus_log(place, basis, centre, terms, good, apart, equal)

    start = np.concatenate([np.zeros(basis.shape[1]), [a, b]])
    found = minimize(loss, start, method="BFGS", options={"gtol": 1e-5}).x
    size = basis.shape[1]
    spread = np.linalg.inv(_curvature(loss, found))[:size, :size]
    ratios = centre + basis @ found[:size]
    covariance = basis @ spread @ basis.T
    weights = weights_of(ratios)
    slope = np.diag(weights) - np.outer(weights, weights)  # of the weights by the log ratios
    sds = np.sqrt(np.maximum(np.diag(slope @ covariance @ slope), 0.0))
    return Posterior(weights, sds, ratios, covariance, float(found[-1]), len(good) + len(preferences))


def _minus_log(
    place: Array, basis: Array, centre: Array, terms: Array, good: Array, apart: Array, equal: NDArray[np.bool_]
) -> float:
    """Minus the log density at (4 coordinates, a, b), but for a constant."""
    size = basis.shape[1]
    weights, (a, b) = weights_of(centre + basis @ place[:size]), place[size:]
    total: float = 0.5 * float(place[:size] @ place[:size]) / PRIOR_SD**2
    total += sum(0.5 * ((float(x) - mean) / sd) ** 2 for x, (mean, sd) in zip((a, b), START, strict=True))
    if len(good):
        odds = a + b * (terms @ weights - CENTRE) / WIDTH
        total += float(np.logaddexp(0.0, -np.where(good > 0.5, odds, -odds)).sum())
    if len(apart):
        odds = apart @ weights
        right = np.logaddexp(0.0, -odds)
        total += float(np.where(equal, 0.5 * (right + np.logaddexp(0.0, odds)), right).sum())
    return total


def _basis(count: int) -> Array:
    """(count, count - 1) orthonormal columns, each of sum 0 (Helmert)."""
    full = np.eye(count) - 1.0 / count
    return np.asarray(np.linalg.svd(full)[0][:, : count - 1])


def _curvature(loss: Callable[[Array], float], place: Array) -> Array:
    """Hessian by central differences, made positive definite."""
    size, h = len(place), CURVATURE_STEP
    steps = h * np.eye(size)
    found = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            value = sum(s * t * loss(place + s * steps[i] + t * steps[j]) for s in (1.0, -1.0) for t in (1.0, -1.0))
            found[i, j] = found[j, i] = value / (4.0 * h * h)
    roots, axes = np.linalg.eigh(found)
    return np.asarray((axes * np.maximum(roots, 1e-6)) @ axes.T)
