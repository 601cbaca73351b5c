"""Which column of a vector means what, and the way from [0, 1] to units and back.

Columns in the order of the parameters: a number one, a choice one per option, a composition one per part. Values have
13 significant digits of the column's size, so that a value survives the way through [0, 1] unchanged and compositions
still add up to 1e-9. Must not know of feasibility.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.space.parameters import (
    ROOM,
    Categorical,
    Composition,
    Continuous,
    Integer,
    Parameter,
    option_text,
)
from adatom.protocol.errors import InputError

DIGITS = 13  # of 15.9: the way through [0, 1] costs the last two


@dataclass(frozen=True)
class Choice:
    """A categorical and its columns."""

    parameter: Categorical
    columns: slice


@dataclass(frozen=True)
class Mixture:
    """A composition and its columns."""

    parameter: Composition
    columns: slice


class Layout:
    """Columns and units of some parameters. A value."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = tuple(parameters)
        self.numbers: list[tuple[int, Continuous | Integer]] = []
        self.choices: list[Choice] = []
        self.mixtures: list[Mixture] = []
        names: list[str] = []
        self._ranges: list[tuple[float, float]] = []
        for parameter in self.parameters:
            self._add(parameter, len(names))
            names += _names(parameter)
        self.names = tuple(names)
        self.dimension = len(names)
        self.column = {name: place for place, name in enumerate(names)}
        self.keys = tuple(key for parameter in self.parameters for key in _keys(parameter))
        self._check_names()
        self._scale()
        self.shared: Bools = np.array([p.hard_to_change for p in self.parameters for _ in _names(p)], dtype=bool)

    def _add(self, parameter: Parameter, at: int) -> None:
        if isinstance(parameter, Categorical):
            self.choices.append(Choice(parameter, slice(at, at + len(parameter.options))))
            self._ranges += [(0.0, 1.0)] * len(parameter.options)
        elif isinstance(parameter, Composition):
            self.mixtures.append(Mixture(parameter, slice(at, at + len(parameter.parts))))
            self._ranges += list(parameter.parts.values())
        else:
            self.numbers.append((at, parameter))
            self._ranges.append((float(parameter.low), _top(parameter)))

    def _check_names(self) -> None:
        labels = [parameter.name for parameter in self.parameters]
        for label in labels:
            if labels.count(label) > 1:
                raise InputError(label, "two parameters of this name; names must differ")
        for name in (*self.keys, *self.names):
            if self.keys.count(name) > 1 or self.names.count(name) > 1:
                raise InputError(name, "two columns of this name; names must differ")

    def _scale(self) -> None:
        ranges = np.array(self._ranges, dtype=float).reshape(-1, 2)
        self.decimals = DIGITS - np.ceil(np.log10(np.maximum(np.abs(ranges).max(axis=1), 1e-300)))
        self.decimals[np.abs(ranges).max(axis=1) == 0.0] = DIGITS
        self.steps = np.zeros(self.dimension)
        self.log: Bools = np.zeros(self.dimension, dtype=bool)
        self.whole: Bools = np.zeros(self.dimension, dtype=bool)
        for column, number in self.numbers:
            self.steps[column] = number.step or 0.0
            self.log[column] = number.log
            self.whole[column] = isinstance(number, Integer)
        self.lows, self.highs = self.rounded(ranges.T)
        self.fixed: Bools = self.highs <= self.lows
        self.widths = np.where(self.fixed, 1.0, self.highs - self.lows)
        self.levels = np.zeros(self.dimension)
        stepped = self.steps > 0.0
        self.levels[stepped] = np.round((self.highs - self.lows)[stepped] / self.steps[stepped])
        self._log = np.flatnonzero(self.log)
        self._spans = np.log(np.where(self.fixed, np.e * self.lows, self.highs)[self._log] / self.lows[self._log])

    @property
    def numeric(self) -> Bools:
        """(d,) columns of numbers and parts."""
        result: Bools = np.ones(self.dimension, dtype=bool)
        for choice in self.choices:
            result[choice.columns] = False
        return result

    def rounded(self, values: Array) -> Array:
        """(n, d) values with DIGITS significant digits; of a log column each its own."""
        decimals = np.broadcast_to(self.decimals, values.shape)
        if self.log.any():
            size = np.floor(np.log10(np.maximum(np.abs(values), 1e-300)))
            decimals = np.where(self.log, DIGITS - 1 - size, decimals)
        scale = 10.0**decimals
        return np.asarray(np.rint(values * scale) / scale + 0.0)  # + 0.0: never a negative zero

    def decode(self, vectors: Array) -> Array:
        """(n, d) rounded values in their units; choices stay as they are."""
        values = self.lows + np.asarray(vectors, dtype=float) * self.widths
        if len(self._log):
            values[:, self._log] = self.lows[self._log] * np.exp(vectors[:, self._log] * self._spans)
        return self.rounded(values)

    def encode(self, values: Array) -> Array:
        """(n, d) vectors of values in their units; outside [0, 1] where a value is outside its range."""
        vectors = (values - self.lows) / self.widths
        if len(self._log):
            vectors[:, self._log] = np.log(values[:, self._log] / self.lows[self._log]) / self._spans
        return np.asarray(vectors + 0.0)


def _top(number: Continuous | Integer) -> float:
    """The largest value that can be reached from low by whole steps."""
    if not number.step:
        return float(number.high)
    span = number.high - number.low
    return float(number.low + np.floor(span / number.step * (1.0 + ROOM) + ROOM) * number.step)


def _names(parameter: Parameter) -> list[str]:
    if isinstance(parameter, Categorical):
        return [f"{parameter.name}={option_text(option)}" for option in parameter.options]
    return _keys(parameter)


def _keys(parameter: Parameter) -> list[str]:
    return list(parameter.parts) if isinstance(parameter, Composition) else [parameter.name]
