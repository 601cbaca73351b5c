"""What figures of a search show, as plain values: the course of the results, slices of the belief, what matters.

Must not know how it is drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.explain import Prediction
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.space.parameters import Categorical, Composition, Continuous, Integer, Parameter, option_text
from adatom.cloud.optimize.space.space import Space
from adatom.cloud.optimize.table.reading import Row
from adatom.cloud.optimize.table.search import Search

STEPS = 41  # points along a column
LEAST_ALLOWED = 3  # of them, for a curve that shows allowed points alone


@dataclass(frozen=True)
class Course:
    """An objective's results in the table's order: (row, value) of each, rows that failed with reasons, best so far."""

    objective: Objective
    measured: Sequence[tuple[int, float]]
    failed: Sequence[tuple[int, str]]
    best: Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Slice:
    """The belief along one column: `places` with a Prediction each; `here`: where the point itself lies.

    `here` None: a mean over many points.

    `allowed` False: the column cannot change alone without breaking a rule, and the curve breaks it.
    """

    column: str
    places: Sequence[float] | Sequence[str]
    predicted: Sequence[Prediction]
    here: float | str | None
    log: bool
    allowed: bool
    tested: Sequence[tuple[float | str, float]]


def course(objective: Objective, rows: Sequence[Row]) -> Course:
    """Of one objective."""
    told = [(row.number, row.result) for row in rows if row.result is not None]
    measured = [(number, float(result[objective.name][0])) for number, result in told if objective.name in result]
    failed = [(number, str(result["failed"])) for number, result in told if "failed" in result]
    best: list[tuple[int, float]] = []
    for number, value in measured:
        if not best or objective.loss(value) <= objective.loss(best[-1][1]):
            best.append((number, value))
        else:
            best.append((number, best[-1][1]))
    return Course(objective, measured, failed, best)


def slices(search: Search, objective: Objective, point: Point) -> list[Slice]:
    """One a column that varies, through a point; [] while there is no model of the objective."""
    if objective.name not in search.predicted(point):
        return []
    space = search.setup.space
    found = []
    for parameter in space.parameters:
        for column in parameter.parts if isinstance(parameter, Composition) else (parameter.name,):
            points = swept(space, parameter, column, point)
            if len(points) > 1:
                found.append(_slice(search, objective, parameter, column, point, points))
    return found


def _slice(
    search: Search, objective: Objective, parameter: Parameter, column: str, point: Point, points: Sequence[Point]
) -> Slice:
    space, choice = search.setup.space, isinstance(parameter, Categorical)
    allowed = [one for one in points if not space.violations(one)]
    enough = len(allowed) >= (1 if choice else LEAST_ALLOWED)
    shown = allowed if enough else list(points)
    predicted = [one[objective.name] for one in search.optimizer.predict(shown)]

    def place(one: Mapping[str, object]) -> float | str:
        value = one[column]
        return option_text(value) if choice or not isinstance(value, (int, float)) else float(value)

    tested = [
        (place(row.point), float(row.result[objective.name][0]))
        for row in search.told
        if row.result is not None and objective.name in row.result
    ]
    log = isinstance(parameter, (Continuous, Integer)) and parameter.log
    places = [place(one) for one in shown]
    return Slice(column, places, predicted, place(point), log, enough, tested)  # type: ignore[arg-type]


def swept(space: Space, parameter: Parameter, column: str, point: Point) -> list[Point]:
    """The point with the column at its values, others as they are; of a mixture the others keep their ratios."""
    if isinstance(parameter, Categorical):
        return [space.plain({**point, column: option}) for option in parameter.options]
    if isinstance(parameter, Composition):
        changed = [
            _with_part(parameter, column, amount, point) for amount in np.linspace(*parameter.parts[column], STEPS)
        ]
    else:
        changed = [{**point, column: value} for value in _values(parameter)]
    unique = {space.key(plain): plain for plain in map(space.plain, changed)}
    return list(unique.values())


def _values(parameter: Continuous | Integer) -> list[float]:
    low, high = float(parameter.low), float(parameter.high)
    values = np.geomspace(low, high, STEPS) if parameter.log else np.linspace(low, high, STEPS)
    step = parameter.step or (1.0 if isinstance(parameter, Integer) else 0.0)
    if step:
        values = low + np.round((values - low) / step) * step
    return [float(value) for value in np.clip(values, low, high)]


def _with_part(composition: Composition, part: str, amount: float, point: Point) -> Point:
    """The point with so much of a part; what is left goes to the others as they were to each other."""
    others = [name for name in composition.parts if name != part]
    amount = _stepped(composition, amount)
    before, left = sum(point[name] for name in others), composition.total - amount
    shares = {name: point[name] / before if before > 0.0 else 1.0 / len(others) for name in others}
    amounts = {name: _stepped(composition, left * share) for name, share in shares.items()}
    if others:
        largest = max(amounts, key=lambda name: amounts[name])
        amounts[largest] = _stepped(composition, left - sum(amounts.values()) + amounts[largest])
    return {**point, part: amount, **amounts}


def _stepped(composition: Composition, amount: float) -> float:
    """An amount that can be weighed in, and never below nothing."""
    step = composition.step
    return max(0.0, float(round(amount / step) * step) if step else float(amount))


def shares_by_column(search: Search, point: Point) -> dict[str, float]:
    """How much of what the expectation changes by belongs to each column, largest first; {} without a model."""
    given = search.optimizer.explain(point).sensitivities
    names = search.setup.inputs
    options = {f"{name}=": name for name in names}
    shares = dict.fromkeys(names, 0.0) if given else {}
    for vector_name, share in given.items():
        name = next((name for prefix, name in options.items() if vector_name.startswith(prefix)), vector_name)
        shares[name] += share
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))
