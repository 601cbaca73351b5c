"""A statistic with its interval, and the delete-one jackknife over tiles that most of the intervals come from.

Tiles, not pixels: neighbouring pixels say the same thing twice. Knows nothing of images.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from scipy.stats import chi2, t

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, in `unit`."""

    value: float
    low: float
    high: float
    unit: str = ""


def jackknifed(
    sums: Floats,
    statistic: Callable[[Floats], float],
    unit: str = "",
    *,
    log: bool = False,
    bias_log: float = 0.0,
    least_sd: float = 0.0,
) -> Estimate | None:
    """The statistic of sums over all tiles, with a Student interval; None where it is not defined.

    `sums` (tiles, k) add up over tiles; `statistic` takes (k,) sums. With `log` the interval is symmetric in the
    logarithm, and `bias_log` (a shift that we know of but do not correct) counts as a further standard deviation.
    `least_sd` (of the logarithm with `log`) is what theory says at least: few tiles may agree by chance.
    """
    total, tiles = sums.sum(axis=0), len(sums)
    value = statistic(total)
    left_out = np.array([statistic(total - one) for one in sums])
    if tiles < 2 or not np.isfinite(value) or not np.isfinite(left_out).all():
        return None
    if not log:
        half = student(tiles - 1) * max(_jackknife_sd(left_out), least_sd)
        return Estimate(value, value - half, value + half, unit)
    if value <= 0.0 or left_out.min() <= 0.0:
        return None
    half = student(tiles - 1) * math.hypot(max(_jackknife_sd(np.log(left_out)), least_sd), bias_log)
    return Estimate(value, value * math.exp(-half), value * math.exp(half), unit)


def _jackknife_sd(left_out: Floats) -> float:
    n = len(left_out)
    return float(math.sqrt((n - 1) * np.mean((left_out - left_out.mean()) ** 2)))


def student(freedom: int) -> float:
    """Half width of the 95 % interval in standard deviations."""
    return float(t.ppf(0.5 + CONFIDENCE / 2.0, freedom))


def counted(n: int) -> tuple[float, float]:
    """The exact 95 % interval of a Poisson mean of which n were counted (Garwood 1936)."""
    tail = (1.0 - CONFIDENCE) / 2.0
    low = float(chi2.ppf(tail, 2 * n)) / 2.0 if n else 0.0
    return low, float(chi2.ppf(1.0 - tail, 2 * n + 2)) / 2.0
