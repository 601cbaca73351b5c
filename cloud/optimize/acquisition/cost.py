"""What changing a factor that is hard to change costs, as a log taken from the gain: gain per cost is what counts."""

import math
from collections.abc import Callable

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools


def log_switching(vectors: Array, current: Array | None, shared: Bools, switch: float, count: int = 1) -> Array:
    """(n,) log of what a trial at `vectors` (n, d) costs, in trials that change nothing: log(1 + switch / count), or 0.

    `switch`: what one change of any `shared` column from `current` (d,) costs, in trials; the `count` points of a batch
    share it. It hangs on the point alone, so that the scores of different calls compare. `current` None: nothing is set
    up yet, so that every setting costs the same.
    """
    if current is None or not shared.any():
        return np.zeros(len(vectors))
    changed = (vectors[:, shared] != current[shared]).any(axis=1)
    return np.where(changed, math.log1p(switch / count), 0.0)


def with_switching(
    given: Callable[[Array], Array] | None, current: Array | None, shared: Bools, switch: float, count: int
) -> Callable[[Array], Array]:
    """Vectors (n, d) -> (n,) logs of costs: those `given`, where there are any, and those of switching."""

    def cost(vectors: Array) -> Array:
        switching = log_switching(vectors, current, shared, switch, count)
        return switching if given is None else given(vectors) + switching

    return cost
