"""The search: feasible, repeatable, near the true maximum in spaces of every kind."""

import numpy as np
import pytest
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.search import Effort, best_of_pool, best_points

from .spaces import FULL, SMALL, space_of

FULL_SPACE, SMALL_SPACE = space_of(FULL), space_of(SMALL)
TARGET = FULL_SPACE.random(1, np.random.default_rng(3))[0]


def nearness(vectors: Array) -> Array:
    """Largest, 0, at TARGET: a point with choices, sums and steps of its own."""
    return -np.asarray(((vectors - TARGET) ** 2).sum(axis=1))


def test_it_finds_a_mixed_point() -> None:
    found = best_points(nearness, FULL_SPACE, FULL_SPACE.random(2, np.random.default_rng(0)), np.random.default_rng(1))
    assert nearness(found[:1])[0] > -0.005
    by_chance = FULL_SPACE.random(len(found), np.random.default_rng(2))
    assert nearness(found[:1])[0] > 20.0 * nearness(by_chance).max()


def test_what_comes_out_is_feasible_distinct_and_ordered() -> None:
    found = best_points(nearness, FULL_SPACE, np.zeros((0, FULL_SPACE.dimension)), np.random.default_rng(1))
    assert (FULL_SPACE.repair(found) == found).all()
    assert len(np.unique(found, axis=0)) == len(found)
    assert (np.diff(nearness(found)) <= 0.0).all()


def test_same_rng_same_answer() -> None:
    starts = SMALL_SPACE.random(3, np.random.default_rng(0))

    def score(vectors: Array) -> Array:
        return np.asarray(np.sin(9.0 * vectors).sum(axis=1))

    first, second = (best_points(score, SMALL_SPACE, starts, np.random.default_rng(5)) for _ in range(2))
    assert (first == second).all()


def test_evaluations_are_counted_and_not_timed() -> None:
    counts = []
    for _ in range(2):
        seen: list[int] = []

        def score(vectors: Array, seen: list[int] = seen) -> Array:
            seen.append(len(vectors))
            return np.asarray(-((vectors - 0.4) ** 2).sum(axis=1))

        best_points(score, SMALL_SPACE, SMALL_SPACE.random(1, np.random.default_rng(0)), np.random.default_rng(1))
        counts.append(sum(seen))
    assert counts[0] == counts[1] < 8000


def test_the_effort_is_a_parameter() -> None:
    starts = SMALL_SPACE.random(1, np.random.default_rng(0))
    little = Effort(spread=8, parents=4, children=8, rounds=1, clouds=(0.1,), cloud=8, centres=2, climbs=1)
    found = best_points(lambda v: -v.sum(axis=1), SMALL_SPACE, starts, np.random.default_rng(1), little)
    assert 1 <= len(found) <= 8 + 1 + 8 + 8 + 10


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_the_best_of_a_pool(chunk: int) -> None:
    pool = np.random.default_rng(0).integers(0, 5, (50, 2)).astype(float)
    rows = best_of_pool(lambda v: -v.sum(axis=1), pool, 10, chunk)
    assert rows.tolist() == np.argsort(pool.sum(axis=1), kind="stable")[:10].tolist()
    assert best_of_pool(lambda v: -v.sum(axis=1), pool[:0], 3).tolist() == []
