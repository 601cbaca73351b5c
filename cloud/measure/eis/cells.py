"""Spectra in rows of cells, from whatever table somebody made: text or spreadsheet.

A row that names a frequency and an impedance begins a table; a row of units may follow. Tables may stand below each
other and side by side. A column `spectrum`, `cycle number`, `sweep` or `loop` divides rows. Without names the columns
are frequency, real, imaginary, and must look like it.
"""

from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
from adatom.cloud.measure.eis.causality import looks_polar
from adatom.cloud.measure.eis.columns import column_of, find_columns
from adatom.cloud.measure.eis.table import Rows, Spectrum, causal, checked, complex_of, parse_number, spectrum
from adatom.protocol.errors import InputError

MIN_ROWS = 2
MAX_BETWEEN = 2  # rows between names and numbers
MAX_GROUPS = 1000  # tables side by side or below each other
GAPS = ("nan", "-nan", "+nan", "inf", "-inf", "+inf", "na", "n/a", "#n/a", "null", "none", "-", "--")
DIVIDERS = ("spectrum", "cycle number", "cycle", "sweep", "loop")


def spectra_in(rows: Rows, where: str, meta: dict[str, str], decimal: str) -> list[Spectrum]:
    """All spectra in the rows. Raises InputError where none can be read for sure."""
    heads = [i for i, (_, cells) in enumerate(rows) if _is_head(cells, decimal)]
    if not heads:
        return [_nameless(rows, where, meta, decimal)]
    if len(heads) > MAX_GROUPS:
        raise InputError(where, f"{len(heads)} tables; at most {MAX_GROUPS} are read")
    found: list[Spectrum] = []
    for start, stop in zip(heads, [*heads[1:], len(rows)], strict=True):
        body, notes = _body(rows[start + 1 : stop], decimal, where)
        between = [cells for _, cells in rows[start + 1 : stop] if numbers_in(cells, decimal) < 2][:MAX_BETWEEN]
        several = _side_by_side(_with_units(rows[start][1], between), body, where, meta, decimal)
        found += [replace(one, notes=(*one.notes, *notes)) for one in several]
    return found


def numbers_in(cells: list[str], decimal: str) -> int:
    """How many of the cells are numbers."""
    return sum(parse_number(cell, decimal) is not None for cell in cells)


def is_numeric(cells: list[str], decimal: str) -> bool:
    """Whether a row is one of numbers: at least two, and nothing else in the first three cells."""
    return len(cells) >= 2 and all(parse_number(cell, decimal) is not None for cell in cells[:3])


def _with_units(names: list[str], between: list[list[str]]) -> list[str]:
    """The names with the units of a row below them, where that row is one of units."""
    for units in between:
        pairs = [(name, unit.strip(" ()[]")) for name, unit in zip(names, units, strict=False)]
        joined = [f"{name} ({unit})" if unit and _lacks_unit(name) else name for name, unit in pairs]
        if any(new != name and column_of(new, 0) is not None for new, (name, _) in zip(joined, pairs, strict=True)):
            return joined + names[len(joined) :]
    return names


def _lacks_unit(name: str) -> bool:
    column = column_of(name, 0)
    return column is not None and not column.unit


def _is_head(cells: list[str], decimal: str) -> bool:
    """Whether a row names columns, at least a frequency or two parts of an impedance."""
    if len(cells) < 2 or is_numeric(cells, decimal):
        return False
    found = find_columns(cells)
    return len(found) >= 2 and ("freq" in found or {"re", "im"} <= found.keys() or {"modulus", "phase"} <= found.keys())


def _body(rows: Rows, decimal: str, where: str) -> tuple[Rows, tuple[str, ...]]:
    """The rows of numbers below names. Up to two rows may stand before (units, a count of points) and text behind."""
    counts = [numbers_in(cells, decimal) for _, cells in rows]
    numeric = [i for i, count in enumerate(counts) if count >= 2]
    if not numeric:
        raise InputError(where, "no data rows below the column names")
    if numeric[0] > MAX_BETWEEN:
        line, cells = rows[0]
        raise InputError(f"{where}, line {line}", f"{_shown(cells)} below the column names; numbers are needed")
    end = numeric[-1] + 1
    notes = (f"{len(rows) - end} lines behind the data left out",) if end < len(rows) else ()
    return rows[numeric[0] : end], notes


def _side_by_side(names: list[str], rows: Rows, where: str, meta: dict[str, str], decimal: str) -> list[Spectrum]:
    """The spectra of one table. Each further frequency column begins another, as in figures' source data."""
    places = [i for i, name in enumerate(names) if (column := column_of(name, i)) and column.quantity == "freq"]
    edges = [0, *places[1:], len(names)]
    if len(edges) == 2:
        return _divided(names, rows, where, meta, decimal)
    found = []
    for left, right in pairwise(edges):
        part = [(line, cells[left:right]) for line, cells in rows]
        part = [(line, cells) for line, cells in part if any(cell.strip() for cell in cells)]
        found += _divided(names[left:right], part, where, meta, decimal)
    return found


def _divided(names: list[str], rows: Rows, where: str, meta: dict[str, str], decimal: str) -> list[Spectrum]:
    """The spectra of rows that a column divides; one when there is no such column."""
    place = next((i for i, name in enumerate(names) if name.strip().lower() in DIVIDERS), None)
    if place is None:
        return [spectrum(rows, names, where, meta, decimal, inferred=True)]
    groups = [
        (key, list(group)) for key, group in groupby(rows, lambda row: row[1][place] if place < len(row[1]) else "")
    ]
    if len(groups) > MAX_GROUPS:
        raise InputError(where, f"column {names[place]!r} divides {len(groups)} times; at most {MAX_GROUPS} are read")
    label = "" if names[place].strip().lower() == "spectrum" else f"{names[place].strip()} "
    return [
        spectrum(group, names, where, meta, decimal, inferred=True, name=label + key.strip()) for key, group in groups
    ]


def _nameless(rows: Rows, where: str, meta: dict[str, str], decimal: str) -> Spectrum:
    """Columns in the customary order frequency, real, imaginary, refused when the first cannot be a frequency."""
    first = next((i for i, (_, cells) in enumerate(rows) if is_numeric(cells, decimal)), None)
    if first is None or len(rows) - first < MIN_ROWS:
        shown = f"line {rows[0][0]} is {_shown(rows[0][1])}"
        raise InputError(where, f"no table of numbers: {shown}; frequency, Zre and Zim are needed")
    _refuse_gaps(rows[:first], decimal, where)
    _refuse_other_names(rows[:first], where)
    data, notes = _body(rows[first:], decimal, where)
    for line, cells in data:
        if not is_numeric(cells, decimal):
            bad = next((cell for cell in cells[:3] if parse_number(cell, decimal) is None), _shown(cells))
            raise InputError(f"{where}, line {line}", f"{bad[:40]!r} among the data; a number is needed")
    line, cells = data[0]
    if len(cells) < 3:
        said = f"{len(cells)} columns without names; frequency, real and imaginary part are needed"
        raise InputError(f"{where}, line {line}", said)
    values = np.array([[_number(row, i, decimal, where) for i in range(3)] for row in data])
    steps = np.sign(np.diff(values[:, 0]))
    if np.array_equal(values[:, 0], values[0, 0] + np.arange(len(data))) and values[0, 0] in (0, 1) and len(data) > 3:
        raise InputError(where, "no frequency column: the columns have no names and the first counts the points")
    if (values[:, 0] < 0).any() or abs(steps.sum()) < 0.8 * steps.size:
        raise InputError(
            where, "no frequency column: the columns have no names and the first does not rise or fall steadily above 0"
        )
    if looks_polar(values[:, 0], values[:, 1], values[:, 2]):
        said = "the columns have no names and the second and third look like modulus and phase: name them"
        raise InputError(where, said)
    note = "no column names: taken as frequency in Hz, real and imaginary part in ohm"
    if len(cells) > 3:
        note += f"; {len(cells) - 3} more columns were not read"
    z, said_of_sign = causal(values[:, 0], complex_of(values[:, 1], values[:, 2]), "the third column")
    if first:
        meta = meta | {"ignored": " ".join(rows[first - 1][1])[:80]}
    found = checked(values[:, 0], z, [n for n, _ in data], where, meta)
    return replace(found, notes=(*said_of_sign, note, *notes, *found.notes))


def _refuse_gaps(rows: Rows, decimal: str, where: str) -> None:
    """A row that begins with a number and goes on with gaps is one of the data, not of names."""
    for line, cells in rows:
        gaps = [cell for cell in cells[1:3] if cell.strip().lower() in GAPS]
        if len(cells) > 2 and gaps and parse_number(cells[0], decimal) is not None:
            raise InputError(f"{where}, line {line}", f"{gaps[0]!r} among the data; a number is needed")


def _refuse_other_names(rows: Rows, where: str) -> None:
    """A table whose names say only a part of what is needed is not read by the places of its columns."""
    for _, cells in rows:
        found = find_columns(cells)
        if found and len(cells) >= 2:
            spectrum([], cells, where, {})  # says what is missing


def _shown(cells: list[str]) -> str:
    return repr(" ".join(cells)[:40])


def _number(row: tuple[int, list[str]], place: int, decimal: str, where: str) -> float:
    line, cells = row
    value = parse_number(cells[place], decimal) if place < len(cells) else None
    if value is None or not np.isfinite(value):
        found = repr(cells[place][:40]) if place < len(cells) else "missing"
        raise InputError(f"{where}, line {line}", f"column {place + 1} is {found}; a number is needed")
    return value
