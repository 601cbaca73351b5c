"""What is searched, by a SPACE.toml: the space, the objectives, seed, budget and strategy, each checked."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adatom.cloud.optimize.checks import check_difference
from adatom.cloud.optimize.objective import Objective, objective_of
from adatom.cloud.optimize.space.file import SpaceFile, read_space
from adatom.cloud.optimize.space.parameters import Categorical, Composition, Parameter
from adatom.cloud.optimize.space.space import Space
from adatom.cloud.optimize.strategies import STRATEGIES
from adatom.protocol.errors import InputError

FAILED, SAMPLE = "failed", "sample"  # columns beside those of the space and the objectives
SUFFIXES = ("_sd", "_n")  # of an objective's column: known standard deviation, replicates
DEFAULT_STRATEGY = "bo"


@dataclass(frozen=True)
class Setup:
    """A search's question, without any result."""

    path: Path
    space: Space
    objectives: tuple[Objective, ...]
    seed: int | None
    budget: int | None
    strategy: str
    switch_cost: float = 0.0  # in trials, of a change of what is hard to change

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of a point."""
        return tuple(self.space.layout.keys)

    @property
    def results(self) -> tuple[str, ...]:
        """Columns of what came of it that every table of this search gets."""
        return (*(objective.name for objective in self.objectives), FAILED)

    @property
    def optional(self) -> tuple[str, ...]:
        """Columns that mean something where a table has them."""
        return (*(o.name + suffix for o in self.objectives for suffix in SUFFIXES), SAMPLE)

    @property
    def numeric(self) -> frozenset[str]:
        """Columns whose cells are numbers."""
        columns = [column for parameter in self.space.parameters for column in _numeric_columns(parameter)]
        own = [o.name + suffix for o in self.objectives for suffix in ("", *SUFFIXES)]
        return frozenset((*columns, *own))


def _numeric_columns(parameter: Parameter) -> tuple[str, ...]:
    if isinstance(parameter, Composition):
        return tuple(parameter.parts)
    if isinstance(parameter, Categorical):
        numbers = all(isinstance(o, (int, float)) and not isinstance(o, bool) for o in parameter.options)
        return (parameter.name,) if numbers else ()
    return (parameter.name,)


def read_setup(path: Path, strategy: str | None = None) -> Setup:
    """The Setup of a file; `strategy` overrules the file's. Raises InputError("file: dotted key", ...)."""
    file = read_space(path)
    try:
        setup = _setup(path, file, strategy)
    except InputError as error:
        raise InputError(f"{path}: {error.where}", error.problem) from None
    if setup.strategy not in STRATEGIES:
        where = f"{path}: strategy" if strategy is None else "--strategy"
        raise InputError(where, f"{setup.strategy!r}: must be one of {', '.join(STRATEGIES)}")
    return setup


def _setup(path: Path, file: SpaceFile, strategy: str | None) -> Setup:
    if not file.objectives:
        raise InputError("objectives", "missing: at least one [[objectives]] table with a name")
    objectives = tuple(objective_of(f"objectives[{i}]", table) for i, table in enumerate(file.objectives))
    if not any(objective.weight > 0.0 for objective in objectives):
        raise InputError("objectives", "at least one needs a weight above 0")
    settings = file.settings
    setup = Setup(
        path,
        file.space,
        objectives,
        _whole("seed", settings.get("seed"), 0),
        _whole("budget", settings.get("budget"), 1),
        strategy or _text("strategy", settings.get("strategy", DEFAULT_STRATEGY)),
        check_difference("switch_cost", settings.get("switch_cost", 0.0)),
    )
    counts = Counter((*setup.inputs, *setup.results, *setup.optional))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise InputError("columns", f"{', '.join(twice)}: would stand twice in the table; rename one")
    return setup


def _whole(where: str, value: Any, least: int) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
        raise InputError(where, f"{value!r}: must be a whole number, at least {least}")
    return None if value is None else int(value)


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(where, f"{value!r}: must be a text")
    return value
