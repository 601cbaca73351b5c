"""`adatom tell` without its words: a row and its results in, what the search now believes out."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adatom.cloud.optimize.explain import Prediction
from adatom.cloud.optimize.table.files import open_elsewhere, read_table, write_table
from adatom.cloud.optimize.table.grid import Value
from adatom.cloud.optimize.table.memory import Memory, read_memory, write_memory
from adatom.cloud.optimize.table.numbers import NumberError, number
from adatom.cloud.optimize.table.reading import Problem, Reading, Row, read_rows, refuse
from adatom.cloud.optimize.table.search import Best, Search
from adatom.cloud.optimize.table.setup import Setup, read_setup
from adatom.cloud.optimize.table.suggest import DEFAULT_SEED, check_folder, others_of, space_path
from adatom.cloud.optimize.table.writing import entered
from adatom.protocol.errors import InputError

LAST = "last"


@dataclass(frozen=True)
class Heard:
    """What there is to say once a result is in the table. `expected`: of this row before its result was known."""

    table: Path
    row: Row
    expected: Mapping[str, Prediction]
    search: Search
    best: Best | None
    changed: Sequence[str]
    skipped: Sequence[Problem]
    warnings: Sequence[str]


def tell(table: Path, row_word: str, words: Sequence[str], space: Path | None = None, *, force: bool = False) -> Heard:
    """Write results into a row. Raises InputError, with the table untouched, for what cannot be one."""
    check_folder(table)
    memory = read_memory(table)
    setup = read_setup(space_path(table, space, memory))
    file = read_table(table)
    if file.digest is None:
        raise InputError(str(table), "is not there")
    # what is wrong in another table was said when a row was asked for, and must not keep a result from being entered
    others = others_of(table, memory, setup, skip_bad=True)[0] if memory else {}
    before = read_rows(str(table), file.grid, setup)
    row = _row(str(table), before, row_word)
    values = _values(words, setup, before.decimal)
    cells = entered(str(table), file.grid, before, row.number, values, force=force)
    grid = file.grid.with_cells(cells, before.decimal)
    after = read_rows(str(table), grid, setup)
    refuse(str(table), [p for p in after.problems if p.row == row.number], "nothing is written")
    now = next(one for one in after.rows if one.number == row.number)
    write_table(file, grid)
    memory = memory or Memory(
        DEFAULT_SEED if setup.seed is None else setup.seed,
        space=os.path.relpath(setup.path.resolve(), table.parent.resolve()),
    )
    changed = memory.changes(before.rows, {problem.row for problem in before.problems})
    write_memory(table, memory.seen(after.rows))
    return _heard(table, setup, before, now, after, memory, changed, others)


def _heard(
    table: Path,
    setup: Setup,
    before: Reading,
    now: Row,
    after: Reading,
    memory: Memory,
    changed: Sequence[str],
    others: Mapping[str, Sequence[Row]],
) -> Heard:
    open_rows = [row._replace(result=None) if row.number == now.number else row for row in before.rows]
    known = Search(setup, open_rows, seed=memory.seed, ask=memory.asks, others=others)
    expected = known.predicted(now.point)
    search = Search(setup, after.rows, seed=memory.seed, ask=memory.asks, others=others)
    program = open_elsewhere(table)
    said = f"{table} seems to be open in {program}: load it again there before you save, or the result is lost"
    return Heard(table, now, expected, search, search.best(), changed, after.problems, [said] if program else [])


def _row(where: str, reading: Reading, word: str) -> Row:
    """The row that is meant: a number, or the last one."""
    last = max((one[0] for one in (*reading.rows, *reading.problems)), default=0)
    wanted = str(last) if word == LAST else word
    found = next((row for row in reading.rows if str(row.number) == wanted), None)
    if found is not None:
        return found
    refuse(where, [problem for problem in reading.problems if str(problem.row) == wanted], "the row itself is wrong")
    numbers = [row.number for row in reading.rows]
    if not numbers:
        raise InputError(where, "has no row with a point")
    waiting = ", ".join(str(row.number) for row in reading.pending) or "none"
    raise InputError(
        "ROW",
        f"{word!r}: must be {LAST} or a row of {where}, {min(numbers)} to {max(numbers)}; results wait for: {waiting}",
    )


def _values(words: Sequence[str], setup: Setup, decimal: str) -> dict[str, Value]:
    """{column: value} of words such as r_ohm=12.1 and failed=cracked."""
    allowed = (*setup.results, *setup.optional)
    values: dict[str, Value] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or name not in allowed:
            raise InputError(word, f"must be NAME=VALUE with NAME one of {', '.join(allowed)}")
        if name in values:
            raise InputError(word, f"{name} is given twice")
        values[name] = _number(word, text, decimal) if name in setup.numeric and text else text
    return values


def _number(word: str, text: str, decimal: str) -> float:
    """A value as typed: with a decimal point, or with the table's own decimal mark."""
    try:
        return number(text, decimal if decimal in text else ".")
    except NumberError as mistake:
        raise InputError(word, str(mistake)) from None
