"""Laws of critical currents that are known to lie in steps: maximum likelihood of many data sets at once.

z = x / sd - place of the log current x is a standard variable of the law: normal for a lognormal current, smallest
extreme value for a Weibull one. In (places, 1 / sd) the log likelihood of intervals is concave (Burridge 1981), so
Newton's method with halved steps ends at its one maximum. Knows nothing of cells and files.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats, Indices
from scipy.special import expm1, ndtr

USUAL_STEP = 0.14  # of a log current, where no cell tells it: a ramp that grows by 15 %
ROUNDS = 60
HALVINGS = 25
DONE = 1e-9  # gain of log likelihood at which a data set is left alone
LEAST = 1e-300  # of a probability
RIDGE = 1e-4  # loss of log likelihood at a scatter of a tenth of a step: one is not told from none


@dataclass(frozen=True)
class Law:
    """A standard law: below(z), above(z), density(z), its logarithm's slope, and z of the median."""

    name: str
    below: Callable[[Floats], Floats]
    above: Callable[[Floats], Floats]
    density: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    draw: Callable[[np.random.Generator, tuple[int, ...]], Floats]
    median_z: float


def _normal(z: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi))


def _raised(z: Floats) -> Floats:
    return np.exp(np.minimum(z, 700.0))


LOGNORMAL = Law(
    "lognormal", ndtr, lambda z: ndtr(-z), _normal, lambda z: -z, lambda rng, shape: rng.standard_normal(shape), 0.0
)
WEIBULL = Law(
    "Weibull",
    lambda z: -expm1(-_raised(z)),
    lambda z: np.exp(-_raised(z)),
    lambda z: np.exp(np.minimum(z, 700.0) - _raised(z)),
    lambda z: 1.0 - _raised(z),
    lambda rng, shape: np.log(rng.standard_exponential(shape)),
    float(np.log(np.log(2.0))),
)
LAWS = {"weibull": WEIBULL, "lognormal": LOGNORMAL}


@dataclass(frozen=True)
class Fits:
    """Of B data sets in G strata that share a scatter: place (B, G) in standard deviations, inverse (B,) of the sd.

    The median of stratum g is exp((median_z + place) / inverse).
    """

    place: Floats
    inverse: Floats
    log_likelihood: Floats


def fit_steps(low: Floats, high: Floats, strata: list[Indices], law: Law, offset: float = 0.0) -> Fits:
    """Maximum likelihood of log currents in (low, high), (B, N) each, -inf and inf where a side is open.

    Strata (cells of each) have places of their own; without any, z = x / sd + offset for all.
    """
    groups = np.zeros((len(strata), low.shape[1]))
    for g, rows in enumerate(strata):
        groups[g, rows] = 1.0
    ridge = RIDGE * (0.1 * _typical_step(low, high)) ** 2
    values = _start(low, high, groups, offset, law)
    likelihood = _log_likelihood(values, low, high, groups, offset, law, ridge)
    left = np.arange(len(low))  # data sets that still gain
    for _ in range(ROUNDS):
        data = low[left], high[left], groups, offset, law, ridge[left]
        step = _newton(values[left], *data)
        values[left], better = _stepped(values[left], step, likelihood[left], data)
        gain = better - likelihood[left]
        likelihood[left] = better
        left = left[gain >= DONE]
        if not left.size:
            break
    return Fits(values[:, :-1], values[:, -1], likelihood)


def _start(low: Floats, high: Floats, groups: Floats, offset: float, law: Law) -> Floats:
    """(B, G + 1): places and inverse sd of the middles of the steps, an open side taken as half a step."""
    half = 0.5 * _typical_step(low, high)[:, None]
    middle = np.where(np.isfinite(low), low, high - half) + np.where(np.isfinite(low) & np.isfinite(high), half, 0.0)
    counts = groups.sum(axis=1)
    means = middle @ groups.T / counts if len(groups) else np.zeros((len(low), 0))
    left = middle - means @ groups
    spread = np.sqrt((left**2).mean(axis=1) + half[:, 0] ** 2)
    inverse = 1.0 / spread
    places = means * inverse[:, None] - law.median_z if len(groups) else means
    return np.column_stack([places, inverse])


def _typical_step(low: Floats, high: Floats) -> Floats:
    """(B,) median of the steps with two ends; USUAL_STEP where there is none."""
    closed = np.isfinite(low) & np.isfinite(high)
    steps = np.where(closed, np.where(closed, high, 0.0) - np.where(closed, low, 0.0), np.nan)
    steps[~closed.any(axis=1)] = USUAL_STEP
    return np.asarray(np.nanmedian(steps, axis=1))


def _ends(values: Floats, low: Floats, high: Floats, groups: Floats, offset: float) -> tuple[Floats, Floats]:
    shift = offset - values[:, :-1] @ groups
    return values[:, -1:] * low + shift, values[:, -1:] * high + shift


def _chance(za: Floats, zb: Floats, law: Law) -> Floats:
    """Probability between two ends, of the tail that they lie in, so that no digits cancel."""
    upper = za > 0.0
    between = np.where(upper, law.above(za) - law.above(zb), law.below(zb) - law.below(za))
    return np.maximum(between, LEAST)


def _log_likelihood(
    values: Floats, low: Floats, high: Floats, groups: Floats, offset: float, law: Law, ridge: Floats
) -> Floats:
    za, zb = _ends(values, low, high, groups, offset)
    return np.asarray(np.log(_chance(za, zb, law)).sum(axis=1) - ridge * values[:, -1] ** 2)


def _newton(
    values: Floats, low: Floats, high: Floats, groups: Floats, offset: float, law: Law, ridge: Floats
) -> Floats:
    """(B, G + 1) steps to the maximum of the quadratic that touches the log likelihood."""
    with np.errstate(over="ignore", invalid="ignore"):
        slope, curve = _derivatives(values, low, high, groups, offset, law)
    gradient = slope.sum(axis=2)
    gradient[:, -1] -= 2.0 * ridge * values[:, -1]
    curve[:, -1, -1] -= 2.0 * ridge
    curve -= 1e-9 * np.abs(np.einsum("bpp->bp", curve)).max(axis=1)[:, None, None] * np.eye(curve.shape[1])
    usable = np.isfinite(curve).all(axis=(1, 2)) & np.isfinite(gradient).all(axis=1)
    curve[~usable], gradient[~usable] = -np.eye(curve.shape[1]), 0.0  # so far off that no digits are left: it stays
    return np.asarray(np.linalg.solve(-curve, gradient[:, :, None])[:, :, 0])


def _derivatives(
    values: Floats, low: Floats, high: Floats, groups: Floats, offset: float, law: Law
) -> tuple[Floats, Floats]:
    """(B, P, N) slopes of the cells' log likelihoods and (B, P, P) curvature of their sum, by place and inverse."""
    za, zb = _ends(values, low, high, groups, offset)
    chance = _chance(za, zb, law)
    first, second = [], []
    for z in (za, zb):
        known = np.isfinite(z)
        safe = np.where(known, z, 0.0)
        density = np.where(known, law.density(safe), 0.0) / chance
        first.append(density)
        second.append(density * np.where(known, law.slope(safe), 0.0))
    a, b = (np.where(np.isfinite(x), x, 0.0) for x in (low, high))
    # z = inverse x - place: its derivatives are (-group, x)
    rows_a, rows_b = (np.concatenate([-np.broadcast_to(groups, (len(x), *groups.shape)), x[:, None, :]], axis=1)
                      for x in (a, b))  # fmt: skip
    slope = rows_b * first[1][:, None, :] - rows_a * first[0][:, None, :]
    curve = np.einsum("bpn,bqn,bn->bpq", rows_b, rows_b, second[1]) - np.einsum(
        "bpn,bqn,bn->bpq", rows_a, rows_a, second[0]
    )
    curve -= np.einsum("bpn,bqn->bpq", slope, slope)
    return slope, curve


def _stepped(
    values: Floats, step: Floats, likelihood: Floats, data: tuple[Floats, Floats, Floats, float, Law, Floats]
) -> tuple[Floats, Floats]:
    """Values after each data set's step, halved until the likelihood does not fall and the sd stays above 0."""
    share = np.ones(len(values))
    best, reached = values.copy(), likelihood.copy()
    open_ = np.ones(len(values), dtype=bool)
    for _ in range(HALVINGS):
        tried = values + share[:, None] * step
        allowed = open_ & (tried[:, -1] > 0.0)
        tried = np.where(allowed[:, None], tried, values)
        found = _log_likelihood(tried, *data)
        good = allowed & (found >= likelihood)
        best[good], reached[good] = tried[good], found[good]
        open_ &= ~good
        if not open_.any():
            break
        share = np.where(open_, 0.5 * share, share)
    return best, reached
