"""The first sheet of an .xlsx, through openpyxl where that is installed.

What openpyxl would drop in silence (charts, pictures, macros, pivot tables) makes a workbook read-only here.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from adatom.cloud.optimize.table.grid import Cells, value_text
from adatom.protocol.errors import FailedError, InputError

DROPPED = ("xl/charts/", "xl/drawings/", "xl/media/", "xl/pivotTables/", "xl/vbaProject", "xl/slicers/")
NEEDED = "an .xlsx needs openpyxl: pip install 'adatom[xlsx]', or save the sheet as CSV"


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
        height = max(len(self.texts), *(row for row, _ in cells)) if cells else len(self.texts)
        texts = [list(row) for row in self.texts] + [[] for _ in range(height - len(self.texts))]
        for (row, column), value in cells.items():
            texts[row - 1] += [""] * (column - len(texts[row - 1]))
            texts[row - 1][column - 1] = value_text(value, decimal)
        return replace(self, texts=tuple(map(tuple, texts)), cells={**self.cells, **cells})

    def to_bytes(self) -> bytes:
        """The file; raises FailedError where writing would lose something."""
        names = zipfile.ZipFile(io.BytesIO(self.data)).namelist()
        lost = sorted({name for name in names if name.startswith(DROPPED)})
        if lost:
            raise FailedError(
                f"writing the workbook would lose {lost[0]}: enter the rows by hand, or save the sheet as CSV"
            )
        book = _openpyxl().load_workbook(io.BytesIO(self.data))
        sheet = book.worksheets[0]
        for (row, column), value in self.cells.items():
            sheet.cell(row, column).value = value
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()


def workbook_grid(where: str, data: bytes) -> WorkbookGrid:
    """The first sheet of a workbook. Raises FailedError without openpyxl, InputError for what it cannot read."""
    openpyxl = _openpyxl()
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        sheet = book.worksheets[0]
        texts = tuple(tuple(_text(cell) for cell in row) for row in sheet.iter_rows(values_only=True))
    except Exception as error:  # whatever a damaged archive makes of it
        raise InputError(where, f"not a workbook that openpyxl reads: {error}") from None
    return WorkbookGrid(data, texts, {})


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise FailedError(NEEDED) from None
    return openpyxl


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value_text(value, ".") if isinstance(value, (bool, int, float)) else str(value)
