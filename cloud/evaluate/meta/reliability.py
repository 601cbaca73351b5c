"""Whether chances that were said came true: bins of equal mass, expected calibration error, Brier's score.

The plain error is above zero for a perfect forecaster too, as shares of few scatter; what it would be is stated beside
it, and the corrected error is what is left (Broecker 2012, Clim. Dyn. 39, 655; Roelofs et al. 2022, arXiv 2012.08668).
Must not know of stores.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BINS = 10
DRAWS = 400  # of outcomes of a perfect forecaster, and of the bootstrap
COVER = 0.9  # of every band
LEAST_CHANCE = 1e-9


class Bin(NamedTuple):
    """Chances of like size: their mean, the share that came true, and its central 90 % (Jeffreys)."""

    said: float
    share: float
    low: float
    high: float
    trials: int


class Reliability(NamedTuple):
    """Of chances and their outcomes. `ece_perfect`: mean and 95 % quantile of a perfect forecaster's plain error."""

    trials: int
    share: float
    ece: float
    ece_low: float
    ece_high: float
    ece_perfect: tuple[float, float]
    ece_corrected: float
    brier: float
    brier_base: float  # of the overall share, known afterwards
    log_score: float  # nats a trial, below 0
    auc: float  # chance that a good one had been given the larger chance
    bins: tuple[Bin, ...]


def expected_error(said: Array, good: Array, bins: int = BINS) -> float:
    """Mean distance of said from share over bins of equal mass (Naeini et al. 2015)."""
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(said))) if len(part)]
    return float(sum(len(p) * abs(said[p].mean() - good[p].mean()) for p in parts) / len(said))


def reliability(
    said: Array, good: Array, groups: Sequence[object] | None = None, bins: int = BINS, seed: int = 0
) -> Reliability:
    """Of chances (n,) said and what came (n,) of 1.0 and 0.0; n is 1 or more.

    `groups` (n,): outcomes of one group (a world, a campaign) hang together; the band of the error draws whole groups.
    """
    rng = np.random.default_rng(seed)
    ece = expected_error(said, good, bins)
    perfect = _perfect(said, bins, rng)
    low, high = np.quantile(_resampled(said, good, groups, bins, rng), [0.5 - COVER / 2, 0.5 + COVER / 2])
    chance = np.clip(np.where(good > 0.5, said, 1.0 - said), LEAST_CHANCE, 1.0)
    return Reliability(
        trials=len(said),
        share=float(good.mean()),
        ece=ece,
        ece_low=float(low),
        ece_high=float(high),
        ece_perfect=(float(perfect.mean()), float(np.quantile(perfect, 0.95))),
        ece_corrected=ece - float(perfect.mean()),
        brier=float(((said - good) ** 2).mean()),
        brier_base=float(good.mean() * (1.0 - good.mean())),
        log_score=float(np.log(chance).mean()),
        auc=auc(said, good),
        bins=_bins(said, good, bins),
    )


def _perfect(said: Array, bins: int, rng: np.random.Generator) -> Array:
    """(DRAWS,) plain errors of outcomes that come as they were said."""
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(np.arange(len(said)), min(bins, len(said))) if len(part)]
    wrong = (rng.random((DRAWS, len(said))) < said[order]) - said[order]
    return np.asarray(sum(np.abs(wrong[:, part].sum(axis=1)) for part in parts) / len(said))


def auc(said: Array, good: Array) -> float:
    """Chance that a good one had the larger chance, ties half; 0.5 where all came alike."""
    from scipy.stats import rankdata

    count, right = len(good), int(good.sum())
    if right in (0, count):
        return 0.5
    ranks = rankdata(said)[good > 0.5].sum()
    return float((ranks - right * (right + 1) / 2.0) / (right * (count - right)))


def _bins(said: Array, good: Array, bins: int) -> tuple[Bin, ...]:
    from scipy.stats import beta

    order, found = np.argsort(said, kind="stable"), []
    for part in np.array_split(order, min(bins, len(said))):
        right, count = float(good[part].sum()), len(part)
        low, high = (float(beta.ppf(at, right + 0.5, count - right + 0.5)) for at in (0.5 - COVER / 2, 0.5 + COVER / 2))
        found.append(Bin(float(said[part].mean()), right / count, low, high, count))
    return tuple(found)


def _resampled(
    said: Array, good: Array, groups: Sequence[object] | None, bins: int, rng: np.random.Generator
) -> list[float]:
    """Plain errors of bootstrap samples of whole groups."""
    names = np.arange(len(said)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    members = [np.flatnonzero(names == name) for name in range(names.max() + 1)]
    found = []
    for _ in range(DRAWS):
        rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        found.append(expected_error(said[rows], good[rows], bins))
    return found
