"""Levenberg-Marquardt over a batch of starts with box bounds: all starts move in the same array operations.

Knows nothing of impedance: it is given a function from parameters to residuals and Jacobian.
scipy.optimize.least_squares with bounds costs some 20 times more a start at this size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats

Model = Callable[[Floats], tuple[Floats, Floats]]

MAX_STEP = 2.5  # of any log-parameter in one iteration: a factor of 12, beyond which the linearisation says nothing
LEAST_SHARE = 0.05  # of a parameter that the linear step would make smaller still, or negative
DAMPING_START, DAMPING_MIN, DAMPING_MAX = 1e-2, 1e-12, 1e12


@dataclass
class Minimum:
    """Where each start ended: parameters (B, P), sum of squares (B,), normal matrix (B, P, P), converged (B,)."""

    x: Floats
    cost: Floats
    normal: Floats
    free: Flags  # (B, P): parameters not held at a bound
    converged: Flags


def minimise(
    model: Model, x: Floats, lower: Floats, upper: Floats, *, scales: Flags, max_steps: int, tolerance: float
) -> Minimum:
    """Minimise the sum of squares from every start in x (B, P) within bounds (P,) or (B, P).

    `model(x (B, P))` returns residuals (B, M) and Jacobian (B, P, M). Of the parameters in `scales` (P,) the residuals
    are linear but for the logarithm: their steps are taken in the parameter itself, else a resistance on its way to
    nothing creeps along a curved valley. A start has converged when an accepted step lowers its cost by less than
    `tolerance` of it, or when no step lowers it any more.
    """
    lower, upper = np.broadcast_to(lower, x.shape), np.broadcast_to(upper, x.shape)
    x = np.clip(x, lower, upper)
    cost, gradient, normal = _normal_equations(model, x)
    damping = np.full(x.shape[0], DAMPING_START)
    converged = np.zeros(x.shape[0], dtype=np.bool_)
    for _ in range(max_steps):
        rows = np.flatnonzero(~converged)
        if not rows.size:
            break
        step = _step(x[rows], gradient[rows], normal[rows], damping[rows], lower[rows], upper[rows], scales)
        trial = np.clip(x[rows] + step, lower[rows], upper[rows])
        trial_cost, trial_gradient, trial_normal = _normal_equations(model, trial)
        better = trial_cost < cost[rows]
        small = np.abs(trial_cost - cost[rows]) <= tolerance * cost[rows]
        converged[rows] = (small & (better | (damping[rows] <= 1.0))) | (damping[rows] >= DAMPING_MAX)
        damping[rows] = np.clip(damping[rows] * np.where(better, 0.15, 6.0), DAMPING_MIN, DAMPING_MAX)
        taken = rows[better]
        x[taken], cost[taken] = trial[better], trial_cost[better]
        gradient[taken], normal[taken] = trial_gradient[better], trial_normal[better]
    return Minimum(x, cost, normal, _free(x, gradient, lower, upper), converged)


def covariance(normal: Floats, free: Flags) -> Floats:
    """The covariance (P, P) for unit noise; parameters at a bound get 0, those the data do not determine a huge one."""
    size = normal.shape[0]
    scale = np.sqrt(np.where(np.diag(normal) > 0, np.diag(normal), 1.0))
    scaled = normal / np.outer(scale, scale)
    held = ~free
    scaled[held] = 0.0
    scaled[:, held] = 0.0
    values, vectors = np.linalg.eigh(scaled[np.ix_(free, free)])
    inverse = (vectors / np.maximum(values, 1e-13)) @ vectors.T
    result = np.zeros((size, size))
    result[np.ix_(free, free)] = inverse / np.outer(scale[free], scale[free])
    return result


def _normal_equations(model: Model, x: Floats) -> tuple[Floats, Floats, Floats]:
    residuals, jacobian = model(x)
    cost = np.einsum("bm,bm->b", residuals, residuals)
    gradient = (jacobian @ residuals[:, :, None])[:, :, 0]
    return cost, gradient, jacobian @ jacobian.transpose(0, 2, 1)


def _free(x: Floats, gradient: Floats, lower: Floats, upper: Floats) -> Flags:
    """Which parameters (B, P) may move: not those at a bound that the gradient pushes against."""
    return ~(((x <= lower) & (gradient > 0)) | ((x >= upper) & (gradient < 0)))


def _step(
    x: Floats, gradient: Floats, normal: Floats, damping: Floats, lower: Floats, upper: Floats, scales: Flags
) -> Floats:
    """The damped Gauss-Newton step (B, P) over the free parameters; but for `scales` limited to MAX_STEP."""
    free = _free(x, gradient, lower, upper)
    diagonal = np.einsum("bpp->bp", normal)
    # A parameter without influence has a zero diagonal; the floor keeps the matrix regular and leaves it in place
    damp = damping[:, None] * np.maximum(diagonal, 1e-12 * diagonal.max(axis=1, keepdims=True) + 1e-300)
    matrix = np.where(free[:, :, None] & free[:, None, :], normal, 0.0)
    matrix = matrix + np.where(free, damp, 1.0)[:, :, None] * np.eye(x.shape[1])
    step = -np.linalg.solve(matrix, np.where(free, gradient, 0.0)[:, :, None])[:, :, 0]
    longest = np.abs(np.where(scales, 0.0, step)).max(axis=1, keepdims=True)
    step *= np.minimum(1.0, MAX_STEP / np.maximum(longest, 1e-300))
    return np.where(scales, np.log(np.maximum(1.0 + step, LEAST_SHARE)), step)
