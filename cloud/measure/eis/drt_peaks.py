"""The peaks of a distribution of relaxation times: those that the data show, each with R, τ and C and their intervals.

A dip between two maxima divides them only where nearly all draws show it; else they are one peak with a shoulder.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats
from adatom.cloud.measure.eis.drt import BAND, Drt

SEEN = 0.95  # of the draws must show the dip
ROUNDING = 1e-5  # of |Z|: no instrument measures so well, an exact spectrum shows such peaks
LEAST_SHARE = 0.01  # of the polarisation resistance; what is smaller or may be is no peak
HALF = 0.5  # of its height: a peak that does not fall below it within the frequencies is cut off


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Peak:
    """A peak from from_s to to_s of τ: R its area, τ the mean of ln τ under it, C = τ / R.

    `complete` is false where the frequencies end before it has fallen to half its height: R is then of what is seen.
    """

    tau_s: Interval
    r_ohm: Interval
    c_f: Interval
    from_s: float
    to_s: float
    complete: bool


def interval(draws: Floats) -> Interval:
    """The median and the 95 % interval of draws (D,)."""
    low, value, high = np.quantile(draws, (BAND[0], 0.5, BAND[1]))
    return Interval(float(value), float(low), float(high))


def elastance(found: Drt) -> Interval:
    """1/C in 1/F: from that of the column alone to that with all that is slower than the lowest frequency."""
    column, whole = found.elastance_per_f, found.elastance_per_f + found.slow_elastance_per_f
    return Interval(float(np.median(column)), interval(column).low, interval(whole).high)


def find_peaks(found: Drt) -> list[Peak]:
    """The peaks within the frequencies, fastest first."""
    places = np.flatnonzero(found.window)
    gamma = found.gamma_ohm[:, places]
    pieces = _pieces(gamma)
    peaks = []
    for first, last in pieces:
        where = np.zeros(found.tau_s.size, dtype=np.bool_)
        where[places[first : last + 1]] = True
        peaks.append(_peak(found, where, _falls(gamma.mean(axis=0), first, last)))
    total = float(np.median(found.r_polarisation_ohm))
    least = max(LEAST_SHARE * total, ROUNDING * float(np.abs(found.fitted_ohm).min()))
    return [peak for peak in peaks if peak.r_ohm.low > least]


def _pieces(gamma: Floats) -> list[tuple[int, int]]:
    """First and last place of each peak of draws (D, W), divided at their deepest dips."""
    mean = gamma.mean(axis=0)
    tops = _maxima(mean)
    while len(tops) > 1:
        seen = [_dip_seen(gamma, mean, a, b) for a, b in pairwise(tops)]
        worst = int(np.argmin(seen))
        if seen[worst] >= SEEN:
            break
        del tops[worst + int(mean[tops[worst]] > mean[tops[worst + 1]])]
    dips = [a + int(mean[a:b].argmin()) for a, b in pairwise(tops)]
    return list(zip([0, *(dip + 1 for dip in dips)], [*dips, mean.size - 1], strict=True))


def _maxima(mean: Floats) -> list[int]:
    """Local maxima of a curve (W,), its ends included; the highest point at least."""
    around = np.concatenate([[-np.inf], mean, [-np.inf]])
    return [int(i) for i in np.flatnonzero((mean > around[:-2]) & (mean >= around[2:]))]


def _dip_seen(gamma: Floats, mean: Floats, a: int, b: int) -> float:
    """The share of draws (D, W) in which γ is lower between the maxima a and b than at both, over three points each."""
    dip = a + int(mean[a : b + 1].argmin())
    left, low, right = (gamma[:, max(i - 1, 0) : i + 2].mean(axis=1) for i in (a, dip, b))
    return float(np.mean((low < left) & (low < right)))


def _falls(mean: Floats, first: int, last: int) -> bool:
    """Whether the peak ends inside the frequencies: at neither end of the curve (W,) above half of its height."""
    height = HALF * float(mean[first : last + 1].max())
    return not ((first == 0 and mean[0] > height) or (last == mean.size - 1 and mean[-1] > height))


def _peak(found: Drt, where: Flags, complete: bool) -> Peak:
    area = found.area(where)
    log_tau = np.log(found.tau_s[where])
    weight = found.gamma_ohm[:, where]
    tau = np.exp((weight @ log_tau) / np.maximum(weight.sum(axis=1), 1e-300))
    half = 0.5 * found.step
    return Peak(
        tau_s=interval(tau),
        r_ohm=interval(area),
        c_f=interval(tau / np.maximum(area, 1e-300)),
        from_s=float(np.exp(log_tau[0] - half)),
        to_s=float(np.exp(log_tau[-1] + half)),
        complete=complete,
    )
