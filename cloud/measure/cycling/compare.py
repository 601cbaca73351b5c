"""Whether, and how many times, one group of cells outlives another. Knows nothing of files and plots."""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.cycling.lifetimes import CONFIDENCE, Lifetimes
from adatom.cloud.measure.cycling.weibull import SEED, Estimate, Fits, fit_all, log_ends, simulated
from adatom.cloud.measure.eis.arrays import Flags, Floats, Indices
from adatom.protocol.errors import InputError
from scipy.optimize import brentq
from scipy.stats import CensoredData, chi2, logrank

FARTHEST = 60.0  # of a log ratio: e^60 lifetimes are beyond all data
SHAPES_DIFFER_P = 0.05
MIN_CALIBRATED = 2  # failures in each group: fewer say too little to simulate from


@dataclass(frozen=True)
class Comparison:
    """A group against the baseline.

    `ratio` of lifetimes at equal survival, under Weibull laws with one shape (which scales medians alike); None when no
    cell failed in either. `log_rank_p` is two-sided, `holm_p` corrected for all groups that were compared. `outlives`
    is the effect size: the chance that one of its cells outlives one of the baseline's, 0.5 without a difference;
    undecided pairs count half. `effect_d` is the difference of log lifetimes in standard deviations of these.
    """

    name: str
    baseline: str
    ratio: Estimate | None
    log_rank_p: float | None
    holm_p: float | None
    outlives: float
    effect_d: float | None
    notes: tuple[str, ...] = ()


def compare(groups: list[Lifetimes], baseline: str, confidence: float = CONFIDENCE) -> list[Comparison]:
    """Each other group against the baseline. Raises InputError without it, or when there is nothing beside it."""
    names = [group.name for group in groups]
    if baseline not in names:
        raise InputError("baseline", f"{baseline!r} is no group; groups: {', '.join(names)}")
    if len(groups) < 2 or len(set(names)) < len(names):
        raise InputError("groups", f"{', '.join(names)}; at least two with names of their own are needed")
    ground = groups[names.index(baseline)]
    others = [group for group in groups if group.name != baseline]
    p = [_log_rank(group, ground) for group in others]
    corrected = holm([one for one in p if one is not None])
    return [
        _against(group, ground, one, corrected.pop(0) if one is not None else None, confidence)
        for group, one in zip(others, p, strict=True)
    ]


def _against(group: Lifetimes, ground: Lifetimes, p: float | None, holm_p: float | None, level: float) -> Comparison:
    ratio, shape = life_ratio(group, ground, level)
    notes = []
    differ = shapes_differ(group, ground)
    if differ is not None and differ < SHAPES_DIFFER_P:
        notes.append(
            f"the groups scatter differently (p = {differ:.2g}): the ratio depends on how many cells have failed"
        )
    if not group.failures or not ground.failures:
        notes.append("no cell failed in one group: the data bound the ratio from one side only")
    elif min(one.failures / one.cycles.size for one in (group, ground)) < 0.5:
        notes.append(
            "fewer than half the cells of one group failed: the ratio relies on the Weibull law beyond the tests"
        )
    size = None if ratio is None or shape is None or not 0 < ratio.value < np.inf else _effect(ratio.value, shape)
    return Comparison(group.name, ground.name, ratio, p, holm_p, outlives(group, ground), size, tuple(notes))


def _effect(ratio: float, shape: float) -> float:
    """log ratio over the standard deviation of log lives, pi / (shape sqrt 6)."""
    return float(np.log(ratio) * shape * np.sqrt(6.0) / np.pi)


# --- ratio ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Pair:
    """Two groups' log lives (B, N) side by side."""

    log_t: Floats
    failed: Flags
    first: Indices
    second: Indices

    def free(self) -> Fits:
        """Both scales free, one shape."""
        return fit_all(self.log_t, self.failed, [self.first, self.second])

    def excess(self, free: Fits, log_ratio: float) -> Floats:
        """Twice the loss of log likelihood when the ratio is held: lives of the first are scaled, then all is one."""
        moved = self.log_t.copy()
        moved[:, self.first] -= log_ratio
        held = fit_all(moved, self.failed, [np.arange(moved.shape[1])])
        # a density of log t does not change with the move; `fit_all` has that of t in each failure's log t
        jacobian = log_ratio * self.failed[:, self.first].sum(axis=1)
        return np.asarray(2.0 * (free.log_likelihood - held.log_likelihood + jacobian))


def life_ratio(
    group: Lifetimes, ground: Lifetimes, confidence: float = CONFIDENCE
) -> tuple[Estimate | None, float | None]:
    """(ratio of lifetimes, common shape): the interval is where the likelihood ratio stays below its own quantile.

    The quantile is that of simulated groups alike; with too few failures to simulate from, that of chi-squared.
    """
    if not group.failures and not ground.failures:
        return None, None
    pair = _pair(
        np.log(group.cycles)[None, :], group.failed[None, :], np.log(ground.cycles)[None, :], ground.failed[None, :]
    )
    free = pair.free()
    shape = float(free.shape[0])
    limit = _limit(group, ground, free, confidence)
    best = float(free.log_scale[0, 0] - free.log_scale[0, 1])  # infinite where a group has no failures

    def over(log_ratio: float) -> float:
        return float(pair.excess(free, log_ratio)[0]) - limit

    centre = float(np.clip(best, -FARTHEST, FARTHEST))
    low = -np.inf if over(-FARTHEST) <= 0 else brentq(over, -FARTHEST, centre)
    high = np.inf if over(FARTHEST) <= 0 else brentq(over, centre, FARTHEST)
    value, low, high = (float(one) for one in np.exp([best, low, high]))
    return Estimate(value, low, high), shape


def _pair(first_t: Floats, first_failed: Flags, second_t: Floats, second_failed: Flags) -> _Pair:
    n, m = first_t.shape[1], second_t.shape[1]
    log_t, failed = np.hstack([first_t, second_t]), np.hstack([first_failed, second_failed])
    return _Pair(log_t, failed, np.arange(n), np.arange(n, n + m))


def _limit(group: Lifetimes, ground: Lifetimes, free: Fits, confidence: float) -> float:
    """The quantile of twice the loss of log likelihood at the true ratio."""
    if min(group.failures, ground.failures) < MIN_CALIBRATED:
        return float(chi2.ppf(confidence, 1))
    shape, (first, second) = float(free.shape[0]), (float(one) for one in free.log_scale[0])
    rng = np.random.default_rng(SEED)
    drawn = [
        simulated(rng, shape, np.full(one.cycles.size, scale), log_ends(one))
        for one, scale in ((group, first), (ground, second))
    ]
    pair = _pair(*drawn[0], *drawn[1])
    return float(np.quantile(pair.excess(pair.free(), first - second), confidence))


# --- tests ----------------------------------------------------------------------------------------------------------
def shapes_differ(group: Lifetimes, ground: Lifetimes) -> float | None:
    """The p of one shape for both groups (likelihood ratio); None with fewer than two failures in one."""
    if min(group.failures, ground.failures) < MIN_CALIBRATED:
        return None
    each = [
        fit_all(np.log(one.cycles)[None, :], one.failed[None, :], [np.arange(one.cycles.size)])
        for one in (group, ground)
    ]
    one_shape = _pair(
        np.log(group.cycles)[None, :], group.failed[None, :], np.log(ground.cycles)[None, :], ground.failed[None, :]
    ).free()
    gain = 2.0 * (sum(float(fit.log_likelihood[0]) for fit in each) - float(one_shape.log_likelihood[0]))
    return float(chi2.sf(max(gain, 0.0), 1))


def _log_rank(group: Lifetimes, ground: Lifetimes) -> float | None:
    """The two-sided p of the log-rank test; None when no failure has cells of both groups to choose from."""
    if not group.failures and not ground.failures:
        return None
    samples = [CensoredData(one.cycles[one.failed], right=one.cycles[~one.failed]) for one in (group, ground)]
    with np.errstate(invalid="ignore"):  # 0 / 0 where all that were left failed at once
        p = float(logrank(samples[0], samples[1]).pvalue)
    return None if np.isnan(p) else p


def outlives(group: Lifetimes, ground: Lifetimes) -> float:
    """Share of pairs in which the group's cell outlives the baseline's (Gehan); ties and undecided ones count half."""
    a, b = group.cycles[:, None], ground.cycles[None, :]
    a_failed, b_failed = group.failed[:, None], ground.failed[None, :]
    wins = b_failed & ((a > b) | ((a == b) & ~a_failed))
    losses = a_failed & ((b > a) | ((a == b) & ~b_failed))
    return float(0.5 + 0.5 * (wins.mean() - losses.mean()))


def holm(p_values: list[float]) -> list[float]:
    """Holm's corrected p values in the order given (Holm 1979): no more than one false alarm in 20 over all of them."""
    order = np.argsort(p_values)
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected
