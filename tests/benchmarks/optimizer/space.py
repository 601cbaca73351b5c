"""What a problem lets vary, in plain terms that every adapter can read: flat columns, mixtures, shared factors.

Knows nothing of adatom or of any peer: each adapter translates it into its own library's terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Value = float | int | str
Point = dict[str, Value]

DIGITS = 9  # decimals of a canonical value: beyond them two points are the same
BISECTIONS = 50
TOLERANCE = 1e-6  # of a place in 0 to 1: what a round trip through a library may lose


@dataclass(frozen=True)
class Number:
    """A real or whole number in low to high; `shared`: hard to change, equal within a batch."""

    name: str
    low: float
    high: float
    log: bool = False
    step: float | None = None
    whole: bool = False
    shared: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def unit(self, value: Value) -> float:
        """Place in 0 to 1, on a logarithmic scale for `log`."""
        low, high, x = float(self.low), float(self.high), float(value)
        if self.log:
            low, high, x = np.log(low), np.log(high), np.log(x)
        return float((x - low) / (high - low))

    def value(self, unit: float) -> Value:
        """The allowed value nearest to a place in 0 to 1."""
        if self.log:
            raw = float(np.exp(np.log(self.low) + unit * (np.log(self.high) - np.log(self.low))))
        else:
            raw = self.low + unit * (self.high - self.low)
        step = 1.0 if self.whole else self.step
        if step:
            raw = self.low + round((raw - self.low) / step) * step
        kept = round(min(max(raw, self.low), self.high), DIGITS)
        return int(kept) if self.whole else kept


@dataclass(frozen=True)
class Choice:
    """One of several kinds without an order."""

    name: str
    kinds: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def unit(self, value: Value) -> float:
        return (self.kinds.index(str(value)) + 0.5) / len(self.kinds)

    def value(self, unit: float) -> Value:
        return self.kinds[min(int(unit * len(self.kinds)), len(self.kinds) - 1)]


@dataclass(frozen=True)
class Mixture:
    """Parts that sum to one, each in its bounds; at most so many above zero, and those at least `least`."""

    bounds: tuple[tuple[str, float, float], ...]  # part, low, high
    at_most: int | None = None
    least: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _, _ in self.bounds)

    @property
    def low(self) -> Array:
        return np.array([low for _, low, _ in self.bounds])

    @property
    def high(self) -> Array:
        return np.array([high for _, _, high in self.bounds])

    def feasible(self, wanted: Array) -> Array:
        """(k,) the allowed fractions nearest to the wanted: the largest kept, the rest zero, shifted to sum one."""
        if self._is_feasible(wanted):
            return np.round(wanted, DIGITS)
        order = np.argsort(-wanted, kind="stable")
        size = len(wanted) if self.at_most is None else self.at_most
        active = np.zeros(len(wanted), dtype=bool)
        for place, part in enumerate(order[:size]):
            enough = self.high[active].sum() >= 1.0
            active[part] = place == 0 or not enough or wanted[part] >= self.least / 2
        active |= self.low > 0.0
        if self.at_most is None and self.least == 0.0:
            active[:] = True
        return np.round(self._shifted(wanted, active), DIGITS)

    def _is_feasible(self, wanted: Array) -> bool:
        active = wanted > 0.0
        return bool(
            abs(wanted.sum() - 1.0) < 0.1**DIGITS
            and (wanted >= self.low).all()
            and (wanted <= self.high).all()
            and (wanted[active] >= self.least).all()
            and (self.at_most is None or active.sum() <= self.at_most)
        )

    def _shifted(self, wanted: Array, active: NDArray[np.bool_]) -> Array:
        """Clipped to the bounds after the shift of all active parts that makes the sum one, by bisection."""
        low = np.where(active, np.maximum(self.low, self.least), 0.0)
        high = np.where(active, self.high, 0.0)
        down, up = -2.0, 2.0
        for _ in range(BISECTIONS):
            shift = 0.5 * (down + up)
            down, up = (shift, up) if np.clip(wanted + shift, low, high).sum() < 1.0 else (down, shift)
        return np.clip(wanted + 0.5 * (down + up), low, high)

    def from_cube(self, cube: Array) -> Array:
        """(k,) fractions of a place in the cube: uniform over the simplex where nothing bounds it."""
        weights = -np.log(np.clip(cube, 1e-12, 1.0 - 1e-12))
        if self.at_most is not None:
            weights[np.argsort(-weights, kind="stable")[self.at_most :]] = 0.0
        return self.feasible(weights / weights.sum())


Column = Number | Choice | Mixture


@dataclass(frozen=True)
class Space:
    """Columns; a point is a flat dict of all their names."""

    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(name for column in self.columns for name in column.names)

    @property
    def shared(self) -> tuple[Number, ...]:
        return tuple(column for column in self.columns if isinstance(column, Number) and column.shared)

    @property
    def dimension(self) -> int:
        return len(self.names)

    def from_cube(self, cube: Array) -> Point:
        """The point at a place in [0, 1]^d: a mixture takes one number a part."""
        point: Point = {}
        at = 0
        for column in self.columns:
            units = cube[at : at + len(column.names)]
            at += len(column.names)
            if isinstance(column, Mixture):
                point |= dict(zip(column.names, map(float, column.from_cube(units)), strict=True))
            else:
                point[column.name] = column.value(float(units[0]))
        return point

    def random(self, count: int, rng: np.random.Generator) -> list[Point]:
        return [self.from_cube(cube) for cube in rng.random((count, self.dimension))]

    def units(self, point: Point) -> Array:
        """(d,) numbers and places of kinds in 0 to 1, fractions of a mixture as they are."""
        found: list[float] = []
        for column in self.columns:
            if isinstance(column, Mixture):
                found += [float(point[name]) for name in column.names]
            else:
                found.append(column.unit(point[column.name]))
        return np.array(found)

    def from_units(self, units: Array) -> Point:
        """The allowed point nearest to such a vector: bounds, steps, sum and number of parts put right."""
        point: Point = {}
        at = 0
        for column in self.columns:
            part = np.asarray(units[at : at + len(column.names)], dtype=float)
            at += len(column.names)
            if isinstance(column, Mixture):
                point |= dict(zip(column.names, map(float, column.feasible(part)), strict=True))
            else:
                point[column.name] = column.value(float(np.clip(part[0], 0.0, 1.0)))
        return point

    def features(self, point: Point) -> Array:
        """(f,) as `units`, with one column of 0 or 1 for each kind of a choice."""
        found: list[float] = []
        for column in self.columns:
            if isinstance(column, Choice):
                found += [float(point[column.name] == kind) for kind in column.kinds]
            elif isinstance(column, Mixture):
                found += [float(point[name]) for name in column.names]
            else:
                found.append(column.unit(point[column.name]))
        return np.array(found)

    def key(self, point: Point) -> tuple[Value, ...]:
        """Equal for the same point."""
        return tuple(point[name] for name in self.names)

    def held(self, points: Sequence[Point]) -> list[Point]:
        """A batch with the first point's value of every shared factor."""
        fixed = {column.name: points[0][column.name] for column in self.shared}
        return [point | fixed for point in points]

    def allows(self, point: Point) -> bool:
        """Whether it has all columns and is within every bound, step, sum and number of parts."""
        if set(point) != set(self.names):
            return False
        units, near = self.units(point), self.units(self.from_units(self.units(point)))
        return bool(np.abs(units - near).max() <= TOLERANCE)
