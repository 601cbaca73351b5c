"""The first sheet of an .xlsx, through openpyxl where that is installed.

What openpyxl would drop in silence (charts, pictures, macros, pivot tables, the computed values of formulas) makes a
workbook read-only here.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from adatom.cloud.optimize.table.grid import Cells, value_text
from adatom.cloud.spreadsheet import MAX_CELLS, open_workbook
from adatom.protocol.errors import FailedError, InputError

DROPPED = ("xl/charts/", "xl/drawings/", "xl/media/", "xl/pivotTables/", "xl/vbaProject", "xl/slicers/")
INSTEAD = "enter the rows by hand, or save the sheet as CSV"
FORMULA = "f"  # openpyxl's type of such a cell


@dataclass(frozen=True)
class WorkbookGrid:
    """A workbook's bytes, the texts of its first sheet, and cells set since."""

    data: bytes
    texts: tuple[tuple[str, ...], ...]
    cells: Cells

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """Texts of the cells, values of formulas as last computed."""
        return self.texts

    @property
    def comma_habit(self) -> bool:
        """Numbers are numbers here."""
        return False

    @property
    def comma_separates(self) -> bool:
        """A number typed as a text may have either."""
        return False

    def with_cells(self, cells: Cells, decimal: str) -> Self:
        """The workbook with these cells set."""
        height = max([len(self.texts), *(row for row, _ in cells)])
        texts = [list(row) for row in self.texts] + [[] for _ in range(height - len(self.texts))]
        for (row, column), value in cells.items():
            texts[row - 1] += [""] * (column - len(texts[row - 1]))
            texts[row - 1][column - 1] = value_text(value, decimal)
        return replace(self, texts=tuple(map(tuple, texts)), cells={**self.cells, **cells})

    def to_bytes(self) -> bytes:
        """The file; raises FailedError where writing would lose something."""
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            lost = next((name for name in archive.namelist() if name.startswith(DROPPED)), None)
        if lost is not None:
            raise FailedError(f"writing the workbook would lose {lost}: {INSTEAD}")
        book = open_workbook("the workbook", self.data)
        for sheet in book.worksheets:
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                if cell.data_type == FORMULA:
                    where = f"{sheet.title}!{cell.coordinate}"
                    raise FailedError(f"writing the workbook would lose what formula {where} gave: {INSTEAD}")
        for (row, column), value in self.cells.items():
            book.worksheets[0].cell(row, column).value = None if value == "" else value
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()


def workbook_grid(where: str, data: bytes) -> WorkbookGrid:
    """The first sheet of a workbook. Raises FailedError without openpyxl, InputError for what it cannot read."""
    computed_book, typed_book = open_workbook(where, data, data_only=True), open_workbook(where, data)
    try:
        computed, typed = computed_book.worksheets[0], typed_book.worksheets[0]
        if typed.max_row * typed.max_column > MAX_CELLS:
            raise InputError(where, f"{typed.max_row} rows of {typed.max_column} cells; at most {MAX_CELLS} are read")
        pairs = zip(computed.iter_rows(values_only=True), typed.iter_rows(values_only=True), strict=True)
        # a formula that no program has computed yet has no value; its text is then refused as no number
        texts = tuple(tuple(_text(v if v is not None else f) for v, f in zip(*rows, strict=True)) for rows in pairs)
    except InputError:
        raise
    except Exception as error:  # whatever a damaged archive makes of it
        raise InputError(where, f"not a workbook that openpyxl reads: {error}") from None
    return WorkbookGrid(data, texts, {})


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value_text(value, ".") if isinstance(value, (bool, int, float)) else str(value)
