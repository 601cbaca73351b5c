"""Scribner ZPlot and ZView .z, in the three forms that are about, also as other software writes them for ZView.

1. ZPlot 2 and later: the first line is `ZPLOT2 ASCII` (`ZVIEW …`), settings as `name: value` follow, one of them
   `Data Points: N`; the line `End Comments` stands before the data, which are tab-separated.
2. ZPlotW: the first line is `"ZPlotW Data File: Version …"`, nine lines of text in quotes and settings follow, a line
   with the number of points and one with the names; data are comma-separated. There is no `End Comments`.
3. Z60W: as 2 with `"Z60W Data File: Version 1.1"`; the form in which Autolab (FRA) and others export for ZView.

The columns are fixed, whatever they are called:

    Freq(Hz)  Ampl  Bias  Time(Sec)  Z'(a)  Z''(b)  GD  Err  Range

Z'' is negative for a capacitor. With tabs the decimal sign may be a comma. Fewer points than stated are an aborted run
and noted. Settings of the cell (Surface Area 1) are defaults and no geometry.

Sources: files of impedance.py (MIT); github.com/mikexstudios/impconv (the README shows the form); ZView's manual,
"File formats".
"""

import re
from dataclasses import replace

from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Rows, Spectrum, spectrum
from adatom.protocol.errors import InputError

NAME = "ZPlot"
ORDER = 10
COLUMNS = ["Freq(Hz)", "Ampl", "Bias", "Time(Sec)", "Z'(a)", "Z''(b)", "GD", "Err", "Range"]  # fixed by the format
_NAMES = re.compile(r"Freq\s?\(Hz\)")
_COUNT = re.compile(r"\s*(?:Data Points:\s*)?(\d{1,7})\s*")


def matches(source: Source) -> bool:
    """Whether this is a ZPlot file."""
    head = source.text[:400].lstrip().lstrip('"').upper()
    return head.startswith(("ZPLOT", "ZVIEW", "Z60W DATA FILE"))


def read(source: Source) -> list[Spectrum]:
    """The spectra of the file, in one table."""
    lines = source.lines
    start = _head_end(lines)
    if start is None:
        said = "neither a line `End Comments` nor one with the column `Freq(Hz)`; no data was found"
        raise InputError(source.where, said)
    rows: Rows = [(n + 1, _cells(lines[n])) for n in range(start + 1, len(lines)) if lines[n].strip()]
    found = spectrum(rows, COLUMNS, source.where, {"format": NAME} | _meta(lines[:start]))
    stated = next((int(m[1]) for line in reversed(lines[:start]) if (m := _COUNT.fullmatch(line))), len(rows))
    if stated != len(rows):
        found = replace(found, notes=(f"{stated} points are stated, {len(rows)} are there", *found.notes))
    return [found]


def _head_end(lines: list[str]) -> int | None:
    """The last line before the data: `End Comments` where there is one, else the column names."""
    ends = [n for n, line in enumerate(lines) if line.strip() == "End Comments"]
    names = [n for n, line in enumerate(lines) if _NAMES.search(line)]
    return next(iter(ends or names), None)


def _cells(line: str) -> list[str]:
    """Cells by tab or comma; a decimal comma can only stand in tab-separated files."""
    if "\t" in line:
        return [cell.replace(",", ".") for cell in line.split("\t")]
    return line.split(",") if "," in line else line.split()


def _meta(head: list[str]) -> dict[str, str]:
    pairs = (line.strip().partition(":") for line in head)
    return {key.lower(): value.strip() for key, _, value in pairs if key in ("Date", "Time") and value.strip()}
