"""Weibull lives with right censoring: S(t) = exp(-(t/scale)^shape). Knows nothing of cells.

Fits are made for many groups of lives at once, so that each interval is calibrated by fits of simulated groups of the
same size and test length: for groups without censoring such intervals are exact, however small (the pivots of Thoman,
Bain and Antle 1969), where those from curvature or a chi-squared limit hold too little.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.cycling.lifetimes import CONFIDENCE, Lifetimes
from adatom.cloud.measure.eis.arrays import Flags, Floats, Indices

SIMULATIONS = 2000  # groups behind each interval: its ends are then known to about 3 % of its width
SEED = 20  # the same data give the same interval
MIN_FAILURES = 2  # a scale and a shape
LOG_SHAPE = (-4.0, 5.5)  # 0.02 to 250: beyond every life test
HALVINGS = 45  # of that range: to 1e-13


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval; the upper one is infinite where the data set none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Weibull:
    """Shape, scale (characteristic life: 63 % have failed) and median, in the unit of the lives."""

    shape: Estimate
    scale: Estimate
    median: Estimate


@dataclass(frozen=True)
class Fits:
    """Of B data sets of lives in G strata that share a shape: shape (B,), log_scale (B, G), log_likelihood (B,)."""

    shape: Floats
    log_scale: Floats
    log_likelihood: Floats


def fit_all(log_t: Floats, failed: Flags, strata: list[Indices]) -> Fits:
    """Maximum likelihood of B data sets (B, N). A stratum without failures has an infinite scale.

    The likelihood's slope falls along the shape, d/shape + sum x_failed - sum d_g <x>_g = 0, so halving finds its zero.
    """
    deaths = np.stack([failed[:, rows].sum(axis=1) for rows in strata], axis=1)
    total, known = deaths.sum(axis=1), np.where(failed, log_t, 0.0).sum(axis=1)
    low, high = np.full(len(log_t), LOG_SHAPE[0]), np.full(len(log_t), LOG_SHAPE[1])
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        shape = np.exp(middle)
        means = np.stack([_weighted_mean(log_t[:, rows], shape) for rows in strata], axis=1)
        rises = total / shape + known - (deaths * means).sum(axis=1) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    shape = np.exp(0.5 * (low + high))
    logs = np.stack([_log_sum(log_t[:, rows], shape) for rows in strata], axis=1)
    with np.errstate(divide="ignore"):
        log_mean = logs - np.log(deaths)  # of (t/scale)^shape over the failures
    seen = (deaths * np.where(deaths > 0, log_mean, 0.0)).sum(axis=1)
    likelihood = total * np.log(shape) + (shape - 1.0) * known - seen - total
    return Fits(shape, log_mean / shape[:, None], likelihood)


def _weighted_mean(x: Floats, shape: Floats) -> Floats:
    """Mean of x (B, N) with weights exp(shape x)."""
    scaled = shape[:, None] * x
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray((weights * x).sum(axis=1) / weights.sum(axis=1))


def _log_sum(x: Floats, shape: Floats) -> Floats:
    """log sum exp(shape x) of each row."""
    scaled = shape[:, None] * x
    top = scaled.max(axis=1)
    return np.asarray(top + np.log(np.exp(scaled - top[:, None]).sum(axis=1)))


def fit_weibull(lives: Lifetimes, confidence: float = CONFIDENCE) -> Weibull | None:
    """The Weibull law of a group with intervals; None with fewer than two failures."""
    if lives.failures < MIN_FAILURES:
        return None
    everyone = [np.arange(lives.cycles.size)]
    found = fit_all(np.log(lives.cycles)[None, :], lives.failed[None, :], everyone)
    shape, log_scale = float(found.shape[0]), float(found.log_scale[0, 0])
    rng = np.random.default_rng(SEED)
    log_t, failed = simulated(rng, shape, np.full(lives.cycles.size, log_scale), log_ends(lives))
    usable = failed.sum(axis=1) >= MIN_FAILURES
    again = fit_all(log_t[usable], failed[usable], everyone)
    tails = [0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence]
    shape_low, shape_high = shape / np.quantile(again.shape / shape, tails[::-1])

    def life(offset: float) -> Estimate:
        """The life at which log(cumulated hazard) is the offset, by the pivot shape* (log life* - log life)."""
        value = log_scale + offset / shape
        pivots = again.shape * (again.log_scale[:, 0] + offset / again.shape - value)
        low, high = value - np.quantile(pivots, tails[::-1]) / shape
        return Estimate(*(float(one) for one in np.exp([value, low, high])))

    return Weibull(Estimate(shape, float(shape_low), float(shape_high)), life(0.0), life(float(np.log(np.log(2.0)))))


def log_ends(lives: Lifetimes) -> Floats:
    """Log of the cycle at which each cell's test would have ended: known of those that live; else the longest of these.

    Without any the tests had no end.
    """
    censored = lives.cycles[~lives.failed]
    longest = float(censored.max()) if censored.size else np.inf
    ends = np.where(lives.failed, np.maximum(longest, lives.cycles), lives.cycles)
    return np.log(ends) if censored.size else np.full(lives.cycles.size, np.inf)


def simulated(rng: np.random.Generator, shape: float, log_scale: Floats, ends: Floats) -> tuple[Floats, Flags]:
    """SIMULATIONS times the lives (B, N) of cells with these log scales (N,), tested up to their ends (N,)."""
    log_t = log_scale + np.log(rng.standard_exponential((SIMULATIONS, log_scale.size))) / shape
    return np.minimum(log_t, ends), log_t <= ends
