"""Correlations between columns of a table with bootstrap intervals and Holm's correction. Knows nothing of files."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.cycling.compare import holm
from adatom.cloud.measure.eis.arrays import Floats
from adatom.protocol.errors import InputError
from scipy.stats import rankdata

CONFIDENCE = 0.95
SEED = 20_260
DRAWS = 4_000
PERMUTATIONS = 19_999  # the smallest p is 1 in 20 000
LARGEST = 1e150  # sums of squares stay finite
FEWEST = 5  # samples: below, no order of them is rarer than 1 in 20


@dataclass(frozen=True)
class Coefficient:
    """A correlation coefficient with its 95 % bootstrap interval and the two-sided p of a permutation test."""

    value: float
    low: float
    high: float
    p: float
    holm_p: float  # corrected for all pairs of the table and this coefficient


@dataclass(frozen=True)
class Pair:
    """Two columns over the samples that have both. Spearman: monotonic; Pearson: straight lines."""

    first: str
    second: str
    samples: int
    spearman: Coefficient
    pearson: Coefficient


def correlations(columns: Mapping[str, Sequence[float | None]], first: list[str], second: list[str]) -> list[Pair]:
    """Each column of `first` with each of `second`; the strongest Spearman correlation first.

    Samples where one is None are left out. Raises InputError for unknown columns, too few samples, no variation.
    """
    for name in (*first, *second):
        if name not in columns:
            raise InputError(name, f"is no column of numbers; there are: {', '.join(columns)}")
    pairs = [(a, b) for a in first for b in second if a != b]
    if not pairs:
        raise InputError("columns", "at least one on each side is needed, and not the same")
    data = [_both(columns, a, b) for a, b in pairs]
    spearman = _coefficients([(rankdata(x), rankdata(y)) for x, y in data], ranked=True)
    pearson = _coefficients(data, ranked=False)
    found = [Pair(a, b, x.size, s, p) for (a, b), (x, _), s, p in zip(pairs, data, spearman, pearson, strict=True)]
    return sorted(found, key=lambda pair: -abs(pair.spearman.value))


def _both(columns: Mapping[str, Sequence[float | None]], a: str, b: str) -> tuple[Floats, Floats]:
    kept = [(x, y) for x, y in zip(columns[a], columns[b], strict=True) if x is not None and y is not None]
    if len(kept) < FEWEST:
        raise InputError(f"{a}, {b}", f"{len(kept)} samples have both; at least {FEWEST} are needed")
    x, y = np.array(kept).T
    for name, values in ((a, x), (b, y)):
        if np.abs(values).max() > LARGEST:
            raise InputError(name, f"{values[np.abs(values).argmax()]:g}: must be within ±{LARGEST:g}")
        if np.ptp(values) == 0.0:
            raise InputError(name, "is the same in all samples: nothing can go with it")
    return x, y


def _coefficients(data: list[tuple[Floats, Floats]], *, ranked: bool) -> list[Coefficient]:
    p = [_permuted_p(x, y) for x, y in data]
    return [
        Coefficient(_pearson(x, y).item(), *_interval(x, y, ranked=ranked), one, corrected)
        for (x, y), one, corrected in zip(data, p, holm(p), strict=True)
    ]


def _pearson(x: Floats, y: Floats) -> Floats:
    """Pearson's coefficients (...) along the last axis; NaN without variation."""
    x, y = x - x.mean(axis=-1, keepdims=True), y - y.mean(axis=-1, keepdims=True)
    size = np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    return np.asarray(np.divide((x * y).sum(axis=-1), size, out=np.full(np.shape(size), np.nan), where=size > 0.0))


def _interval(x: Floats, y: Floats, *, ranked: bool) -> tuple[float, float]:
    """Percentiles of resampled samples; of Spearman they are ranked anew."""
    at = np.random.default_rng(SEED).integers(0, x.size, (DRAWS, x.size))
    drawn_x, drawn_y = (rankdata(one[at], axis=1) if ranked else one[at] for one in (x, y))
    found = _pearson(drawn_x, drawn_y)
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = np.nanquantile(found, [tail, 1.0 - tail])
    return float(low), float(high)


def _permuted_p(x: Floats, y: Floats) -> float:
    rng = np.random.default_rng(SEED + 1)
    shuffled = rng.permuted(np.broadcast_to(y, (PERMUTATIONS, y.size)), axis=1)
    least = abs(_pearson(x, y).item()) * (1.0 - 1e-12)  # rounding must not break ties
    return (1 + int(np.sum(np.abs(_pearson(x, shuffled)) >= least))) / (PERMUTATIONS + 1)


def clear(pair: Pair) -> bool:
    """Whether the pair goes together beyond chance, all pairs considered."""
    return pair.spearman.holm_p < 1.0 - CONFIDENCE and not math.isnan(pair.spearman.value)
