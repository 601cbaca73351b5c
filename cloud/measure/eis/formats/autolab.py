"""Metrohm Autolab text: what NOVA and FRA export as ASCII (.txt, .csv, .P00).

NOVA ("Export ASCII"): one line of names, then rows; delimiter (tab, semicolon, comma) and decimal sign are chosen at
export:

    Index  Frequency (Hz)  Z' (Ω)  -Z'' (Ω)  Z (Ω)  -Phase (°)  Time (s)

`-Z''` and `-Phase` are positive for a capacitor. The older FRA writes four lines of text (`Procedure : …`, begin and
end, a description, the time), a line of names, the number of points, then rows divided by tabs:

    f/Hz  Z'/Ohm  -Z''/Ohm  time/s  Edc/V  Idc/A

The form that FRA exports for ZView (`Z60W Data File`) is read as ZPlot. The sign Ω is lost in some exports; the names
are known without it.

Sources: Metrohm, NOVA Technical Note 15 (the signals and their names); R package eisr (NOVA 2.1.3 text); test files of
pyimpspec (FRA); impedance.py (Z60W).
"""

import re

from adatom.cloud.measure.eis.formats.delimited import read_as
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum

NAME = "Autolab text"
ORDER = 20
_NOVA = re.compile(r"(?m)^.{0,60}Frequency \(Hz\).{0,3}Z'\s?\(.{0,80}-Z''\s?\(.{0,80}-Phase")
_FRA = re.compile(r"(?m)^\s*f/Hz\s+Z'/Ohm\s+-Z''/Ohm")


def matches(source: Source) -> bool:
    """Whether the names of NOVA or FRA stand in the head."""
    head = source.text[:4000]
    return bool(_NOVA.search(head) or (head.lstrip().startswith("Procedure") and _FRA.search(head)))


def read(source: Source) -> list[Spectrum]:
    """The spectra of the file."""
    date = re.search(r"\d\d?[./]\d\d?[./]\d{4}\s+\d\d?:\d\d(:\d\d)?", source.text[:1000])
    return read_as(source, {"format": NAME} | ({"date": date[0]} if date else {}))
