"""Gamry .DTA: tab-separated tables, the spectrum is ZCURVE. Aborted runs end early, some files use decimal commas."""

import re

from adatom.cloud.measure.eis.table import Spectrum, spectrum
from adatom.protocol.errors import InputError

NAME = "Gamry DTA"
ORDER = 10
_TABLE = re.compile(r"^ZCURVE\d*\tTABLE")
_HEADER = 3  # title, names, units


def matches(text: str) -> bool:
    """Whether this is a Gamry file with any table."""
    return text.lstrip().startswith("EXPLAIN") and "\tTABLE" in text


def read(text: str, where: str) -> list[Spectrum]:
    """The spectra of all ZCURVE tables."""
    lines = text.splitlines()
    tables = [number for number, line in enumerate(lines) if _TABLE.match(line)]
    if not tables:
        raise InputError(where, "a Gamry file without the table ZCURVE; no impedance was recorded")
    return [_table(lines, start, where, _meta(lines)) for start in tables]


def _table(lines: list[str], start: int, where: str, meta: dict[str, str]) -> Spectrum:
    if len(lines) < start + _HEADER:
        raise InputError(f"{where}, line {start + 1}", "the file ends inside the head of the table ZCURVE")
    names = lines[start + 1].split("\t")
    units = lines[start + 2].split("\t")
    rows = []
    for number in range(start + _HEADER, len(lines)):
        if not lines[number].startswith("\t"):
            break
        rows.append((number + 1, lines[number].split("\t")))
    decimal = "," if any("," in cell for _, cells in rows[:5] for cell in cells) else "."
    titled = [f"{name} ({unit})" for name, unit in zip(names, units + [""] * len(names), strict=False)]
    return spectrum(rows, titled, where, meta, decimal)


def _meta(lines: list[str]) -> dict[str, str]:
    """Title, date and instrument as the file states them. Its AREA is a form's default, so it is no geometry."""
    wanted = {"TITLE": "title", "DATE": "date", "TIME": "time", "PSTAT": "instrument"}
    cells = [line.split("\t") for line in lines[:60]]
    return {"format": NAME} | {wanted[c[0]]: c[2] for c in cells if len(c) > 2 and c[0] in wanted}
