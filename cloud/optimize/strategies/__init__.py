"""How the next point is chosen, by name. A strategy gets a Question and gives vectors, best first.

Adding one is adding a file here: its name with dashes is the strategy's, `propose(question)` gives (m, d) vectors,
`CONFIRMS` says whether it repeats its best point at times.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Protocol, cast

from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.question import CAMPAIGN, Options, Question, Scores, start_points

CONFIRM_EVERY = 8  # asks
CONFIRM_LAST = 0.05  # and this share of the budget at its end
CONFIRMED = 3  # values after which the best point needs no further repetition

__all__ = ["CONFIRMED", "CONFIRMING", "STRATEGIES", "Question", "Scores", "confirms", "start_points"]


class Strategy(Protocol):
    """What a file of this folder offers."""

    CONFIRMS: bool

    def propose(self, question: Question) -> Array:
        """(m, d) feasible vectors, best first; with a pool, rows of it."""


def _found() -> dict[str, Strategy]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name.replace("_", "-"): cast(Strategy, importlib.import_module(f"{__name__}.{name}")) for name in names}


_FOUND = _found()
STRATEGIES: dict[str, Callable[[Question], Array]] = {name: strategy.propose for name, strategy in _FOUND.items()}
CONFIRMING = tuple(name for name, strategy in _FOUND.items() if strategy.CONFIRMS)


def confirms(strategy: str, drawn: int, budget: int | None, options: Options = CAMPAIGN) -> bool:
    """Whether this is the turn to repeat the best point so far rather than to try a new one.

    Beside a cliff a single good run is luck, and the luckiest of many looks best: only a repetition tells.
    """
    if not options.confirm or strategy not in CONFIRMING or drawn < options.start_most:
        return False
    last = budget is not None and budget - max(1, round(CONFIRM_LAST * budget)) <= drawn < budget
    return last or drawn % CONFIRM_EVERY == CONFIRM_EVERY - 1
