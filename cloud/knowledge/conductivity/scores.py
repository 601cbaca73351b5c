"""How far predictions are from what was measured, with bands from drawing papers anew."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.conductivity.rows import Row, paper_numbers
from adatom.cloud.optimize.arrays import Array, Bools, Indices
from scipy.stats import rankdata

DRAWS = 400
BAND = (2.5, 97.5)  # percentiles
# name -> what it says; "measured" leaves rows below detection out, "all" takes their limit for a value
NAMES = {
    "mae": "mean absolute error in decades, measured rows",
    "mae_all": "the same of all rows, limits as values",
    "mae_by_paper": "the same as mae, each paper counted once",
    "spearman": "rank correlation, measured rows",
    "spearman_all": "rank correlation, all rows",
    "coverage": "share of measured rows inside their 90 % interval",
    "width": "mean width of the 90 % interval in decades",
}


class Guesses(NamedTuple):
    """log10 S/cm: mean and 90 % interval (repeats, n); NaN where a repeat has no guess or a method no interval."""

    mean: Array
    low: Array
    high: Array


class Score(NamedTuple):
    """A value with its 95 % band; None where a method has none."""

    value: float | None
    low: float | None
    high: float | None


def scores_of(rows: Sequence[Row], guesses: Guesses) -> dict[str, Score]:
    """A score for each of NAMES. The band: DRAWS times as many papers are drawn with replacement."""
    return _banded(_values(rows, guesses))


def differences_of(rows: Sequence[Row], ours: Guesses, theirs: Guesses) -> dict[str, Score]:
    """Ours less theirs on the same draws of papers: a band without 0 is a difference beyond chance."""
    return _banded(_values(rows, ours) - _values(rows, theirs))


def _banded(values: Array) -> dict[str, Score]:
    """Of (1 + DRAWS, NAMES): the first row is the value, the others its band."""
    found = {}
    for place, name in enumerate(NAMES):
        if np.isnan(values[0, place]):
            found[name] = Score(None, None, None)
        else:
            low, high = np.nanpercentile(values[1:, place], BAND)
            found[name] = Score(float(values[0, place]), float(low), float(high))
    return found


def _values(rows: Sequence[Row], guesses: Guesses) -> Array:
    papers = np.array(paper_numbers(rows))
    members = [np.flatnonzero(papers == paper) for paper in range(int(papers.max()) + 1)]
    generator = np.random.default_rng(0)
    draws = [np.arange(len(rows))]
    for _ in range(DRAWS):
        drawn = generator.integers(0, len(members), len(members))
        draws.append(np.concatenate([members[one] for one in drawn]))
    told = np.array([np.nan if row.log10_sigma is None else row.log10_sigma for row in rows])
    below = np.array([row.below for row in rows])
    weights = 1.0 / np.bincount(papers)[papers]
    return np.array([_at(draw, told, below, weights, guesses) for draw in draws])


def _at(draw: Indices, told: Array, below: Bools, weights: Array, guesses: Guesses) -> Array:
    """(NAMES,) of the rows of one draw, the mean over repeats."""
    values, measured, weight = told[draw], ~below[draw], weights[draw]
    found = []
    for mean, low, high in zip(guesses.mean[:, draw], guesses.low[:, draw], guesses.high[:, draw], strict=True):
        there = ~np.isnan(mean)
        real = there & measured
        if not real.any():  # a draw of papers with nothing but limits
            return np.full(len(NAMES), np.nan)
        error = np.abs(mean - values)
        inside = (low[real] <= values[real]) & (values[real] <= high[real])
        found.append([
            error[real].mean(),
            error[there].mean(),
            float(np.average(error[real], weights=weight[real])),
            _spearman(mean[real], values[real]),
            _spearman(mean[there], values[there]),
            np.nan if np.isnan(low[real]).any() else inside.mean(),
            (high[real] - low[real]).mean(),
        ])  # fmt: skip
    return np.asarray(np.mean(found, axis=0))


def _spearman(left: Array, right: Array) -> float:
    """Rank correlation; 0 where one of them does not vary."""
    ranks = rankdata(left), rankdata(right)
    if len(left) < 2 or np.ptp(ranks[0]) == 0.0 or np.ptp(ranks[1]) == 0.0:
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])
