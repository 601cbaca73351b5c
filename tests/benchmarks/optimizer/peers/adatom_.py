"""adatom through its public interface, with its defaults: Space, Objective, Optimizer; ask, tell, incumbent."""

from collections.abc import Sequence

from adatom.cloud.optimize import Categorical, Composition, Continuous, Integer, Space
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.optimizer import Optimizer

from ..problem import Problem, Result
from ..space import Choice, Column, Mixture, Point
from .told import Told, nearest

Parameter = Categorical | Composition | Continuous | Integer


def parameter(column: Column) -> Parameter:
    """A column in adatom's terms."""
    if isinstance(column, Mixture):
        parts = {name: (low, high) for name, low, high in column.bounds}
        return Composition(parts, at_most=column.at_most, least=column.least)
    if isinstance(column, Choice):
        return Categorical(column.name, column.kinds)
    if column.whole:
        return Integer(column.name, int(column.low), int(column.high), log=column.log, hard_to_change=column.shared)
    return Continuous(
        column.name, column.low, column.high, step=column.step, log=column.log, hard_to_change=column.shared
    )


class Adatom:
    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.told = problem, Told(problem)
        objectives = [Objective(goal.name, goal.direction, log=goal.log) for goal in problem.goals]
        self.optimizer = Optimizer(
            Space([parameter(column) for column in problem.space.columns]), objectives, seed=seed
        )

    def ask(self, count: int) -> list[Point]:
        if self.problem.pool is None:
            return self.optimizer.ask(count)
        asked = self.optimizer.ask(count, among=self.told.open())
        return [nearest(self.problem, point, list(self.problem.pool)) for point in asked]

    def tell(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        self.told.add(points, results)
        self.optimizer.tell(points, results)

    def recommend(self) -> int | None:
        return None if len(self.problem.goals) > 1 else self.optimizer.incumbent()
