"""CH Instruments .txt: what the software of the CHI potentiostats writes by "Convert to Text" (A.C. Impedance).

Text. The first line is the date, the second the technique (`A.C. Impedance`, `Impedance - Potential`, `Impedance -
Time`), then `File:`, `Data Source:`, `Instrument Model:`, `Header:`, `Note:` and settings as `name = value`. A line of
names, a blank one, then comma-separated rows:

    Freq/Hz, Z'/ohm, Z"/ohm, Z/ohm, Phase/deg

Z" is negative for a capacitor. The head can be switched off; then the names are the first line. Numbers are like
8.252e+4 with a decimal point. A file of impedance against potential or time without a frequency column is refused.

Sources: github.com/mikexstudios/impconv (README); a file of impedance.py (MIT); R package chepec/ec-chi.
"""

import re

from adatom.cloud.measure.eis.formats.delimited import read_as
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum

NAME = "CH Instruments text"
ORDER = 20
_NAMES = re.compile(r"(?m)^\s*Freq/Hz,\s*Z'/ohm,\s*Z(\"|'')/ohm")
_MODEL = re.compile(r"Instrument Model:\s*(\S{1,40})")
_DATE = re.compile(r"[A-Z][a-z]{2,8}\.? \d\d?, \d{4}\s+\d\d?:\d\d:\d\d")


def matches(source: Source) -> bool:
    """Whether the names of the columns stand in the head."""
    return bool(_NAMES.search(source.text[:4000]))


def read(source: Source) -> list[Spectrum]:
    """The spectra of the file."""
    head = source.text[:4000]
    meta = {"format": NAME}
    if model := _MODEL.search(head):
        meta["instrument"] = model[1]
    if date := _DATE.match(head.lstrip()):
        meta["date"] = date[0]
    return read_as(source, meta)
