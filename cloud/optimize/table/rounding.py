"""Suggested values with no more digits than a laboratory can set. Must not know of rules: the caller checks them."""

import math
from collections.abc import Sequence

from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.space.parameters import Composition, Continuous, Parameter

SHARE = 1e-3  # of a range, or of a mixture's total: finer settings than that are noise
DIGITS = 3  # of a value on a log scale


def rounded_point(parameters: Sequence[Parameter], point: Point) -> Point:
    """The point with its numbers rounded where the space names no step of their own."""
    rounded = dict(point)
    for parameter in parameters:
        if isinstance(parameter, Continuous) and parameter.step is None and parameter.high > parameter.low:
            rounded[parameter.name] = _number(parameter, point[parameter.name])
        elif isinstance(parameter, Composition) and parameter.step is None:
            rounded |= _parts(parameter, point)
    return rounded


def _number(parameter: Continuous, value: float) -> float:
    """Within the range: an end of it has as many digits as it was given."""
    if value in (parameter.low, parameter.high):
        return value
    places = DIGITS - 1 - math.floor(math.log10(value)) if parameter.log else _places(parameter.high - parameter.low)
    return min(max(round(value, places), parameter.low), parameter.high)


def _parts(composition: Composition, point: Point) -> Point:
    """Parts whose sum is the total: the balance, or else the largest part, takes what rounding leaves."""
    places = _places(composition.total)
    parts = {part: round(point[part], places) for part in composition.parts}
    taker = composition.balance or max(parts, key=lambda part: parts[part])
    others = math.fsum(amount for part, amount in parts.items() if part != taker)
    return parts | {taker: round(composition.total - others, places + DIGITS)}


def _places(width: float) -> int:
    """Decimal places that tell SHARE of a width apart."""
    return -math.floor(math.log10(width * SHARE))
