"""Columns of a table as texts by name, for whoever needs no space and no objectives. Must not know what they mean."""

from dataclasses import dataclass
from pathlib import Path

from adatom.cloud.optimize.table.files import read_table
from adatom.cloud.optimize.table.grid import plain_text
from adatom.cloud.optimize.table.numbers import NumberError, decimal_mark, is_nothing, number
from adatom.protocol.errors import InputError

SIMULATED = "simulated"  # a column that marks rows of a simulation: 1, true or yes
TRUE_WORDS = ("1", "true", "yes")
MOST_SLIPS = 0.25  # of a column's cells: with more it is one of texts


@dataclass(frozen=True)
class Columns:
    """Texts by column, of the rows that have any. `rows`: their numbers, as spreadsheets count."""

    where: str
    texts: dict[str, list[str]]
    rows: list[int]
    decimal: str

    def numbers(self, name: str) -> list[float | None] | None:
        """The numbers of a column, None where a cell is empty; None for a column with any other text."""
        try:
            return [None if is_nothing(cell) else number(cell, self.decimal) for cell in self.texts[name]]
        except NumberError:
            return None

    @property
    def simulated(self) -> bool:
        """Whether a column `simulated` marks any row."""
        return any(plain_text(cell).lower() in TRUE_WORDS for cell in self.texts.get(SIMULATED, ()))

    def slip(self, name: str) -> tuple[int, str] | None:
        """(row, cell) of the first text in a column that else holds numbers, a slip of the pen; None without one."""
        filled = [(row, cell) for row, cell in zip(self.rows, self.texts[name], strict=True) if not is_nothing(cell)]
        odd = [(row, plain_text(cell)) for row, cell in filled if not self._is_number(cell)]
        return odd[0] if odd and len(odd) <= MOST_SLIPS * len(filled) else None

    def _is_number(self, cell: str) -> bool:
        try:
            number(cell, self.decimal)
        except NumberError:
            return False
        return True


def read_columns(path: Path) -> Columns:
    """The named columns of a file. Raises InputError for no file, no table, no rows, two columns of one name."""
    if not path.exists():
        raise InputError(str(path), "cannot be read: no such file")
    grid = read_table(path).grid
    filled = [(place, row) for place, row in enumerate(grid.rows, start=1) if any(map(plain_text, row))]
    if len(filled) < 2:
        raise InputError(str(path), "has no rows: names in the first row and a row for each sample are needed")
    names, rows = [plain_text(cell) for cell in filled[0][1]], [row for _, row in filled[1:]]
    twice = [name for place, name in enumerate(names) if name and name in names[:place]]
    if twice:
        raise InputError(str(path), f"two columns are named {twice[0]!r}")
    cells = [cell for row in rows for cell in row if not is_nothing(cell)]
    decimal = decimal_mark(cells, comma_habit=grid.comma_habit, comma_separates=grid.comma_separates)
    texts = {name: [row[place] if place < len(row) else "" for row in rows] for place, name in enumerate(names) if name}
    return Columns(str(path), texts, [place for place, _ in filled[1:]], decimal)
