"""What the optimizer makes of a table's rows: the next points with reasons, the best row, whether to go on.

Rows and memory in, values out; must not know of files or how they are shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.explain import HALF, Explanation, Prediction
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.optimize.stopping import Stop
from adatom.cloud.optimize.table.reading import Row, how_far
from adatom.cloud.optimize.table.rounding import rounded_point
from adatom.cloud.optimize.table.setup import Setup
from adatom.cloud.optimize.tells import ROOM
from adatom.protocol.errors import FailedError


@dataclass(frozen=True)
class Proposal:
    """A point to try and why. `beside`: of several objectives the number of the row that its trade is against."""

    point: Point
    explanation: Explanation
    why: str
    beside: int | None = None


@dataclass(frozen=True)
class Best:
    """The row with the best expected outcome, or those that no other beats in all objectives."""

    row: Row
    predicted: Mapping[str, Prediction]
    front: tuple[int, ...] = ()


class Search:
    """One table's search at one moment."""

    def __init__(
        self,
        setup: Setup,
        rows: Sequence[Row],
        *,
        seed: int,
        ask: int,
        others: Mapping[str, Sequence[Row]] | None = None,
    ) -> None:
        """`ask`: how often it was asked before; with the rows it decides what is proposed.

        `others`: rows of other tables by name, on scales of their own, that are learnt from where they are alike.
        """
        self.setup, self.rows = setup, tuple(rows)
        self.told = [row for row in rows if row.result is not None]
        told = {name: [row for row in other if row.result is not None] for name, other in (others or {}).items()}
        self.sources = {name: len(other) for name, other in told.items()}  # how many rows with results
        fresh = Optimizer(
            setup.space, setup.objectives, seed=seed, strategy=setup.strategy, budget=setup.budget
        ).state()
        state = fresh | {
            "asks": ask,
            "drawn": len(rows),  # the budget and the start count what stands in the table, whoever wrote it
            "pending": [row.point for row in rows if row.result is None],
            "told": [[row.point, row.result] for row in self.told],
            "others": {name: [[row.point, row.result] for row in other] for name, other in told.items() if other},
        }
        self.optimizer = Optimizer.from_state(state, setup.space, setup.objectives, switch_cost=setup.switch_cost)

    def propose(self, count: int, among: Sequence[Point] | None = None) -> list[Proposal]:
        """`count` points, fewer where `among` has no more that are new and can share a batch.

        Raises FailedError when there is none.
        """
        if among is not None:
            room = self.optimizer.room(among)
            if not room:
                raise FailedError("no candidate is left: all of them are in the table")
            count = min(count, room)
        points = self.optimizer.ask(count, among)
        if among is None:
            points = self._rounded(points)
        return [self.explained(point) for point in points]

    def _rounded(self, points: Sequence[Point]) -> list[Point]:
        """The points with as many digits as a laboratory can use, where that is allowed and makes no two the same."""
        space = self.setup.space
        taken = {space.key(row.point) for row in self.rows}
        chosen = []
        for point in points:
            rounded = space.plain(rounded_point(space.parameters, point))
            if space.violations(rounded) or space.key(rounded) in taken:
                rounded = point
            taken.add(space.key(rounded))
            chosen.append(rounded)
        return chosen

    def explained(self, point: Point) -> Proposal:
        """A point with what is expected of it."""
        explanation = self.optimizer.explain(point)
        beside = None if explanation.trade is None else self.told[explanation.trade.told].number
        return Proposal(point, explanation, self._why(explanation), beside)

    def best(self) -> Best | None:
        """None while no row has a value."""
        index = self.optimizer.incumbent()
        if index is None:
            return None
        front = [self.told[i].number for i in self.optimizer.front()] if self.apart else []
        row = self.told[index]
        return Best(row, self.predicted(row.point), tuple(front))

    def predicted(self, point: Point) -> dict[str, Prediction]:
        """By objective, {} while there is no model."""
        try:
            return self.optimizer.predict([point])[0]
        except FailedError:
            return {}

    def stop(self) -> Stop:
        """Whether to go on."""
        return self.optimizer.suggest_stop()

    def stop_text(self, stop: Stop) -> str:
        """Advice in words, with the improvement in the objective's own terms."""
        if stop.chance is None or stop.worthwhile is None:
            return stop.reason
        verb = "stopping is advised" if stop.stop else "going on is worth it"
        return f"{verb}: {stop.chance:.0%} chance of a point that {self._gain_text(stop.worthwhile)}"

    def reached(self, best: Best) -> str | None:
        """The goal in words, when the best row keeps to it."""
        goal = self.setup.objectives[0]
        predicted = best.predicted.get(goal.name)
        if goal.threshold is None or predicted is None or goal.loss(predicted.value) > goal.loss(goal.threshold):
            return None
        return f"the goal, {goal.name} {goal.threshold:g}, is reached by row {best.row.number}, the model believes"

    @property
    def outside(self) -> list[int]:
        """Numbers of the rows with results that lie outside the ranges."""
        return [row.number for row in self.told if how_far(self.setup.space, row.point) > ROOM]

    @property
    def apart(self) -> bool:
        """Whether there are several objectives, judged by what no other row beats."""
        return sum(objective.weight > 0.0 for objective in self.setup.objectives) > 1

    def sources_text(self) -> list[str]:
        """What is learnt from each other table, in words."""
        found = self.optimizer.correlations()
        modelled = [objective.name for objective in self.setup.objectives if objective.modelled]
        said = []
        for name, count in self.sources.items():
            alike = [f"{of} (correlation {found[of][name]:.2f})" for of in modelled if name in found.get(of, {})]
            unlike = [of for of in modelled if name not in found.get(of, {})]
            parts = [f"learnt from: {', '.join(alike)}"] if alike else []
            parts += [f"not learnt from: {', '.join(unlike)} (unlike, or too few values)"] if unlike else []
            said.append(f"{name}, {count} row{'' if count == 1 else 's'} with results: {'; '.join(parts)}")
        return said

    def _gain_text(self, worthwhile: float) -> str:
        if self.apart:
            return f"adds more than {worthwhile:.1%} to the hypervolume of the front"
        [steering] = [objective for objective in self.setup.objectives if objective.weight > 0.0]
        return f"is better by {gain_text(steering, worthwhile / steering.weight)}"

    def _why(self, explanation: Explanation) -> str:
        if explanation.exploring is None:
            parts = ["spread over the space, as there is no model yet"]
        elif explanation.exploring > HALF:
            parts = ["explores what is unknown"]
        else:
            parts = ["uses what is known"]
        if explanation.trade is not None:
            parts.append(explanation.trade.text(f"row {self.told[explanation.trade.told].number}"))
        if explanation.at_limits:
            parts.append("at the limit: " + ", ".join(explanation.at_limits))
        if explanation.nearest:
            near = self.told[explanation.nearest[0].told].number
            parts.append(f"nearest is row {near}")
        return "; ".join(parts)


def gain_text(objective: Objective, worthwhile: float) -> str:
    """A difference of an objective's losses in its own terms: a share where the loss is a log10."""
    if objective.log and objective.direction == "minimise":
        return f"more than {1.0 - 10.0**-worthwhile:.0%} of {objective.name}"
    if objective.log:
        return f"more than {10.0**worthwhile - 1.0:.0%} of {objective.name}"
    unit = f" {objective.unit}" if objective.unit else ""
    return f"more than {worthwhile:.3g}{unit} in {objective.name}"


def proposal_record(proposal: Proposal, row: int | None) -> dict[str, Any]:
    """JSON-ready."""
    explanation, trade = proposal.explanation, proposal.explanation.trade
    return {
        "row": row,
        "point": proposal.point,
        "predicted": {name: prediction_record(p) for name, p in explanation.predicted.items()},
        "chance_to_beat": explanation.chance_to_beat,
        "chance_to_fail": 1.0 - explanation.chance_of_success,
        "sensitivities": explanation.sensitivities,
        "trade": None if trade is None else {"row": proposal.beside, "better": trade.better, "worse": trade.worse},
        "why": proposal.why,
    }


def prediction_record(prediction: Prediction) -> dict[str, float]:
    """JSON-ready."""
    return {"value": prediction.value, "low": prediction.low, "high": prediction.high}
