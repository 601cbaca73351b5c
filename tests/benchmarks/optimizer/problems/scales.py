"""Finds the scale of every problem from its true values alone and writes scales.json.

typical: median true loss of random allowed points that do not fail. best: the known optimum, the best of a pool's
candidates, or the least loss of a long search (shrinking clouds around the best). For several objectives:
hypervolumes, typical 0 and best that of a long NSGA-II's front.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import Problem as PymooProblem
from pymoo.indicators.hv import HV
from pymoo.optimize import minimize

from ..problem import Problem
from ..space import Array, Point
from . import SCALES, names, problem

RANDOM = 2000
ROUNDS = 60
ELITES = 12
CHILDREN = 20  # of each elite in a round
WIDTHS = (0.15, 0.0005)  # of the cloud in the first and last round
FRONT, GENERATIONS = 150, 200


def hypervolume(losses: Array, corner: Sequence[float]) -> float:
    """Of (n, goals) losses below a corner; 0 for none."""
    return float(HV(ref_point=np.array(corner))(losses)) if len(losses) else 0.0


def scale(wanted: Problem) -> dict[str, float]:
    """{"typical", "best"} of a problem."""
    if len(wanted.goals) > 1:
        return {"typical": 0.0, "best": wanted.best or _front(wanted)}
    rng = wanted.rng(0, 9)
    points = list(wanted.pool) if wanted.pool is not None else wanted.space.random(RANDOM, rng)
    points = [point for point in points if not wanted.fails(point)]
    losses = np.array([wanted.losses(point)[0] for point in points])
    best = wanted.best
    if best is None:
        best = float(losses.min()) if wanted.pool is not None else _least(wanted, points, losses, rng)
    return {"typical": float(np.median(losses)), "best": best}


def _least(wanted: Problem, points: list[Point], losses: Array, rng: np.random.Generator) -> float:
    for width in np.geomspace(*WIDTHS, ROUNDS):
        order = np.argsort(losses, kind="stable")[:ELITES]
        points = [points[i] for i in order]
        units = [wanted.space.units(p) for p in points for _ in range(CHILDREN)]
        born = [wanted.space.from_units(u + rng.normal(0.0, width, len(u)) * (rng.random(len(u)) < 0.6)) for u in units]
        born = [point for point in born if not wanted.fails(point)]
        losses = np.concatenate([losses[order], [wanted.losses(p)[0] for p in born]])
        points += born
    return float(losses.min())


class _True(PymooProblem):
    def __init__(self, wanted: Problem) -> None:
        size = wanted.space.dimension
        super().__init__(n_var=size, n_obj=len(wanted.goals), xl=np.zeros(size), xu=np.ones(size))
        self.wanted = wanted

    def _evaluate(self, x: Array, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        out["F"] = np.array([self.wanted.losses(self.wanted.space.from_units(row)) for row in x])


def _front(wanted: Problem) -> float:
    found = minimize(_True(wanted), NSGA2(FRONT), ("n_gen", GENERATIONS), seed=1)
    return hypervolume(found.F, wanted.corner)


def main() -> None:
    found = {name: scale(problem(name)) for name in names()}
    SCALES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
