"""Delimited text with or without column names; delimiter, decimal sign and sign of the imaginary part are inferred."""

import numpy as np
from adatom.cloud.measure.eis.table import Spectrum, checked, find_columns, parse_number, spectrum
from adatom.protocol.errors import InputError

NAME = "delimited text"
ORDER = 90  # asked last: it takes any text
# Tried in this order; the first that turns most lines into numbers wins. "" is any white space
DIALECTS = (("\t", "."), (";", "."), (",", "."), ("", "."), ("\t", ","), (";", ","), ("", ","))
MIN_ROWS = 2

Rows = list[tuple[int, list[str]]]


def matches(text: str) -> bool:
    """Any text may be delimited."""
    return bool(text.strip())


def read(text: str, where: str) -> list[Spectrum]:
    """The one spectrum of the file."""
    numbered = enumerate(text.splitlines(), 1)
    lines = [(n, line) for n, line in numbered if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise InputError(where, "only comment lines; columns of frequency, Zre, Zim are needed")
    delimiter, decimal = max(DIALECTS, key=lambda dialect: _numeric_lines(lines, *dialect))
    rows = [(n, _split(line, delimiter)) for n, line in lines]
    first = next((i for i, (_, cells) in enumerate(rows) if _is_numeric(cells, decimal)), None)
    if first is None or len(rows) - first < MIN_ROWS:
        raise InputError(
            where,
            f"no table of numbers: line {lines[0][0]} is {lines[0][1][:40]!r}; frequency, Zre and Zim are needed",
        )
    _check_rows(rows[first:], decimal, where)
    signs = {"": "white space", "\t": "tab", ";": "semicolon", ",": "comma"}
    meta = {"format": NAME, "delimiter": signs[delimiter], "decimal": decimal}
    names = rows[first - 1][1] if first else []
    if len(names) >= 2 and find_columns(names):
        return [spectrum(rows[first:], names, where, meta, decimal)]
    if names:
        meta["ignored"] = lines[first - 1][1][:80]
    return [_nameless(rows[first:], decimal, where, meta)]


def _numeric_lines(lines: list[tuple[int, str]], delimiter: str, decimal: str) -> int:
    """How many lines become numbers in at least two columns; only the first 200 lines are looked at."""
    return sum(_is_numeric(_split(line, delimiter), decimal) for _, line in lines[:200])


def _split(line: str, delimiter: str) -> list[str]:
    cells = line.split(delimiter) if delimiter else line.split()
    cells = [cell.strip().strip('"') for cell in cells]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _is_numeric(cells: list[str], decimal: str) -> bool:
    return len(cells) >= 2 and all(parse_number(cell, decimal) is not None for cell in cells[:3])


def _check_rows(rows: Rows, decimal: str, where: str) -> None:
    for line, cells in rows:
        if not _is_numeric(cells, decimal):
            bad = next((cell for cell in cells[:3] if parse_number(cell, decimal) is None), cells[0])
            raise InputError(f"{where}, line {line}", f"{bad[:40]!r} among the data; a number is needed")


def _nameless(rows: Rows, decimal: str, where: str, meta: dict[str, str]) -> Spectrum:
    """Columns in the customary order frequency, real, imaginary, refused when the first cannot be a frequency."""
    line, cells = rows[0]
    if len(cells) < 3:
        raise InputError(
            f"{where}, line {line}",
            f"{len(cells)} columns without names; frequency, real and imaginary part are needed",
        )
    values = np.array([[_number(row, i, decimal, where) for i in range(3)] for row in rows])
    steps = np.sign(np.diff(values[:, 0]))
    if (values[:, 0] <= 0).any() or abs(steps.sum()) < 0.8 * steps.size:
        raise InputError(
            where, "no frequency column: the columns have no names and the first does not rise or fall steadily above 0"
        )
    im, note = values[:, 2], "no column names: taken as frequency in Hz, real and imaginary part in ohm"
    slow = values[:, 0] <= np.median(values[:, 0])
    if (im[slow] > 0).mean() > 0.8:  # capacitive at low frequency in any cell: the file holds -Im
        im, note = -im, note + "; the third column is positive at low frequency, so taken as -Im"
    found = checked(values[:, 0], values[:, 1] + 1j * im, [n for n, _ in rows], where, meta)
    return Spectrum(found.freq_hz, found.z_ohm, meta, (note, *found.notes))


def _number(row: tuple[int, list[str]], place: int, decimal: str, where: str) -> float:
    line, cells = row
    value = parse_number(cells[place], decimal) if place < len(cells) else None
    if value is None or not np.isfinite(value):
        found = repr(cells[place]) if place < len(cells) else "missing"
        raise InputError(f"{where}, line {line}", f"column {place + 1} is {found}; a number is needed")
    return value
