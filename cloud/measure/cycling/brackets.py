"""Groups of critical currents from what a user gives: records of ramps by group, or a table of brackets.

A table has columns `group`, `passed_ma_cm2` (the last current that passed; empty for none) and `shorted_ma_cm2` (the
first that shorted the cell; empty where none did). Lines such as `# simulated = 1` state facts.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from adatom.cloud.measure.cycling.analyse import Analysis, analyse, with_area
from adatom.cloud.measure.cycling.critical import Brackets
from adatom.cloud.measure.cycling.files import read_record
from adatom.cloud.measure.cycling.groups import MAX_CELLS, MAX_GROUPS, files_by_group
from adatom.cloud.measure.eis.files import file_bytes
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import parse_number
from adatom.protocol.errors import InputError

PASSED_NAMES = ("passed_ma_cm2", "passed", "survived", "last_passed", "low")
SHORTED_NAMES = ("shorted_ma_cm2", "shorted", "failed", "first_failed", "high")
NOTHING = ("", "-", "none", "inf", "nan", "na")
MOST_MA_CM2 = 1e6


@dataclass(frozen=True)
class BracketGroups:
    """Brackets of each group in the order given; notes of what was read; whether any of it is simulated."""

    groups: list[Brackets]
    notes: tuple[str, ...]
    simulated: bool


def of_files(options: list[str], area_cm2: float | None = None) -> BracketGroups:
    """Groups of `name=A.csv,B.csv`, each file a ramp. Raises InputError for one that is none, or without an area."""
    groups, notes, simulated = [], [], False
    for name, files in files_by_group(options):
        found = [analyse(with_area(read_record(file), area_cm2)) for file in files]
        pairs = [_bracket(one, name) for one in found]
        groups.append(_brackets(name, pairs))
        notes += [f"{one.record.name}: {_said(*pair)}" for one, pair in zip(found, pairs, strict=True)]
        simulated |= any(one.simulated for one in found)
    return BracketGroups(groups, tuple(notes), simulated)


def of_table(path: Path) -> BracketGroups:
    """The groups of a table of brackets. Raises InputError naming line and cell."""
    source = Source(str(path), file_bytes(path))
    lines = [(n, line) for n, line in enumerate(source.lines, 1) if line.strip()]
    rows = [(n, line) for n, line in lines if not line.startswith("#")]
    if not rows:
        raise InputError(str(path), "no table; columns group, passed_ma_cm2, shorted_ma_cm2 are needed")
    delimiter = max(",;\t", key=rows[0][1].count)
    cells = [(n, [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]) for n, line in rows]
    places = _places([name.lower() for name in cells[0][1]], f"{path}, line {rows[0][0]}")
    gathered: dict[str, list[tuple[float, float]]] = {}
    for n, row in cells[1:]:
        where = f"{path}, line {n}"
        if len(row) <= max(places):
            raise InputError(where, f"{len(row)} cells; {max(places) + 1} are needed")
        pair = (_current(row[places[1]], 0.0, delimiter, where), _current(row[places[2]], np.inf, delimiter, where))
        if not pair[0] < pair[1] or pair == (0.0, np.inf):
            raise InputError(where, f"{row[places[1]]!r}, {row[places[2]]!r}; a current that passed and a higher one "
                                    "that shorted, one of them at least, are needed")  # fmt: skip
        gathered.setdefault(row[places[0]], []).append(pair)
    if len(gathered) > MAX_GROUPS or len(rows) > MAX_CELLS:
        raise InputError(str(path), f"{len(gathered)} groups of {len(rows)} cells; at most {MAX_GROUPS}, {MAX_CELLS}")
    facts = [line for _, line in lines if line.startswith("#")]
    simulated = any(re.search(r"simulated\s*=\s*(1|true)", fact) for fact in facts)
    return BracketGroups([_brackets(name, pairs) for name, pairs in gathered.items()], (), simulated)


def _bracket(found: Analysis, group: str) -> tuple[float, float]:
    if found.critical is None:
        raise InputError(f"--group {group}", f"{found.record.name}: its current does not grow: no critical one")
    if found.record.area_cm2 is None:
        raise InputError(
            f"--group {group}", f"{found.record.name}: currents are compared per cm²: --area-cm2 is needed"
        )
    factor = 1000.0 / found.record.area_cm2
    low, high = found.critical.low, found.critical.high
    return (0.0 if low is None else factor * low), (np.inf if high is None else factor * high)


def _brackets(name: str, pairs: list[tuple[float, float]]) -> Brackets:
    return Brackets(name, np.array([low for low, _ in pairs]), np.array([high for _, high in pairs]))


def _said(low: float, high: float) -> str:
    return f"critical current above {low:.3g}" if np.isinf(high) else f"critical current {low:.3g} to {high:.3g}"


def _places(names: list[str], where: str) -> tuple[int, int, int]:
    group = next((i for i, name in enumerate(names) if name == "group"), None)
    passed = next((names.index(name) for name in PASSED_NAMES if name in names), None)
    shorted = next((names.index(name) for name in SHORTED_NAMES if name in names), None)
    if group is None or passed is None or shorted is None:
        raise InputError(where, f"columns {', '.join(map(repr, names[:20]))}; "
                                "group, passed_ma_cm2 and shorted_ma_cm2 are needed")  # fmt: skip
    return group, passed, shorted


def _current(cell: str, nothing: float, delimiter: str, where: str) -> float:
    if cell.lower() in NOTHING:
        return nothing
    value = parse_number(cell, "," if delimiter != "," and "," in cell else ".")
    if value is None or not 0 <= value < MOST_MA_CM2:
        raise InputError(where, f"{cell[:40]!r} is no current in mA/cm²; a number from 0 on, or nothing, is needed")
    return value
