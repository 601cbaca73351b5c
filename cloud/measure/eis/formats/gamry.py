"""Gamry .DTA: what Gamry Framework writes after potentiostatic, galvanostatic or hybrid impedance (EISPOT, EISGALV, …).

Text, mostly Latin-1. The first line is `EXPLAIN`, then `TAG` with the kind of experiment. Each setting is a line of
tab-separated cells: tag, type (LABEL, QUANT, TOGGLE, …), value, text for people. Notes go over several lines.
Tables begin with a line `NAME<tab>TABLE[<tab>number of rows]`; two lines follow, both with a tab in front, with names
and units of the columns; each row of data begins with a tab. The first line that does not ends the table.

Impedance is the table `ZCURVE` (`ZCURVE0`, `ZCURVE1`, … where a script measures several):

    Pt  Time  Freq  Zreal  Zimag  Zsig  Zmod  Zphz  Idc  Vdc  IERange
    #   s     Hz    ohm    ohm    V     ohm   °     A    V    #

Zimag is negative for a capacitor. With drift correction on there are also ZrealDrCor, ZimagDrCor, ZmodDrCor, ZphzDrCor;
they are a second spectrum here, the raw one comes first. The decimal sign is that of the computer, so it may be a
comma. An aborted run ends early with `EXPERIMENTABORTED` and may lack rows; the last line may be cut off. Other tables
(OCVCURVE, CURVE, …) are left alone. AREA is a form's default, so it is no geometry.

Sources: help.gamry.com, "The EIS Data Curve" and "Explain data files"; files of impedance.py (MIT) and pyimpspec.
"""

import re

from adatom.cloud.measure.eis.columns import find_columns
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Rows, Spectrum, decimal_sign, spectrum
from adatom.protocol.errors import InputError

NAME = "Gamry DTA"
ORDER = 10
_TABLE = re.compile(r"^\s*(ZCURVE\w*)\tTABLE")
_HEADER = 3  # title, names, units
_CORRECTED = "DrCor"


def matches(source: Source) -> bool:
    """Whether this is a Gamry file with any table."""
    return source.text[:1000].lstrip().startswith("EXPLAIN") and "\tTABLE" in source.text


def read(source: Source) -> list[Spectrum]:
    """The spectra of all ZCURVE tables, the drift-corrected one behind its raw one."""
    lines = source.lines
    tables = [number for number, line in enumerate(lines) if _TABLE.match(line)]
    if not tables:
        raise InputError(source.where, "a Gamry file without the table ZCURVE; no impedance was recorded")
    return [one for start in tables for one in _table(lines, start, source.where, _meta(lines))]


def _table(lines: list[str], start: int, where: str, meta: dict[str, str]) -> list[Spectrum]:
    if len(lines) < start + _HEADER:
        raise InputError(f"{where}, line {start + 1}", "the file ends inside the head of the table ZCURVE")
    rows: Rows = []
    for number in range(start + _HEADER, len(lines)):
        if not lines[number].startswith("\t"):
            break
        if lines[number].strip():
            rows.append((number + 1, lines[number].rstrip().split("\t")))
    names = _titled(lines[start + 1].split("\t"), lines[start + 2].split("\t"))
    decimal = decimal_sign(rows)
    name = meta.get("title", "")
    found = [spectrum(rows, names, where, meta, decimal, name=name)]
    corrected = [cell.replace(_CORRECTED, "") if _CORRECTED in cell else f"raw {cell}" for cell in names]
    corrected = [cell if "Freq" not in cell else cell.removeprefix("raw ") for cell in corrected]
    if {"re", "im"} <= find_columns(corrected).keys():
        found.append(spectrum(rows, corrected, where, meta, decimal, name=f"{name}, drift-corrected".lstrip(", ")))
    return found


def _titled(names: list[str], units: list[str]) -> list[str]:
    """Names with their units; the unit ° is lost where the coding was guessed wrongly, degree is what Gamry writes."""
    padded = units + [""] * (len(names) - len(units))
    return [f"{name} ({'deg' if 'phz' in name.lower() else unit})" for name, unit in zip(names, padded, strict=False)]


def _meta(lines: list[str]) -> dict[str, str]:
    """Title, date and instrument as the file states them, and whether the run was aborted."""
    wanted = {"TITLE": "title", "DATE": "date", "TIME": "time", "PSTAT": "instrument"}
    cells = [line.split("\t") for line in lines[:60]]
    meta = {"format": NAME} | {wanted[c[0]]: c[2] for c in cells if len(c) > 2 and c[0] in wanted and c[2].strip()}
    if any(line.startswith("EXPERIMENTABORTED\tTOGGLE\tT") for line in lines):
        meta["aborted"] = "yes"
    return meta
