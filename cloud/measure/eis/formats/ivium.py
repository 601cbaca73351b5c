"""Ivium .idf (one measurement) and .ids (a set of them), as IviumSoft saves them.

Text, Latin-1, with control characters between its parts, which say nothing and are dropped. Each measurement has lines
`key=value`; `Title=` is its name, `Method=` its technique where it is there. A line with `primary_data` begins the
numbers: the number of columns, the number of rows, then rows divided by blanks. Impedance has three columns:

    Z1 in ohm, Z2 in ohm, frequency in Hz

Z2 is negative for a capacitor. The decimal sign may be a comma. Other techniques have the same layout with other
columns (time, current, voltage), so a measurement is taken as impedance only when its third column can be a
frequency: above 0, rising or falling throughout, over at least half a decade; the rest is left out and noted.

Sources: pyimpspec, parse_ids; R package jmstrat/Echem.Data, load.ivium (facts of the layout only).
"""

import re
from dataclasses import replace

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.source import MAX_LINES, Source
from adatom.cloud.measure.eis.table import Spectrum, causal, checked, complex_of, parse_number
from adatom.protocol.errors import InputError

NAME = "Ivium"
ORDER = 10
MAX_MEASUREMENTS = 10_000
MIN_SPAN = 3.0  # ratio of the frequencies: what a voltage between its limits rarely spans without a sign change
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ENDS = re.compile(r"\r\n|\r|\n")
_DIRECT = re.compile(r"volt|amper|chrono|potentio(dyn|stat$)|cycl|transient|linear|sweep|puls", re.IGNORECASE)


def matches(source: Source) -> bool:
    """Whether the marks of the format are there; looked for in bytes, for control characters may stand anywhere."""
    return b"primary_data" in source.data and b"=" in source.data[:5000] and not source.data.startswith(b"PK\x03\x04")


def read(source: Source) -> list[Spectrum]:
    """The spectra of all measurements of impedance in the file."""
    ends = source.data.count(b"\n") + source.data.count(b"\r")
    if ends > 2 * MAX_LINES:
        raise InputError(source.where, f"{ends} ends of lines; at most {2 * MAX_LINES} are read")
    lines = [_CONTROL.sub("", line).strip() for line in _ENDS.split(source.data.decode("latin-1"))]
    starts = [n for n, line in enumerate(lines) if "primary_data" in line]
    if len(starts) > MAX_MEASUREMENTS:
        raise InputError(source.where, f"{len(starts)} measurements; at most {MAX_MEASUREMENTS} are read")
    found, left = [], 0
    for before, start in zip([0, *starts], starts, strict=False):
        head = lines[before:start]
        values = _values(lines, start, source.where)
        if values is None or _is_direct(head) or not _is_frequency(values[:, 2]):
            left += 1
        else:
            found.append(_spectrum(values, head, start, source.where))
    if not found:
        raise InputError(source.where, f"{left} measurements, none with a frequency in its third column")
    note = (f"{left} measurements that are no impedance left out",) if left else ()
    return [replace(one, notes=(*one.notes, *note)) for one in found]


def _values(lines: list[str], start: int, where: str) -> Floats | None:
    """The numbers behind `primary_data`, of shape (rows, 3); None for other numbers of columns."""
    columns, count = (lines[start + k] if start + k < len(lines) else "" for k in (1, 2))
    if not re.fullmatch(r"\d{1,3}", columns) or not re.fullmatch(r"\d{1,7}", count):
        said = f"{columns[:20]!r}, {count[:20]!r} below `primary_data`; numbers of columns and rows are needed"
        raise InputError(f"{where}, line {start + 2}", said)
    if columns != "3" or int(count) == 0:
        return None
    rows = [(n + 1, lines[n].split()) for n in range(start + 3, min(start + 3 + int(count), len(lines)))]
    if len(rows) < int(count):
        raise InputError(f"{where}, line {start + 3}", f"{count} rows are stated, {len(rows)} lines are there")
    return np.array([_row(line, cells, where) for line, cells in rows])


def _row(line: int, cells: list[str], where: str) -> list[float]:
    values = [parse_number(cell, "," if "," in cell else ".") for cell in cells]
    if len(values) != 3 or any(value is None for value in values):
        raise InputError(f"{where}, line {line}", f"{' '.join(cells)[:60]!r}; three numbers are needed")
    return [value for value in values if value is not None]


def _is_frequency(third: Floats) -> bool:
    with np.errstate(all="ignore"):
        steps = np.sign(np.diff(third))
        steady = third.size > 1 and abs(steps.sum()) >= 0.8 * steps.size
        return bool(steady and (third > 0).all() and third.max() / third.min() >= MIN_SPAN)


def _is_direct(head: list[str]) -> bool:
    """Whether the head names a technique that is none of impedance."""
    methods = [line.partition("=")[2] for line in head if line.lower().startswith(("method=", "technique="))]
    return any(_DIRECT.search(method) and "imped" not in method.lower() for method in methods[-1:])


def _spectrum(values: Floats, head: list[str], start: int, where: str) -> Spectrum:
    facts = dict(line.split("=", 1) for line in head if line.startswith(("Title=", "starttime=")))
    meta = {"format": NAME} | ({"date": facts["starttime"].strip()} if facts.get("starttime", "").strip() else {})
    z, notes = causal(values[:, 2], complex_of(values[:, 0], values[:, 1]), "the second column")
    found = checked(values[:, 2], z, [start + 4 + i for i in range(len(values))], where, meta)
    return replace(found, notes=(*notes, *found.notes), name=facts.get("Title", "").strip())
