"""Shapley values of the set of scores: exact over all 2^n sets. They explain and set nothing (Shapley 1953).

Two games. How much each score adds to foretelling: the worth of a set is the mean log score of chances that were said
by V of these scores alone. Why one candidate has its V: the worth of a set is V with these scores of the candidate and
the others at the mean of all. Must not know of stores.
"""

from collections.abc import Callable
from math import factorial

import numpy as np
from adatom.cloud.evaluate.fuse.calibration import Calibration, foretold
from adatom.cloud.evaluate.fuse.value import values
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST_PLAYERS = 12
LEAST_CHANCE = 1e-6


def shapley(count: int, worth: Callable[[Flags], float]) -> Array:
    """(count,) values of a game; `worth` is asked once for each set, a mask (count,)."""
    sets = (np.arange(2**count)[:, None] >> np.arange(count)) & 1 == 1
    worths = np.array([worth(taken) for taken in sets])
    sizes = sets.sum(axis=1)
    share = np.array([factorial(s) * factorial(count - 1 - s) / factorial(count) for s in range(count)])
    found = np.empty(count)
    for place in range(count):
        without = np.flatnonzero(~sets[:, place])
        found[place] = float(share[sizes[without]] @ (worths[without + 2**place] - worths[without]))
    return found


def of_foretelling(terms: Array, good: Array, weights: Array) -> tuple[Array, float, float]:
    """((5,) nats a trial that each score adds, log score of all, log score of none: the base rate as it drifts)."""

    def worth(taken: Flags) -> float:
        outcome = [bool(g) for g in good]
        if not taken.any():
            said, _ = foretold(np.zeros(len(good)), outcome, Calibration.start(slope=False))
        else:
            shares = np.where(taken, weights, 0.0)
            share = float(shares.sum())
            alone = values(terms, shares / share if share > 0.0 else taken / taken.sum())
            said, _ = foretold(alone, outcome, Calibration.start())
        return float(np.log(np.clip(np.where(good > 0.5, said, 1.0 - said), LEAST_CHANCE, 1.0)).mean())

    count = len(weights)
    return shapley(count, worth), worth(np.ones(count, dtype=bool)), worth(np.zeros(count, dtype=bool))


def of_candidate(one: Array, others: Array, weights: Array) -> Array:
    """(5,) what each score of a candidate, terms (5,), adds to V beyond the mean of others (n, 5).

    V is a sum, so each value is the weight times the distance from the mean; they add up to V less the mean V.
    """
    middle = others.mean(axis=0)
    return shapley(len(weights), lambda taken: float(np.where(taken, one, middle) @ weights))
