"""Spectra from files: VAMAS (ISO 14976) and delimited text, told apart by content. The one part that opens a file."""

import re
from pathlib import Path
from typing import Any

from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.vamas import FORMAT
from adatom.protocol.xps_files import read_file

MAX_BYTES = 20_000_000  # a depth profile of a thousand blocks; a set of regions has 100 kB
MAX_HEADER_LINES = 200  # of text before the numbers
MIN_ROWS = 5
DELIMITERS = ("\t", ";", ",", None)  # None: any blanks
NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\Z")
PER_SECOND = re.compile(r"cps|counts?\s*(/|per)\s*s|c/s", re.IGNORECASE)

Record = dict[str, Any]


def read_records(path: str | Path) -> list[Record]:
    """The records {"technique", "columns", "meta"} of a file, one a spectrum. Raises InputError."""
    where = str(path)
    data = _bytes(Path(path), where)
    name = Path(path).name
    try:
        if " ".join(data[:200].decode("latin-1").split()).lower().lstrip("ï»¿").startswith(FORMAT.lower()):
            return read_file("spectra.vms", data)
        try:
            return _named(read_file("spectrum.csv", data), name)
        except ProtocolError:
            return [_loose(data, Path(path).stem)]
    except ProtocolError as error:
        raise InputError(where, str(error)) from None


def _named(records: list[Record], name: str) -> list[Record]:
    for record in records:
        record["meta"]["region"] = record["meta"].get("region") or Path(name).stem
    return records


def _bytes(path: Path, where: str) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InputError(where, "not a file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(where, f"{size} bytes; at most {MAX_BYTES} are read")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(where, f"cannot be read: {error.strerror}") from error
    if not data.strip():
        raise InputError(where, "the file is empty")
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(where, f"binary, it begins with {data[:16]!r}; VAMAS (.vms) and text are read")
    return data


def _loose(data: bytes, stem: str) -> Record:
    """A text file with any lines above two or more columns of numbers: energies, then intensities.

    Binding energies, unless the lines above speak of kinetic ones alone; counts, unless they speak of rates.
    """
    lines = _text(data).splitlines()
    for delimiter in DELIMITERS:
        start, rows = _table(lines, delimiter)
        if len(rows) >= MIN_ROWS:
            break
    else:
        raise ProtocolError(f"line 1: neither VAMAS nor at least {MIN_ROWS} rows of two numbers: energy, counts")
    head = " ".join(lines[:start]).lower()
    kinetic = ("kinetic" in head or re.search(r"\bk\.?e\.?\b", head) is not None) and "binding" not in head
    energy = "kinetic_energy_ev" if kinetic else "binding_energy_ev"
    intensity = "counts_per_s" if PER_SECOND.search(head) else "counts"
    columns = {energy: [row[0] for row in rows], intensity: [row[1] for row in rows]}
    return {"technique": "xps", "columns": columns, "meta": {"region": stem, "sample": ""}}


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _table(lines: list[str], delimiter: str | None) -> tuple[int, list[tuple[float, float]]]:
    """(index of the first row, rows) of the table at the end of the file; no rows where a line breaks it."""
    start = next((k for k, line in enumerate(lines[:MAX_HEADER_LINES]) if _pair(line, delimiter)), None)
    if start is None:
        return 0, []
    rows = [_pair(line, delimiter) for line in lines[start:] if line.strip()]
    broken = next((k for k, row in enumerate(rows) if row is None), None)
    if broken is not None:
        raise ProtocolError(f"line {start + broken + 1}: {lines[start + broken][:60]!r}: must be numbers as above it")
    return start, [row for row in rows if row is not None]


def _pair(line: str, delimiter: str | None) -> tuple[float, float] | None:
    cells = [cell.strip() for cell in line.split(delimiter) if cell.strip()]
    if len(cells) < 2 or not all(NUMBER.match(cell) for cell in cells[:2]):
        return None
    return float(cells[0].replace(",", ".")), float(cells[1].replace(",", "."))
