"""Eco Chemie .dfr: the impedance file of the FRA software for the older Autolab.

Text, one value a line. The first line is the version (`VERSION8.0`; 8 is the one described), the second the number of
points, the third is unknown. Nine lines a point follow:

    frequency in Hz, Z' in ohm, -Z'' in ohm, E(dc) in V, I(dc) in A, time in s, and three more of unknown meaning

-Z'' is positive for a capacitor. Blank lines are left out. Lines behind the last point are settings and not read. The
layout is not published; so a file is refused that has fewer lines or whose first lines of points are no frequencies.

Source: pyimpspec, parse_dfr (facts of the layout only).
"""

import re

import numpy as np
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum, checked, complex_of, parse_number
from adatom.protocol.errors import InputError

NAME = "Eco Chemie dfr"
ORDER = 10
LINES_A_POINT = 9
_VERSION = re.compile(r"\s*version\s?\d{1,3}(\.\d{1,3})?\s*[\r\n]", re.IGNORECASE)


def matches(source: Source) -> bool:
    """Whether the first line is a version and the second a number."""
    return bool(_VERSION.match(source.text[:100]))


def read(source: Source) -> list[Spectrum]:
    """The spectrum of the file."""
    lines = [(n, line.strip()) for n, line in enumerate(source.lines, 1) if line.strip()]
    count = lines[1][1] if len(lines) > 1 else "missing"
    if not re.fullmatch(r"\d{1,6}", count) or int(count) == 0:
        raise InputError(f"{source.where}, line 2", f"{count[:40]!r}; the number of points is needed")
    body = lines[3:]
    points = int(count)
    if points > len(body) // LINES_A_POINT:
        raise InputError(source.where, f"{count} points are stated, {len(body) // LINES_A_POINT} are whole")
    firsts = [n for n, _ in body[: points * LINES_A_POINT : LINES_A_POINT]]
    values = np.array([[_number(body[i * LINES_A_POINT + k], source.where) for k in range(3)] for i in range(points)])
    steps = np.sign(np.diff(values[:, 0]))
    if (values[:, 0] < 0).any() or abs(steps.sum()) < 0.8 * steps.size:
        said = f"not the layout of version 8: every {LINES_A_POINT}th line should be a frequency"
        raise InputError(f"{source.where}, line {firsts[0]}", said)
    meta = {"format": NAME, "version": lines[0][1]}
    return [checked(values[:, 0], complex_of(values[:, 1], -values[:, 2]), firsts, source.where, meta)]


def _number(line: tuple[int, str], where: str) -> float:
    number, text = line
    value = parse_number(text, "," if "," in text else ".")
    if value is None or not np.isfinite(value):
        raise InputError(f"{where}, line {number}", f"{text[:40]!r}; a number is needed")
    return value
