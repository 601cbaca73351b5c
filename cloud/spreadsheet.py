"""Workbooks of unknown origin: .xlsx through openpyxl where that is installed, .ods by itself.

Both are zip archives of XML: what would unpack without end, entities and ranges beyond all measure are refused before
any of it is built up. Knows nothing of what the tables mean.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from adatom.protocol.errors import FailedError, InputError

NEEDED = "an .xlsx needs openpyxl: pip install 'adatom[xlsx]', or save the sheet as CSV"
MAX_UNPACKED = 100_000_000  # bytes; a workbook of 100 000 points has some 20 MB of XML
MAX_PARTS = 2_000
MAX_DEPTH = 100  # of the XML of an .ods, whose cells are about ten deep
MAX_CELLS = 2_000_000  # of a sheet, and in merged ranges
_MERGED = re.compile(rb"mergeCell\b[^>]{0,200}?ref=[\"']\$?([A-Z]{1,9})\$?(\d{1,9}):\$?([A-Z]{1,9})\$?(\d{1,9})")
_OFFICE, _TABLE, _TEXT = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0 " for name in ("office", "table", "text"))

Cell = str | float | int | bool | None
NumberedRow = tuple[int, list[Cell]]


def check_archive(where: str, data: bytes, kind: str = "a workbook that openpyxl reads") -> None:
    """Raises InputError for what is no archive, would unpack to too much, declares entities or merges without end."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
                said = f"{len(parts)} parts of {unpacked} bytes in all; at most {MAX_PARTS} and {MAX_UNPACKED} are read"
                raise InputError(where, said)
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    _check_part(where, part.filename, archive.read(part))
    except InputError:
        raise
    except Exception as error:  # whatever a damaged archive makes of it
        raise InputError(where, f"not {kind}: {error}") from None


def _check_part(where: str, name: str, xml: bytes) -> None:
    plain = xml.replace(b"\x00", b"") if b"\x00" in xml else xml  # UTF-16 hides nothing
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise InputError(where, f"{name} declares a document type; workbooks do not")
    merged = sum(
        (abs(_number(right) - _number(left)) + 1) * (abs(int(bottom) - int(top)) + 1)
        for left, top, right, bottom in _MERGED.findall(plain)
    )
    if merged > MAX_CELLS:
        raise InputError(where, f"{name} merges {merged} cells; at most {MAX_CELLS} are read")


def _number(letters: bytes) -> int:
    """The number of a column, A for 1."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def openpyxl_module() -> Any:
    """openpyxl; raises FailedError with the way out where it is not installed."""
    try:
        import openpyxl
    except ImportError:
        raise FailedError(NEEDED) from None
    return openpyxl


def open_workbook(where: str, data: bytes, **options: Any) -> Any:
    """openpyxl's workbook. Raises FailedError without openpyxl, InputError for what it cannot read."""
    openpyxl = openpyxl_module()
    check_archive(where, data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that it drops; only cells are read here
            return openpyxl.load_workbook(io.BytesIO(data), **options)
    except Exception as error:  # whatever a damaged workbook makes of it
        raise InputError(where, f"not a workbook that openpyxl reads: {error}") from None


def xlsx_sheets(where: str, data: bytes) -> Iterator[tuple[str, list[NumberedRow]]]:
    """(title, numbered rows that hold anything) of each sheet, formulas by their computed values."""
    book = open_workbook(where, data, data_only=True, read_only=True)
    for sheet in book.worksheets:
        yield sheet.title, _filled(where, sheet)


def _filled(where: str, sheet: Any) -> list[NumberedRow]:
    rows: list[NumberedRow] = []
    cells = 0
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells += 1 + len(row)
            if cells > MAX_CELLS:
                raise InputError(where, f"sheet {sheet.title!r} of more than {MAX_CELLS} cells")
            if any(value is not None for value in row):
                rows.append((number, list(row)))
    except InputError:
        raise
    except Exception as error:  # the rows of a damaged sheet, which are read only now
        raise InputError(where, f"not a workbook that openpyxl reads: {error}") from None
    return rows


def ods_sheets(where: str, data: bytes) -> list[tuple[str, list[NumberedRow]]]:
    """(title, numbered rows that hold anything) of each table of an OpenDocument spreadsheet."""
    check_archive(where, data, "an OpenDocument spreadsheet")
    reader = _Tables(where)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parser.Parse(archive.read("content.xml"), True)
    except InputError:
        raise
    except Exception as error:  # damaged archive or XML
        raise InputError(where, f"not an OpenDocument spreadsheet: {error}") from None
    return reader.tables


@dataclass
class _Tables:
    """Takes the events of content.xml and keeps what tables hold; repeated empty cells and rows cost nothing."""

    where: str
    tables: list[tuple[str, list[NumberedRow]]] = field(default_factory=list)
    row: list[Cell] = field(default_factory=list)
    number: int = 0  # of the rows of this table so far
    empty: int = 0  # cells since the last that holds anything
    repeat: int = 1
    row_repeat: int = 1
    value: str | None = None
    words: list[str] | None = None
    cells: int = 0
    depth: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A table, row or cell begins."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise InputError(self.where, f"XML nests deeper than {MAX_DEPTH}")
        if name == _TABLE + "table":
            self.tables.append((attributes.get(_TABLE + "name", ""), []))
            self.number = 0
        elif name == _TABLE + "table-row":
            self.row, self.empty = [], 0
            self.row_repeat = self._count(attributes.get(_TABLE + "number-rows-repeated", "1"))
        elif name in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self.repeat = self._count(attributes.get(_TABLE + "number-columns-repeated", "1"))
            self.value, self.words = attributes.get(_OFFICE + "value"), []
        elif name == _TEXT + "p" and self.words:
            self.words.append(" ")

    def text(self, words: str) -> None:
        """Words of a cell."""
        if self.words is not None:
            self.words.append(words)

    def end(self, name: str) -> None:
        """A row or cell ends."""
        self.depth -= 1
        if name in (_TABLE + "table-cell", _TABLE + "covered-table-cell") and self.words is not None:
            said = self.value if self.value is not None else "".join(self.words)
            self.words = None
            self._put(said)
        elif name == _TABLE + "table-row" and self.tables:
            if self.row:
                self._spend(len(self.row) * self.row_repeat)
                numbers = range(self.number + 1, self.number + 1 + self.row_repeat)
                self.tables[-1][1].extend((number, list(self.row)) for number in numbers)
            self.number += self.row_repeat

    def _put(self, said: str) -> None:
        if not said.strip():
            self.empty += self.repeat
            return
        self._spend(self.empty + self.repeat)
        self.row += [None] * self.empty + [said] * self.repeat
        self.empty = 0

    def _spend(self, cells: int) -> None:
        self.cells += cells
        if self.cells > MAX_CELLS:
            raise InputError(self.where, f"more than {MAX_CELLS} cells")

    def _count(self, text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text):
            raise InputError(self.where, f"a number of repeats {text[:20]!r}")
        return int(text)
