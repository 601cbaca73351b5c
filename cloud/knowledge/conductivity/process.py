"""A Gaussian process with a Laplacian kernel over blocks of features, an effect of each paper, and upper limits.

k(x, x') = signal exp(-sum_b w_b |x_b - x'_b|_1); rows of one paper share an error; what is below detection counts by
the probability of lying below its limit (expectation propagation). Must not know of compositions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools, Indices
from adatom.cloud.optimize.model.hyper import log_density, most_probable
from adatom.cloud.optimize.model.kernels import inverse, lower_factor, solved
from scipy.spatial.distance import cdist
from scipy.stats import norm

# Priors (mean, sd) of logarithms, of targets with a spread of about 0.5; wide, so that the papers decide (K)
SIGNAL, WEIGHT, PAPER, NOISE, LEVEL = (-0.7, 1.5), (0.0, 1.5), (-3.0, 1.5), (-3.0, 1.5), (0.0, 1.0)
JITTER = 1e-6
ROUNDS = 3  # of sites and hyper-parameters in turn; more change no prediction by a hundredth
SWEEPS = 6  # over the sites, each half a step: limits of one paper hang together and whole steps swing
LEAST_PRECISION = 1e-3  # of a site: a limit far above the prediction says nothing
LOWEST = 3.0  # a site's pseudo target lies at most so far below its limit: it is a direction, not a value
Z90 = 1.645  # half width of a normal distribution's central 90 %, in standard deviations
INSIDE = 0.9


@dataclass(frozen=True)
class Rows:
    """Blocks (n, f_b) each, targets (n,), which of them are upper limits (n,), number of each one's paper (n,)."""

    blocks: tuple[Array, ...]
    targets: Array
    below: Bools
    papers: Indices

    def same_paper(self) -> Array:
        """(n, n) 1 where two rows come of one paper."""
        return np.asarray(self.papers[:, None] == self.papers[None, :], dtype=float)


@dataclass(frozen=True)
class Fitted:
    """A process: hyper-parameters theta, the factor of its covariance, weights of rows, mean, what widens its sd."""

    rows: Rows
    theta: Array
    factor: Array
    weights: Array
    centre: float
    widening: float

    def predict(self, blocks: Sequence[Array]) -> tuple[Array, Array]:
        """(mean, sd), (m,) each, of what a new paper would measure."""
        signal, paper, noise, level = np.exp(self.theta[[0, -3, -2, -1]])
        across = signal * self.likeness(blocks) + level
        half = solved(self.factor, np.array(across.T, order="F"))  # a copy: it is overwritten
        variance = signal + level - np.einsum("ij,ij->j", half, half)
        total = np.maximum(variance, 0.0) + paper + noise
        return self.centre + across @ self.weights, self.widening * np.sqrt(total)

    def likeness(self, blocks: Sequence[Array]) -> Array:
        """(m, n) correlation of new rows with known ones: 1 is the same composition, 0 has nothing in common."""
        weights = np.exp(self.theta[1:-3])
        return np.asarray(np.exp(-np.tensordot(weights, distances(blocks, self.rows.blocks), axes=1)))


def distances(left: Sequence[Array], right: Sequence[Array]) -> Array:
    """(blocks, m, n) L1 distances."""
    return np.array([cdist(one, other, "cityblock") for one, other in zip(left, right, strict=True)])


class Evidence:
    """log p(targets | theta) with its gradient; theta is log [signal, a weight per block..., paper, noise, level]."""

    def __init__(self, apart: Array, same: Array, targets: Array, extra: Array) -> None:
        """`apart`: (blocks, n, n) distances; `same`: (n, n) one paper; `extra`: (n,) known variance of each target."""
        self.apart, self.same, self.targets, self.extra = apart, same, targets, extra

    def covariance(self, theta: Array) -> tuple[Array, Array]:
        """((n, n) of the targets, (n, n) the kernel's part of it)."""
        signal, paper, noise, level = np.exp(theta[[0, -3, -2, -1]])
        kernel = signal * np.exp(-np.tensordot(np.exp(theta[1:-3]), self.apart, axes=1))
        total = kernel + paper * self.same + level
        total[np.diag_indices_from(total)] += noise + self.extra + JITTER
        return total, kernel

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """(log likelihood, its gradient), by (5.8) and (5.9) of Rasmussen and Williams 2006."""
        total, kernel = self.covariance(theta)
        factor = lower_factor(total)
        inverted = inverse(factor)
        weights = inverted @ self.targets
        pull = np.outer(weights, weights) - inverted
        pulled = pull * kernel
        by_weight = -np.exp(theta[1:-3]) * np.tensordot(self.apart, pulled, axes=2)
        _, paper, noise, level = np.exp(theta[[0, -3, -2, -1]])
        rest = [paper * float(np.vdot(pull, self.same)), noise * float(np.trace(pull)), level * float(pull.sum())]
        gradient = 0.5 * np.concatenate([[pulled.sum()], by_weight, rest])
        return log_density(factor, float(weights @ self.targets)), gradient


def fit(rows: Rows, start: Array | None = None) -> Fitted:
    """The most probable process of rows; `start`: where the search begins. A pure function of its arguments."""
    means, widths = _priors(len(rows.blocks))
    centre = float(rows.targets[~rows.below].mean()) if not rows.below.all() else float(rows.targets.mean())
    limits, theta = rows.targets - centre, means if start is None else start
    evidence = Evidence(distances(rows.blocks, rows.blocks), rows.same_paper(), limits, np.zeros(len(limits)))
    for _ in range(ROUNDS if rows.below.any() else 1):
        theta = most_probable(evidence, means, widths, [theta])
        evidence = with_sites(evidence, theta, limits, rows.below)
    factor = lower_factor(evidence.covariance(theta)[0])
    inverted = inverse(factor)
    weights = inverted @ evidence.targets
    return Fitted(rows, theta, factor, weights, centre, _widening(inverted, weights, rows))


def with_sites(evidence: Evidence, theta: Array, limits: Array, below: Bools) -> Evidence:
    """The same with each upper limit as a normal site: a pseudo target and a variance besides the noise.

    Expectation propagation for the likelihood Phi((limit - f) / noise), as (3.58) of Rasmussen and Williams 2006.
    """
    if not below.any():
        return evidence
    noise = float(np.exp(theta[-2]))
    targets, extra = evidence.targets.copy(), evidence.extra.copy()
    for _ in range(SWEEPS):
        inverted = inverse(lower_factor(Evidence(evidence.apart, evidence.same, targets, extra).covariance(theta)[0]))
        spread = 1.0 / inverted.diagonal()
        mean = (targets - (inverted @ targets) * spread)[below]
        variance = np.maximum(spread[below] - noise - extra[below], JITTER)
        site, own = _site(mean, variance, limits[below], noise)
        targets[below] += 0.5 * (site - targets[below])
        extra[below] += 0.5 * (np.maximum(own - noise, -0.9 * noise) - extra[below])
    return Evidence(evidence.apart, evidence.same, targets, extra)


def _site(mean: Array, variance: Array, limit: Array, noise: float) -> tuple[Array, Array]:
    """(pseudo target, its variance) that make N(mean, variance) what it is once known to be read below its limit."""
    spread = np.sqrt(variance + noise)
    reach = (limit - mean) / spread
    hazard = np.exp(norm.logpdf(reach) - norm.logcdf(reach))
    new_mean = mean - variance * hazard / spread
    new_variance = variance - variance**2 * hazard * (reach + hazard) / (variance + noise)
    precision = np.maximum(1.0 / new_variance - 1.0 / variance, LEAST_PRECISION)
    target = (new_mean / new_variance - mean / variance) / precision
    return np.maximum(target, limit - LOWEST), 1.0 / precision


def _widening(inverted: Array, weights: Array, rows: Rows) -> float:
    """What sds are multiplied by so that 90 % intervals hold 90 % of rows whose whole paper is left out; at least 1.

    Leaving out a block of rows needs no new fit: the residual is (K^-1_II)^-1 alpha_I with covariance (K^-1_II)^-1.
    A paper counts as the root of its number of rows.
    """
    scores, shares = np.zeros(len(weights)), np.zeros(len(weights))
    for paper in np.unique(rows.papers):
        own = np.flatnonzero(rows.papers == paper)
        block = np.linalg.inv(inverted[np.ix_(own, own)])
        scores[own] = np.abs(block @ weights[own]) / np.sqrt(block.diagonal())
        shares[own] = len(own) ** -0.5
    scores, shares = scores[~rows.below], shares[~rows.below]
    if not len(scores):
        return 1.0
    order = np.argsort(scores)
    reached = np.cumsum(shares[order])
    return max(1.0, float(scores[order][np.searchsorted(reached, INSIDE * reached[-1])]) / Z90)


def _priors(blocks: int) -> tuple[Array, Array]:
    """(means, sds) of theta, (blocks + 4,) each: a row of average distance in every block is half forgotten."""
    weight = (WEIGHT[0] - float(np.log(blocks)), WEIGHT[1])
    found = np.array([SIGNAL, *[weight] * blocks, PAPER, NOISE, LEVEL])
    return found[:, 0], found[:, 1]
