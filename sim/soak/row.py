"""A row of the soak's table: a fault of the wire, what must hold, and how it is tried once with a seed."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from adatom.protocol.errors import FailedError, InputError

from .checker import Entry, Violation, check

LOST, DUPLICATE, ORDER = ("lost", "without points"), ("duplicate",), ("out of order",)
SHOWN = 5  # violations of a trial that are told in words

Say = Callable[[str], None]
Run = Callable[[int, float, Path, Say], "Trial"]


class Row(NamedTuple):
    """`run(seed, seconds, folder, say)` gives a Trial. `worst` says what the worst figure is, `limit` its promise.

    `broker`: whether it needs a real one.
    """

    name: str
    must: str
    worst: str
    limit: float | None
    run: Run
    broker: bool = True


@dataclass
class Trial:
    """What one seed came to. `n` faults were injected, `points` measured; lists of measured times in `worst`'s unit."""

    seed: int
    n: int = 0
    points: int = 0
    lost: int = 0
    duplicates: int = 0
    order_breaks: int = 0
    measured: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def count(self, found: Violation) -> None:
        """Add one violation to the figures of its rule."""
        self.lost += found.size if found.rule in LOST else 0
        self.duplicates += found.size if found.rule in DUPLICATE else 0
        self.order_breaks += found.size if found.rule in ORDER else 0

    def judge(self, history: Sequence[Entry]) -> "Trial":
        """Count what the checker finds in a history."""
        found = check(history)
        for one in found:
            self.count(one)
        self.problems += [f"{one.rule}: {one.text}" for one in found[:SHOWN]]
        self.points = sum(e["count"] for e in history if e["what"] == "measured" and e.get("kind") == "telemetry")
        if not self.points:
            self.problems.append("nothing was measured")
        return self


def rows() -> list[Row]:
    """Every row, from the modules of the folder `rows`, in the order of their names."""
    from . import rows as folder

    found: list[Row] = []
    for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda one: one.name):
        found += importlib.import_module(f"{folder.__name__}.{module.name}").ROWS
    return found


def chosen(names: Sequence[str]) -> list[Row]:
    """The rows whose names begin with one of the words, all when there is none; InputError for a word without a row."""
    every = rows()
    for name in names:
        if not any(row.name.startswith(name) for row in every):
            raise InputError("--row", f"{name!r}: must begin one of {', '.join(row.name for row in every)}")
    return [row for row in every if not names or any(row.name.startswith(name) for name in names)]


def attempt(row: Row, seed: int, seconds: float, folder: Path, say: Say) -> Trial:
    """One trial; what the rig could not even do is a problem of it, not the end of the soak."""
    try:
        return row.run(seed, seconds, folder, say)
    except FailedError as error:
        return Trial(seed, problems=[str(error)])


def summary(row: Row, trials: Sequence[Trial]) -> dict[str, Any]:
    """JSON-ready: the figures of a row over its seeds. `met`: no problem in any, and the worst within its limit."""
    measured = sorted(value for trial in trials for value in trial.measured)
    worst = measured[-1] if measured else None
    late = row.limit is not None and (worst is None or worst > row.limit)
    failed = [trial.seed for trial in trials if trial.problems]
    return {
        "row": row.name, "must": row.must, "n": sum(t.n for t in trials), "seeds": [t.seed for t in trials],
        "points": sum(t.points for t in trials), "lost": sum(t.lost for t in trials),
        "duplicates": sum(t.duplicates for t in trials), "order_breaks": sum(t.order_breaks for t in trials),
        "worst_of": row.worst, "measured": len(measured), "worst": worst,
        "median": measured[len(measured) // 2] if measured else None, "limit": row.limit,
        "met": not failed and not late, "failed_seeds": failed, "trials": [asdict(trial) for trial in trials],
    }  # fmt: skip
