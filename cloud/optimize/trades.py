"""How a point stands among several losses: whether it joins the front, what is better and worse than beside it there.

Must not know of tells beyond their numbers, nor of how it is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from adatom.cloud.optimize.acquisition.pareto import (
    Frame,
    chance_to_join,
    is_exact,
    log_hypervolume_improvement,
    non_dominated,
)
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.belief import Belief
from adatom.cloud.optimize.objective import Objective

DRAWS = 1024  # of a point's losses, for what it is expected to add


@dataclass(frozen=True)
class Trade:
    """Against a tested point of the front, by its index among the tells: {objective: in words} where it is expected to
    be better and where worse by more than the noise of a measurement."""

    told: int
    better: Mapping[str, str]
    worse: Mapping[str, str]

    def text(self, other: str) -> str:
        """In words, against what the other point is called."""
        said = [f"{name} {word}" for name, word in (*self.better.items(), *self.worse.items())]
        return f"{', '.join(said)} than {other}" if said else f"like {other} in all"


class Standing(NamedTuple):
    """`chance`: that no tested point is as good in all, as they are expected. `exploring`: share of the expected growth
    of the hypervolume that comes of doubt."""

    chance: float
    exploring: float
    trade: Trade


def standing(belief: Belief, features: Array, tested: Array, told: Sequence[int]) -> Standing:
    """Of one point (1, f) beside tested ones (n, f), n >= 1, whose indices among the tells are given."""
    mean, sd = belief.losses(features)
    known, _ = belief.losses(tested)
    on = np.flatnonzero(non_dominated(known))
    chance = float(chance_to_join(mean, sd, known[on])[0])
    frame = Frame.of(known)
    nearest = int(on[(((known[on] - mean) / frame.spans) ** 2).sum(axis=1).argmin()])
    change = mean[0] - known[nearest]
    return Standing(chance, _exploring(frame, known[on], mean, sd), _trade(belief, told[nearest], change))


def _exploring(frame: Frame, front: Array, mean: Array, sd: Array) -> float:
    """1 less what a point that came out as expected would add, over what it is expected to add."""
    if is_exact(front):
        growth = [log_hypervolume_improvement(mean, doubt, front, frame.reference)[0] for doubt in (0.0 * sd, sd)]
        return float(-np.expm1(min(0.0, growth[0] - growth[1])))
    along = frame.volumes(front).max(axis=0)
    drawn = mean + sd * np.random.default_rng(0).standard_normal((DRAWS, mean.shape[1]))
    certain, expected = float(frame.gains(mean, along)[0]), float(frame.gains(drawn, along).mean())
    return max(0.0, 1.0 - certain / expected) if expected > 0.0 else 1.0


def _trade(belief: Belief, told: int, change: Array) -> Trade:
    """Of the change of each loss, (k,)."""
    better, worse = dict[str, str](), dict[str, str]()
    for objective, less, noise in zip(belief.steering, change, belief.noise_sds, strict=True):
        if abs(less) > noise:
            side = better if less < 0.0 else worse
            side[objective.name] = _word(objective, gains=bool(less < 0.0))
    return Trade(told, better, worse)


def _word(objective: Objective, *, gains: bool) -> str:
    if objective.target is not None:
        return "nearer its target" if gains else "farther from its target"
    return "higher" if gains == (objective.direction == "maximise") else "lower"
