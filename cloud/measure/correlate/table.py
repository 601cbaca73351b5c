"""Columns of numbers of a table as people keep it. Knows nothing of correlations."""

from pathlib import Path

from adatom.cloud.optimize.table.files import read_table
from adatom.cloud.optimize.table.grid import plain_text
from adatom.cloud.optimize.table.numbers import NumberError, decimal_mark, is_nothing, number
from adatom.protocol.errors import InputError


def number_columns(path: Path) -> dict[str, list[float | None]]:
    """Columns by name, None where a cell is empty; columns with any other text are left out. Raises InputError."""
    if not path.exists():
        raise InputError(str(path), "cannot be read: no such file")
    grid = read_table(path).grid
    rows = [row for row in grid.rows if any(map(plain_text, row))]
    if len(rows) < 2:
        raise InputError(str(path), "has no rows: names in the first row and a row for each sample are needed")
    filled = [cell for row in rows[1:] for cell in row if not is_nothing(cell)]
    decimal = decimal_mark(filled, comma_habit=grid.comma_habit, comma_separates=grid.comma_separates)
    found: dict[str, list[float | None]] = {}
    for place, name in enumerate(map(plain_text, rows[0])):
        if name in found:
            raise InputError(str(path), f"two columns are named {name!r}")
        cells = [row[place] if place < len(row) else "" for row in rows[1:]]
        values = _numbers(cells, decimal) if name else None
        if values is not None:
            found[name] = values
    return found


def _numbers(cells: list[str], decimal: str) -> list[float | None] | None:
    try:
        return [None if is_nothing(cell) else number(cell, decimal) for cell in cells]
    except NumberError:
        return None
