"""What a lab may vary: numbers, choices and compositions, each a checked value.

Must not know of vectors or of other parameters.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from adatom.cloud.optimize.arrays import unboxed
from adatom.protocol.errors import InputError

Option = str | int | float | bool
ROOM = 1e-9  # relative; limits that differ by less are equal


@dataclass(frozen=True)
class Continuous:
    """A number between `low` and `high`, both allowed; with a step the values low, low + step, ... up to high.

    `log`: equal ratios are equal distances, `low` is then above 0.
    """

    name: str
    low: float
    high: float
    step: float | None = None
    log: bool = False
    hard_to_change: bool = False
    unit: str = ""

    def __post_init__(self) -> None:
        unbox_fields(self)
        check_name(self.name)
        check_range(self.name, self.low, self.high)
        if self.log and self.low <= 0.0:
            raise InputError(f"{self.name}.low", f"{self.low!r}: a log scale needs a low above 0")
        if self.step is not None:
            check_number(f"{self.name}.step", self.step)
            if self.step <= 0.0:
                raise InputError(f"{self.name}.step", f"{self.step!r}: must be above 0")


@dataclass(frozen=True)
class Integer:
    """A whole number between `low` and `high`, both allowed; with a step the values low, low + step, ..."""

    name: str
    low: int
    high: int
    step: int = 1
    log: bool = False
    hard_to_change: bool = False
    unit: str = ""

    def __post_init__(self) -> None:
        unbox_fields(self)
        check_name(self.name)
        check_range(self.name, self.low, self.high)
        for key in ("low", "high", "step"):
            value = getattr(self, key)
            check_number(f"{self.name}.{key}", value)
            if value != int(value):
                raise InputError(f"{self.name}.{key}", f"{value!r}: must be a whole number")
        if self.log and self.low <= 0:
            raise InputError(f"{self.name}.low", f"{self.low!r}: a log scale needs a low above 0")
        if self.step < 1:
            raise InputError(f"{self.name}.step", f"{self.step!r}: must be at least 1")


@dataclass(frozen=True)
class Categorical:
    """One of some options: texts, numbers, true and false.

    `descriptors`: per option a list of numbers that say how alike options are, all of one length.
    """

    name: str
    options: Sequence[Option]
    descriptors: Mapping[Option, Sequence[float]] | None = None
    hard_to_change: bool = False

    def __post_init__(self) -> None:
        unbox_fields(self)
        check_name(self.name)
        options = self.options
        if isinstance(options, str) or not isinstance(options, Sequence) or not options:
            raise InputError(f"{self.name}.options", f"{options!r}: must be a list of at least one option")
        for option in options:
            if not isinstance(option, (str, int, float)) or (isinstance(option, float) and not math.isfinite(option)):
                raise InputError(f"{self.name}.options", f"{option!r}: must be a text, a number, true or false")
        texts = [option_text(option) for option in options]
        for text in texts:
            if texts.count(text) > 1:
                raise InputError(f"{self.name}.options", f"{text} stands twice")
        object.__setattr__(self, "options", tuple(options))
        if self.descriptors is not None:
            if not isinstance(self.descriptors, Mapping):
                raise InputError(f"{self.name}.descriptors", f"{self.descriptors!r}: must give numbers for each option")
            # by text: in a dict True and 1 are one key
            named = {option_text(option): value for option, value in self.descriptors.items()}
            check_descriptors(f"{self.name}.descriptors", named, texts)
            object.__setattr__(self, "descriptors", dict(self.descriptors))

    def described(self) -> list[list[float]] | None:
        """Per option its descriptors; None when there are none."""
        if self.descriptors is None:
            return None
        named = {option_text(option): value for option, value in self.descriptors.items()}
        return [[float(v) for v in named[option_text(option)]] for option in self.options]


@dataclass(frozen=True)
class Composition:
    """Parts that add up to `total`; each part is a column of a point.

    `parts` {name: (low, high)}; `at_most` parts above 0; a part is 0 or at least `least`; `balance` names the part that
    takes what the others leave; `charges` per part, sum(charge * amount) = `charge_total`; with a `step` every amount
    is a multiple of it; `descriptors` per part numbers whose weighted mean and spread a surrogate sees too.
    """

    parts: Mapping[str, tuple[float, float]]
    total: float = 1.0
    at_most: int | None = None
    least: float = 0.0
    balance: str | None = None
    charges: Mapping[str, float] | None = None
    charge_total: float = 0.0
    step: float | None = None
    descriptors: Mapping[str, Sequence[float]] | None = None
    hard_to_change: bool = False
    name: str = field(default="")

    def __post_init__(self) -> None:
        unbox_fields(self)
        if not isinstance(self.parts, Mapping) or not self.parts:
            raise InputError(self._where("parts"), f"{self.parts!r}: must name at least one part and its (low, high)")
        object.__setattr__(self, "parts", {part: self._range(part, pair) for part, pair in self.parts.items()})
        if not self.name:
            object.__setattr__(self, "name", "-".join(self.parts))
        for key in ("total", "least", "charge_total"):
            check_number(self._where(key), getattr(self, key))
        if self.total <= 0.0:
            raise InputError(self._where("total"), f"{self.total!r}: must be above 0")
        if self.least < 0.0:
            raise InputError(self._where("least"), f"{self.least!r}: must not be below 0")
        self._check_members()
        self._check_step()

    def _where(self, key: str) -> str:
        return f"{self.name or 'composition'}.{key}"

    def _range(self, part: str, pair: Any) -> tuple[float, float]:
        check_name(part)
        where = self._where(f"parts.{part}")
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise InputError(where, f"{pair!r}: must be a pair (low, high)")
        check_range(where, *pair)
        if pair[0] < 0.0:
            raise InputError(where, f"{pair[0]!r}: a part must not be below 0")
        return float(pair[0]), float(pair[1])

    def _check_members(self) -> None:
        names = list(self.parts)
        if self.at_most is not None and (isinstance(self.at_most, bool) or not isinstance(self.at_most, int)):
            raise InputError(self._where("at_most"), f"{self.at_most!r}: must be a whole number")
        if self.at_most is not None and self.at_most < 1:
            raise InputError(self._where("at_most"), f"{self.at_most!r}: must be at least 1")
        if self.balance is not None and self.balance not in names:
            raise InputError(self._where("balance"), f"{self.balance!r}: must be one of {', '.join(names)}")
        if self.charges is not None:
            check_same(self._where("charges"), self.charges, names)
            for part, charge in self.charges.items():
                check_number(self._where(f"charges.{part}"), charge)
            object.__setattr__(self, "charges", dict(self.charges))
        if self.descriptors is not None:
            check_descriptors(self._where("descriptors"), self.descriptors, names, alike=True)
            object.__setattr__(self, "descriptors", dict(self.descriptors))

    def _check_step(self) -> None:
        if self.step is None:
            return
        check_number(self._where("step"), self.step)
        if self.step <= 0.0:
            raise InputError(self._where("step"), f"{self.step!r}: must be above 0")
        steps = self.total / self.step
        if abs(steps - round(steps)) > ROOM * steps:
            raise InputError(self._where("step"), f"{self.step!r}: the total {self.total:g} must be a multiple of it")


Parameter = Continuous | Integer | Categorical | Composition


def unbox_fields(parameter: Any) -> None:
    """Fields that came as numpy's types become Python's own, in place."""
    for one in fields(parameter):
        object.__setattr__(parameter, one.name, unboxed(getattr(parameter, one.name)))


def option_text(option: Any) -> str:
    """How an option stands in a table; true and false in one spelling."""
    if isinstance(option, bool):
        return "true" if option else "false"
    return f"{option:.12g}" if isinstance(option, (int, float)) else str(option)


def check_name(name: Any) -> None:
    """InputError for what cannot be the name of a column."""
    if not isinstance(name, str) or not name.strip():
        raise InputError("name", f"{name!r}: must be a text")


def check_number(where: str, value: Any) -> None:
    """InputError for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(where, f"{value!r}: must be a finite number")


def check_range(where: str, low: Any, high: Any) -> None:
    """InputError unless both are finite and in order."""
    check_number(f"{where}.low", low)
    check_number(f"{where}.high", high)
    if low > high:
        raise InputError(where, f"low {low!r} is above high {high!r}")


def check_same(where: str, given: Any, names: Sequence[str]) -> None:
    """InputError unless the keys of a mapping are these names."""
    if not isinstance(given, Mapping):
        raise InputError(where, f"{given!r}: must give a value for each of {', '.join(names)}")
    for name in names:
        if name not in given:
            raise InputError(where, f"{name} is missing; needed are {', '.join(names)}")
    for name in given:
        if name not in names:
            raise InputError(f"{where}.{name}", f"unknown; allowed are {', '.join(names)}")


def check_descriptors(where: str, given: Any, names: Sequence[str], alike: bool = False) -> None:
    """InputError unless every name has numbers, all lists as long; `alike`: two names may have the same ones."""
    check_same(where, given, names)
    seen: dict[tuple[float, ...], str] = {}
    for name in names:
        row = given[name]
        if isinstance(row, str) or not isinstance(row, Sequence) or not row:
            raise InputError(f"{where}.{name}", f"{row!r}: must be a list of numbers")
        for value in row:
            check_number(f"{where}.{name}", value)
        if len(row) != len(given[names[0]]):
            raise InputError(f"{where}.{name}", f"{len(row)} numbers where {names[0]} has {len(given[names[0]])}")
        twin = seen.setdefault(tuple(float(v) for v in row), name)
        if twin != name and not alike:
            raise InputError(f"{where}.{name}", f"the same as of {twin}: no model could tell the two apart")
