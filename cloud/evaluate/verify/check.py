"""check(claim) -> Verdict: dimension, range, and the quantity recomputed from the claim's own inputs. Pure.

A claim disagrees if it is further off than rounding of the printed digits (added up, the worst case), two stated
standard deviations and 0.1 % allow. Then a slip that explains the ratio is looked for.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from adatom.cloud.knowledge.formula import ELEMENTS, parse_formula
from adatom.protocol.errors import InputError

from .claims import Claim
from .formulas import BY_ELEMENT, ELEMENT, FORMULA, MANY, POSSIBLE, TABLE, Formula, by_quantity
from .number import Number, parse_number
from .slips import explain
from .units import Unit, convert, parse_unit, same_dimension

AGREES, DISAGREES, UNCHECKED = "agrees", "disagrees", "unchecked"
DIMENSION, IMPOSSIBLE = "wrong dimension", "impossible"
WRONG = (DISAGREES, DIMENSION, IMPOSSIBLE)
FLOOR = 1e-3  # (K) relative: tables of atomic masses and constants differ by less
SDS = 2.0  # (K) standard deviations that are not yet a contradiction
INPUT_ROUNDING = 0.025  # (K) at most, relative: "1 mm" of a paper is not 0.5 to 1.5 mm
MAX_MANY = 200


class Verdict(NamedTuple):
    """`expected`, and the `tolerance` that its inputs leave, in the claim's unit; None where nothing was recomputed."""

    claim: Claim
    verdict: str
    reason: str
    value: float | None = None
    expected: float | None = None
    tolerance: float | None = None
    slip: str = ""
    source: str = ""


class Given(NamedTuple):
    """Inputs in the formula's units, and by how much each may be off: (rounding, standard deviation)."""

    values: dict[str, Any]
    doubts: list[tuple[str, Any, float, float]]  # name, key within it (None, index or element), half, sd


def check(claim: Claim) -> Verdict:
    """What can be said of a claim. InputError for one that cannot be read (unit, number, formula)."""
    ways = by_quantity(claim.quantity)
    if not ways:
        known = ", ".join(sorted({one.quantity for one in TABLE}))
        return Verdict(claim, UNCHECKED, f"no formula for {claim.quantity!r}; there are {known}")
    number, rest = parse_number(claim.value, f"{claim.where}, value")
    unit = parse_unit(claim.unit or rest, f"{claim.where}, unit")
    target = parse_unit(ways[0].unit)
    if not same_dimension(unit, target):
        return Verdict(claim, DIMENSION, f"{claim.unit or rest or 'no unit'} is no unit of {claim.quantity}; {ways[0].unit or 'none'} is", number.value)  # noqa: E501  # fmt: skip
    fits = [way for way in ways if set(way.inputs) <= set(claim.inputs)]
    if fits:
        return _recomputed(claim, max(fits, key=lambda way: len(way.inputs)), number, unit, target)
    return _in_range(claim, number, unit, target, ways)


def _in_range(claim: Claim, number: Number, unit: Unit, target: Unit, ways: list[Formula]) -> Verdict:
    problem = _impossible(claim.quantity, convert(number.value, unit, target))
    if problem:
        return Verdict(claim, IMPOSSIBLE, problem, number.value)
    needed = " or ".join(", ".join(way.inputs) for way in ways)
    return Verdict(claim, UNCHECKED, f"unit and range are right; to recompute it needs {needed}", number.value)


def _impossible(quantity: str, value: float) -> str:
    low, high, why = POSSIBLE.get(quantity, (-math.inf, math.inf, ""))
    return "" if low <= value <= high else f"{value:.4g} is outside of {low:g} to {high:g}: {why}"


def _recomputed(claim: Claim, way: Formula, number: Number, unit: Unit, target: Unit) -> Verdict:
    try:
        given = _read_inputs(claim, way)
    except _DimensionError as error:
        return Verdict(claim, DIMENSION, str(error), number.value)
    expected = _value(way.function, given.values, claim.where)
    claimed = convert(number.value, unit, target)
    scale = abs(unit.factor / target.factor)
    rounding, spread = _doubt(way.function, given, expected, claim.where)
    own = rounding + SDS * spread + FLOOR * abs(expected)  # what the inputs leave open
    tolerance = rounding + number.half * scale + SDS * math.hypot(spread, number.sd * scale) + FLOOR * abs(expected)
    told = {"value": number.value, "expected": convert(expected, target, unit), "tolerance": own / scale, "source": way.source}  # noqa: E501  # fmt: skip
    problem = _impossible(claim.quantity, claimed)
    if abs(claimed - expected) <= tolerance:
        return Verdict(claim, IMPOSSIBLE if problem else AGREES, problem, **told)  # type: ignore[arg-type]
    for words, function in way.conventions.items():
        if abs(claimed - _value(function, given.values, claim.where)) <= tolerance:
            return Verdict(claim, AGREES, f"by another convention: {words}", **told)  # type: ignore[arg-type]
    slip = explain(claimed, expected, tolerance, _variants(way, given, claim.where))
    words = f"{number.value:.4g} stands for {told['expected']:.4g} ± {told['tolerance']:.2g}"
    return Verdict(claim, DISAGREES, words, slip=slip, **told)  # type: ignore[arg-type]


def _value(function: Callable[..., float], values: dict[str, Any], where: str) -> float:
    try:
        value = float(function(**values))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError) as error:
        raise InputError(f"{where}, inputs", f"cannot be put into the formula ({error})") from error
    if not math.isfinite(value):
        raise InputError(f"{where}, inputs", "give nothing finite")
    return value


def _doubt(function: Callable[..., float], given: Given, expected: float, where: str) -> tuple[float, float]:
    """Worst case of rounding, and standard deviation, of the result: each input moved by itself."""
    rounding = variance = 0.0
    for name, key, half, sd in given.doubts:
        for size, stated in ((half, False), (sd, True)):
            if size == 0.0:
                continue
            moved = []
            for step in (size, -size):
                values = dict(given.values)
                values[name] = _moved(values[name], key, step)
                try:
                    moved.append(abs(_value(function, values, where) - expected))
                except InputError:  # moved out of where the formula holds; the other side says it
                    continue
            change = max(moved, default=0.0)
            rounding, variance = (rounding, variance + change**2) if stated else (rounding + change, variance)
    return rounding, math.sqrt(variance)


def _moved(value: Any, key: Any, step: float) -> Any:
    if key is None:
        return value + step
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] += step
    return copy


def _variants(way: Formula, given: Given, where: str) -> Iterator[tuple[str, float]]:
    """What the claim would be by a known mistake, or with a temperature in °C taken for K."""
    for words, function in way.mistakes.items():
        yield words, _value(function, given.values, where)
    for name, kind in way.inputs.items():
        if kind not in ("K", (MANY, "K")):
            continue
        for shift, words in ((-273.15, "°C taken for K"), (273.15, "K taken for °C")):
            value = given.values[name]
            moved = [one + shift for one in value] if isinstance(value, list) else value + shift
            try:
                yield f"{name}: {words}", _value(way.function, given.values | {name: moved}, where)
            except InputError:
                continue


class _DimensionError(Exception):
    """An input in a unit of another kind."""


def _read_inputs(claim: Claim, way: Formula) -> Given:
    given = Given({}, [])
    for name, kind in way.inputs.items():
        where, text = f"{claim.where}, {name}", claim.inputs[name]
        if kind == FORMULA:
            given.values[name] = parse_formula(text, where)
        elif kind == ELEMENT:
            if text not in ELEMENTS:
                raise InputError(where, f"{text[:20]!r} is no element")
            given.values[name] = text
        elif isinstance(kind, str):
            given.values[name] = _one(given, name, None, text, kind, where)
        else:
            _several(given, name, text, kind, where)
    return given


def _one(given: Given, name: str, key: Any, text: str, kind: str, where: str) -> float:
    """A number in the formula's unit; its doubt is noted."""
    number, rest = parse_number(text, where)
    unit, target = parse_unit(rest, where), parse_unit(kind)
    if not same_dimension(unit, target):
        raise _DimensionError(f"{name}: {rest or 'no unit'} is no unit of it; {kind or 'none'} is")
    scale = abs(unit.factor / target.factor)
    value = convert(number.value, unit, target)
    counted = kind == "" and number.half == 0.5  # electrons, formula units, pulses: whole numbers are exact
    half = 0.0 if counted else min(number.half * scale, INPUT_ROUNDING * abs(value))
    given.doubts.append((name, key, half, number.sd * scale))
    return value


def _several(given: Given, name: str, text: str, kind: tuple[str, str], where: str) -> None:
    """Numbers separated by commas, the unit after the last; or element=number pairs."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > MAX_MANY:
        raise InputError(where, f"{len(parts)} numbers; at most {MAX_MANY} are read")
    unit = parse_number(parts[-1].rpartition("=")[2], where)[1]
    if kind[0] == MANY:
        texts: dict[Any, str] = dict(enumerate(parts))
    else:
        texts = {key.strip(): value for key, _, value in (part.partition("=") for part in parts)}
        odd = [key for key in texts if key not in ELEMENTS]
        if odd:
            raise InputError(where, f"{odd[0][:20]!r} is no element; such as Li=-1.9, O=-4.9 eV")
    read = {}
    for key, one in texts.items():
        own = one if parse_number(one, where)[1] else f"{one} {unit}"
        read[key] = _one(given, name, key, own, kind[1], where)
    given.values[name] = list(read.values()) if kind[0] == MANY else read


__all__ = ["AGREES", "BY_ELEMENT", "DIMENSION", "DISAGREES", "IMPOSSIBLE", "UNCHECKED", "WRONG", "Verdict", "check"]
