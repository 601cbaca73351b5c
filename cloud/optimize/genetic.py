"""pymoo's genetic algorithms on a fitness over a space, every child repaired by the space itself.

Import it where it is used: pymoo takes most of a second to load. Must not know what the fitness means.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.domain import Domain
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.optimize import minimize
from pymoo.util.ref_dirs import get_reference_directions

POPULATION = 64
GENERATIONS = 25
MATINGS = 3  # tries to fill a generation with new children: a space of few points soon has no more
CROWDED = 3  # losses up to which crowding keeps a front even; beyond, reference directions do (Deb & Jain 2014)
PARTITIONS = {4: 5, 5: 3}  # of the reference directions' simplex, by losses: 56 and 35 directions; 2 beyond

Fitness = Callable[[Array], Array]  # (n, d) canonical feasible vectors -> (n, k), lower is better


def evolved(fitness: Fitness, space: Domain, starts: Array, k: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """(vectors, fitness) of the last population, (m, d) and (m, k): GA for k = 1, NSGA-II to 3, NSGA-III beyond.

    `starts`: (s, d) good points known already; half of the first population at most, the rest is by chance.
    """
    known = starts[: POPULATION // 2]
    first = np.vstack([known, space.random(POPULATION - len(known), rng)])
    result = minimize(
        _Fitness(fitness, space.dimension, k),
        _algorithm(k, first, _SpaceRepair(space)),
        ("n_gen", GENERATIONS),
        seed=int(rng.integers(2**31)),
        verbose=False,
    )
    return np.asarray(result.pop.get("X"), dtype=float), np.asarray(result.pop.get("F"), dtype=float)


def _algorithm(k: int, first: Array, repair: Repair) -> Any:
    common = {"pop_size": POPULATION, "sampling": first, "repair": repair, "eliminate_duplicates": True}
    if k == 1:
        algorithm = GA(**common)
    elif k <= CROWDED:
        algorithm = NSGA2(**common)
    else:
        algorithm = NSGA3(get_reference_directions("das-dennis", k, n_partitions=PARTITIONS.get(k, 2)), **common)
    algorithm.mating.n_max_iterations = MATINGS
    return algorithm


class _Fitness(Problem):  # type: ignore[misc]  # pymoo has no types
    """A fitness as pymoo asks for it."""

    def __init__(self, fitness: Fitness, dimension: int, k: int) -> None:
        super().__init__(n_var=dimension, n_obj=k, xl=0.0, xu=1.0)
        self._fitness = fitness

    def _evaluate(self, x: Array, out: dict[str, Array], *_: Any, **__: Any) -> None:
        out["F"] = self._fitness(x)


class _SpaceRepair(Repair):  # type: ignore[misc]  # pymoo has no types
    """The space's own repair on every child."""

    def __init__(self, space: Domain) -> None:
        super().__init__()
        self._space = space

    def _do(self, _: Problem, x: Array, **__: Any) -> Array:
        return self._space.repair(x)
