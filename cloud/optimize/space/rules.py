"""Which rules a point breaks, in words. The slow and simple word on what `repair` makes sure of by other means."""

from collections.abc import Iterator, Sequence

from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.space.constraints import AnyConstraint, Linear
from adatom.cloud.optimize.space.parameters import Categorical, Composition, Continuous, Integer, Parameter

FORGIVEN = 1e-9  # relative to the size of what is compared, at least to 1 for sums


def violations(parameters: Sequence[Parameter], constraints: Sequence[AnyConstraint], point: Point) -> list[str]:
    """One text a broken rule, [] where the plain point is allowed."""
    reasons: list[str] = []
    for parameter in parameters:
        if isinstance(parameter, Composition):
            reasons += _of_composition(parameter, point)
        elif not isinstance(parameter, Categorical):
            reasons += _of_number(parameter, float(point[parameter.name]))
    for constraint in constraints:
        reason = _of_linear(constraint, point) if isinstance(constraint, Linear) else constraint.refusal(point)
        reasons += [] if reason is None else [reason]
    return reasons


def _of_number(number: Continuous | Integer, value: float) -> Iterator[str]:
    room = FORGIVEN * max(abs(number.low), abs(number.high))
    if not number.low - room <= value <= number.high + room:
        yield f"{number.name} {value:g} is outside {number.low:g} to {number.high:g}"
    elif number.step and not _on_grid(value - number.low, number.step, room):
        yield f"{number.name} {value:g} is off the steps of {number.step:g} from {number.low:g}"


def _of_composition(composition: Composition, point: Point) -> Iterator[str]:
    amounts = {part: float(point[part]) for part in composition.parts}
    room = FORGIVEN * max(1.0, composition.total)
    for part, amount in amounts.items():
        low, high = composition.parts[part]
        if not low - room <= amount <= high + room:
            yield f"{part} {amount:g} is outside {low:g} to {high:g}"
        if 0.0 < amount < composition.least - room:
            yield f"{part} {amount:g} is neither 0 nor at least {composition.least:g}"
        if composition.step is not None and not _on_grid(amount, composition.step, room):
            yield f"{part} {amount:g} is off the steps of {composition.step:g}"
    if abs(sum(amounts.values()) - composition.total) > room:
        yield f"{composition.name} adds up to {sum(amounts.values()):.9g}, not {composition.total:g}"
    present = [part for part, amount in amounts.items() if amount > 0.0]
    if composition.at_most is not None and len(present) > composition.at_most:
        yield f"{composition.name} has {len(present)} parts, at most {composition.at_most} are allowed"
    if composition.charges is not None:
        charge = sum(composition.charges[part] * amount for part, amount in amounts.items())
        if abs(charge - composition.charge_total) > room:
            yield f"{composition.name} has charge {charge:.9g}, not {composition.charge_total:g}"


def _of_linear(linear: Linear, point: Point) -> str | None:
    terms = [factor * float(point[column]) for column, factor in linear.coefficients.items()]
    value, room = sum(terms), FORGIVEN * max(1.0, *map(abs, terms))
    if linear.low is not None and value < linear.low - room:
        return f"{linear.name}: {value:g} is below {linear.low:g}"
    if linear.high is not None and value > linear.high + room:
        return f"{linear.name}: {value:g} is above {linear.high:g}"
    return None


def _on_grid(value: float, step: float, room: float) -> bool:
    return abs(value - round(value / step) * step) <= room
