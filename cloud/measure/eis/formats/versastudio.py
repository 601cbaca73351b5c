"""Princeton Applied Research VersaStudio .par (VersaSTAT, PARSTAT MC).

Text in sections `<Name> … </Name>`, each with lines `key=value`. `<Application>`, `<Instrument>` (Type, Model, SN),
`<Experiment>` (DateAcquired, TimeAcquired), `<Action0>` and so on with the settings, then the data in `<Segment1>`,
`<Segment2>`, …: a line `Definition=` with the names of the columns, then comma-separated rows to `</Segment…>`.
For impedance actions the names are

    Segment #, Point #, E(V), I(A), Elapsed Time(s), ADC Sync Input(V), Current Range, Status, E Applied(V),
    Frequency(Hz), E Real, E Imag, I Real, I Imag, Z Real, Z Imag, E2 Status, E2(V), …, ActionId, AC Amplitude, 0

Z Imag is negative for a capacitor. Rows with frequency 0 are direct current. Several actions stand in one section and
are told apart by `Segment #`; a section without any row of alternating current is left out. Behind the segments stand
graphs and a layout in XML, which are not read. The area of the settings is a form's default and no geometry.

Sources: files of impedance.py (MIT) and pyimpspec; both read the columns above.
"""

import re
from itertools import groupby

from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Rows, Spectrum, parse_number, spectrum
from adatom.protocol.errors import InputError

NAME = "VersaStudio"
ORDER = 10
_BEGIN = re.compile(r"\s*<Segment\s*\d*>")
_FACTS = {"Type": "instrument", "DateAcquired": "date", "TimeAcquired": "time"}


def matches(source: Source) -> bool:
    """Whether this is a .par file with any segment."""
    return source.text[:2000].lstrip().startswith("<") and bool(re.search(r"<Segment\s*\d*>", source.text))


def read(source: Source) -> list[Spectrum]:
    """The spectra of all segments that hold alternating current."""
    meta = {"format": NAME} | _meta(source.lines)
    tables = _tables(source.lines)
    found = [one for names, rows in tables for one in _by_segment(names, rows, source.where, meta)]
    if not found:
        raise InputError(source.where, f"{len(tables)} segments, none with a frequency above 0; no impedance is there")
    return found


def _tables(lines: list[str]) -> list[tuple[list[str], Rows]]:
    """Names and rows of each section <SegmentN>."""
    tables: list[tuple[list[str], Rows]] = []
    inside = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("<"):
            inside = bool(_BEGIN.match(line))
        elif inside and line.startswith("Definition="):
            tables.append(([name.strip() for name in line.partition("=")[2].split(",")], []))
        elif inside and tables and re.match(r"\s*-?\d", line):
            tables[-1][1].append((number, line.split(",")))
    return tables


def _by_segment(names: list[str], rows: Rows, where: str, meta: dict[str, str]) -> list[Spectrum]:
    if "Frequency(Hz)" not in names:
        return []
    place = names.index("Frequency(Hz)")
    groups = [list(group) for _, group in groupby(rows, lambda row: row[1][0])]
    groups = [group for group in groups if any(_is_alternating(cells, place) for _, cells in group)]
    label = "segment {}" if len(groups) > 1 else ""
    return [spectrum(group, names, where, meta, name=label.format(number)) for number, group in enumerate(groups, 1)]


def _is_alternating(cells: list[str], place: int) -> bool:
    return len(cells) > place and bool(parse_number(cells[place]))


def _meta(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition("=") for line in lines[:200])
    return {_FACTS[key.strip()]: value.strip() for key, _, value in pairs if key.strip() in _FACTS and value.strip()}
