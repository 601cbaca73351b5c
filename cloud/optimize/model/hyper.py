"""Hyper-parameters of a process: what they are, their priors, and the most probable ones.

theta is log [signal variance, a length scale per group..., common noise variance, sample variance], all for targets of
about zero mean and unit variance. Must not know of predictions.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.kernels import inverse, lower_factor, matern, matern_and_slope, squared_distances
from adatom.cloud.optimize.model.rows import Rows
from adatom.protocol.errors import InputError
from numpy.typing import NDArray
from scipy.optimize import minimize

# Priors of logarithms, (mean, sd). Length scales grow with the root of the dimension (Hvarfner 2024). Theirs is
# log-normal in the length scale, so that its mode in logs is sqrt(2) - 3 = -1.6, not sqrt(2). Of the priors tried on
# ten test functions with 8, 20 and 60 values the usual one has the best held-out density; sqrt(2) has by far the worst
# (at 8 values 6.0 against 1.0 nats a point, and 59 % within the two sd that should hold 95 %)
BOUND_SDS = 4.0  # how far from a prior's mean the search goes
# Starts of the search, (shift of the log length scales, log noise): a likelihood often has two summits, one that calls
# all structure and one that calls most of it noise. A warm start stands for the last of these
STARTS = ((1.2, -4.0), (2.3, -1.0), (0.2, -6.0))
ITERATIONS = 60  # L-BFGS-B steps from one start
SUBSET = 256  # rows that hyper-parameters are learnt from: more change them little and cost n³
GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
JITTER = 1e-8  # variance that keeps a covariance of equal points invertible

Objective = Callable[[Array], tuple[float, Array]]


@dataclass(frozen=True)
class Prior:
    """Normal distributions (mean, sd) of the logarithms in theta."""

    length: tuple[float, float] = (-1.3, 1.2)  # mean plus half the log of the number of groups
    noise: tuple[float, float] = (-4.0, 2.0)  # of the variance of the losses, wide: with sd 1 it is taken for structure
    signal: tuple[float, float] = (0.0, 1.0)  # targets have unit variance
    sample: tuple[float, float] = (-5.0, 1.5)  # plates differ by less than runs do, unless the values say otherwise

    def normals(self, groups: int) -> tuple[Array, Array]:
        """(means, sds) of theta, (g + 3,) each."""
        length, width = self.length
        lengths = [length + 0.5 * math.log(groups)] * groups
        means = [self.signal[0], *lengths, self.noise[0], self.sample[0]]
        return np.array(means), np.array([self.signal[1], *[width] * groups, self.noise[1], self.sample[1]])

    def log_density(self, theta: Array) -> float:
        """log density of theta, less a constant."""
        means, widths = self.normals(len(theta) - 3)
        return -0.5 * float((((theta - means) / widths) ** 2).sum())


USUAL = Prior()
# For spaces of many numbers that each matter over most of their range, with noise known from the measurements. On ten
# worlds of the twin's hard variant the geometric mean of the true resistance is 14 ohm cm2 after 50 trials and 5.0
# after 100 (10 at most); with the usual prior and a mixture over hyper-parameters 41 and 5.3 (32 at most)
GENTLE = Prior(length=(math.log(0.5), 1.0), noise=(-5.0, 1.0))


@dataclass(frozen=True)
class Hyper:
    """Hyper-parameters in their own units."""

    signal: float
    lengths: Array  # (f,) one per feature
    noise: float
    sample: float


def numbered(groups: Sequence[int] | None, features: int) -> NDArray[np.intp]:
    """(f,) group of each feature, from 0 on; each its own when there are none. Raises InputError for another number."""
    if groups is None:
        return np.arange(features)
    if len(groups) != features:
        raise InputError("groups", f"{len(groups)} for {features} features")
    return np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1)


def hyper_of(theta: Array, groups: NDArray[np.intp]) -> Hyper:
    """What theta (g + 3,) says of features in `groups` (f,)."""
    plain = np.exp(theta)
    return Hyper(float(plain[0]), plain[1:-2][groups], float(plain[-2]), float(plain[-1]))


def noise_of(rows: Rows, hyper: Hyper) -> Array:
    """(n,) variance of each row that no other row shares."""
    return np.asarray(rows.variances + hyper.noise / rows.counts + JITTER)


def covariance(rows: Rows, hyper: Hyper) -> Array:
    """(n, n) of the targets: kernel, what rows of one sample share, noise."""
    scaled = rows.features / hyper.lengths
    total = hyper.signal * matern(squared_distances(scaled, scaled))
    same = rows.same_sample(rows)
    if same is not None:
        total += hyper.sample * same
    total[np.diag_indices_from(total)] += noise_of(rows, hyper)
    return np.asarray(total)


class Evidence:
    """log p(targets | theta) of rows, with its gradient; a function of theta."""

    def __init__(self, rows: Rows, groups: NDArray[np.intp]) -> None:
        self.rows, self.groups = rows, groups
        same = rows.same_sample(rows)
        self._same = None if same is None else same.astype(float)
        self._members = np.eye(int(groups.max()) + 1)[groups]  # (f, g)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """(log likelihood, its gradient (g + 3,))."""
        value, gradient, _, _ = self._solved(theta)
        return value, gradient

    def with_inputs(self, theta: Array) -> tuple[float, Array, Array]:
        """As a call, and the gradient by each feature of each row, (n, f)."""
        value, gradient, scaled, pull = self._solved(theta)
        hyper = hyper_of(theta, self.groups)
        apart = pull @ scaled - pull.sum(axis=1)[:, None] * scaled
        return value, gradient, hyper.signal * apart / hyper.lengths

    def _solved(self, theta: Array) -> tuple[float, Array, Array, Array]:
        """(value, gradient, scaled features, pull of each pair (n, n)); (5.8), (5.9) of Rasmussen and Williams 2006."""
        rows, hyper = self.rows, hyper_of(theta, self.groups)
        scaled = rows.features / hyper.lengths
        kernel, slope = matern_and_slope(squared_distances(scaled, scaled))
        kernel *= hyper.signal
        total = kernel if self._same is None else kernel + hyper.sample * self._same
        total = total + np.diag(noise_of(rows, hyper))
        factor = lower_factor(total)
        inverted = inverse(factor)
        weights = inverted @ rows.targets
        value = log_density(factor, float(weights @ rows.targets))
        pull = np.multiply.outer(weights, weights)  # d value / d covariance is half of this matrix
        pull -= inverted
        slope *= pull
        by_length = length_gradient(scaled, slope) * hyper.signal
        by_sample = 0.0 if self._same is None else hyper.sample * float(np.vdot(pull, self._same))
        by_noise = hyper.noise * float(pull.diagonal() @ (1.0 / rows.counts))
        by_signal = float(np.vdot(pull, kernel))
        gradient = 0.5 * np.concatenate([[by_signal], by_length @ self._members, [by_noise, by_sample]])
        return value, gradient, scaled, slope


def log_density(factor: Array, squares: float) -> float:
    """log N(targets; 0, L Lᵀ) of the factor and targetsᵀ (L Lᵀ)⁻¹ targets."""
    return -0.5 * squares - float(np.log(factor.diagonal()).sum()) - 0.5 * len(factor) * math.log(2.0 * math.pi)


def length_gradient(scaled: Array, pull: Array) -> Array:
    """(f,) sums over all pairs of pull_ik (z_ij - z_kj)², without an array of n n f. `pull` symmetric."""
    around = pull.sum(axis=1) @ (scaled * scaled)
    return np.asarray(2.0 * (around - np.einsum("ij,ij->j", scaled, pull @ scaled)))


def fit_hyper(rows: Rows, groups: NDArray[np.intp], warm: Array | None = None, prior: Prior = USUAL) -> Array:
    """theta at the maximum of likelihood times prior; a pure function of its arguments.

    `warm`: where a search starts besides the fixed ones. Of many rows a subset is used.
    """
    means, widths = prior.normals(int(groups.max()) + 1)
    starts = [] if warm is None else [warm]
    for shift, noise in STARTS if warm is None else STARTS[:-1]:
        start = means.copy()
        start[1:-2] += shift
        start[-2] = noise
        starts.append(start)
    return most_probable(Evidence(rows.taken(subset(len(rows))), groups), means, widths, starts)


def refined(rows: Rows, groups: NDArray[np.intp], theta: Array, prior: Prior = USUAL) -> Array:
    """theta at the summit nearest to `theta`: for rows that differ little from those it was fitted to."""
    means, widths = prior.normals(int(groups.max()) + 1)
    return most_probable(Evidence(rows.taken(subset(len(rows))), groups), means, widths, [theta])


def most_probable(evidence: Objective, means: Array, widths: Array, starts: Sequence[Array]) -> Array:
    """The best theta of searches from `starts`, of log likelihood `evidence` and independent normal priors."""

    def loss(theta: Array) -> tuple[float, Array]:
        value, gradient = evidence(theta)
        offset = (theta - means) / widths
        return 0.5 * float(offset @ offset) - value, offset / widths - gradient

    low, high = means - BOUND_SDS * widths, means + BOUND_SDS * widths
    limits = list(zip(low.tolist(), high.tolist(), strict=True))
    answers = [
        minimize(
            loss,
            np.clip(start, low, high),
            jac=True,
            method="L-BFGS-B",
            bounds=limits,
            options={"maxiter": ITERATIONS, "ftol": 1e-7},
        )
        for start in starts
    ]
    return np.asarray(min(answers, key=lambda answer: float(answer.fun)).x, dtype=float)


def subset(count: int) -> NDArray[np.intp]:
    """Up to SUBSET of `count` rows, spread over the order told; one row more changes one of them at most."""
    if count <= SUBSET:
        return np.arange(count)
    turns = np.modf(GOLDEN * np.arange(count))[0]
    return np.sort(np.argsort(turns, kind="stable")[:SUBSET])
