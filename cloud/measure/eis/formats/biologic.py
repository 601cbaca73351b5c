"""BioLogic EC-Lab text: .mpt, and any other name that "Export as text" was given. BT-Lab writes the same.

Text, Latin-1 or UTF-8, tab-separated. The first line is `EC-Lab ASCII FILE`, the second `Nb header lines : N`; line N
of the file names the columns, data follow. Between stand settings, with `Device : `, `Acquisition started on : ` and,
where the technique ran in a loop, `Number of loops : n` and lines `Loop k from point number a to b` (points counted
from 0, both ends within). Names of an impedance technique (PEIS, GEIS, SPEIS, …) are those chosen at export, such as

    freq/Hz  Re(Z)/Ohm  -Im(Z)/Ohm  |Z|/Ohm  Phase(Z)/deg  time/s  <Ewe>/V  <I>/mA  Cs/µF  Cp/µF  cycle number

-Im(Z) is positive for a capacitor. Rows with frequency 0 are of the direct current before, between or behind sweeps and
are left out. In a cell with a reference, `Re(Zce)` and `-Im(Zce)` are of the counter electrode, `Re(Zwe-ce)` and so on
of both; they are spectra of their own behind those of the working electrode, unless they are 0 throughout, as without a
reference. The decimal sign is that of the computer. A file exported without its head is delimited text.

Sources: the files' own heads; impedance.py (MIT), the documentation of yadg ("EC-Lab ASCII files").
"""

import re

from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Rows, Spectrum, decimal_sign, spectrum
from adatom.protocol.errors import InputError

NAME = "BioLogic EC-Lab text"
ORDER = 10
_COUNT = re.compile(r"Nb header lines\s*:\s*(\d{1,7})")
_LOOP = re.compile(r"\s*Loop (\d{1,7}) from point number (\d{1,9}) to (\d{1,9})")
ELECTRODES = {"Z": "", "Zce": "counter electrode", "Zwe-ce": "working against counter electrode"}
_MARK = re.compile(r"Z(?:we-ce|ce)?(?=[)|])")
_FACTS = {"Device": "instrument", "Acquisition started on": "date", "Technique started on": "started"}


def matches(source: Source) -> bool:
    """Whether this is an EC-Lab text export."""
    return source.text[:1000].lstrip().startswith(("EC-Lab ASCII FILE", "BT-Lab ASCII FILE"))


def read(source: Source) -> list[Spectrum]:
    """The spectra of the file, one for each loop or cycle number."""
    lines = source.lines
    count = _COUNT.search(source.text[:2000])
    if count is None or not 2 <= int(count[1]) <= len(lines):
        found = count[1] if count else "missing"
        raise InputError(source.where, f"`Nb header lines` is {found}; a number from 2 to {len(lines)} is needed")
    head = int(count[1])
    names = lines[head - 1].rstrip("\t").split("\t")
    rows = [(n + 1, lines[n].split("\t")) for n in range(head, len(lines)) if lines[n].strip()]
    meta, decimal = _meta(lines[:head]), decimal_sign(rows)
    groups = _by_loop(rows, lines[:head]) or _by_cycle(rows, names)
    groups = [(name, group) for name, group in groups if _any_frequency(group, names)] or groups
    found = []
    for mark, electrode in ELECTRODES.items():
        own = _of_electrode(names, mark)
        if mark == "Z" or _measured(rows, own):
            found += [spectrum(group, own, source.where, meta, decimal, name=joined(name, electrode))
                      for name, group in groups]  # fmt: skip
    return found


def joined(name: str, electrode: str) -> str:
    """The name of a spectrum: its loop or cycle, and whose impedance it is, if not the working electrode's."""
    return ", ".join(part for part in (name, electrode) if part)


def _of_electrode(names: list[str], mark: str) -> list[str]:
    """The names as they would be if this impedance were the only one: Z for its mark, nothing for the others."""
    return [f"{name[: at.start()]}Z{name[at.end() :]}" if (at := _MARK.search(name)) and at[0] == mark else
           "" if at else name for name in names]  # fmt: skip


def _measured(rows: Rows, names: list[str]) -> bool:
    """Whether the columns of an impedance are there and hold anything but zeros."""
    places = [names.index(name) for name in ("Re(Z)/Ohm", "-Im(Z)/Ohm") if name in names]
    return len(places) == 2 and any(
        re.search("[1-9]", cells[place].split("E")[0]) for _, cells in rows for place in places if place < len(cells)
    )


def _by_loop(rows: Rows, head: list[str]) -> list[tuple[str, Rows]]:
    """The rows of each loop that the head lists; none when it lists none or does not fit the rows."""
    marks = [mark for line in head if (mark := _LOOP.match(line))]
    groups = [(f"loop {int(m[1]) + 1}", rows[int(m[2]) : int(m[3]) + 1]) for m in marks]
    return groups if sum(len(group) for _, group in groups) == len(rows) else []


def _by_cycle(rows: Rows, names: list[str]) -> list[tuple[str, Rows]]:
    """The rows of each cycle number in order; all rows where the file does not count cycles."""
    if "cycle number" not in names:
        return [("", rows)]
    place = names.index("cycle number")
    groups: dict[str, Rows] = {}
    for row in rows:
        groups.setdefault(row[1][place].strip() if place < len(row[1]) else "", []).append(row)
    if len(groups) == 1:
        return [("", rows)]
    return [(f"cycle {_whole(number)}", group) for number, group in groups.items()] or [("", rows)]


def _any_frequency(rows: Rows, names: list[str]) -> bool:
    """Whether a group has any row of alternating current, so that one of direct current alone can be left out."""
    place = names.index("freq/Hz") if "freq/Hz" in names else -1
    return place < 0 or any(place < len(cells) and re.search("[1-9]", cells[place].split("E")[0]) for _, cells in rows)


def _whole(number: str) -> str:
    """3 for 3.000000000000000E+000."""
    plain = number.replace(",", ".")
    return str(int(float(plain))) if re.fullmatch(r"\d\.?\d{0,20}E[+-]\d{1,3}", plain) and len(plain) < 30 else number


def _meta(head: list[str]) -> dict[str, str]:
    facts = {"format": NAME}
    for line in head:
        key, _, value = line.partition(" : ")
        if key.strip() in _FACTS and value.strip():
            facts[_FACTS[key.strip()]] = value.strip()
    return facts
