"""Optuna's samplers by ask and tell: Gaussian process and TPE.

Parts of a mixture come from independent numbers by -log, as Optuna's FAQ shows; a failed run is told as a failed
trial; a shared factor is fixed for the rest of a batch (PartialFixedSampler); of a pool the nearest candidate that is
left is measured and told at its own place.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, GPSampler, PartialFixedSampler, TPESampler
from optuna.trial import TrialState, create_trial

from ..problem import Problem, Result
from ..space import Choice, Mixture, Number, Point
from .told import Told, nearest

SMALL = 1e-6
TPE_STARTS = 10  # Optuna's own default

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def _sampler(kind: str, problem: Problem, seed: int) -> BaseSampler:
    if kind == "gp":
        return GPSampler(seed=seed, n_startup_trials=problem.starts, deterministic_objective=not any(problem.noise))
    return TPESampler(seed=seed, n_startup_trials=TPE_STARTS, multivariate=True)


class _Optuna:
    kind = ""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.told = problem, Told(problem)
        self.sampler = _sampler(self.kind, problem, seed)
        self.study = optuna.create_study(sampler=self.sampler, directions=["minimize"] * len(problem.goals))
        self.ranges = self._ranges()
        self.asked: list[Any] = []  # trials of the points asked, in order

    def _ranges(self) -> dict[str, BaseDistribution]:
        ranges: dict[str, BaseDistribution] = {}
        for column in self.problem.space.columns:
            if isinstance(column, Mixture):
                of_pool = self.problem.pool is not None
                for name, low, high in column.bounds:
                    ranges[name] = FloatDistribution(low, high) if of_pool else FloatDistribution(SMALL, 1.0 - SMALL)
            elif isinstance(column, Choice):
                ranges[column.name] = CategoricalDistribution(column.kinds)
            elif column.whole:
                ranges[column.name] = IntDistribution(int(column.low), int(column.high), log=column.log)
            else:
                ranges[column.name] = FloatDistribution(column.low, column.high, log=column.log, step=column.step)
        return ranges

    def ask(self, count: int) -> list[Point]:
        self.asked, found = [], []
        for _ in range(count):
            fixed = {c.name: found[0][c.name] for c in self.problem.space.shared} if found else {}
            self.study.sampler = PartialFixedSampler(fixed, self.sampler) if fixed else self.sampler
            trial = self.study.ask(self.ranges)
            point = self._point(trial.params)
            if self.problem.pool is not None:
                point = nearest(self.problem, point, [p for p in self.told.open() if p not in found])
            self.asked.append(trial)
            found.append(point)
        return found

    def tell(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        self.told.add(points, results)
        for place, (point, losses) in enumerate(zip(points, self.told.losses[-len(points) :], strict=True)):
            trial = self.asked[place] if self.asked else None
            if trial is not None and self.problem.pool is None:
                state = TrialState.FAIL if losses is None else TrialState.COMPLETE
                self.study.tell(trial, None if losses is None else [float(v) for v in losses], state=state)
                continue
            if trial is not None:
                self.study.tell(trial, state=TrialState.FAIL)  # measured elsewhere, told there
            if losses is not None:
                values = [float(v) for v in losses]
                self.study.add_trial(create_trial(params=self._params(point), distributions=self.ranges, values=values))
        self.asked = []

    def recommend(self) -> None:
        return None

    def _point(self, params: dict[str, Any]) -> Point:
        point: Point = {}
        for column in self.problem.space.columns:
            if isinstance(column, Mixture):
                units = np.array([params[name] for name in column.names])
                parts = units if self.problem.pool is not None else column.from_cube(units)
                point |= dict(zip(column.names, map(float, parts), strict=True))
            elif isinstance(column, Number):
                point[column.name] = column.value(column.unit(params[column.name]))
            else:
                point[column.name] = params[column.name]
        return point

    def _params(self, point: Point) -> dict[str, Any]:
        """Parameters that give a point: of a mixture exp(-parts times their number)."""
        params: dict[str, Any] = dict(point)
        for column in self.problem.space.columns:
            if isinstance(column, Mixture) and self.problem.pool is None:
                for name in column.names:
                    params[name] = float(np.clip(np.exp(-len(column.names) * float(point[name])), SMALL, 1.0 - SMALL))
        return params


class OptunaGp(_Optuna):
    kind = "gp"


class OptunaTpe(_Optuna):
    kind = "tpe"
