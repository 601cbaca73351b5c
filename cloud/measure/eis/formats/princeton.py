"""Princeton Applied Research text: PARSTAT exports of VersaStudio and the older PowerSuite (.txt).

VersaStudio for PARSTAT, tab-separated with a tab at the end of each line:

    Potential (V)  Current (A)  Elapsed Time (s)  Frequency (Hz)  Zre (ohms)  Zim (ohms)  |Vac| (V)  |Iac| (A)

Rows with frequency 0 are direct current and left out; where they stand between sweeps the sweeps are told apart by
the frequency that begins anew. PowerSuite writes three columns, tab-separated with blanks:

    Frequency   Zre   Zimg

in Hz and ohm. Zim is negative for a capacitor in both.

Sources: files of impedance.py (MIT), which reads both by place.
"""

import re

from adatom.cloud.measure.eis.formats.delimited import read_as
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum

ORDER = 20
NAME = "PARSTAT or PowerSuite text"
_PARSTAT = re.compile(r"(?m)^.{0,200}Frequency \(Hz\)\tZre \(ohms\)\tZim \(ohms\)")
_POWERSUITE = re.compile(r"\s*Frequency\s+Zre\s+Zimg\s*[\r\n]")


def matches(source: Source) -> bool:
    """Whether the names of either export stand in the head."""
    head = source.text[:2000]
    return bool(_PARSTAT.search(head) or _POWERSUITE.match(head))


def read(source: Source) -> list[Spectrum]:
    """The spectra of the file."""
    kind = "PARSTAT text" if _PARSTAT.search(source.text[:2000]) else "PowerSuite text"
    return read_as(source, {"format": kind})
