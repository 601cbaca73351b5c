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
from adatom.protocol.errors import FailedError, InputError

DROPPED = ("xl/charts/", "xl/drawings/", "xl/media/", "xl/pivotTables/", "xl/vbaProject", "xl/slicers/")
NEEDED = "an .xlsx needs openpyxl: pip install 'adatom[xlsx]', or save the sheet as CSV"
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
        book = _openpyxl().load_workbook(io.BytesIO(self.data))
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
    openpyxl = _openpyxl()
    try:
        computed = openpyxl.load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
        typed = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
        pairs = zip(computed.iter_rows(values_only=True), typed.iter_rows(values_only=True), strict=True)
        # a formula that no program has computed yet has no value; its text is then refused as no number
        texts = tuple(tuple(_text(v if v is not None else f) for v, f in zip(*rows, strict=True)) for rows in pairs)
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
