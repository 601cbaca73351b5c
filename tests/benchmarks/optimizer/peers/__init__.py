"""One file a method. Each is an ask / tell adapter: the best honest use of its library for a problem.

A method is made as `make(problem, seed)` and has ask(count), tell(points, results) and recommend(). The common start
points are told, never asked. A library is imported when its method is first made.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, Protocol

from ..problem import Problem, Result
from ..space import Point


class Method(Protocol):
    """What the runner needs of an adapter."""

    def ask(self, count: int) -> list[Point]:
        """The next points, allowed by the problem; all told before the next ask."""

    def tell(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        """What came of points: asked ones or the common starts."""

    def recommend(self) -> int | None:
        """Number (in the order told) of the point that the method itself holds for the best; None for no opinion."""


class Entry(NamedTuple):
    """Where a method is, and what a table calls it."""

    module: str
    kind: str
    label: str


METHODS: dict[str, Entry] = {
    "adatom": Entry("adatom_", "Adatom", "adatom"),
    "botorch": Entry("botorch_", "Botorch", "BoTorch qLogNEI / qLogNEHVI"),
    "baybe": Entry("baybe_", "Baybe", "BayBE"),
    "optuna_gp": Entry("optuna_", "OptunaGp", "Optuna GP"),
    "optuna_tpe": Entry("optuna_", "OptunaTpe", "Optuna TPE"),
    "sklearn_ei": Entry("sklearn_ei", "SklearnEi", "scikit-learn GPR + EI"),
    "pymoo_ga": Entry("pymoo_ga", "PymooGa", "pymoo GA / NSGA-II"),
    "random": Entry("sampling", "Random", "random"),
    "sobol": Entry("sampling", "Sobol", "Sobol"),
}


def make(name: str, problem: Problem, seed: int) -> Method:
    """A new search. Raises ImportError where its library is not installed."""
    entry = METHODS[name]
    method: Method = getattr(import_module(f"{__name__}.{entry.module}"), entry.kind)(problem, seed)
    return method
