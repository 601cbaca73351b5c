"""What a trial costs, as a log taken from the gain: its own price, and that of changing what is hard to change."""

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools

LEAST_COST = 1e-6  # against the mean cost: a free trial would be worth any loss of gain


def log_cost(costs: Array, *, spent: float = 0.0) -> Array:
    """(n,) what to take from the log gain of trials that cost `costs` each, any unit, above or at 0.

    Gain per cost alone would spend a budget on cheap trials that teach little, so its exponent cools down: 1 at the
    start, 0 when the share `spent` (0 to 1) of the budget is 1 (Lee et al. 2020, cost-cooled EI per unit cost).
    """
    scale = float(np.mean(costs))
    if scale <= 0.0:
        return np.zeros(len(costs))
    return np.asarray((1.0 - spent) * np.log(np.maximum(costs / scale, LEAST_COST)))


def switching_costs(vectors: Array, current: Array | None, shared: Bools, *, trial: float, switch: float) -> Array:
    """(n,) costs of a trial at `vectors` (n, d): `trial`, and `switch` once if a shared column leaves `current` (d,).

    `current` None: nothing is set up yet, so that every setting costs the same.
    """
    if current is None or not shared.any():
        return np.full(len(vectors), trial)
    changed = (vectors[:, shared] != current[shared]).any(axis=1)
    return np.where(changed, trial + switch, trial)
