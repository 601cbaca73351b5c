"""Where an acquisition is largest: pymoo's genetic algorithm with repair, then shrinking clouds around its best.

Must not know what the acquisition means. Budgets count evaluations, never seconds: resume is bit-identical.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.domain import Domain
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair as PymooRepair
from pymoo.optimize import minimize

POPULATION = 64
GENERATIONS = 15  # a generation costs milliseconds of bookkeeping, a cloud point microseconds: the clouds do the rest
CLOUDS = (0.2, 0.1, 0.05, 0.02, 0.01)  # standard deviations of the local refinement, in units of the ranges
CLOUD_POINTS = 200
CENTRES = 5  # points refined locally
JUMP = 0.3  # chance that a cloud point moves one coordinate only: process windows are narrow along some


def best_points(score: Callable[[Array], Array], space: Domain, starts: Array, rng: np.random.Generator) -> Array:
    """(m, d) distinct feasible vectors, highest score first: the last population and all refinements.

    `score`: (n, d) canonical feasible vectors -> (n,) higher is better. `starts`: good points known already.
    """
    vectors, scores = _genetic(score, space, starts, rng)
    for width in CLOUDS:
        centres = vectors[np.argsort(-scores, kind="stable")[:CENTRES]]
        fresh = space.repair(_cloud(centres, width, rng))
        vectors, scores = np.vstack([vectors, fresh]), np.concatenate([scores, score(fresh)])
    vectors, first = np.unique(vectors, axis=0, return_index=True)
    return np.asarray(vectors[np.argsort(-scores[first], kind="stable")])


def _cloud(centres: Array, width: float, rng: np.random.Generator) -> Array:
    points = np.repeat(centres, CLOUD_POINTS // len(centres), axis=0)
    steps = width * rng.standard_normal(points.shape)
    single = rng.random(len(points)) < JUMP
    kept = rng.integers(points.shape[1], size=len(points))
    mask = np.arange(points.shape[1]) == kept[:, None]
    return points + np.where(single[:, None] & ~mask, 0.0, steps)


def _genetic(
    score: Callable[[Array], Array], space: Domain, starts: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The last population and its scores."""
    fresh = space.random(POPULATION - len(starts[: POPULATION // 2]), rng)
    first = np.vstack([starts[: POPULATION // 2], fresh])
    algorithm = GA(pop_size=POPULATION, sampling=first, repair=_FeasibleRepair(space), eliminate_duplicates=True)
    result = minimize(
        _Scored(score, space.dimension), algorithm, ("n_gen", GENERATIONS), seed=int(rng.integers(2**31)), verbose=False
    )
    return np.asarray(result.pop.get("X"), dtype=float), -np.asarray(result.pop.get("F"), dtype=float)[:, 0]


class _Scored(Problem):  # type: ignore[misc]  # pymoo has no types
    """pymoo minimises; the score is to be large."""

    def __init__(self, score: Callable[[Array], Array], dimension: int) -> None:
        super().__init__(n_var=dimension, n_obj=1, xl=0.0, xu=1.0)
        self._score = score

    def _evaluate(self, x: Array, out: dict[str, Array], *_: Any, **__: Any) -> None:
        out["F"] = -self._score(x)[:, None]


class _FeasibleRepair(PymooRepair):  # type: ignore[misc]  # pymoo has no types
    """The space's own repair on every child."""

    def __init__(self, space: Domain) -> None:
        super().__init__()
        self._space = space

    def _do(self, _: Problem, x: Array, **__: Any) -> Array:
        return self._space.repair(x)
