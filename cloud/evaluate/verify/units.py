"""Units as papers write them, by pint: factor to a canonical unit, or the dimension that is wrong.

mol and atom are numbers here (6.02214076e23 and 1, SI 2019), so that kJ/mol and eV/atom compare. pint sees names only,
never whole expressions: powers and brackets are read here, so that a hostile unit costs nothing.
"""

import functools
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from adatom.protocol.errors import InputError

MAX_LENGTH = 40
TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-zµΩ%°]+)\^?(?P<power>[+-]?[0-9]{1,2})?|(?P<sign>[/()*·]))")
PLAIN = str.maketrans({"−": "-", "–": "-", "⁻": "-", "μ": "µ", "Å": "angstrom", "Ω": "Ω"} | dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)))  # noqa: E501  # fmt: skip
# as they are written -> as pint knows them
NAMES = {"Ω": "ohm", "mΩ": "mohm", "kΩ": "kohm", "MΩ": "Mohm", "%": "percent", "wt%": "percent", "°": "degree",
         "°C": "degC", "C°": "degC", "mmol": "milliadatom_mol", "kmol": "kiloadatom_mol",
         "mol": "adatom_mol", "mole": "adatom_mol", "atom": "adatom_one", "atoms": "adatom_one", "fu": "adatom_one",
         "Ry": "rydberg_energy", "Ha": "hartree", "sec": "s"}  # fmt: skip
OFFSET_C = 273.15


class Unit(NamedTuple):
    """Multiplies to SI base units; `dimensions` maps a base dimension to its power."""

    factor: float
    dimensions: tuple[tuple[str, float], ...]
    offset: float = 0.0  # added before the factor: °C


@functools.cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("adatom_mol = 6.02214076e23")
    registry.define("adatom_one = 1")
    registry.define("rydberg_energy = 13.605693122994 * eV")
    return registry


@functools.lru_cache(maxsize=1024)
def _named(name: str) -> Unit | None:
    """One name with its prefix; None if pint knows none."""
    import pint

    try:
        unit = _registry().Unit(NAMES.get(name, name))
        if NAMES.get(name, name) in ("degC", "celsius"):
            return Unit(1.0, (("[temperature]", 1.0),), OFFSET_C)
        base = (1.0 * unit).to_base_units()
    except (pint.errors.PintError, AttributeError, ValueError, TypeError, AssertionError):
        return None
    return Unit(float(base.magnitude), tuple(sorted((str(k), float(v)) for k, v in base.dimensionality.items())))


@functools.lru_cache(maxsize=1024)
def parse_unit(text: str, where: str = "unit") -> Unit:
    """A unit such as S/cm, mS cm-1, Ω cm², g/cm3, J/(mol K), % or nothing. Raises InputError for what is none."""
    if len(text) > MAX_LENGTH:
        raise InputError(where, f"{text[:MAX_LENGTH]!r}...: a unit has at most {MAX_LENGTH} characters")
    plain = re.sub(r"\bf\.\s?u\.|\bformula unit\b", "fu", text.translate(PLAIN).strip())
    plain = "" if plain in ("1", "-") else plain.removeprefix("1") if plain.startswith("1/") else plain
    named = list(_names(plain, where))
    factor, dimensions = 1.0, dict[str, float]()
    for name, power in named:
        one = _named(name)
        if one is None:
            raise InputError(where, f"{text!r}: unknown unit {name!r}")
        factor *= one.factor**power
        for dimension, count in one.dimensions:
            dimensions[dimension] = dimensions.get(dimension, 0.0) + power * count
        if one.offset and named == [(name, 1)]:
            return one
    if not (math.isfinite(factor) and factor > 0):
        raise InputError(where, f"{text!r}: beyond all measure")
    return Unit(factor, tuple(sorted((name, count) for name, count in dimensions.items() if count)))


def _names(text: str, where: str) -> Iterator[tuple[str, int]]:
    """Names with powers. A stroke divides by what follows it alone, or by a bracket."""
    at, sign, around = 0, 1, [1]
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise InputError(where, f"{text!r}: no unit at {text[at : at + 8]!r}; such as S/cm, mS cm-1 or J/(mol K)")
        at = token.end()
        if token["name"]:
            yield token["name"], sign * int(token["power"] or 1)
            sign = around[-1]
        elif token["sign"] == "/":
            sign = -around[-1]
        elif token["sign"] == "(":
            around.append(sign)
        elif token["sign"] == ")" and len(around) > 1:
            around.pop()
            sign = around[-1]


def same_dimension(one: Unit, other: Unit) -> bool:
    """Whether one can be converted to the other."""
    return one.dimensions == other.dimensions


def convert(value: float, unit: Unit, target: Unit) -> float:
    """A value in another unit of the same dimension."""
    return (value + unit.offset) * unit.factor / target.factor - target.offset
