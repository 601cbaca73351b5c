"""Groups of lifetimes from what a user gives: cells' files by group, or a table of lifetimes with a mark for censored.

A table has columns `group`, `cycles` (or any life) and `failed` (1, yes, true, failed, short: failed; 0, no, false,
censored, survived, running: lives on). Lines such as `# simulated = 1` state facts.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from adatom.cloud.measure.cycling.analyse import analyse
from adatom.cloud.measure.cycling.files import read_record
from adatom.cloud.measure.cycling.lifetimes import Lifetimes
from adatom.cloud.measure.eis.files import file_bytes
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import parse_number
from adatom.protocol.errors import InputError

MAX_GROUPS = 50
MAX_CELLS = 10_000
FAILED = ("1", "yes", "true", "failed", "dead", "short", "shorted", "voltage_limit")
LIVES = ("0", "no", "false", "censored", "alive", "survived", "running")
CENSORED, FAILED_NOT = ("1", "yes", "true", "censored"), ("0", "no", "false", "")  # of a column `censored`
LIFE_NAMES = ("cycles", "cycle", "cycles_to_failure", "life", "lifetime", "hours", "time")
FAILED_NAMES, CENSORED_NAMES = ("failed", "event", "status", "ended"), ("censored",)


@dataclass(frozen=True)
class Groups:
    """Lifetimes of each group in the order given; notes of what was read; whether any of it is simulated."""

    groups: list[Lifetimes]
    notes: tuple[str, ...]
    simulated: bool


def of_files(options: list[str]) -> Groups:
    """Groups of `name=A.csv,B.csv`: each file is analysed for its life. Raises InputError as read_record does."""
    groups, notes, simulated = [], [], False
    for name, files in files_by_group(options):
        found = [analyse(read_record(one)) for one in files]
        if any(one.critical is not None for one in found):
            raise InputError(f"--group {name}", "a file in which the current grows: lives at one current are compared")
        lives = np.array([one.life.cycles for one in found], dtype=np.float64)
        groups.append(Lifetimes(name, lives, np.array([one.life.failed for one in found])))
        notes += [f"{one.record.name}: {one.life.why} at cycle {one.life.cycles}" for one in found]
        simulated |= any(one.simulated for one in found)
    return Groups(groups, tuple(notes), simulated)


def files_by_group(options: list[str]) -> list[tuple[str, list[Path]]]:
    """Name and files of each `name=A.csv,B.csv`. Raises InputError for what is none."""
    found = []
    for option in options:
        name, sign, rest = option.partition("=")
        files = [Path(one.strip()) for one in rest.split(",") if one.strip()]
        if not sign or not name.strip() or not files:
            raise InputError("--group", f"{option!r}; NAME=FILE,FILE… is needed")
        found.append((name.strip(), files))
    every = [file for _, files in found for file in files]
    twice = next((file for place, file in enumerate(every) if file in every[:place]), None)
    if twice is not None:
        raise InputError("--group", f"{twice} is named twice: each cell counts once")
    return found


def of_table(path: Path) -> Groups:
    """The groups of a table of lifetimes. Raises InputError naming line and cell."""
    source = Source(str(path), file_bytes(path))
    lines = [(n, line) for n, line in enumerate(source.lines, 1) if line.strip()]
    facts = [line for _, line in lines if line.startswith("#")]
    rows = [(n, line) for n, line in lines if not line.startswith("#")]
    if not rows:
        raise InputError(str(path), "no table; columns group, cycles, failed are needed")
    delimiter = max(",;\t", key=rows[0][1].count)
    names = [cell.strip().lower() for cell in next(csv.reader([rows[0][1]], delimiter=delimiter))]
    places = _places(names, f"{path}, line {rows[0][0]}")
    gathered: dict[str, list[tuple[float, bool]]] = {}
    for n, line in rows[1:]:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        group, life, failed = _cells(cells, places, delimiter, f"{path}, line {n}")
        gathered.setdefault(group, []).append((life, failed))
    if len(gathered) > MAX_GROUPS or len(rows) > MAX_CELLS:
        raise InputError(str(path), f"{len(gathered)} groups of {len(rows)} cells; at most {MAX_GROUPS}, {MAX_CELLS}")
    groups = [
        Lifetimes(name, np.array([life for life, _ in some]), np.array([failed for _, failed in some]))
        for name, some in gathered.items()
    ]
    return Groups(groups, (), any(re.search(r"simulated\s*=\s*(1|true)", fact) for fact in facts))


def _places(names: list[str], where: str) -> tuple[int, int, int, bool]:
    """(place of group, life, mark, whether the mark is of failed)."""
    group = next((i for i, name in enumerate(names) if name == "group"), None)
    life = next((names.index(name) for name in LIFE_NAMES if name in names), None)
    failed = next((names.index(name) for name in FAILED_NAMES if name in names), None)
    censored = next((names.index(name) for name in CENSORED_NAMES if name in names), None)
    mark = failed if failed is not None else censored
    if group is None or life is None or mark is None:
        raise InputError(where, f"columns {', '.join(map(repr, names[:20]))}; group, cycles and failed are needed")
    return group, life, mark, failed is not None


def _cells(cells: list[str], places: tuple[int, int, int, bool], delimiter: str, where: str) -> tuple[str, float, bool]:
    group, life, mark, says_failed = places
    if len(cells) <= max(group, life, mark):
        raise InputError(where, f"{len(cells)} cells; {max(group, life, mark) + 1} are needed")
    value = parse_number(cells[life], "," if delimiter != "," and "," in cells[life] else ".")
    if value is None or not 0 < value < 1e12:
        raise InputError(where, f"{cells[life][:40]!r} is no lifetime; a number above 0 is needed")
    word = cells[mark].lower()
    yes, no = (FAILED, LIVES) if says_failed else (CENSORED, FAILED_NOT)
    if word not in yes and word not in no:
        raise InputError(where, f"{cells[mark][:40]!r}; one of {', '.join((*yes, *no))} is needed")
    return cells[group], value, (word in yes) == says_failed
