"""The chance that a trial is good, given V: a logistic curve whose two numbers drift slowly, learnt trial by trial.

log odds = a + b z, z = (V - 0.5) / 0.1; (a, b) is Gaussian, walks a little before each trial and is updated by one
Laplace step (assumed density filter; West, Harrison and Migon 1985, J. Am. Stat. Assoc. 80, 73). A search gets better
and its target with it, so old outcomes count less and less. Must not know of stores.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CENTRE, WIDTH = 0.5, 0.1  # of V (K): candidates of one campaign differ by about this much
# (mean, sd) before any outcome (K): one in four is at or below a lower quartile, fewer as some fail, more as the search
# learns; V is worth a little
START = ((-1.2, 1.0), (0.3, 0.5))
WALK = (0.15, 0.05)  # sd by which a and b change from one trial to the next (K)
NORMAL_90 = 1.6448536269514722  # of a central 90 % interval
NEWTON_STEPS = 25
CONVERGED = 1e-10


class Chance(NamedTuple):
    """A probability with its central 90 %."""

    probability: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """What is believed of (a, b)."""

    mean: Array  # (2,)
    covariance: Array  # (2, 2)
    count: int = 0
    walk: tuple[float, float] = WALK

    @classmethod
    def start(cls, walk: tuple[float, float] = WALK, slope: bool = True) -> Self:
        """Before any outcome. Without `slope` V has no say: the base rate, followed as it drifts."""
        (a, sd_a), (b, sd_b) = START
        mean, sds = np.array([a, b if slope else 0.0]), np.array([sd_a, sd_b if slope else 0.0])
        return cls(mean, np.diag(sds**2), 0, walk if slope else (walk[0], 0.0))

    def ahead(self) -> Self:
        """The belief at the next trial."""
        return replace(self, covariance=self.covariance + np.diag(np.square(self.walk)))

    def chance(self, value: float) -> Chance:
        """Of a candidate with V `value`, at the next trial."""
        middle, sd = self._odds(value)
        # the mean over the doubt (MacKay 1992), the interval of the chance itself
        mean = _logistic(middle / math.sqrt(1.0 + math.pi * sd**2 / 8.0))
        return Chance(mean, _logistic(middle - NORMAL_90 * sd), _logistic(middle + NORMAL_90 * sd))

    def told(self, value: float, good: bool) -> Self:
        """The belief after one more outcome."""
        later = self.ahead()
        x = _inputs(value)
        spread = later.covariance @ x
        variance = float(x @ spread)
        shift = _mode(float(x @ later.mean), variance, good)
        chance = _logistic(float(x @ later.mean) + shift * variance)
        curvature = chance * (1.0 - chance)
        gain = curvature / (1.0 + curvature * variance)
        covariance = later.covariance - gain * np.outer(spread, spread)
        return replace(later, mean=later.mean + shift * spread, covariance=covariance, count=self.count + 1)

    @property
    def slope_chance(self) -> float:
        """The probability that a higher V means a better chance."""
        sd = math.sqrt(self.covariance[1, 1])
        return 0.5 * math.erfc(-self.mean[1] / sd / math.sqrt(2.0)) if sd > 0.0 else 0.5

    def _odds(self, value: float) -> tuple[float, float]:
        later, x = self.ahead(), _inputs(value)
        return float(x @ later.mean), math.sqrt(float(x @ later.covariance @ x))


def foretold(values: Array, good: Sequence[bool], start: Calibration) -> tuple[Array, Calibration]:
    """((n,) chance of each, said before its outcome was told; the belief after all)."""
    said, belief = np.empty(len(good)), start
    for place, (value, outcome) in enumerate(zip(values, good, strict=True)):
        said[place] = belief.chance(float(value)).probability
        belief = belief.told(float(value), bool(outcome))
    return said, belief


def _inputs(value: float) -> Array:
    return np.array([1.0, (value - CENTRE) / WIDTH])


def _mode(odds: float, variance: float, good: bool) -> float:
    """s with s = good - logistic(odds + s variance): the slope of the log likelihood at the mode."""
    shift = 0.0
    for _ in range(NEWTON_STEPS):
        chance = _logistic(odds + shift * variance)
        wrong = good - chance - shift
        shift += wrong / (1.0 + variance * chance * (1.0 - chance))
        if abs(wrong) < CONVERGED:
            break
    return shift


def _logistic(odds: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * odds))
