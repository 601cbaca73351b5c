"""New rows and results as cells of a table. Pure; what may not be overwritten is refused here."""

from collections.abc import Mapping, Sequence

from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.table.grid import Cells, Grid, Place, Value, plain_text
from adatom.cloud.optimize.table.reading import Reading
from adatom.cloud.optimize.table.setup import Setup
from adatom.protocol.errors import InputError


def appended(reading: Reading, setup: Setup, points: Sequence[Point]) -> tuple[dict[Place, Value], list[int]]:
    """Cells of points as new rows behind the last one, and their numbers; an empty table gets its header."""
    cells: dict[Place, Value] = {}
    places, last = reading.places, reading.last
    if not reading.header:
        places = {name: column for column, name in enumerate((*setup.inputs, *setup.results), start=1)}
        cells = {(1, column): name for name, column in places.items()}
        last = 1
    numbers = [last + 1 + index for index in range(len(points))]
    width = max(reading.width, *places.values())
    for number, point in zip(numbers, points, strict=True):
        cells |= {(number, width): ""} | {(number, places[name]): point[name] for name in setup.inputs}
    return cells, numbers


def entered(where: str, grid: Grid, reading: Reading, row: int, values: Mapping[str, Value], *, force: bool) -> Cells:
    """Cells of results in a row; columns that the table has not are added at its right.

    Raises InputError for a cell that holds something else already, unless forced.
    """
    cells: dict[Place, Value] = {}
    width = reading.width
    for name, value in values.items():
        column = reading.places.get(name)
        if column is None:
            width += 1
            column = width
            cells[reading.header, column] = name
        cell = _cell(grid, row, column)
        if plain_text(cell) and not force:
            raise InputError(f"{where}: row {row}, column {name}", f"holds {cell!r} already: --force overwrites it")
        cells[row, column] = value
    return cells


def _cell(grid: Grid, row: int, column: int) -> str:
    cells = grid.rows[row - 1] if row <= len(grid.rows) else ()
    return cells[column - 1] if column <= len(cells) else ""
