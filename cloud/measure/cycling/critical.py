"""The critical current of a group of cells, and how many times as high it is as another group's. Knows no files.

Each cell tells two currents, the last that passed and the first that shorted it: the critical one lies between.
Intervals are where the likelihood stays within its own quantile, found by simulating groups of this size and steps.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.cycling.compare import FARTHEST
from adatom.cloud.measure.cycling.lifetimes import CONFIDENCE
from adatom.cloud.measure.cycling.steps import LAWS, USUAL_STEP, Fits, Law, fit_steps
from adatom.cloud.measure.cycling.weibull import SEED, Estimate
from adatom.cloud.measure.eis.arrays import Floats
from adatom.protocol.errors import InputError
from scipy.optimize import brentq
from scipy.stats import chi2

SIMULATIONS = 1000
MIN_SHORTED = 2  # a place and a scatter
NEAR = 0.05  # of a log current: the first look for an end of an interval
BETTER = 2.0  # of log likelihood: a law that explains the cells e^2 times as well


@dataclass(frozen=True)
class Brackets:
    """Currents (N,) in mA/cm²: the last that passed, 0 for none; the first that shorted, inf for none."""

    name: str
    passed: Floats
    shorted: Floats

    def __post_init__(self) -> None:
        where = f"group {self.name!r}"
        if not self.passed.size:
            raise InputError(where, "no cells; at least one is needed")
        if not ((self.passed >= 0) & (self.shorted > self.passed) & np.isfinite(self.passed)).all():
            raise InputError(
                where, "each cell needs a current that passed, from 0 on, and a higher one that shorted it"
            )

    @property
    def failures(self) -> int:
        """How many cells were shorted."""
        return int(np.isfinite(self.shorted).sum())

    @property
    def logs(self) -> tuple[Floats, Floats]:
        """(1, N) logarithms of both, -inf and inf where a side is open."""
        with np.errstate(divide="ignore"):
            return np.log(self.passed)[None, :], np.log(self.shorted)[None, :]


@dataclass(frozen=True)
class CriticalLaw:
    """Median current in mA/cm². `scatter`: of a lognormal the standard deviation of ln, of a Weibull law 1 / shape."""

    median: Estimate
    scatter: Estimate
    log_likelihood: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Ratio:
    """How many times as high a group's critical current is as the baseline's, and the two-sided p of no difference."""

    name: str
    baseline: str
    ratio: Estimate
    p: float
    notes: tuple[str, ...]


def fit_critical(cells: Brackets, law: Law, confidence: float = CONFIDENCE) -> CriticalLaw | None:
    """The law of a group with intervals; None with fewer than two shorted cells."""
    if cells.failures < MIN_SHORTED:
        return None
    everyone = [np.arange(cells.passed.size)]
    low, high = cells.logs
    free = fit_steps(low, high, everyone, law)
    value, sd = _log_median(free, 0, law), 1.0 / float(free.inverse[0])
    sd_drawn = max(sd, _step(cells))
    drawn = _simulated(np.random.default_rng(SEED), cells, law, value, sd_drawn)
    again = fit_steps(*drawn, everyone, law)
    limit = float(np.quantile(_excess_at(*drawn, again, value, law), confidence))
    median = _inside(lambda m: float(_excess_at(low, high, free, m, law)[0]) - limit, value)
    scatter = sd * np.quantile(sd_drawn * again.inverse, [0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence])
    return CriticalLaw(
        median, Estimate(sd, *map(float, scatter)), float(free.log_likelihood[0]), _notes(cells, free, law)
    )


def compare_critical(groups: list[Brackets], baseline: str, law: Law, confidence: float = CONFIDENCE) -> list[Ratio]:
    """Each other group against the baseline. Raises InputError without it, or when there is nothing beside it."""
    names = [group.name for group in groups]
    if baseline not in names:
        raise InputError("baseline", f"{baseline!r} is no group; groups: {', '.join(names)}")
    if len(groups) < 2 or len(set(names)) < len(names):
        raise InputError("groups", f"{', '.join(names)}; at least two with names of their own are needed")
    ground = groups[names.index(baseline)]
    return [_against(group, ground, law, confidence) for group in groups if group is not ground]


# --- inner ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pair:
    """Two groups' log currents (B, N) side by side; `first` cells are of the group."""

    low: Floats
    high: Floats
    first: int
    law: Law

    def free(self) -> Fits:
        """Both places free, one scatter."""
        count = self.low.shape[1]
        return fit_steps(self.low, self.high, [np.arange(self.first), np.arange(self.first, count)], self.law)

    def excess(self, free: Fits, log_ratio: float) -> Floats:
        """Twice the loss of log likelihood when the ratio is held."""
        move = np.where(np.arange(self.low.shape[1]) < self.first, log_ratio, 0.0)
        held = fit_steps(self.low - move, self.high - move, [np.arange(self.low.shape[1])], self.law)
        return np.asarray(2.0 * (free.log_likelihood - held.log_likelihood))


def _against(group: Brackets, ground: Brackets, law: Law, confidence: float) -> Ratio:
    if group.failures + ground.failures < MIN_SHORTED:
        raise InputError(f"group {group.name!r}", "fewer than two cells were shorted in it and its baseline together")
    pair = _pair(group.logs, ground.logs, law)
    free = pair.free()
    null = _null(group, ground, free, law)
    limit = float(np.quantile(null, confidence)) if null is not None else float(chi2.ppf(confidence, 1))
    best = _log_median(free, 0, law) - _log_median(free, 1, law)
    if not group.failures or not ground.failures:
        best = np.inf if ground.failures else -np.inf
    ratio = _inside(lambda delta: float(pair.excess(free, delta)[0]) - limit, best)
    loss = float(pair.excess(free, 0.0)[0])
    p = float(chi2.sf(loss, 1)) if null is None else float((1 + (null >= loss).sum()) / (1 + null.size))
    notes = () if group.failures and ground.failures else ("no cell of one group was shorted: a bound from one side",)
    return Ratio(group.name, ground.name, ratio, p, notes)


def _pair(first: tuple[Floats, Floats], second: tuple[Floats, Floats], law: Law) -> _Pair:
    low, high = (np.hstack(parts) for parts in zip(first, second, strict=True))
    return _Pair(low, high, first[0].shape[1], law)


def _null(group: Brackets, ground: Brackets, free: Fits, law: Law) -> Floats | None:
    """Losses (SIMULATIONS,) at the true ratio in groups alike; None with too few shorted cells to simulate from."""
    if min(group.failures, ground.failures) < MIN_SHORTED:
        return None
    rng = np.random.default_rng(SEED)
    sd = max(1.0 / float(free.inverse[0]), _step(group), _step(ground))
    places = [_log_median(free, g, law) for g in (0, 1)]
    drawn = [_simulated(rng, one, law, place, sd) for one, place in zip((group, ground), places, strict=True)]
    pair = _pair(drawn[0], drawn[1], law)
    return pair.excess(pair.free(), places[0] - places[1])


def _log_median(fits: Fits, stratum: int, law: Law) -> float:
    return (law.median_z + float(fits.place[0, stratum])) / float(fits.inverse[0])


def _excess_at(low: Floats, high: Floats, free: Fits, log_median: float, law: Law) -> Floats:
    """Twice the loss of log likelihood when the median is held."""
    held = fit_steps(low - log_median, high - log_median, [], law, law.median_z)
    return np.asarray(2.0 * (free.log_likelihood - held.log_likelihood))


def _inside(over: Callable[[float], float], best: float) -> Estimate:
    """Where a function that rises on both sides of `best` is below 0; a log scale in, the scale itself out."""
    centre = float(np.clip(best, -FARTHEST, FARTHEST))
    ends = [_crossing(over, centre, sign) for sign in (-1.0, 1.0)]
    return Estimate(*(float(one) for one in np.exp([best, *ends])))


def _crossing(over: Callable[[float], float], centre: float, sign: float) -> float:
    """Where the function rises above 0, looked for outward in growing steps; infinite where it does not."""
    near, width = centre, NEAR
    while abs(near) <= FARTHEST:
        far = centre + sign * width
        if not over(far) <= 0.0:
            return float(brentq(over, min(near, far), max(near, far)))
        near, width = far, 2.0 * width
    return sign * np.inf


def _step(cells: Brackets) -> float:
    """The typical step of the log current."""
    closed = (cells.passed > 0) & np.isfinite(cells.shorted)
    return float(np.median(np.log(cells.shorted[closed] / cells.passed[closed]))) if closed.any() else USUAL_STEP


def _simulated(
    rng: np.random.Generator, cells: Brackets, law: Law, log_median: float, sd: float
) -> tuple[Floats, Floats]:
    """Log currents (SIMULATIONS, N), last passed and first that shorted, of cells alike on the same programs.

    A cell's program has steps as wide as the one it ended in, and ends where the longest of the cells that were not
    shorted did.
    """
    low, high = (one[0] for one in cells.logs)
    width = np.where(np.isfinite(high - low), high - low, _step(cells))
    anchor = np.where(np.isfinite(low), low, high)
    lives = ~np.isfinite(high)
    longest = float(low[lives].max()) if lives.any() else np.inf
    last = np.where(lives, low, np.maximum(longest, np.where(lives, -np.inf, high)))
    first = np.where(np.isfinite(low), -np.inf, high)
    x = log_median + sd * (law.draw(rng, (SIMULATIONS, low.size)) - law.median_z)
    begin = anchor + np.floor((x - anchor) / width) * width
    end = begin + width
    return (
        np.where(x < first, -np.inf, np.where(x > last, last, begin)),
        np.where(x < first, first, np.where(x > last, np.inf, end)),
    )


def _notes(cells: Brackets, free: Fits, law: Law) -> tuple[str, ...]:
    notes = []
    if 1.0 / float(free.inverse[0]) < 0.25 * _step(cells):
        notes.append("the cells ended in one step or two: their scatter is not seen, only that it is small")
    for other in LAWS.values():
        gain = float(fit_steps(*cells.logs, [np.arange(cells.passed.size)], other).log_likelihood[0])
        if gain > float(free.log_likelihood[0]) + BETTER:
            notes.append(f"a {other.name} law fits these cells better")
    return tuple(notes)
