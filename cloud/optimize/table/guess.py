"""A first SPACE.toml from a table's columns, with comments, for a person to correct.

Ranges are those that the table has seen, rounded outwards; what the results are is a guess and says so.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from adatom.cloud.optimize.table.grid import Grid, plain_text
from adatom.cloud.optimize.table.numbers import SPREADSHEET_ERROR, NumberError, decimal_mark, is_nothing, number
from adatom.cloud.optimize.table.setup import FAILED, SAMPLE, SUFFIXES
from adatom.protocol.errors import InputError

TOTALS = (1.0, 100.0)  # what the parts of a mixture add up to
SUM_MISS = 0.005  # of the total
LOG_FROM = 100.0  # largest over smallest value from which a scale is guessed to be a log one
MOST_OPTIONS = 20  # different texts of a column that are still choices
MIXED = 0.7  # share of rows that add up, from which the others are slips of the pen
LEAST_NAMES = 4  # rows that all differ in a text: their names, not a choice
MOSTLY = 0.8  # share of a column's cells that are numbers, so that the others are mistakes
DATE = re.compile(r"\d{4}-\d\d?-\d\d?.*|\d\d?[./]\d\d?[./]\d{2,4}.*")
WISHED_HIGH = re.compile(r"sigma|σ|conductiv|densit|capacit|yield|efficien|strength|hardness|retention", re.IGNORECASE)
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
HEAD = """# What is searched, guessed from {table}: correct the ranges, the objective and its direction, then
#   adatom suggest {table} --space {name} -n 4 --append
# A range is what may be tried, not what was tried. More keys: step, log, hard_to_change, unit. What was measured goes
# below [[objectives]], what merely names or describes a row goes.

"""
OBJECTIVE = """
# What is wished for: direction = "minimise", "maximise" or "target" (with target = ...). log = true where the values
# span decades; threshold = what is good enough; unit = "..." for the figures.
[[objectives]]
name = {name}
direction = "{direction}"  # a guess{log}
"""


@dataclass(frozen=True)
class Column:
    """A column: its numbers where all filled cells are some, else None, and how many rows it leaves empty."""

    name: str
    texts: tuple[str, ...]
    numbers: tuple[float, ...] | None
    empty: int


def guessed_space(where: str, name: str, grid: Grid) -> str:
    """The text of a SPACE.toml `name` for the table `where`; raises InputError for a table without two columns."""
    columns = _columns(grid)
    if len(columns) < 2:
        raise InputError(where, "has too few columns to guess from: at least one that is varied and one of results")
    objectives = _objectives(columns)
    inputs = columns[: columns.index(objectives[0])]
    mixture = _mixture(inputs)
    parts = [HEAD.format(table=where, name=name), "[space]\n"]
    parts += [_line(column) for column in inputs if column not in mixture]
    if mixture:
        parts.append(_composition(mixture))
    for column in objectives:
        wide = column.numbers is not None and _spans_decades(column.numbers)
        name, log = json.dumps(column.name, ensure_ascii=False), "\nlog = true" if wide else ""
        direction = "maximise" if WISHED_HIGH.search(column.name) else "minimise"
        parts.append(OBJECTIVE.format(name=name, direction=direction, log=log))
    return "".join(parts)


def _columns(grid: Grid) -> list[Column]:
    """All named columns but those of failures, samples, deviations and counts."""
    rows = [row for row in grid.rows if any(map(plain_text, row))]
    if not rows:
        return []
    names = [plain_text(cell) for cell in rows[0]]
    special = {FAILED, SAMPLE, *(name + suffix for name in names for suffix in SUFFIXES)}
    filled = [cell for row in rows[1:] for cell in row if not is_nothing(cell)]
    decimal = decimal_mark(filled, comma_habit=grid.comma_habit, comma_separates=grid.comma_separates)
    found = []
    for place, name in enumerate(names):
        if name and name not in special:
            cells = [row[place] if place < len(row) else "" for row in rows[1:]]
            found.append(_column(name, cells, decimal))
    return found


def _column(name: str, cells: Sequence[str], decimal: str) -> Column:
    filled = [plain_text(cell) for cell in cells if not is_nothing(cell)]
    texts = tuple(text for text in filled if not SPREADSHEET_ERROR.fullmatch(text))
    numbers = tuple(value for value in (_number_or_none(text, decimal) for text in texts) if value is not None)
    if len(numbers) < MOSTLY * len(texts):
        return Column(name, texts, None, len(cells) - len(texts))
    return Column(name, texts, numbers, len(cells) - len(numbers))


def _number_or_none(text: str, decimal: str) -> float | None:
    try:
        return number(text, decimal)
    except NumberError:
        return None


def _objectives(columns: Sequence[Column]) -> list[Column]:
    """The last columns of numbers, as far as they have gaps: results to come; without gaps the very last one."""
    numeric = [column for column in columns if column.numbers is not None]
    if not numeric:
        return [columns[-1]]
    full = [place for place, column in enumerate(numeric) if not column.empty]
    gaps = numeric[full[-1] + 1 :] if full else []
    return gaps or [numeric[-1]]


def _mixture(columns: Sequence[Column]) -> list[Column]:
    """The longest run of neighbouring columns whose numbers add up to 1 or to 100, in most rows at least."""
    for length in range(len(columns), 1, -1):
        for start in range(len(columns) - length + 1):
            run = list(columns[start : start + length])
            if any(_adds_up(run, total) for total in TOTALS):
                return run
    return []


def _adds_up(run: Sequence[Column], total: float) -> bool:
    numbers = [column.numbers for column in run if column.numbers and not column.empty and min(column.numbers) >= 0.0]
    if len(numbers) < len(run) or len(numbers[0]) < 2:
        return False
    varied = all(len(set(values)) > 1 for values in numbers)
    return varied and _rows_of(run, total) >= MIXED * len(numbers[0])


def _rows_of(run: Sequence[Column], total: float) -> int:
    """How many rows add up to a total."""
    numbers = [column.numbers or () for column in run]
    return sum(abs(sum(row) - total) <= SUM_MISS * total for row in zip(*numbers, strict=True))


def _line(column: Column) -> str:
    key = _key(column.name)
    if column.numbers is None:
        options = list(dict.fromkeys(column.texts))
        if options and all(map(DATE.fullmatch, options)):
            return f"# {key} = [...]  # dates: left out\n"
        if len(options) == len(column.texts) >= LEAST_NAMES:
            return f"# {key} = [...]  # another text in every row: left out\n"
        if len(options) > MOST_OPTIONS:
            return f"# {key} = [...]  # {len(options)} different texts: left out\n"
        return f"{key} = {json.dumps(options, ensure_ascii=False)}\n"
    if not column.numbers:
        return f"{key} = {{ low = 0.0, high = 1.0 }}  # no value in the table: put the range here\n"
    low, high = _rounded_out(min(column.numbers), max(column.numbers))
    if low == high:
        return f"# {key} = {{ low = {low:g}, high = {high:g} }}  # always the same: left out\n"
    if all(value == round(value) for value in column.numbers) and not _spans_decades(column.numbers):
        return (
            f"{key} = {{ low = {round(low)}, high = {round(high)}, integer = true }}  # without integer: any number\n"
        )
    log = ", log = true" if _spans_decades(column.numbers) else ""
    return f"{key} = {{ low = {_toml(low)}, high = {_toml(high)}{log} }}\n"


def _composition(mixture: Sequence[Column]) -> str:
    numbers = [column.numbers or () for column in mixture]
    total = max(TOTALS, key=lambda total: _rows_of(mixture, total))
    right, rows = _rows_of(mixture, total), len(numbers[0])
    where = "every row" if right == rows else f"{right} of {rows} rows: correct the others"
    ranges = []
    for column, values in zip(mixture, numbers, strict=True):
        low, high = _rounded_out(min(values), max(values))
        ranges.append(f"{_key(column.name)} = [{_toml(max(low, 0.0))}, {_toml(min(high, total))}]")
    return (
        f"\n# These add up to {total:g} in {where}.\n"
        f"# at_most = parts above 0; least = smallest part that is not 0;\n"
        f"# balance = the part that takes the rest; step = how finely is weighed.\n"
        f"[space.mixture]\ntotal = {_toml(total)}\nparts = {{ {', '.join(ranges)} }}\n"
    )


def _spans_decades(numbers: Sequence[float]) -> bool:
    return len(numbers) > 1 and min(numbers) > 0.0 and max(numbers) / min(numbers) >= LOG_FROM


def _rounded_out(low: float, high: float) -> tuple[float, float]:
    """The range with ends of two digits of its width; of a log scale of one digit each."""
    if low == high:
        return low, high
    if low > 0.0 and high / low >= LOG_FROM:
        return _digit(low, math.floor), _digit(high, math.ceil)
    step = 10.0 ** (math.floor(math.log10(high - low)) - 1)
    return round(math.floor(low / step) * step, 12), round(math.ceil(high / step) * step, 12)


def _digit(value: float, towards: object) -> float:
    size = 10.0 ** math.floor(math.log10(value))
    whole = math.floor(value / size) if towards is math.floor else math.ceil(value / size)
    return float(f"{whole * size:.3g}")


def _toml(value: float) -> str:
    return repr(float(f"{value:.12g}"))


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
