"""How good a prior is: chemical systems left out, a random forest on the same numbers beside it. Minutes.

All compositions of the same elements are left out together: near-identical ones never stand on both sides.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.prior.descriptors import Array, describe
from adatom.cloud.knowledge.prior.process import Guess, Process, fitted, guess
from adatom.cloud.knowledge.prior.targets import Rows
from numpy.typing import NDArray

FOLDS = 5
TREES = 100
Z90 = 1.645  # half width of a normal distribution's central 90 %, in standard deviations
BOOTSTRAPS = 500


class LeftOut(NamedTuple):
    """Predictions of rows that were left out, (n,) each; `fold` of each row. The sds are not widened."""

    fold: NDArray[np.int_]
    process: Guess
    forest: Array


class Score(NamedTuple):
    """Mean absolute error and Spearman's rank correlation, each (value, low, high) by a bootstrap of systems, 95 %."""

    mae: tuple[float, float, float]
    spearman: tuple[float, float, float]


def left_out(rows: Rows, seed: int = 0, folds: int = FOLDS) -> Iterator[LeftOut]:
    """After each fold, what is known so far: rows of folds to come are NaN."""
    described = describe(rows.compositions)
    systems = np.random.default_rng(seed).permutation(int(rows.groups.max()) + 1) % folds
    fold = systems[rows.groups]
    means, sds, forest = np.full((3, len(fold)), np.nan)
    for number in range(folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        known = described.rows(train)
        process = Process(known, rows.values[train], fitted(known, rows.values[train], seed))
        means[test], sds[test] = guess(process, described.rows(test))
        numbers = np.hstack(described)
        forest[test] = forest_guess(numbers[train], rows.values[train], numbers[test], seed)
        yield LeftOut(fold, Guess(means.copy(), sds.copy()), forest.copy())


def forest_guess(known: Array, targets: Array, asked: Array, seed: int) -> Array:
    """(m,) by a random forest: 100 trees, a third of the columns at each branch."""
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(TREES, max_features=1 / 3, random_state=seed).fit(known, targets)
    return np.asarray(model.predict(asked))


def widening(found: Guess, values: Array) -> float:
    """What the sds must be multiplied by for 90 % of the values to lie inside the 90 % intervals."""
    return float(np.quantile(np.abs(values - found.mean) / found.sd, 0.9) / Z90)


def coverage(found: LeftOut, values: Array) -> tuple[float, float]:
    """Share of values in 90 % intervals: as the process gives them, and each fold widened by what the others need."""
    error = np.abs(values - found.process.mean)
    widen = np.ones(len(values))
    for number in np.unique(found.fold):
        rest = found.fold != number
        others = Guess(found.process.mean[rest], found.process.sd[rest])
        widen[~rest] = widening(others, values[rest])
    inside = error < Z90 * found.process.sd
    return float(inside.mean()), float((error < Z90 * widen * found.process.sd).mean())


def score(predicted: Array, values: Array, groups: Array, seed: int = 0) -> Score:
    """Of some rows, with intervals: systems are drawn anew, whole."""
    from scipy.stats import spearmanr

    random = np.random.default_rng(seed)
    systems, place = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    drawn = []
    for _ in range(BOOTSTRAPS):
        rows = np.concatenate([members[one] for one in random.integers(len(systems), size=len(systems))])
        rank = spearmanr(predicted[rows], values[rows]).statistic
        drawn.append((float(np.abs(predicted[rows] - values[rows]).mean()), float(rank)))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    whole = (float(np.abs(predicted - values).mean()), float(spearmanr(predicted, values).statistic))
    mae, spearman = ((whole[at], float(low[at]), float(high[at])) for at in (0, 1))
    return Score(mae, spearman)
