"""pymoo's genetic algorithm (NSGA-II for several objectives) straight on the experiments.

Units in [0, 1]^d with a repair that puts sums, steps and kinds right; the common starts are the first population; a
failure violates a constraint, which is pymoo's own way.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.population import Population
from pymoo.core.problem import Problem as PymooProblem
from pymoo.core.repair import Repair
from pymoo.core.termination import NoTermination

from ..problem import Problem, Result
from ..space import Array, Point
from .told import Told, nearest

SIZE = 10
OFFSPRING = 5


class _Allowed(Repair):
    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.wanted = problem

    def _do(self, problem: Any, x: Array, **kwargs: Any) -> Array:
        space = self.wanted.space
        return np.array([space.units(space.from_units(row)) for row in x])


class PymooGa:
    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.told, self.seed = problem, Told(problem), seed
        self.offspring = problem.batch if problem.batch > 1 else OFFSPRING
        self.algorithm: Any = None
        self.generation: Any = None
        self.made: list[Point] = []  # of the generation, as they were measured
        self.given = 0

    def ask(self, count: int) -> list[Point]:
        if self.algorithm is None:
            self._begin()
        found = []
        for _ in range(count):
            if self.given == len(self.made):
                self._next_generation()
            found.append(self.made[self.given])
            self.given += 1
        return found

    def tell(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        self.told.add(points, results)

    def recommend(self) -> None:
        return None

    def _begin(self) -> None:
        space, kind = self.problem.space, GA if len(self.problem.goals) == 1 else NSGA2
        start = np.array([space.units(point) for point in self.told.points])
        self.algorithm = kind(
            pop_size=SIZE,
            n_offsprings=self.offspring,
            sampling=Population.new("X", start),
            repair=_Allowed(self.problem),
            eliminate_duplicates=True,
        )
        asked = PymooProblem(
            n_var=space.dimension, n_obj=len(self.problem.goals), n_ieq_constr=1, xl=np.zeros(space.dimension), xu=1.0
        )
        self.algorithm.setup(asked, termination=NoTermination(), seed=self.seed, verbose=False)
        self.generation = self.algorithm.ask()
        self.made = self.told.points[: len(self.generation)]
        self.given = len(self.made)

    def _next_generation(self) -> None:
        """Tell the whole last generation, ask the next; where pymoo finds no new child, a random point."""
        last = range(len(self.told.points) - len(self.made), len(self.told.points))
        filled = self.told.filled()
        units = np.array([self.problem.space.units(self.told.points[i]) for i in last])
        self.generation.set("X", units)
        self.generation.set("F", np.array([filled[i] for i in last]))
        self.generation.set("G", np.array([[1.0 if self.told.losses[i] is None else -1.0] for i in last]))
        self.algorithm.tell(infills=self.generation)
        self.generation = self.algorithm.ask()
        self.made = self._measured([self.problem.space.from_units(one.X) for one in self.generation])
        self.given = 0

    def _measured(self, wanted: list[Point]) -> list[Point]:
        """What of the wanted points can be made: candidates of a pool, shared factors equal in a batch."""
        if self.problem.pool is None:
            return self.problem.space.held(wanted) if self.problem.batch > 1 else wanted
        candidates, found = self.told.open(), []
        for point in wanted:
            found.append(nearest(self.problem, point, candidates))
            candidates = [p for p in candidates if p != found[-1]]
        return found
