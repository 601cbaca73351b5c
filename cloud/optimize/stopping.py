"""Whether to go on: the chance that anywhere in the space an improvement worth the trial is left.

The chance counts joint posterior draws over a spread of points in which the best one beats the best tested one by more
than what is worthwhile; below 5 % stopping is advised (cf. the regret bound of Makarova et al. 2022, compared with the
noise). A pure function of its arguments. Must not know of budgets in seconds.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.domain import Domain
from adatom.cloud.optimize.question import Belief

STOP_BELOW = 0.05  # chance to improve
SPREAD_POINTS = 384  # Sobol points over the space
NEAR_POINTS = 96  # and around the best tested one, where most of what is left lies
NEAR = (0.15, 0.05)  # of the ranges
DRAWS = 512
WORTHWHILE = 0.02  # of the spread of tested losses, where noise is smaller than that


@dataclass(frozen=True)
class Stop:
    """Advice: `chance` of an improvement by more than `worthwhile` (of the blended loss), and why, in words."""

    stop: bool
    chance: float | None
    worthwhile: float | None
    reason: str


def chance_to_improve(
    belief: Belief, space: Domain, tested: Array, worthwhile: float, rng: np.random.Generator
) -> float:
    """P(a point of the space beats the best posterior mean among `tested` (n, d) by more than `worthwhile`)."""
    mean, _ = belief.blend(space.features(tested))
    best = tested[int(mean.argmin())]
    near = np.vstack([best + width * rng.standard_normal((NEAR_POINTS // 2, len(best))) for width in NEAR])
    points = np.vstack([best[None], space.sobol(SPREAD_POINTS, int(rng.integers(2**31))), space.repair(near)])
    points = points[np.sort(np.unique(points, axis=0, return_index=True)[1])]
    features = space.features(points)
    drawn = belief.draws(features, DRAWS, rng)
    alive = rng.random(drawn.shape) < np.exp(belief.log_chances(features))
    return float((np.where(alive, drawn, np.inf)[:, 1:] < drawn[:, :1] - worthwhile).any(axis=1).mean())


def advice(
    belief: Belief, space: Domain, tested: Array, rng: np.random.Generator, worthwhile: float | None = None
) -> Stop:
    """What to do after `tested` (n, d). `worthwhile`: of the blended loss; None: the noise of a measurement."""
    if not belief.steers or len(tested) < 2:
        return Stop(False, None, None, "too few values for a model: go on")
    if worthwhile is None:
        spread = float(belief.blend(space.features(tested))[0].std())
        worthwhile = max(belief.noise_sd, WORTHWHILE * spread)
    chance = chance_to_improve(belief, space, tested, worthwhile, rng)
    said = f"{chance:.0%} chance that a point improves by more than {worthwhile:.3g}"
    if not belief.trusted:
        return Stop(False, chance, worthwhile, f"{said}, but the model predicts no better than the mean does: go on")
    stop = chance < STOP_BELOW
    return Stop(stop, chance, worthwhile, f"{said}: {'stop' if stop else 'go on'}")
