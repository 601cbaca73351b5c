"""Lifetimes of a group of cells, some of which still live, and their survival curve. Knows nothing of files."""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats
from adatom.protocol.errors import InputError
from scipy.stats import norm

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Lifetimes:
    """Cycles (N,) of a group's cells, all above 0, and whether each failed there; the others live on (censored)."""

    name: str
    cycles: Floats
    failed: Flags

    def __post_init__(self) -> None:
        where = f"group {self.name!r}"
        if not self.cycles.size:
            raise InputError(where, "no cells; at least one is needed")
        if not (np.isfinite(self.cycles) & (self.cycles > 0)).all():
            raise InputError(where, "a lifetime that is not above 0")

    @property
    def failures(self) -> int:
        """How many cells failed."""
        return int(self.failed.sum())


@dataclass(frozen=True)
class Survival:
    """Steps of the survival curve (M,), each holding from its cycle on, with its pointwise 95 % band.

    `median` and its interval are cycles; None where the curve or the band does not come down to one half.
    """

    cycles: Floats
    share: Floats
    low: Floats
    high: Floats
    median: float | None
    median_low: float | None
    median_high: float | None


def kaplan_meier(lives: Lifetimes, confidence: float = CONFIDENCE) -> Survival:
    """S(t) = prod (1 - d/n) over the failures up to t, with Greenwood's variance on log(-log S).

    The band on that scale stays in 0 to 1 and holds for small groups (Kalbfleisch and Prentice 2002, 1.4); the median's
    interval is where the band crosses one half (Brookmeyer and Crowley 1982).
    """
    at = np.unique(lives.cycles[lives.failed])
    risk = (lives.cycles[None, :] >= at[:, None]).sum(axis=1).astype(np.float64)
    deaths = ((lives.cycles[None, :] == at[:, None]) & lives.failed[None, :]).sum(axis=1)
    share = np.cumprod(1.0 - deaths / risk)
    low, high = _band(share, deaths, risk, float(norm.ppf(0.5 + 0.5 * confidence)))
    return Survival(at, share, low, high, _falls(at, share), _falls(at, low), _falls(at, high))


def _band(share: Floats, deaths: Floats, risk: Floats, z: float) -> tuple[Floats, Floats]:
    """S^exp(+-z sd); where all have failed the variance is infinite: nothing is known but the step before."""
    inside = (share > 0) & (share < 1)
    variance = np.cumsum(deaths[inside] / (risk[inside] * (risk[inside] - deaths[inside])))
    width = np.exp(z * np.sqrt(variance) / np.abs(np.log(share[inside])))
    low, high = np.zeros(share.size), np.ones(share.size)
    low[inside], high[inside] = share[inside] ** width, share[inside] ** (1.0 / width)
    if share.size > 1 and share[-1] == 0:
        high[-1] = high[-2]
    return low, high


def _falls(cycles: Floats, share: Floats) -> float | None:
    """Where a falling curve first is at one half or below."""
    hit = share <= 0.5
    return float(cycles[hit.argmax()]) if hit.any() else None
