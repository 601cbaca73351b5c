"""Scores of records and their comparison: paired by problem and seed, with bootstrap intervals. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .search import Record
from .space import Array

RESAMPLES = 2000
CONFIDENCE = 0.95
RULES = ("own", "observed")
Scale = Mapping[str, float]
Pair = tuple[str, int]  # problem, seed


class Interval(NamedTuple):
    """A mean over pairs with the ends of its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    pairs: int


def curve(record: Record, scale: Scale, rule: str = "own") -> Array:
    """(evaluations - starts + 1,) worth of the incumbent from the starts on: 0 a random point's, 1 the optimum's.

    Cut off at 0 and 1: a start worse than a typical point should not outweigh a search, and a best found by search
    may be passed by a hair. No success yet counts 0.
    """
    span = scale["best"] - scale["typical"]
    worth = [0.0 if value is None else (value - scale["typical"]) / span for value in record[rule]]
    return np.clip(np.array(worth), 0.0, 1.0)


def score(record: Record, scale: Scale, rule: str = "own") -> float:
    """Mean worth of the incumbent over all evaluations after the starts."""
    return float(curve(record, scale, rule)[1:].mean())


def regret(record: Record, scale: Scale, rule: str = "own") -> float:
    """What is missing to the optimum at the end, as a share of the way from a random point."""
    return float(1.0 - curve(record, scale, rule)[-1])


def by_pair(values: Sequence[tuple[Record, float]]) -> dict[str, dict[Pair, float]]:
    """{method: {(problem, seed): value}}"""
    found: dict[str, dict[Pair, float]] = {}
    for record, value in values:
        found.setdefault(record["method"], {})[record["problem"], record["seed"]] = value
    return found


def difference(left: Mapping[Pair, float], right: Mapping[Pair, float]) -> Interval | None:
    """Mean of left minus right over the pairs that both have; None without one."""
    common = sorted(set(left) & set(right))
    return interval({pair: left[pair] - right[pair] for pair in common}) if common else None


def interval(values: Mapping[Pair, float]) -> Interval:
    """Mean over problems of means over seeds; seeds are resampled within each problem, problems are fixed.

    A problem with one seed adds no width: an interval of few seeds is too narrow, and `pairs` says so.
    """
    problems: dict[str, list[float]] = {}
    for (problem, _), value in values.items():
        problems.setdefault(problem, []).append(value)
    rng = np.random.default_rng(0)
    means = np.zeros(RESAMPLES)
    for found in map(np.array, problems.values()):
        means += found[rng.integers(0, len(found), (RESAMPLES, len(found)))].mean(axis=1) / len(problems)
    low, high = np.quantile(means, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    centre = float(np.mean([np.mean(found) for found in problems.values()]))
    return Interval(centre, float(low), float(high), len(values))
