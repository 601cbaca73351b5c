"""Elchemea Analytical .i2b: the exchange file of DTU's software for fuel cells and electrolysers.

Text. A few lines of whatever the user wrote (often four, some blank), a line with the number of points, then one line
a point with three numbers divided by a blank:

    frequency in Hz, Z' in ohm, Z'' in ohm

Z'' is negative for a capacitor; the point is the decimal sign. There are no names and no mark of the format: a file is
taken for one when a line of the head is a whole number and as many lines of three numbers follow, or fewer to the end
of the file (a measurement that was stopped; then noted).

Sources: pyimpspec, parse_i2b and its test file (facts of the layout only).
"""

import re
from dataclasses import replace

import numpy as np
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum, causal, checked, complex_of, parse_number
from adatom.protocol.errors import InputError

NAME = "Elchemea i2b"
ORDER = 50
HEAD_LINES = 12
MIN_POINTS = 3


def matches(source: Source) -> bool:
    """Whether a line of the head counts the lines of three numbers that follow."""
    return _start(source) is not None


def read(source: Source) -> list[Spectrum]:
    """The spectrum of the file."""
    start = _start(source)
    if start is None:
        raise InputError(source.where, "no line that counts the points below it")
    lines = [(n + 1, line.split()) for n, line in enumerate(source.lines) if n > start and line.strip()]
    values = np.array([[float(cell) for cell in cells] for _, cells in lines])
    head = " ".join(line.strip() for line in source.lines[:start] if line.strip())
    z, notes = causal(values[:, 0], complex_of(values[:, 1], values[:, 2]), "the third number of each line")
    meta = {"format": NAME} | ({"comment": head[:200]} if head else {})
    found = checked(values[:, 0], z, [n for n, _ in lines], source.where, meta)
    stated = int(source.lines[start])
    if stated != len(lines):
        notes.append(f"{stated} points are stated, {len(lines)} are there")
    return [replace(found, notes=(*notes, *found.notes))]


def _start(source: Source) -> int | None:
    """The line that counts the points, or None."""
    if not source.text:
        return None
    lines = source.lines
    for place, line in enumerate(lines[:HEAD_LINES]):
        if re.fullmatch(r"\s*\d{1,6}\s*", line):
            rest = [one.split() for one in lines[place + 1 :] if one.strip()]
            if MIN_POINTS <= len(rest) <= int(line) and all(_is_point(cells) for cells in rest):
                return place
    return None


def _is_point(cells: list[str]) -> bool:
    return len(cells) == 3 and all(parse_number(cell) is not None for cell in cells)
