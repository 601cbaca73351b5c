"""Points <-> rows of values: what stands in a lab's table is parsed, checked and written back.

Must not know of feasibility: a past experiment may lie outside the space.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from adatom.cloud.optimize.arrays import Array, unboxed
from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.space.layout import Layout
from adatom.cloud.optimize.space.parameters import Categorical, Composition, Integer, Option, Parameter, option_text
from adatom.protocol.errors import InputError

SUM_MISS = 0.01  # of the total: what weighing and spectroscopy miss; farther off, the parts do not tell all


class Table:
    """The rows of one Layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._options = {
            choice.parameter.name: {option_text(o): place for place, o in enumerate(choice.parameter.options)}
            for choice in layout.choices
        }

    def plain(self, point: Mapping[str, Any]) -> Point:
        """The point in the order of the columns, with numbers for texts of numbers; raises InputError."""
        if not isinstance(point, Mapping):
            raise InputError("point", f"{_short(point)}: must be a dict, such as one of frame.to_dict('records')")
        point = unboxed(point)
        for key in point:
            if key not in self.layout.keys:
                raise InputError(str(key), f"unknown column; allowed are {', '.join(self.layout.keys)}")
        for key in self.layout.keys:
            if key not in point:
                raise InputError(key, f"missing; needed are {', '.join(self.layout.keys)}")
        result: Point = {}
        for parameter in self.layout.parameters:
            result.update(self._plain(parameter, point))
        return result

    def _plain(self, parameter: Parameter, point: Mapping[str, Any]) -> Point:
        if isinstance(parameter, Categorical):
            return {parameter.name: self._option(parameter, point[parameter.name])}
        if isinstance(parameter, Composition):
            amounts = {part: _number(part, point[part]) for part in parameter.parts}
            for part, amount in amounts.items():
                if amount < 0.0:
                    raise InputError(part, f"{point[part]!r}: an amount must not be below 0")
            return dict(amounts)
        value = _number(parameter.name, point[parameter.name])
        if parameter.log and value <= 0.0:
            raise InputError(parameter.name, f"{value!r}: must be above 0, the scale is a log one")
        if not isinstance(parameter, Integer):
            return {parameter.name: value}
        if value != round(value):
            raise InputError(parameter.name, f"{value!r}: must be a whole number")
        return {parameter.name: round(value)}

    def _option(self, parameter: Categorical, given: Any) -> Option:
        places = self._options[parameter.name]
        text = option_text(given).strip() if isinstance(given, (str, int, float)) else ""
        for spelling in (text, text.lower(), _number_text(text)):
            if spelling in places and _same_kind(parameter.options[places[spelling]], given):
                return parameter.options[places[spelling]]
        raise InputError(parameter.name, f"{given!r}: must be one of {', '.join(places)}")

    def values(self, points: Sequence[Point]) -> Array:
        """(n, d) rounded values of plain points."""
        layout = self.layout
        rows = np.zeros((len(points), layout.dimension))
        for column, number in layout.numbers:
            rows[:, column] = [point[number.name] for point in points]
        for mixture in layout.mixtures:
            parts = mixture.parameter.parts
            rows[:, mixture.columns] = [[point[part] for part in parts] for point in points] or np.zeros((0, 1))
        for choice in layout.choices:
            places = self._options[choice.parameter.name]
            for row, point in enumerate(points):
                rows[row, choice.columns.start + places[option_text(point[choice.parameter.name])]] = 1.0
        return layout.rounded(rows)

    def points(self, values: Array) -> list[Point]:
        """JSON-ready points of (n, d) rounded values."""
        layout, columns = self.layout, dict[str, list[Any]]()
        for column, number in layout.numbers:
            listed = values[:, column].tolist()
            columns[number.name] = [round(v) for v in listed] if isinstance(number, Integer) else listed
        for mixture in layout.mixtures:
            for part in mixture.parameter.parts:
                columns[part] = values[:, layout.column[part]].tolist()
        for choice in layout.choices:
            options = choice.parameter.options
            columns[choice.parameter.name] = [options[i] for i in values[:, choice.columns].argmax(axis=1)]
        ordered = [columns[key] for key in layout.keys]
        return [dict(zip(layout.keys, row, strict=True)) for row in zip(*ordered, strict=True)]

    def key(self, point: Point) -> str:
        """A text that is equal for points of equal rounded values."""
        row = self.layout.rounded(self.values([point]))
        (same,) = self.points(row)
        return json.dumps(same, sort_keys=True)

    def covers(self, point: Point) -> bool:
        """Whether the row tells all: what the space fixes is the same, and compositions add up to their total."""
        values = self.values([point])[0]
        layout = self.layout
        room = SUM_MISS * np.where(layout.steps > 0.0, layout.steps, np.maximum(np.abs(layout.lows), 1e-9))
        if (np.abs(values - layout.lows)[layout.fixed] > room[layout.fixed]).any():
            return False
        totals = [(values[m.columns].sum(), m.parameter.total) for m in layout.mixtures]
        return all(abs(amount - total) <= SUM_MISS * total for amount, total in totals)


def _short(given: Any) -> str:
    """One line of whatever was given."""
    return f"{' '.join(repr(given).split()):.60}"


def _number(where: str, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise InputError(where, f"{given!r}: must be a number")
    try:
        value = float(given)
    except (ValueError, OverflowError):
        raise InputError(where, f"{given!r}: must be a number") from None
    if not math.isfinite(value):
        raise InputError(where, f"{given!r}: must be a finite number")
    return value


def _number_text(text: str) -> str:
    """How an option of this number is spelt: 2.0 in a table is the option 2."""
    try:
        return option_text(float(text))
    except ValueError:
        return text


def _same_kind(option: Option, given: Any) -> bool:
    """Whether a value can mean an option: a text any, true and false only themselves, a number only a number."""
    if isinstance(given, str):
        return True
    return isinstance(option, bool) == isinstance(given, bool) and not isinstance(option, str)
