"""Chances to succeed and to be good enough, as logs that add to a gain. A floor keeps a wrong guess correctable."""

import math
from collections.abc import Sequence

import numpy as np
from adatom.cloud.optimize.acquisition.improvement import log_chance_below
from adatom.cloud.optimize.arrays import Array

LEAST_CHANCE = 0.05  # what a chance never falls below: a region seen to fail is put off, not forbidden


def log_success(chance: Array, least: float = LEAST_CHANCE) -> Array:
    """(n,) logs of chances of success in [0, 1], not below log(least)."""
    return np.asarray(np.log(np.clip(chance, least, 1.0)))


def log_within(means: Array, sds: Array, limits: Sequence[float | None], least: float = LEAST_CHANCE) -> Array:
    """(n,) sum over objectives of log P(loss <= limit), each not below log(least); None limits nothing.

    `means`, `sds`: (n, k) of k independent losses.
    """
    total = np.zeros(len(means))
    for column, limit in enumerate(limits):
        if limit is not None:
            chance = log_chance_below(means[:, column], sds[:, column], limit)
            total = total + np.maximum(chance, math.log(least))
    return total
