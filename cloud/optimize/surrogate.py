"""What the optimizer believes: a Gaussian process of each objective's loss, and the chance that a run succeeds.

scikit-learn's regressor with an ARD Matern-5/2 kernel, hyper-parameters at the maximum of likelihood times prior. Must
not know of recipes; the inputs are features in about [0, 1].
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

# Priors on logarithms (mean, sd): length scales grow with the root of the dimension (Hvarfner 2024)
LENGTH_SCALE_PRIOR = (math.log(0.5), 1.0)  # mean plus half the log of the dimension
NOISE_PRIOR = (-5.0, 1.0)  # noise variance over the variance of the losses: cells re-assembled differ by 0.1 decades
SIGNAL_PRIOR = (0.0, 1.0)
# Starts of the fit, (shift of the length scales, log noise): a fit from the middle alone may call structure noise
STARTS = ((0.0, -5.0), (-1.0, -8.0))
BOUNDS = (1e-5, 1e5)  # of every hyper-parameter; the priors keep the optimum well inside
ITERATIONS = 60  # L-BFGS-B steps of one fit, each some milliseconds at n = 100
JITTER = 1e-8  # variance that keeps a covariance of equal points invertible
DRAW_JITTER = 1e-6  # the same for a posterior covariance, which has lost digits
LEAST_SPREAD = 0.05  # standard deviation of losses below which they are called equal (2 % repeatability is 0.01)

SCATTER = 0.1  # decades by which equal runs usually differ (re-assembled cells: ln sd 0.20, physics.md)
SCATTER_RUNS = 4.0  # runs that this expectation is worth
PRIOR_RUNS = 1.0  # weight of the overall success rate against the runs near a point
NEAR = 0.15  # distance per root of the dimension over which a failure says something


@dataclass(frozen=True)
class Values:
    """Told losses, one row per recipe: replicates pooled to their mean."""

    features: Array  # (n, f)
    losses: Array  # (n,)
    sds: Array  # (n,) known standard deviation of each loss
    repeats: Array  # (n,) how many values each is the mean of

    def joined(self, features: Array, losses: Array) -> Self:
        """With rows that are believed and not told; they are as sure as a typical one."""
        sds = np.full(len(losses), float(np.median(self.sds)))
        return type(self)(
            np.vstack([self.features, features]),
            np.concatenate([self.losses, losses]),
            np.concatenate([self.sds, sds]),
            np.concatenate([self.repeats, np.ones(len(losses))]),
        )


def pooled(features: Array, losses: Array, sds: Array) -> Values:
    """Values of rows in the order told; rows with equal features are replicates.

    Replicates that scatter more than cells usually do add what is beyond to the variance of their mean: next to a cliff
    one run is fine and the next is not, which says that the recipe is bad and not that all measurements are.
    """
    _, first, group = np.unique(features, axis=0, return_index=True, return_inverse=True)
    rows = []
    for index in np.argsort(first):
        members = np.flatnonzero(group == index)
        count, centre = len(members), float(losses[members].mean())
        squares = SCATTER_RUNS * SCATTER**2 + float(((losses[members] - centre) ** 2).sum())
        beyond = max(0.0, squares / (SCATTER_RUNS + count - 1) - SCATTER**2)
        variance = (float((sds[members] ** 2).mean()) + beyond) / count
        rows.append((first[index], centre, math.sqrt(variance), float(count)))
    order, means, spreads, counts = (np.array(column) for column in zip(*rows, strict=True))
    return Values(features[order], means, spreads, counts)


@dataclass(frozen=True)
class Scale:
    """Losses as the process sees them: the far tail folded, then standardised."""

    centre: float
    spread: float
    knee: float

    @classmethod
    def of(cls, losses: Array) -> Self:
        """The scale of told losses: the knee is their median, beyond which differences count little."""
        knee = float(np.median(losses))
        folded = _folded(losses, knee)
        return cls(float(folded.mean()), max(float(folded.std()), LEAST_SPREAD), knee)

    def to_unit(self, losses: Array) -> Array:
        """Standardised folded losses."""
        return (self.folded(losses) - self.centre) / self.spread

    def folded(self, losses: Array) -> Array:
        """Losses with what lies above the knee compressed: how bad a bad film is says little about the good ones."""
        return _folded(losses, self.knee)


def _folded(losses: Array, knee: float) -> Array:
    """Above the knee d decades become ln(1 + d): slope 1 at the knee, so that the order of all losses stays."""
    above = np.maximum(losses - knee, 0.0)
    return np.minimum(losses, knee) + np.log1p(above)


def fit_hyper(features: Array, targets: Array, variances: Array) -> Array:
    """log [signal variance, length scales..., noise variance] at the maximum a posteriori.

    `targets` standardised, (n,); `variances` known noise of each, same scale. A pure function of its arguments: the
    starts are fixed.
    """
    dimension = features.shape[1]
    centres, widths = _priors(dimension)
    kernel = ConstantKernel(1.0, BOUNDS) * Matern(np.ones(dimension), BOUNDS, nu=2.5) + WhiteKernel(0.02, BOUNDS)
    answers: list[tuple[float, Array]] = []

    def climb(objective: Callable[..., Any], _: Array, bounds: Array) -> tuple[Array, float]:
        def penalised(theta: Array) -> tuple[float, Array]:
            loss, gradient = objective(theta)
            offset = (theta - centres) / widths
            return float(loss) + 0.5 * float(offset @ offset), gradient + offset / widths

        limits = [(float(low), float(high)) for low, high in bounds]
        for start in _starts(centres):
            result = minimize(
                penalised, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": ITERATIONS}
            )
            answers.append((float(result.fun), np.asarray(result.x, dtype=float)))
        loss, theta = min(answers, key=lambda answer: answer[0])
        return theta, loss

    GaussianProcessRegressor(kernel, alpha=variances + JITTER, optimizer=climb).fit(features, targets)
    return min(answers, key=lambda answer: answer[0])[1]


def _priors(dimension: int) -> tuple[Array, Array]:
    centre, width = LENGTH_SCALE_PRIOR
    scales = np.full(dimension, centre + 0.5 * math.log(dimension))
    centres = np.concatenate([[SIGNAL_PRIOR[0]], scales, [NOISE_PRIOR[0]]])
    return centres, np.concatenate([[SIGNAL_PRIOR[1]], np.full(dimension, width), [NOISE_PRIOR[1]]])


def _starts(centres: Array) -> list[Array]:
    starts = []
    for shift, noise in STARTS:
        start = centres.copy()
        start[1:-1] += shift
        start[-1] = noise
        starts.append(start)
    return starts


class Surrogate:
    """A posterior of one objective's loss given hyper-parameters; `with_belief` adds points that are not measured."""

    def __init__(self, values: Values, hyper: Array, scale: Scale) -> None:
        self.values, self.hyper, self.scale = values, hyper, scale
        signal, noise = math.exp(hyper[0]), math.exp(hyper[-1])
        kernel = ConstantKernel(signal) * Matern(np.exp(hyper[1:-1]), nu=2.5)
        variances = (values.sds / scale.spread) ** 2 + noise / values.repeats + JITTER
        self._process = GaussianProcessRegressor(kernel, alpha=variances, optimizer=None)
        self._process.fit(values.features, scale.to_unit(values.losses))

    def predict(self, features: Array) -> tuple[Array, Array]:
        """(mean, standard deviation) of the folded loss without measurement noise, both (n,)."""
        mean, sd = self._process.predict(features, return_std=True)
        return self.scale.centre + self.scale.spread * mean, self.scale.spread * sd

    @property
    def noise_sd(self) -> float:
        """Standard deviation of one more measurement of the folded loss, beside its known one."""
        return self.scale.spread * math.exp(0.5 * self.hyper[-1])

    def draws(self, features: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n) joint draws of the folded loss without measurement noise."""
        mean, covariance = self._process.predict(features, return_cov=True)
        root = np.linalg.cholesky(covariance + DRAW_JITTER * np.eye(len(mean)))
        unit = mean + rng.standard_normal((count, len(mean))) @ root.T
        return np.asarray(self.scale.centre + self.scale.spread * unit)

    def with_belief(self, features: Array) -> "Surrogate":
        """The posterior after pretending that its own mean had been measured (Kriging believer)."""
        mean = unfolded(self.predict(features)[0], self.scale.knee)
        return Surrogate(self.values.joined(features, mean), self.hyper, self.scale)


def unfolded(folded: Array, knee: float) -> Array:
    """The losses of folded ones."""
    return np.minimum(folded, knee) + np.expm1(np.maximum(folded - knee, 0.0))


class Success:
    """The chance that a run at a point succeeds: the share of successes nearby, shrunk to the overall share."""

    def __init__(self, features: Array, succeeded: Array) -> None:
        """`succeeded`: (n,) of 1.0 and 0.0."""
        self.features, self.succeeded = features, succeeded
        self.overall = (float(succeeded.sum()) + 1.0) / (len(succeeded) + 1.0)

    def chance(self, features: Array) -> Array:
        """(n,) probabilities."""
        reach = NEAR * math.sqrt(self.features.shape[1])
        weights = np.exp(-0.5 * (cdist(features, self.features) / reach) ** 2)
        good = weights @ self.succeeded + PRIOR_RUNS * self.overall
        return np.asarray(good / (weights.sum(axis=1) + PRIOR_RUNS))
