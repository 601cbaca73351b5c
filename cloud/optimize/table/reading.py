"""A table's rows as points and results, and every mistake in it at once, by row and column.

Rows are numbered as spreadsheets do. Must not know of files or optimizers.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.result import Result, checked_result
from adatom.cloud.optimize.space.space import Space
from adatom.cloud.optimize.table.grid import Grid, plain_text
from adatom.cloud.optimize.table.numbers import NumberError, decimal_mark, is_nothing, number
from adatom.cloud.optimize.table.setup import FAILED, SAMPLE, Setup
from adatom.cloud.optimize.tells import beyond
from adatom.protocol.errors import InputError

NOT_FAILED = frozenset(("", "0", "no", "n", "false", "ok", "-", "–"))
FAILED_UNSAID = frozenset(("1", "yes", "y", "x", "true"))
BEYOND = 0.5  # of a range: a row that lies farther outside is a slip of the pen rather than an older experiment
SHOWN = 30  # problems that a message lists


class Row(NamedTuple):
    """A row with a point; `result` is None while it waits for one."""

    number: int
    point: Point
    result: Result | None


class Problem(NamedTuple):
    """What is wrong with a row."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"row {self.row}{column}: {self.text}"


@dataclass(frozen=True)
class Reading:
    """What a table says. `places`: column (from 1) by name of those that mean something."""

    header: int  # row of the header; 0 where the table is empty
    width: int  # columns of the header
    places: dict[str, int]
    decimal: str
    last: int  # row after which a new one goes
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def told(self) -> list[Row]:
        """Rows with results, in the table's order."""
        return [row for row in self.rows if row.result is not None]

    @property
    def pending(self) -> list[Row]:
        """Rows that wait for a result."""
        return [row for row in self.rows if row.result is None]


def read_rows(where: str, grid: Grid, setup: Setup, *, results: bool = True) -> Reading:
    """What a table says; `results` False: only its points. Raises InputError for a header that cannot be used."""
    header = next((i for i, row in enumerate(grid.rows, start=1) if any(map(plain_text, row))), 0)
    if not header:
        return Reading(0, 0, {}, "," if grid.comma_habit else ".", 0)
    names = [plain_text(cell) for cell in grid.rows[header - 1]]
    places = _places(f"{where}: row {header}", names, setup, results=results)
    cells = [
        row[column - 1]
        for row in grid.rows[header:]
        for name, column in places.items()
        if name in setup.numeric and column <= len(row)
    ]
    decimal = decimal_mark(cells, comma_habit=grid.comma_habit, comma_separates=grid.comma_separates)
    reader = _Reader(setup, places, decimal, len(names))
    filled = [i for i, row in enumerate(grid.rows, start=1) if i > header and any(map(plain_text, row))]
    for index in filled:
        reader.read(index, grid.rows[index - 1])
    last = filled[-1] if filled else header
    return Reading(header, len(names), places, decimal, last, tuple(reader.rows), tuple(reader.problems))


def refuse(where: str, problems: Sequence[Problem], hint: str) -> None:
    """InputError with all problems, a line each, when there are any."""
    if problems:
        lines = [f"\n  {problem}" for problem in problems[:SHOWN]]
        more = f"\n  and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        rows = len({problem.row for problem in problems})
        raise InputError(where, f"{rows} bad row{'s' if rows > 1 else ''} ({hint}){''.join(lines)}{more}")


def _places(where: str, names: Sequence[str], setup: Setup, *, results: bool) -> dict[str, int]:
    meant = (*setup.inputs, *setup.results, *setup.optional) if results else setup.inputs
    for name in meant:
        if names.count(name) > 1:
            raise InputError(where, f"column {name} stands {names.count(name)} times")
    missing = [name for name in setup.inputs if name not in names]
    unknown = [name for name in names if name and name not in meant]
    # a known column under another spelling would be passed over in silence
    missing += [name for name in meant if name not in names and any(_like(name, other) for other in unknown)]
    if missing:
        missing = list(dict.fromkeys(missing))
        said = [f"no column {name}{_did_you_mean(name, unknown)}" for name in missing]
        needed = ", ".join(setup.inputs)
        raise InputError(
            where, f"{'; '.join(said)}. Needed are {needed}; the table has {', '.join(filter(None, names))}"
        )
    return {name: names.index(name) + 1 for name in meant if name in names}


def _like(name: str, other: str) -> bool:
    return _folded(name) == _folded(other)


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _did_you_mean(name: str, unknown: Sequence[str]) -> str:
    near = [other for other in unknown if _like(name, other)] or difflib.get_close_matches(name, unknown, 1)
    return f" (column {near[0]!r} looks like it: rename it)" if near else ""


class _Reader:
    """Takes row after row; what is wrong goes to `problems`, what is right to `rows`."""

    def __init__(self, setup: Setup, places: dict[str, int], decimal: str, width: int) -> None:
        self.setup, self.places, self.decimal, self.width = setup, places, decimal, width
        self.rows: list[Row] = []
        self.problems: list[Problem] = []

    def read(self, index: int, cells: Sequence[str]) -> None:
        """One row with anything in it."""
        texts = {name: cells[column - 1] if column <= len(cells) else "" for name, column in self.places.items()}
        if not any(plain_text(text) for text in texts.values()):
            return  # only the user's own columns: a remark between rows
        before = len(self.problems)
        values = {name: self._value(index, name, text) for name, text in texts.items()}
        wrong = len(self.problems) > before
        if any(map(plain_text, cells[self.width :])) or (wrong and len(cells) > self.width):
            said = f"{len(cells)} cells, the header has {self.width}: a decimal comma or separator too many?"
            self.problems.append(Problem(index, "", said))
        if len(self.problems) > before:
            return
        try:
            point = self.setup.space.plain({name: values[name] for name in self.setup.inputs})
            result = self._result(values)
        except InputError as error:
            self.problems.append(Problem(index, error.where.lstrip("."), error.problem))
            return
        refused = refusals(self.setup.space, point, made=result is not None)
        self.problems += [Problem(index, "", reason) for reason in refused]
        if not refused:
            self.rows.append(Row(index, point, result))

    def _value(self, index: int, name: str, cell: str) -> str | float | None:
        """The value of a cell, None for nothing."""
        is_input = name in self.setup.inputs
        if name not in self.setup.numeric:
            text = plain_text(cell)
            if is_input and not text:
                self.problems.append(Problem(index, name, "empty: must be filled in"))
            return text or None
        if is_nothing(cell):
            if is_input:
                self.problems.append(
                    Problem(index, name, f"{cell!r}: must be a number" if cell else "empty: must be a number")
                )
            return None
        try:
            return number(cell, self.decimal)
        except NumberError as mistake:
            self.problems.append(Problem(index, name, str(mistake)))
            return None

    def _result(self, values: dict[str, str | float | None]) -> Result | None:
        raw: dict[str, object] = {}
        for objective in self.setup.objectives:
            entry = _entry(objective, values)
            if entry is not None:
                raw[objective.name] = entry
        reason = failure_of(values.get(FAILED))
        if reason is not None:
            raw[FAILED] = reason
        if not raw:
            return None
        if values.get(SAMPLE) is not None:
            raw[SAMPLE] = values[SAMPLE]
        return checked_result("", raw, self.setup.objectives)


def _entry(objective: Objective, values: dict[str, str | float | None]) -> dict[str, object] | None:
    value, sd, count = (values.get(objective.name + suffix) for suffix in ("", "_sd", "_n"))
    if value is None:
        if sd is not None or count not in (None, 0.0):
            raise InputError(objective.name, "empty, but its standard deviation or count is there")
        return None
    return {"value": value, "sd": 0.0 if sd is None else sd, "n": 1 if count is None else count}


def failure_of(cell: str | float | None) -> str | None:
    """The reason of a failure, None where there was none."""
    text = "" if cell is None else str(cell)
    if text.lower() in NOT_FAILED:
        return None
    return "failed" if text.lower() in FAILED_UNSAID else text


def refusals(space: Space, point: Point, *, made: bool) -> list[str]:
    """Why a row cannot count. What was made may be off the steps and rules, and a little outside the ranges."""
    reasons = space.violations(point)
    if not reasons or not made:
        return reasons
    return [] if space.covers(point) and how_far(space, point) <= BEYOND else reasons


def how_far(space: Space, point: Point) -> float:
    """How far a point lies outside the ranges, in widths of a range; 0 within."""
    return float(beyond(space.vectors([point]))[0])
