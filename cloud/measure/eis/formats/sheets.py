"""Spreadsheets: Excel .xlsx (through openpyxl, the extra `xlsx`) and OpenDocument .ods (by itself).

Both are zip archives of XML. In .xlsx `xl/workbook.xml` lists the sheets and each is a part of its own; numbers are
numbers and have no decimal sign; formulas keep the value that was computed last. In .ods all tables stand in
`content.xml`, cells carry `office:value` where they are numbers, and cells and rows may be repeated by an attribute,
often a million times at the end of a sheet.

Every sheet is read as a table of unknown origin (see `cells.py`: names, units, signs, tables below each other and side
by side); numbers that were typed as text may have a decimal comma. A sheet without such a table is left out when
another has one, with its reason in the notes. The older .xls is not read and says so.

Sources: ECMA-376 (Office Open XML), OASIS OpenDocument 1.3 part 3. The limits against hostile files are in
`cloud/spreadsheet.py`.
"""

from collections.abc import Iterable
from dataclasses import replace

from adatom.cloud.measure.eis.cells import numbers_in, spectra_in
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Rows, Spectrum
from adatom.cloud.spreadsheet import Cell, NumberedRow, ods_sheets, xlsx_sheets
from adatom.protocol.errors import InputError

NAME = "spreadsheet (.xlsx, .ods)"
ORDER = 0
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_SHEETS = 200


def matches(source: Source) -> bool:
    """Whether this is a zip archive or an old Office file."""
    return source.data.startswith((ZIP, OLE))


def read(source: Source) -> list[Spectrum]:
    """The spectra of all sheets."""
    if source.data.startswith(OLE):
        raise InputError(source.where, "an old .xls or other Office file; save it as .xlsx, .ods or CSV")
    is_ods = b"opendocument" in source.data[:200] or b"content.xml" in source.data
    sheets: Iterable[tuple[str, list[NumberedRow]]]
    sheets = ods_sheets(source.where, source.data) if is_ods else xlsx_sheets(source.where, source.data)
    meta = {"format": "OpenDocument spreadsheet" if is_ods else "Excel workbook"}
    found: list[Spectrum] = []
    refused: list[InputError] = []
    for count, (title, rows) in enumerate(sheets, 1):
        if count > MAX_SHEETS:
            raise InputError(source.where, f"more than {MAX_SHEETS} sheets")
        try:
            found += _sheet(title, rows, source.where, meta)
        except InputError as error:
            refused.append(error)
    if not found:
        raise refused[0] if refused else InputError(source.where, "a workbook without any sheet")
    notes = tuple(f"left out: {error}" for error in refused)
    return [replace(one, notes=(*one.notes, *notes)) for one in found]


def _sheet(title: str, rows: list[NumberedRow], where: str, meta: dict[str, str]) -> list[Spectrum]:
    """The spectra of a sheet, named after it where its table has no names. Raises InputError where there is none."""
    where = f"{where}, sheet {title!r}"
    if not rows:
        raise InputError(where, "the sheet is empty")
    texts: Rows = [(number, [_text(value) for value in cells]) for number, cells in rows]
    decimal = max((".", ","), key=lambda sign: sum(numbers_in(cells, sign) for _, cells in texts[-200:]))
    spectra = spectra_in(texts, where, meta | {"sheet": title}, decimal)
    return [replace(one, name=one.name or title) for one in spectra]


def _text(value: Cell) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value).strip()
