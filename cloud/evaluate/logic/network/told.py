"""What is told of a compound, as values of the network's statements: from the store's consensus, or written by hand."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from adatom.cloud.knowledge.properties import BY_NAME as PROPERTIES
from adatom.cloud.knowledge.properties import property_named
from adatom.cloud.knowledge.units import converter
from adatom.cloud.knowledge.values import parse_value
from adatom.protocol.errors import InputError

from .structure import CRYSTALS, STATEMENTS

ROOM_C = 25.0  # the network's tables are of room temperature, or of none told
LATTICE = tuple(f"lattice_{edge}" for edge in ("a", "b", "c", "alpha", "beta", "gamma"))
SAME_EDGE, SAME_ANGLE_DEGREE = 0.003, 0.5  # edges (relative) and angles nearer than this are equal
TOLD = tuple(node.name for node in STATEMENTS if node.name != "charge_balance")
Value = float | str


class Row(NamedTuple):
    """A row of the store's consensus."""

    property: str
    near_c: float | None  # None: no temperature is told
    value: float
    lowest: float
    highest: float


def told(rows: Iterable[Row]) -> tuple[dict[str, Value], list[str]]:
    """(value of each statement, properties of which the network knows nothing) of the rows of one compound.

    A cell that sources differ on (polymorphs) tells no crystal system: the middle of two cells is none.
    """
    at_room = {row.property: row for row in rows if row.near_c is None or row.near_c == ROOM_C}
    found: dict[str, Value] = {name: at_room[name].value for name in TOLD if name in at_room}
    cell = [at_room[name] for name in LATTICE if name in at_room]
    if len(cell) == len(LATTICE) and all(one.highest <= (1.0 + SAME_EDGE) * one.lowest for one in cell):
        found["crystal_system"] = crystal_system([one.value for one in cell])
    return found, sorted(set(at_room) - set(found) - set(LATTICE))


def row_of(row: Mapping[str, Any]) -> Row:
    """Of a row as the store gives it: no temperature is None there, or NaN in columns."""
    near_c = row["near_c"]
    return Row(row["property"], None if near_c is None or near_c != near_c else near_c, row["value"], row["lowest"],
               row["highest"])  # fmt: skip


def crystal_system(cell: Sequence[float]) -> str:
    """By edges a, b, c (angstrom) and angles (degree) alone; trigonal cells with hexagonal axes are hexagonal."""
    a, b, c, *angles = cell
    right = all(abs(angle - 90.0) < SAME_ANGLE_DEGREE for angle in angles)
    equal = [abs(one / other - 1.0) < SAME_EDGE for one, other in ((a, b), (b, c), (a, c))]
    if right and all(equal):
        return CRYSTALS[0]
    if right and any(equal):
        return CRYSTALS[1]
    return CRYSTALS[2] if abs(angles[2] - 120.0) < SAME_ANGLE_DEGREE and equal[0] else CRYSTALS[3]


def written(texts: Sequence[str]) -> dict[str, Value]:
    """Statements of texts such as band_gap=5.3eV or crystal_system=cubic. InputError with what is allowed."""
    found: dict[str, Value] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise InputError("--fact", f"{text!r}: must be NAME=VALUE, such as band_gap=5.3eV")
        known = name if name == "crystal_system" else property_named(name, "--fact")[0].name
        if known not in TOLD:
            raise InputError("--fact", f"{name!r}: the network has no such statement; it has {', '.join(TOLD)}")
        if known in found:
            raise InputError("--fact", f"{known} is told twice")
        found[known] = _crystal(value) if known == "crystal_system" else _number(name, known, value)
    return found


def _crystal(text: str) -> str:
    if text not in CRYSTALS:
        raise InputError("--fact", f"crystal_system={text}: must be one of {', '.join(CRYSTALS)}")
    return text


def _number(name: str, known: str, text: str) -> float:
    where = f"--fact {name}"
    read = parse_value(text, where)
    if read is None:
        raise InputError(where, f"{text!r}: a number is needed")
    value, unit = read
    scale = converter(unit, known, where)
    logarithm = scale.log10 or property_named(name, where)[1]
    if logarithm and not abs(value.value) < 300.0:
        raise InputError(where, f"{text!r}: no power of ten is so large")
    number = scale.factor * (10.0**value.value if logarithm else value.value) + scale.offset
    return _possible(where, known, number)


def _possible(where: str, known: str, number: float) -> float:
    """The number where nature allows it: what is impossible needs no network."""
    limits = PROPERTIES[known]
    low = -math.inf if limits.lowest is None else limits.lowest
    high = math.inf if limits.highest is None else limits.highest
    if not low <= number <= high:
        raise InputError(where, f"{number:.4g} {limits.unit}: must be from {low:g} to {high:g}")
    return number


def merged(stored: Mapping[str, Value], by_hand: Mapping[str, Value]) -> dict[str, Value]:
    """What is told by hand takes the place of what is stored."""
    return {**stored, **by_hand}
