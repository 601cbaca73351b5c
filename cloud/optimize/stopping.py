"""Whether to go on: the chance that anywhere in the space an improvement worth the trial is left.

The chance counts joint posterior draws over a spread of points in which the best one beats the best tested one by more
than what is worthwhile; below 5 % stopping is advised (cf. the regret bound of Makarova et al. 2022, compared with the
noise). Of several losses apart a point improves by what it adds to the hypervolume of the front, as a share of that.
A pure function of its arguments. Must not know of budgets in seconds.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.acquisition.pareto import Frame, non_dominated
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.belief import Belief
from adatom.cloud.optimize.domain import Domain

STOP_BELOW = 0.05  # chance to improve
SPREAD_POINTS = 384  # Sobol points over the space
NEAR_POINTS = 96  # and around the best tested ones, where most of what is left lies
NEAR = (0.15, 0.05)  # of the ranges
DRAWS = 512
FRONT_DRAWS = 256  # of several losses: each costs a hypervolume
WORTHWHILE = 0.02  # of the spread of tested losses, or of the hypervolume, where noise is smaller than that


@dataclass(frozen=True)
class Stop:
    """Advice: `chance` of an improvement by more than `worthwhile`, and why, in words.

    `worthwhile` is a difference of the weighted sum of losses; of several losses apart a share of the hypervolume.
    """

    stop: bool
    chance: float | None
    worthwhile: float | None
    reason: str


def chance_to_improve(
    belief: Belief, space: Domain, tested: Array, worthwhile: float, rng: np.random.Generator
) -> float:
    """P(a point of the space beats the best posterior mean among `tested` (n, d) by more than `worthwhile`)."""
    mean, _ = belief.blend(space.features(tested))
    features = space.features(_spread(space, tested[[int(mean.argmin())]], rng))
    drawn = belief.draws(features, DRAWS, rng)
    alive = rng.random(drawn.shape) < np.exp(belief.log_chances(features))
    return float((np.where(alive, drawn, np.inf)[:, 1:] < drawn[:, :1] - worthwhile).any(axis=1).mean())


def chance_to_widen(belief: Belief, space: Domain, tested: Array, worthwhile: float, rng: np.random.Generator) -> float:
    """P(a point of the space adds more than `worthwhile` of it to the hypervolume of the front of `tested` (n, d)).

    The front is that of the posterior means; what it truly is, each draw says together with all other points.
    """
    means, _ = belief.losses(space.features(tested))
    frame = Frame.of(means)
    front = np.unique(tested[non_dominated(means)], axis=0)
    features = space.features(_spread(space, front, rng))
    drawn = belief.loss_draws(features, FRONT_DRAWS, rng)
    alive = rng.random(drawn.shape[:2]) < np.exp(belief.log_chances(features))
    least = worthwhile * _volume(frame, means)
    widened = 0
    for losses, lives in zip(drawn, alive, strict=True):
        along = frame.volumes(losses[: len(front)]).max(axis=0)
        gains = frame.gains(losses[len(front) :], along)
        widened += bool((gains[lives[len(front) :]] > least).any())
    return widened / FRONT_DRAWS


def _spread(space: Domain, best: Array, rng: np.random.Generator) -> Array:
    """(m, d) distinct vectors: the `best` ones (b, d), points over the space and around them."""
    each = -(-NEAR_POINTS // (len(NEAR) * len(best)))
    centres = np.repeat(best, each, axis=0)
    near = np.vstack([centres + width * rng.standard_normal(centres.shape) for width in NEAR])
    points = np.vstack([best, space.sobol(SPREAD_POINTS, int(rng.integers(2**31))), space.repair(near)])
    return np.asarray(points[np.sort(np.unique(points, axis=0, return_index=True)[1])])


def _volume(frame: Frame, losses: Array) -> float:
    return float(frame.volumes(losses).max(axis=0).mean())


def _told_apart(belief: Belief, means: Array) -> float:
    """The share of the hypervolume that a measurement can tell, of tested means (n, k); at least a fiftieth.

    It is what a point of the front adds that is better by the noise in each loss, on average over the front.
    """
    frame, front = Frame.of(means), means[non_dominated(means)]
    gains = frame.gains(front - belief.noise_sds, frame.volumes(front).max(axis=0))
    return max(WORTHWHILE, float(gains.mean()) / _volume(frame, means))


def advice(
    belief: Belief,
    space: Domain,
    tested: Array,
    rng: np.random.Generator,
    worthwhile: float | None = None,
    *,
    apart: bool = False,
) -> Stop:
    """What to do after `tested` (n, d). `worthwhile` as Stop has it; None: the noise of a measurement.

    `apart`: several losses are judged by their front and not by their weighted sum.
    """
    if not belief.steers or len(tested) < 2:
        return Stop(False, None, None, "too few values for a model: go on")
    if apart and len(belief.steering) > 1:
        if worthwhile is None:
            worthwhile = _told_apart(belief, belief.losses(space.features(tested))[0])
        chance = chance_to_widen(belief, space, tested, worthwhile, rng)
        return _advised(belief, chance, worthwhile, f"adds more than {worthwhile:.1%} to the hypervolume of the front")
    if worthwhile is None:
        spread = float(belief.blend(space.features(tested))[0].std())
        worthwhile = belief.unit * max(belief.noise_sd, WORTHWHILE * spread)
    chance = chance_to_improve(belief, space, tested, worthwhile / belief.unit, rng)
    return _advised(belief, chance, worthwhile, f"improves by more than {worthwhile:.3g}")


def _advised(belief: Belief, chance: float, worthwhile: float, gain: str) -> Stop:
    said = f"{chance:.0%} chance that a point {gain}"
    if not belief.trusted:
        return Stop(False, chance, worthwhile, f"{said}, but the model predicts no better than the mean does: go on")
    stop = chance < STOP_BELOW
    return Stop(stop, chance, worthwhile, f"{said}: {'stop' if stop else 'go on'}")
