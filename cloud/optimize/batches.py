"""Several points at once: kept apart by penalties around pending ones, and the setting that a batch should share."""

from collections.abc import Callable

import numpy as np
from adatom.cloud.optimize.arrays import Array
from scipy.spatial.distance import cdist
from scipy.special import log_ndtr

LEAST_SD = 1e-9
LEAST_SLOPE = 1e-6  # losses per unit of features; all tested points equal


def log_penalty(
    waiting: Array, mean: Array, sd: Array, tested: Array, tested_mean: Array, best: float
) -> Callable[[Array], Array]:
    """Features (n, f) -> (n,) log chance that no better point lies as near to a pending one (w, f).

    `mean`, `sd`: (w,) of the pending points. Local penalisation (González et al. 2016) with the steepest slope between
    tested points (n, f) for the Lipschitz constant.
    """
    slope = steepest(tested, tested_mean)

    def penalty(features: Array) -> Array:
        reach = slope * cdist(features, waiting) - np.maximum(mean - best, 0.0)
        return np.asarray(log_ndtr(reach / np.maximum(sd, LEAST_SD)).sum(axis=1))

    return penalty


def steepest(features: Array, losses: Array) -> float:
    """The largest slope between any two of the points (n, f) with losses (n,)."""
    distances = cdist(features, features)
    rises = np.abs(losses[:, None] - losses[None, :])
    slopes = rises[distances > 0.0] / distances[distances > 0.0]
    return max(LEAST_SLOPE, float(slopes.max(initial=0.0)))


def joint_gain(draws: Array, best: float, count: int) -> tuple[float, list[int]]:
    """(expected improvement of `count` points together, their indices), chosen one by one from joint draws (s, n).

    The improvement of a batch is that of its best member, draw by draw; greedy choice loses at most a 1/e of it.
    """
    gained, chosen = np.zeros(len(draws)), list[int]()
    for _ in range(min(count, draws.shape[1])):
        together = np.maximum(gained[:, None], best - draws)
        index = int(together.mean(axis=0).argmax())
        chosen.append(index)
        gained = together[:, index]
    return float(gained.mean()), chosen
