"""Random and Sobol points: what any search must beat."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import qmc

from ..problem import Problem, Result
from ..space import Point
from .told import Told, nearest

MOST = 1024  # points of a Sobol sequence: a power of two keeps its balance


class Random:
    """Uniform over the space or the candidates."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.told = problem, Told(problem)
        self.rng = problem.rng(seed, 3)

    def _draw(self, count: int) -> list[Point]:
        return self.problem.space.random(count, self.rng)

    def ask(self, count: int) -> list[Point]:
        if self.problem.pool is not None:
            candidates = self.told.open()
            return [candidates[i] for i in self.rng.choice(len(candidates), count, replace=False)]
        return self.problem.space.held(self._draw(count))

    def tell(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        self.told.add(points, results)

    def recommend(self) -> None:
        return None


class Sobol(Random):
    """One scrambled sequence; of candidates the nearest that is left."""

    def __init__(self, problem: Problem, seed: int) -> None:
        super().__init__(problem, seed)
        sequence = qmc.Sobol(problem.space.dimension, rng=np.random.default_rng([seed, 4]))
        self.cubes = iter(sequence.random(MOST))

    def _draw(self, count: int) -> list[Point]:
        return [self.problem.space.from_cube(next(self.cubes)) for _ in range(count)]

    def ask(self, count: int) -> list[Point]:
        if self.problem.pool is None:
            return self.problem.space.held(self._draw(count))
        candidates, found = self.told.open(), []
        for wanted in self._draw(count):
            found.append(nearest(self.problem, wanted, candidates))
            candidates = [point for point in candidates if point != found[-1]]
        return found
