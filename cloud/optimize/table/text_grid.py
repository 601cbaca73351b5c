"""A table in a text file: its cells, with every byte that is not changed kept as it was.

Encoding, byte order mark, separator, line ends, Excel's `sep=` line and the quotes of each cell survive.
"""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

from adatom.cloud.optimize.table.grid import Cells, Value, value_text
from adatom.protocol.errors import InputError

MARKS = (  # (byte order mark, encoding)
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SEPARATORS = (";", "\t", ",")  # the first of equally many in the header wins
SEP_LINE = re.compile(r"sep=(.)(\r\n|\n|\r)", re.IGNORECASE)
LINE_ENDS = r"\r\n|\n|\r"
QUOTED = re.compile(r'(?<![^;,\t\r\n])"[^"]*(?:""[^"]*)*"')


class Record(NamedTuple):
    """One row: its cells as they stand in the file, quotes included, and what ends it."""

    cells: tuple[str, ...]
    end: str


@dataclass(frozen=True)
class TextGrid:
    """A table of separated values."""

    records: tuple[Record, ...]
    separator: str = ","
    prelude: str = ""  # Excel's `sep=;` line, which no spreadsheet counts as a row
    encoding: str = "utf-8"
    mark: bytes = b""

    @cached_property
    def rows(self) -> Sequence[Sequence[str]]:
        """Texts of the cells."""
        return [[_unquoted(cell) for cell in record.cells] for record in self.records]

    @property
    def comma_habit(self) -> bool:
        """Spreadsheets that separate by semicolons do so because the comma is their decimal mark."""
        return self.separator == ";"

    @property
    def comma_separates(self) -> bool:
        """Whether cells are parted by commas."""
        return self.separator == ","

    def with_cells(self, cells: Cells, decimal: str) -> Self:
        """The table with these cells set; a row that gets none keeps its bytes."""
        records = list(self.records)
        newline = next((record.end for record in records if record.end), "\n")
        by_row: dict[int, dict[int, Value]] = {}
        for (row, column), value in sorted(cells.items()):
            by_row.setdefault(row, {})[column] = value
        for row, values in by_row.items():
            while len(records) < row:
                if records and not records[-1].end:
                    records[-1] = records[-1]._replace(end=newline)
                records.append(Record(("",), newline))
            records[row - 1] = self._with_values(records[row - 1], values, decimal)
        return replace(self, records=tuple(records))

    def _with_values(self, record: Record, values: dict[int, Value], decimal: str) -> Record:
        width = max(len(record.cells), max(values))
        cells = [*record.cells, *[""] * (width - len(record.cells))]
        for column, value in values.items():
            cells[column - 1] = self._quoted(value_text(value, decimal))
        return Record(tuple(cells), record.end)

    def _quoted(self, text: str) -> str:
        special = any(mark in text for mark in (self.separator, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if special or text != text.strip() else text

    def to_bytes(self) -> bytes:
        """The file; raises InputError for a text that its encoding has not."""
        text = self.prelude + "".join(self.separator.join(record.cells) + record.end for record in self.records)
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            odd = text[error.start : error.end]
            raise InputError("table", f"{odd!r} is not in its encoding {self.encoding}: save it as UTF-8") from None


def text_grid(where: str, data: bytes) -> TextGrid:
    """The table of a file; raises InputError(where and row) for what is no text or has an open quotation mark."""
    mark, encoding, text = _decoded(where, data)
    found = SEP_LINE.match(text)
    prelude = found.group(0) if found else ""
    body = text[len(prelude) :]
    separator = found.group(1) if found else _separator(body)
    return TextGrid(tuple(_records(where, body, separator)), separator, prelude, encoding, mark)


def _decoded(where: str, data: bytes) -> tuple[bytes, str, str]:
    mark, encoding = next(((m, e) for m, e in MARKS if data.startswith(m)), (b"", "utf-8"))
    for attempt in (encoding,) if mark else ("utf-8", "cp1252"):  # cp1252: Excel's "CSV" on western Windows
        try:
            text = data[len(mark) :].decode(attempt)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return mark, attempt, text
    raise InputError(where, "is no text: must be a table as CSV, TSV or .xlsx")


def _separator(text: str) -> str:
    """The one that the first line with any text has most of, outside quotes."""
    bare = QUOTED.sub("x", text)
    line = next((line for line in re.split(LINE_ENDS, bare) if line.strip()), "")
    counts = {separator: line.count(separator) for separator in SEPARATORS}
    return max(SEPARATORS, key=lambda separator: counts[separator]) if any(counts.values()) else ","


def _records(where: str, text: str, separator: str) -> list[Record]:
    sep = re.escape(separator)
    cell = re.compile(rf'("[^"]*(?:""[^"]*)*"|(?!")[^{sep}\r\n]*)({sep}|{LINE_ENDS}|\Z)')
    records, cells, place = list[Record](), list[str](), 0
    while place < len(text) or cells:
        found = cell.match(text, place)
        if found is None:
            raise InputError(
                f"{where}: row {len(records) + 1}",
                f"cell {len(cells) + 1} begins with a quotation mark that nothing closes before the next separator",
            )
        cells.append(found.group(1))
        place = found.end()
        if found.group(2) != separator:
            records.append(Record(tuple(cells), found.group(2)))
            cells = []
    return records


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell
