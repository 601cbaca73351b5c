"""BayBE: a campaign with its default recommender.

Mixtures are continuous parameters with an equality constraint and, for at most k parts, its cardinality constraint;
pools are discrete spaces from the table of candidates; a logarithmic number goes in as its logarithm. A shared factor
goes by its batch constraint where all is discrete; it is for discrete parameters alone, and brute force over a
temperature's values times a continuous mixture takes minutes an ask, so the batch is recommended and the first point's
value held for the rest. A failure is told as the worst value seen: BayBE has no failures.
"""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from baybe import Campaign
from baybe.constraints import ContinuousCardinalityConstraint, ContinuousLinearConstraint
from baybe.objectives import ParetoObjective, SingleTargetObjective
from baybe.parameters import CategoricalParameter, NumericalContinuousParameter, NumericalDiscreteParameter
from baybe.searchspace import SearchSpace
from baybe.settings import Settings
from baybe.targets import NumericalTarget

from ..problem import Problem, Result
from ..space import Choice, Mixture, Number, Point, Value
from .told import Told, nearest


class Baybe:
    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.told = problem, Told(problem)
        Settings(random_seed=seed).activate()
        self.columns = {name: c for c in problem.space.columns for name in c.names}
        self.searched = self._pool() if problem.pool is not None else self._space()
        targets = [NumericalTarget(goal.name, minimize=True) for goal in problem.goals]
        self.objective = SingleTargetObjective(targets[0]) if len(targets) == 1 else ParetoObjective(targets)
        self._made: Any = None

    def tell(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        self.told.add(points, results)
        self._made = None

    def ask(self, count: int) -> list[Point]:
        rows = self._campaign().recommend(count).to_dict("records")
        if self.problem.pool is not None:
            return [nearest(self.problem, {n: float(row[n]) for n in self.columns}, self.told.open()) for row in rows]
        return self.problem.space.held([self._point(row) for row in rows])

    def recommend(self) -> int | None:
        """Best posterior mean among the successes."""
        good = self.told.good
        if len(good) < 2 or len(self.problem.goals) > 1:
            return None
        table = pd.DataFrame([self._row(self.told.points[i]) for i in good])
        mean = self._campaign().posterior_stats(table, ("mean",)).iloc[:, 0].to_numpy()
        return good[int(mean.argmin())]

    def _campaign(self) -> Campaign:
        """With all that was told; made anew because the worst value, and so what failures count as, moves."""
        if self._made is None:
            self._made = Campaign(self.searched, self.objective)
            rows = [self._row(point) for point in self.told.points]
            for row, losses in zip(rows, self.told.filled(), strict=True):
                row |= {goal.name: float(loss) for goal, loss in zip(self.problem.goals, losses, strict=True)}
            self._made.add_measurements(pd.DataFrame(rows), numerical_measurements_must_be_within_tolerance=False)
        return self._made

    # --- its space ------------------------------------------------------------------------------------------------

    def _pool(self) -> SearchSpace:
        table = pd.DataFrame(self.problem.pool)
        used = [name for name in table if table[name].nunique() > 1]
        parameters = [NumericalDiscreteParameter(name, sorted(set(table[name]))) for name in used]
        return SearchSpace.from_dataframe(table[used], parameters)

    def _space(self) -> SearchSpace:
        parameters, constraints = [], []
        for column in self.problem.space.columns:
            if isinstance(column, Mixture):
                parameters += [NumericalContinuousParameter(n, (low, high)) for n, low, high in column.bounds]
                constraints.append(ContinuousLinearConstraint(list(column.names), "=", [1.0] * len(column.names), 1.0))
                if column.at_most is not None:
                    constraints.append(
                        ContinuousCardinalityConstraint(list(column.names), max_cardinality=column.at_most)
                    )
            elif isinstance(column, Choice):
                parameters.append(CategoricalParameter(column.name, column.kinds))
            else:
                ends = (self._in(column, column.low), self._in(column, column.high))
                parameters.append(NumericalContinuousParameter(column.name, ends))
        return SearchSpace.from_product(parameters, constraints)

    def _in(self, column: Any, value: Value) -> Any:
        return math.log10(float(value)) if isinstance(column, Number) and column.log else value

    def _row(self, point: Point) -> dict[str, Any]:
        used = self.searched.parameter_names
        return {name: self._in(self.columns[name], value) for name, value in point.items() if name in used}

    def _point(self, row: dict[str, Any]) -> Point:
        """The allowed point nearest to a recommended row."""
        point: Point = {}
        for column in self.problem.space.columns:
            if isinstance(column, Mixture):
                point |= {name: float(row[name]) for name in column.names}
            elif isinstance(column, Number):
                value = float(row[column.name])
                raw = 10.0**value if column.log else value
                point[column.name] = min(max(raw, column.low), column.high)
            else:
                point[column.name] = str(row[column.name])
        return self.problem.space.from_units(self.problem.space.units(point))
