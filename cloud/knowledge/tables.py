"""Tables of any size out of files, some thousand rows at a time: CSV, TSV (also .gz), JSON, JSON lines, Parquet, .xlsx.

Every cell becomes a text; what the columns mean is not known here. Lines longer, files larger and archives fuller than
any table are refused before they fill the memory.
"""

import csv
import gzip
import io
import itertools
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from adatom.protocol.errors import InputError

BATCH = 50_000  # rows; one transaction of the loader
MAX_LINE = 4_000_000  # characters; a row with a CIF in it has some thousand
MAX_ROWS = 50_000_000
MAX_JSON = 300_000_000  # bytes of one JSON document: it is built up whole
GZIP_MAGIC = b"\x1f\x8b"
ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx")


class Rows(NamedTuple):
    """Some rows of a table: columns by name, the line of each row, and how much of the file is read then (0 to 1)."""

    columns: dict[str, list[str]]
    lines: list[int]
    fraction: float


def read_rows(path: Path, size: int = BATCH) -> Iterator[Rows]:
    """The rows of a table in its order; the header is line 1. Raises InputError with file and line."""
    ending = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    try:
        if ending == "parquet":
            yield from _parquet(path, size)
        elif ending == "xlsx":
            yield from _records(_sheet(path), size)
        elif ending == "json":
            yield from _records(_document(path), size)
        elif ending in ("jsonl", "ndjson"):
            yield from _records(_json_lines(path), size)
        elif f".{ending}" in ENDINGS:
            yield from _delimited(path, size)
        else:
            raise InputError(str(path), f"a name ending in {', '.join(ENDINGS)} (or these and .gz) is needed")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(path), f"cannot be read as a table: {error}") from None


def _delimited(path: Path, size: int) -> Iterator[Rows]:
    csv.field_size_limit(MAX_LINE)
    total = max(1, path.stat().st_size)
    with path.open("rb") as raw, _unpacked(raw) as stream:
        lines = _lines(stream, str(path))
        first = next(lines, "")
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
        header = _header(next(reader, []), str(path))
        last = reader.line_num
        while True:
            rows, numbers = [], []
            for row in reader:
                if len(row) != len(header):
                    if not any(cell.strip() for cell in row):
                        last = reader.line_num
                        continue
                    said = f"{len(row)} cells, the header has {len(header)}"
                    raise InputError(f"{path}:{reader.line_num}", said)
                rows.append(row)
                numbers.append(last + 1)
                last = reader.line_num
                if len(rows) == size:
                    break
            if not rows:
                return
            _limit(numbers[-1], str(path))
            columns = dict(zip(header, (list(column) for column in zip(*rows, strict=True)), strict=True))
            yield Rows(columns, numbers, min(1.0, raw.tell() / total))


def _unpacked(raw: IO[bytes]) -> io.TextIOWrapper:
    """The text of a file; gzip is told by its first bytes, not by the name."""
    magic = raw.read(2)
    raw.seek(0)
    binary: Any = gzip.GzipFile(fileobj=raw) if magic == GZIP_MAGIC else raw
    return io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")


def _lines(stream: io.TextIOWrapper, where: str) -> Iterator[str]:
    """Lines of bounded length: a few kilobytes of gzip can unfold to one line that fills the memory."""
    for number in itertools.count(1):
        line = stream.readline(MAX_LINE)
        if not line:
            return
        if len(line) >= MAX_LINE and not line.endswith(("\n", "\r")):
            raise InputError(f"{where}:{number}", f"a line of more than {MAX_LINE} characters is no row")
        yield line


def _header(cells: list[str], where: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    if not any(names):
        raise InputError(where, "holds no header")
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise InputError(where, f"columns that stand twice: {', '.join(sorted(twice))}")
    return [name or f"column {place}" for place, name in enumerate(names, start=1)]


def _records(records: Iterable[tuple[int, Mapping[str, Any]]], size: int) -> Iterator[Rows]:
    """Records of one batch in columns; a name that a record lacks is blank there."""
    found = iter(records)
    while batch := list(itertools.islice(found, size)):
        names = list(dict.fromkeys(name for _, record in batch for name in record))
        columns = {name: [_text(record.get(name)) for _, record in batch] for name in names}
        _limit(batch[-1][0], "table")
        yield Rows(columns, [line for line, _ in batch], 1.0 if len(batch) < size else 0.5)


def _text(cell: Any) -> str:
    """A cell as a text: lists joined by `|`, what is missing is blank."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, list | tuple):
        return "|".join(_text(part) for part in cell)
    return repr(cell) if isinstance(cell, float) else str(cell)


def _json_lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open("rb") as raw, _unpacked(raw) as stream:
        for number, line in enumerate(_lines(stream, str(path)), start=1):
            if line.strip():
                yield number, _record(_parsed(line, f"{path}:{number}"), f"{path}:{number}")


def _document(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Records of a JSON document: a list of objects, or an object with one such list (`data`)."""
    with path.open("rb") as raw, _unpacked(raw) as stream:
        text = stream.read(MAX_JSON + 1)
    if len(text) > MAX_JSON:
        raise InputError(str(path), f"a JSON document of more than {MAX_JSON} characters; write JSON lines instead")
    value = _parsed(text, str(path))
    if isinstance(value, dict):
        lists = [inner for inner in value.values() if isinstance(inner, list) and inner and isinstance(inner[0], dict)]
        value = lists[0] if len(lists) == 1 else [value]
    if not isinstance(value, list):
        raise InputError(str(path), "must be a list of objects")
    for number, record in enumerate(value, start=1):
        yield number, _record(record, f"{path}: record {number}")


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(where, f"no JSON: {error}") from None


def _record(value: Any, where: str) -> Mapping[str, Any]:
    """One object; the members of an `attributes` object (OPTIMADE) stand beside the others."""
    if not isinstance(value, dict):
        raise InputError(where, "must be an object with names")
    inner = value.get("attributes")
    return {**value, **inner} if isinstance(inner, dict) else value


def _sheet(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Records of the first sheet that holds anything."""
    from adatom.cloud.spreadsheet import xlsx_sheets

    for _, rows in xlsx_sheets(str(path), path.read_bytes()):
        if rows:
            header = _header([_text(cell) for cell in rows[0][1]], str(path))
            for number, cells in rows[1:]:
                yield number, dict(zip(header, cells, strict=False))
            return


def _parquet(path: Path, size: int) -> Iterator[Rows]:
    from adatom.cloud.store.parquet import parquet_batches

    line = 1
    for names, total, rows in parquet_batches(path, size):
        numbers = list(range(line + 1, line + 1 + len(rows)))
        line += len(rows)
        _limit(line, str(path))
        columns = {
            name: [_text(cell) for cell in cells] for name, cells in zip(names, zip(*rows, strict=True), strict=True)
        }
        yield Rows(columns, numbers, (line - 1) / max(1, total))


def _limit(rows: int, where: str) -> None:
    if rows > MAX_ROWS:
        raise InputError(where, f"more than {MAX_ROWS} rows; load it in parts")
