"""Rows of cells to a Record: text or spreadsheet, flat or in layers of cycles, steps and rows."""

from dataclasses import replace

import numpy as np
from adatom.cloud.measure.cycling.clocks import clock_s, date_s, day_first
from adatom.cloud.measure.cycling.columns import Column, assumed, find_columns
from adatom.cloud.measure.cycling.record import Record, counted_cycles, passed_ah
from adatom.cloud.measure.eis.arrays import Floats, Indices
from adatom.cloud.measure.eis.table import Rows, parse_number
from adatom.protocol.errors import InputError

NEEDED = ("time", "current", "voltage")
SAID = "columns of time, current and voltage with names such as `time/s`, `I/mA`, `Ewe/V` are needed"
MAX_HEAD = 1000  # rows above the names: heads of cyclers have some 100
MAX_JUMPS = 0.01  # of the rows: clocks that step back more often are no clocks


def record_in(rows: Rows, where: str, meta: dict[str, str], decimal: str) -> Record:
    """The record in the rows. Raises InputError naming what is missing, or line, column and cell."""
    start, columns = _head(rows, where)
    names = rows[start][1]
    layers = _layers(names, rows[start + 1 :])
    kept: list[tuple[int, list[str], int, int]] = []  # (line, cells, cycle, step)
    cycle = step = 0
    for line, cells in rows[start + 1 :]:
        filled = _first_filled(cells)
        if filled < layers:
            number = parse_number(_cell(cells, filled), decimal)
            whole = int(number) if number is not None and abs(number) < 1e9 else 0
            cycle, step = (whole, step) if filled == 0 else (cycle, whole)
        elif any(parse_number(_cell(cells, columns[q].place), decimal) is not None for q in ("current", "voltage")):
            kept.append((line, cells, cycle, step))
    if len(kept) < 2:
        raise InputError(where, f"{len(kept)} rows of numbers below the column names; at least 2 are needed")
    return _record(kept, columns, names, where, meta, decimal, layers > 0)


def _layers(names: list[str], rows: Rows) -> int:
    """How many columns cycles and steps stand left of the names, as Neware writes; 0 for a flat table."""
    layers = _first_filled(names)
    return layers if sum(_first_filled(cells) >= layers for _, cells in rows) > len(rows) / 2 else 0


def _first_filled(cells: list[str]) -> int:
    return next((i for i, cell in enumerate(cells) if cell.strip()), len(cells))


def _head(rows: Rows, where: str) -> tuple[int, dict[str, Column]]:
    """The first row that names a time, a current and a voltage."""
    best: tuple[int, dict[str, Column], list[str]] = (0, {}, [])
    for i, (_, cells) in enumerate(rows[:MAX_HEAD]):
        found = find_columns(cells)
        if "time" not in found and "step_time" in found:
            found["time"] = found["step_time"]
        if all(quantity in found for quantity in NEEDED):
            return i, found
        known = {q: c for q, c in found.items() if q in NEEDED}
        if len(known) > len(best[1]):
            best = (i, known, cells)
    if best[1]:
        missing = ", ".join(q for q in NEEDED if q not in best[1])
        shown = ", ".join(repr(name) for name in best[2][:40])
        raise InputError(where, f"no column of {missing} among {shown}; {SAID}")
    raise InputError(where, f"no row of column names; {SAID}")


def _record(
    kept: list[tuple[int, list[str], int, int]],
    columns: dict[str, Column],
    names: list[str],
    where: str,
    meta: dict[str, str],
    decimal: str,
    layered: bool,
) -> Record:
    notes: list[str] = []
    if _cell(kept[-1][1], max(columns[q].place for q in NEEDED)) == "":
        notes.append(f"line {kept[-1][0]}, the last, is cut off and was left out")
        kept = kept[:-1]
    lines = [line for line, *_ in kept]
    times = [_cell(cells, columns["time"].place) for _, cells, *_ in kept]
    days = day_first(times)
    current, voltage, time = (
        np.array([
            _number(cells, columns[q], names, f"{where}, line {line}", decimal, q == "time", days)
            for line, cells, *_ in kept
        ])
        for q in ("current", "voltage", "time")
    )  # fmt: skip
    time, said = _running(time, lines, where)
    notes += said
    if date_s(times[0], days) is not None:
        order = " with the day first" if days else " with the month first" if "/" in times[0] else ""
        notes.append(f"times are dates{order}: counted from the first")
    for quantity in NEEDED:
        if assumed(columns[quantity], quantity):
            name = names[columns[quantity].place]
            if quantity != "time" or ":" not in _cell(kept[0][1], columns[quantity].place):
                notes.append(f"column {name!r} states no unit: {assumed(columns[quantity], quantity)} assumed")
    cycle = np.array([c for _, _, c, _ in kept], dtype=np.intp) if layered else _count(kept, columns, "cycle", decimal)
    if cycle is None or np.unique(cycle).size == 1:
        cycle = counted_cycles(current)
        notes.append("cycles are counted here, by the sign of the current")
    if cycle.min() == 0:
        cycle = cycle + 1
        notes.append("the file counts cycles from 0, here they are counted from 1")
    step = np.array([s for *_, s in kept], dtype=np.intp) if layered else _count(kept, columns, "step", decimal)
    step = np.zeros(time.size, dtype=np.intp) if step is None else step
    record = Record("", time, current, voltage, cycle, step, passed_ah(time, current, cycle), _area(meta, where), meta)
    if columns["current"].per_area:
        notes.append("currents are per cm²: so are charges, and resistances are of 1 cm²")
        record = replace(record, area_cm2=1.0)
    return replace(record, notes=tuple(notes))


def _area(meta: dict[str, str], where: str) -> float | None:
    if "area_cm2" not in meta:
        return None
    value = parse_number(meta["area_cm2"])
    if value is None or value <= 0:
        raise InputError(where, f"area_cm2 is {meta['area_cm2'][:40]!r}; a number above 0 is needed")
    return value


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _number(
    cells: list[str],
    column: Column,
    names: list[str],
    where: str,
    decimal: str,
    clock: bool = False,
    days: bool = False,
) -> float:
    """`clock`: clocks and dates count, too; `days`: these have the day first."""
    cell = _cell(cells, column.place)
    value = parse_number(cell, decimal)
    if value is not None:
        value *= column.factor
    elif clock:
        value = clock_s(cell.replace(",", "."))
        value = date_s(cell, days) if value is None else value
    if value is None or not abs(value) < 1e15:
        raise InputError(where, f"column {names[column.place]!r} is {cell[:40]!r}; a number is needed")
    return value


def _running(time_s: Floats, lines: list[int], where: str) -> tuple[Floats, list[str]]:
    """The time as one clock: one that begins again at each step is set forth, and that is noted."""
    steps = np.diff(time_s)
    back = steps < 0
    if not back.any():
        return time_s - time_s[0], []
    restarts = back & (time_s[1:] < 0.5 * time_s[:-1])
    if (back & ~restarts).sum() > MAX_JUMPS * time_s.size:
        row = int((back & ~restarts).argmax()) + 1
        raise InputError(f"{where}, line {lines[row]}", f"time steps back by {-steps[row - 1]:g} s; it must run on")
    steps = np.where(restarts, time_s[1:], np.maximum(steps, 0.0))
    said = [f"time begins again {int(restarts.sum())} times: taken as that of each step"] if restarts.any() else []
    if (back & ~restarts).any():
        said.append(f"time steps back a little {int((back & ~restarts).sum())} times: held there")
    return np.concatenate([[0.0], np.cumsum(steps)]), said


def _count(
    kept: list[tuple[int, list[str], int, int]], columns: dict[str, Column], quantity: str, decimal: str
) -> Indices | None:
    """A column of whole numbers; None where there is none or it holds anything else."""
    if quantity not in columns:
        return None
    values = [parse_number(_cell(cells, columns[quantity].place), decimal) for _, cells, *_ in kept]
    if any(value is None or not abs(value) < 1e9 for value in values):
        return None
    return np.array([int(value or 0) for value in values], dtype=np.intp)
