"""Delimited text with or without column names: whatever somebody wrote with a spreadsheet, a script or an editor.

Lines of cells; the delimiter is a tab, semicolon, comma or white space, the decimal sign a point or (unless the comma
delimits) a comma. Both are inferred: the pair wins that turns most lines into numbers. Lines that begin with `#` or `%`
and blank ones are left out; cells may be quoted. A byte order mark, CRLF, Latin-1, NUL padding and the typographic
minus do no harm. What the cells mean (names, units, signs, several spectra) is in `cells.py`; everything that was
inferred stands in the notes of the spectrum.
"""

import csv
import re
from collections import Counter

from adatom.cloud.measure.eis.cells import numbers_in, spectra_in
from adatom.cloud.measure.eis.columns import find_columns
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Rows, Spectrum
from adatom.protocol.errors import InputError

NAME = "delimited text"
ORDER = 90  # asked last: it takes any text
# Tried in this order; the first that turns most into numbers wins. "" is any white space; the last is for quoted cells
DIALECTS = (("\t", "."), (";", "."), (",", "."), ("", "."), ("\t", ","), (";", ","), ("", ","), (",", ","))
COMMENTS = ("#", "%", "//")
MAX_CELLS = 4_000_000  # 40 columns of 100 000 rows
LOOK = 200  # lines, from the first that holds numbers in any dialect
_WIDE = re.compile(r"\s{2,}|\t")
_UNIT_APART = re.compile(r"\s+([(\[/])")  # `Freq (Hz)` is one name
SIGNS = {"": "white space", "\t": "tab", ";": "semicolon", ",": "comma"}


def matches(source: Source) -> bool:
    """Any text may be delimited."""
    return bool(source.text.strip())


def read(source: Source) -> list[Spectrum]:
    """The spectra of the file."""
    return read_as(source, {"format": NAME})


def read_as(source: Source, meta: dict[str, str]) -> list[Spectrum]:
    """The spectra of a file whose format is a table of text with some head; `meta` names the format."""
    lines = [(n, line) for n, line in enumerate(source.lines, 1) if _holds(line)]
    if not lines:
        raise InputError(source.where, "only comment lines; columns of frequency, Zre, Zim are needed")
    delimiter, decimal = dialect(lines)
    cells = len(lines) + sum(source.text.count(sign) for sign in (delimiter or " \t"))
    if cells > MAX_CELLS:
        raise InputError(source.where, f"{cells} cells; at most {MAX_CELLS} are read")
    meta = meta | {"delimiter": SIGNS[delimiter], "decimal": decimal}
    rows: Rows = [(n, split(line, delimiter)) for n, line in lines]
    width = _width(rows, decimal)
    if delimiter == "":
        rows = [(n, _names(line, cells, width)) for (n, line), (_, cells) in zip(lines, rows, strict=True)]
    _check_widths(rows, delimiter, decimal, source.where)
    return spectra_in(rows, source.where, meta, decimal)


def _width(rows: Rows, decimal: str) -> int:
    """The cells of most rows of numbers; 0 when there is none."""
    widths = Counter(len(cells) for _, cells in rows if numbers_in(cells, decimal) >= 2)
    return widths.most_common(1)[0][0] if widths else 0


def _names(line: str, cells: list[str], width: int) -> list[str]:
    """The names in a line above `width` columns divided by blanks, where the names have blanks themselves."""
    wide = [cell for cell in _WIDE.split(line.strip().strip('"')) if cell]
    joined = [cell for cell in _UNIT_APART.sub(r"\1", line.strip().strip('"')).split() if cell]
    return next((one for one in (cells, wide, joined) if len(one) == width), cells)


def _check_widths(rows: Rows, delimiter: str, decimal: str, where: str) -> None:
    """Refuses tables whose names do not stand above their numbers, as with a comma for delimiter and decimal sign."""
    names: list[str] = []
    for line, cells in rows:
        if numbers_in(cells, decimal) < 2:
            names = cells if len(find_columns(cells)) >= 2 else names
        elif names and (len(cells) > len(names) or (delimiter == "" and len(cells) < len(names))):
            raise InputError(f"{where}, line {line}", f"{len(cells)} numbers below {len(names)} names of columns")
    whole = all("." not in cell for _, cells in rows for cell in cells)
    if delimiter == "," and not names and whole and _width(rows, decimal) > 3:
        said = "commas without any point: they may divide columns or be decimal signs; other delimiters tell them apart"
        raise InputError(where, said)


def _holds(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(COMMENTS)


def dialect(lines: list[tuple[int, str]]) -> tuple[str, str]:
    """(delimiter, decimal sign) of the lines, by the last of them: heads stand at the top."""
    sample = lines[-LOOK:]
    return max(DIALECTS, key=lambda pair: sum(_share(split(line, pair[0]), pair[1]) for _, line in sample))


def _share(cells: list[str], decimal: str) -> float:
    """The share of the cells of a line that are numbers; 0 for fewer than two."""
    count = numbers_in(cells, decimal)
    return count / len(cells) if count >= 2 else 0.0


def split(line: str, delimiter: str) -> list[str]:
    """The cells of a line, without blanks and quotes around them."""
    if not delimiter:
        cells = line.split()
    elif '"' in line:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    else:
        cells = line.split(delimiter)
    cells = [cell.strip().strip('"') if cell.strip().startswith('"') else cell.strip() for cell in cells]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells
