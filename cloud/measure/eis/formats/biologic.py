"""BioLogic EC-Lab text (.mpt and others): the second line counts the header lines, the last of them names columns."""

import re

from adatom.cloud.measure.eis.table import Spectrum, spectrum
from adatom.protocol.errors import InputError

NAME = "BioLogic EC-Lab text"
ORDER = 10
_COUNT = re.compile(r"Nb header lines\s*:\s*(\d+)")
_FACTS = {"Device": "instrument", "Acquisition started on": "date"}


def matches(text: str) -> bool:
    """Whether this is an EC-Lab text export."""
    return text.lstrip().startswith(("EC-Lab ASCII FILE", "BT-Lab ASCII FILE"))


def read(text: str, where: str) -> list[Spectrum]:
    """The spectra of the file, one for each cycle number."""
    lines = text.splitlines()
    count = _COUNT.search(text[:2000])
    if count is None or not 2 <= int(count[1]) <= len(lines):
        found = count[1] if count else "missing"
        raise InputError(where, f"`Nb header lines` is {found}; a number from 2 to {len(lines)} is needed")
    head = int(count[1])
    names = lines[head - 1].rstrip("\t").split("\t")
    rows = [(n + 1, lines[n].split("\t")) for n in range(head, len(lines)) if lines[n].strip()]
    decimal = "," if any("," in cell for _, cells in rows[:5] for cell in cells) else "."
    return [spectrum(group, names, where, _meta(lines[:head]), decimal) for group in _by_cycle(rows, names)]


def _by_cycle(rows: list[tuple[int, list[str]]], names: list[str]) -> list[list[tuple[int, list[str]]]]:
    """The rows of each cycle number in order; all rows where the file does not count cycles."""
    if "cycle number" not in names:
        return [rows]
    place = names.index("cycle number")
    groups: dict[str, list[tuple[int, list[str]]]] = {}
    for row in rows:
        groups.setdefault(row[1][place].strip() if place < len(row[1]) else "", []).append(row)
    return list(groups.values()) or [rows]


def _meta(head: list[str]) -> dict[str, str]:
    facts = {"format": NAME}
    for line in head:
        key, _, value = line.partition(" : ")
        if key.strip() in _FACTS:
            facts[_FACTS[key.strip()]] = value.strip()
    return facts
