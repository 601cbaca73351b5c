"""The table of problems, and the scale of each: what a random point reaches (0) and what can be reached (1).

Nothing here was chosen by how a method does. The scales are data (scales.json), found by `python -m
tests.benchmarks.optimizer.problems.scales` from true values alone.
"""

import json
from functools import cache
from pathlib import Path

from ..problem import Problem
from . import blends, numeric, pools

FAMILIES = {
    "plain": "known functions, exact values",
    "noise": "the same with noise of a tenth to a fifth of the spread",
    "failures": "a fifth to two fifths of the space give no value, the optimum beside the cliff",
    "sample noise": "films of one plate or day share an error larger than their own",
    "simplex": "3 to 8 parts that sum to one, with bounds, at most so many parts",
    "shared batch": "four films at a time at one temperature",
    "mixed": "kinds, whole numbers and real numbers together",
    "pool": "candidates from published conductors, noise and errors shared by a day",
    "three objectives": "share of the hypervolume",
}
SCALES = Path(__file__).with_name("scales.json")
ALL: tuple[Problem, ...] = (*numeric.PROBLEMS, *blends.PROBLEMS)
POOLS = tuple(pools.PROBLEMS)


@cache
def problem(name: str) -> Problem:
    """The problem of a name; raises KeyError for an unknown one. Emulators are fitted when first asked for."""
    if name in pools.PROBLEMS:
        return pools.PROBLEMS[name]()
    return {p.name: p for p in ALL}[name]


def names() -> tuple[str, ...]:
    return (*(p.name for p in ALL), *POOLS)


@cache
def _scales() -> dict[str, dict[str, float]]:
    return dict(json.loads(SCALES.read_text(encoding="utf-8")))


def scale_of(name: str) -> dict[str, float]:
    """{"typical", "best"} in losses; for several objectives hypervolumes, typical 0."""
    return _scales()[name]
