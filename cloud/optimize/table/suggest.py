"""`adatom suggest` without its words: files in, an answer out."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.stopping import Stop
from adatom.cloud.optimize.table.files import TableFile, open_elsewhere, read_table, write_table
from adatom.cloud.optimize.table.memory import Memory, memory_path, read_memory, write_memory
from adatom.cloud.optimize.table.reading import Problem, Reading, Row, read_rows, refuse
from adatom.cloud.optimize.table.search import Best, Proposal, Search
from adatom.cloud.optimize.table.setup import Setup, read_setup
from adatom.cloud.optimize.table.writing import appended
from adatom.protocol.errors import InputError

SKIP_HINT = "correct them, or go on without them: --skip-bad"
DEFAULT_SEED = 0


@dataclass(frozen=True)
class Request:
    """What was typed."""

    table: Path
    space: Path | None = None
    count: int = 1
    strategy: str | None = None
    seed: int | None = None
    among: Path | None = None
    append: bool = False
    skip_bad: bool = False
    also: tuple[Path, ...] = ()  # other tables that are learnt from; none: those of the last time
    alone: bool = False  # forget these


@dataclass(frozen=True)
class Answer:
    """What there is to say. `numbers`: rows that the proposals became, none where they were not appended."""

    request: Request
    setup: Setup
    search: Search
    ask: int
    seed: int
    proposals: Sequence[Proposal]
    numbers: Sequence[int]
    best: Best | None
    stop: Stop
    changed: Sequence[str]
    skipped: Sequence[Problem]
    warnings: Sequence[str]


def suggest(request: Request) -> Answer:
    """The next points of a table; with `append` they are in it. Raises InputError and FailedError in words."""
    check_folder(request.table)
    memory = read_memory(request.table)
    setup = read_setup(space_path(request.table, request.space, memory), request.strategy)
    begun = not request.table.exists()
    file, reading = rows_of(request.table, setup, skip_bad=request.skip_bad)
    pool, skipped = _pool(request, setup)
    memory = _remembered(memory, request, setup)
    ask = memory.ask_of(reading.rows)
    others, bad = others_of(request.table, memory, setup, skip_bad=request.skip_bad)
    search = Search(setup, reading.rows, seed=memory.seed, ask=ask, others=others)
    best, stop = search.best(), search.stop()
    proposals = _with_places(
        search.propose(request.count, [row.point for row in pool] if pool else None), pool, request
    )
    points = [proposal.point for proposal in proposals]
    # first the memory: should the power go in between, the same rows lead to the same ask again
    write_memory(request.table, memory.after(reading.rows, setup.strategy, points))
    numbers = _append(file, reading, setup, points) if request.append else []
    changed = memory.changes(reading.rows, {problem.row for problem in reading.problems})
    skipped = (*reading.problems, *skipped, *bad)
    warnings = [
        *_warnings(request, begun=begun),
        *_fewer(request, setup, len(proposals)),
        *_outside(search),
        *search.sources_text(),
    ]
    return Answer(request, setup, search, ask, memory.seed, proposals, numbers, best, stop, changed, skipped, warnings)


def search_of(table: Path, space: Path | None = None, *, skip_bad: bool = False) -> Search:
    """The search of a table as it stands, for a notebook: nothing is asked, nothing is written."""
    memory = read_memory(table)
    setup = read_setup(space_path(table, space, memory))
    _, reading = rows_of(table, setup, skip_bad=skip_bad)
    memory = memory or Memory(DEFAULT_SEED if setup.seed is None else setup.seed)
    others, _ = others_of(table, memory, setup, skip_bad=skip_bad)
    return Search(setup, reading.rows, seed=memory.seed, ask=memory.ask_of(reading.rows), others=others)


def check_folder(table: Path) -> None:
    """InputError unless the table is, or can be, a file of a folder that there is."""
    if table.is_dir():
        raise InputError(str(table), "is a folder: must be a table")
    if not table.parent.is_dir():
        raise InputError(str(table.parent), "no such folder")


def space_path(table: Path, given: Path | None, memory: Memory | None) -> Path:
    """The space's file: as given, else the one of the last time. Raises InputError where neither is there."""
    if given is not None:
        path = given
    elif memory is not None and memory.space:
        path = Path(os.path.normpath(table.parent / memory.space))
    else:
        raise InputError("--space", f"missing: name the SPACE.toml, or begin one: adatom suggest {table} --init")
    if not path.exists():
        raise InputError(str(path), f"is not there; begin one: adatom suggest {table} --init --space {path}")
    return path


def rows_of(table: Path, setup: Setup, *, skip_bad: bool, results: bool = True) -> tuple[TableFile, Reading]:
    """A table and what it says. Raises InputError naming all bad rows, unless they are to be skipped."""
    file = read_table(table)
    reading = read_rows(str(table), file.grid, setup, results=results)
    if not skip_bad:
        refuse(str(table), reading.problems, SKIP_HINT)
    return file, reading


def others_of(
    table: Path, memory: Memory, setup: Setup, *, skip_bad: bool
) -> tuple[dict[str, Sequence[Row]], list[Problem]]:
    """Rows of the other tables that are learnt from, by the name of their file, and the problems of those skipped.

    Raises InputError for one that is not there and, unless they are to be skipped, for bad rows.
    """
    paths = [Path(os.path.normpath(table.parent / name)) for name in memory.also]
    others, problems = dict[str, Sequence[Row]](), list[Problem]()
    for path in paths:
        if not path.exists():
            raise InputError(str(path), "is not there: name other tables with --also, or go on without any: --alone")
        _, reading = rows_of(path, setup, skip_bad=skip_bad)
        name = path.name if sum(other.name == path.name for other in paths) == 1 else str(path)
        others[name] = reading.rows
        problems += [Problem(p.row, p.column, f"{p.text} ({name})") for p in reading.problems]
    return others, problems


def _pool(request: Request, setup: Setup) -> tuple[Sequence[Row] | None, Sequence[Problem]]:
    """The rows of candidates, None where all of the space is open."""
    if request.among is None:
        return None, ()
    if not request.among.exists():
        raise InputError(str(request.among), "is not there: must be a table of candidates")
    _, reading = rows_of(request.among, setup, skip_bad=request.skip_bad, results=False)
    if not reading.rows:
        raise InputError(str(request.among), "holds no candidate")
    named = [Problem(p.row, p.column, f"{p.text} ({request.among.name})") for p in reading.problems]
    return reading.rows, named


def _with_places(proposals: list[Proposal], pool: Sequence[Row] | None, request: Request) -> list[Proposal]:
    """The proposals with the rows where the candidates stand: a jar is found by what its row says beside the point."""
    if pool is None or request.among is None:
        return proposals
    named = [(one, next(row.number for row in pool if row.point == one.point)) for one in proposals]
    return [replace(one, why=f"row {number} of {request.among.name}; {one.why}") for one, number in named]


def _remembered(memory: Memory | None, request: Request, setup: Setup) -> Memory:
    """The memory with the seed that holds: as typed, as remembered, as the file says, or the default.

    Other tables are those typed, else those remembered. Raises InputError where the table itself is among them.
    """
    if memory is None:
        memory = Memory(DEFAULT_SEED if setup.seed is None else setup.seed)
    seed = memory.seed if request.seed is None else request.seed
    folder = request.table.parent.resolve()
    if request.alone and request.also:
        raise InputError("--alone", "forgets other tables, and --also names some: give one of the two")
    if request.table.resolve() in [path.resolve() for path in request.also]:
        raise InputError("--also", f"{request.table}: is the table itself")
    typed = list(dict.fromkeys(os.path.relpath(path.resolve(), folder) for path in request.also))
    also = [] if request.alone else typed or list(memory.also)
    return replace(memory, seed=seed, space=os.path.relpath(setup.path.resolve(), folder), also=also)


def _append(file: TableFile, reading: Reading, setup: Setup, points: Sequence[Point]) -> list[int]:
    cells, numbers = appended(reading, setup, points)
    write_table(file, file.grid.with_cells(cells, reading.decimal))
    return numbers


def _warnings(request: Request, *, begun: bool) -> list[str]:
    if begun:
        return [f"{request.table} is not there yet: taken for an empty table"]
    program = open_elsewhere(request.table) if request.append else None
    said = (
        f"{request.table} seems to be open in {program}: load it again there before you save, or the new rows are lost"
    )
    return [said] if program else []


def _fewer(request: Request, setup: Setup, got: int) -> list[str]:
    if got == request.count or request.among is None:
        return []
    shared = [name for name, held in zip(setup.space.names, setup.space.shared, strict=True) if held]
    alike = f" with one setting of {', '.join(shared)}" if shared else ""
    return [f"{got} in place of {request.count}: {request.among.name} has no more that are new{alike}"]


def _outside(search: Search) -> list[str]:
    numbers = search.outside
    if not numbers:
        return []
    rows = f"row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
    return [f"outside the ranges, so never the best but learnt from: {rows}"]


def state_path(answer: Answer) -> Path:
    """Where the memory of an answer is kept."""
    return memory_path(answer.request.table)
