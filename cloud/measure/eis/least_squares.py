"""Levenberg-Marquardt over a batch of starts with box bounds: all starts move in the same array operations.

Knows nothing of impedance: it is given a function from parameters to residuals and Jacobian.
scipy.optimize.least_squares with bounds costs some 20 times more a start at this size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats, Indices

Model = Callable[[Floats, Indices], tuple[Floats, Floats]]  # of parameters and of the starts they belong to

MAX_STEP = 2.5  # of any log-parameter in one iteration: a factor of 12, beyond which the linearisation says nothing
LEAST_SHARE = 0.05  # of a parameter that the linear step would make smaller still, or negative
FAR, NEAR = 1e-2, 1e-6  # damping to begin with: valleys are some 1e-6 as steep along as across
LOWER, TRUSTED = 0.1, 0.8  # of the damping where so much of the promised gain came
RAISE = 4.0  # of the damping after a step that was not taken; more each time
SURE, TRUSTWORTHY = 0.5, 1e-3  # of the tolerance, where the promise of a step of so little damping is believed
DAMPING_MIN, DAMPING_MAX = 1e-12, 1e12


@dataclass
class Minimum:
    """Where each start ended: parameters (B, P), sum of squares (B,), normal matrix (B, P, P), converged (B,)."""

    x: Floats
    cost: Floats
    normal: Floats
    free: Flags  # (B, P): parameters not held at a bound
    converged: Flags

    def take(self, rows: Indices) -> "Minimum":
        """Only these starts, in this order."""
        return Minimum(self.x[rows], self.cost[rows], self.normal[rows], self.free[rows], self.converged[rows])


@dataclass
class _Points:
    """Parameters x (B, P) with cost (B,), half its gradient (B, P) and the normal matrix (B, P, P) there."""

    x: Floats
    cost: Floats
    gradient: Floats
    normal: Floats

    def take(self, rows: Indices | Flags) -> "_Points":
        return _Points(self.x[rows], self.cost[rows], self.gradient[rows], self.normal[rows])

    def put(self, rows: Indices, new: "_Points") -> None:
        self.x[rows], self.cost[rows] = new.x, new.cost
        self.gradient[rows], self.normal[rows] = new.gradient, new.normal


def minimise(
    model: Model,
    x: Floats,
    lower: Floats,
    upper: Floats,
    *,
    amplitude: Indices,
    max_steps: int,
    tolerance: float,
    damping: float = FAR,
    project: bool = True,
) -> Minimum:
    """Minimise the sum of squares from every start in x (B, P) within bounds (P,) or (B, P).

    `model(x (R, P), rows (R,))` returns residuals (R, M) and Jacobian (R, P, M) of the starts `rows`. amplitude (P,) is
    the column of the parameter that the model's term with this one is proportional to, itself for amplitudes, -1 for
    none. Steps in amplitudes are taken in the parameter itself: else a resistance on its way to nothing creeps along a
    curved valley. After each step they are solved for exactly (`project`; not where the residuals have other terms).
    `damping` is FAR or NEAR a minimum. A start has converged when an accepted step lowers its cost by less than
    `tolerance` of it, or the next one promises far less, or when no step lowers it any more.
    """
    lower, upper = np.broadcast_to(lower, x.shape), np.broadcast_to(upper, x.shape)
    rows = np.arange(x.shape[0])
    at = _evaluated(model, np.clip(x, lower, upper), rows)
    damp, raised = np.full(x.shape[0], damping), np.full(x.shape[0], RAISE)
    converged = np.zeros(x.shape[0], dtype=np.bool_)
    for _ in range(max_steps):
        rows = np.flatnonzero(~converged)
        if not rows.size:
            break
        old = at if rows.size == x.shape[0] else at.take(rows)
        step = _step(old, damp[rows], _free(old, lower[rows], upper[rows]), amplitude)
        there = (_promised(old, step) <= SURE * tolerance * old.cost) & (damp[rows] <= TRUSTWORTHY)
        if there.any():  # a step that promises so little need not be tried
            converged[rows[there]] = True
            rows, old, step = rows[~there], old.take(~there), step[~there]
            if not rows.size:
                break
        trial = _evaluated(model, np.clip(moved(old.x, step, amplitude), lower[rows], upper[rows]), rows)
        if project:
            trial = _projected(trial, lower[rows], upper[rows], amplitude)
        better = trial.cost < old.cost
        small = np.abs(trial.cost - old.cost) <= tolerance * old.cost
        converged[rows] = (small & (better | (damp[rows] <= 1.0))) | (damp[rows] >= DAMPING_MAX)
        change = np.where(better, _relief(old, trial, step), raised[rows])
        damp[rows] = np.clip(damp[rows] * change, DAMPING_MIN, DAMPING_MAX)
        raised[rows] = np.where(better, RAISE, raised[rows] * RAISE)
        at.put(rows[better], trial.take(better))
    return Minimum(at.x, at.cost, at.normal, _free(at, lower, upper), converged)


def is_amplitude(amplitude: Indices) -> Flags:
    """Which parameters (P,) are amplitudes."""
    return np.asarray(amplitude == np.arange(amplitude.size), dtype=np.bool_)


def moved(x: Floats, step: Floats, amplitude: Indices) -> Floats:
    """x (B, P) after a step of relative changes, of amplitudes in the parameter itself, of others in its logarithm."""
    return x + np.where(is_amplitude(amplitude), np.log(np.maximum(1.0 + step, LEAST_SHARE)), step)


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


def log_sum(log_p: Floats, covariance: Floats, at: Sequence[int]) -> tuple[float, float]:
    """The logarithm of a sum of amplitudes, the columns `at` of log_p (P,), with its standard error."""
    columns = list(at)
    value = float(np.logaddexp.reduce(log_p[columns]))
    share = np.exp(log_p[columns] - value)
    variance = float(share @ covariance[np.ix_(columns, columns)] @ share)
    return value, float(np.sqrt(max(variance, 0.0)))


def _evaluated(model: Model, x: Floats, rows: Indices) -> _Points:
    residuals, jacobian = model(x, rows)
    cost = np.einsum("bm,bm->b", residuals, residuals)
    gradient = (jacobian @ residuals[:, :, None])[:, :, 0]
    return _Points(x, cost, gradient, jacobian @ jacobian.transpose(0, 2, 1))


def _free(at: _Points, lower: Floats, upper: Floats) -> Flags:
    """Which parameters (B, P) may move: not those at a bound that the gradient pushes against, nor those held."""
    return ~(((at.x <= lower) & (at.gradient > 0)) | ((at.x >= upper) & (at.gradient < 0)) | (lower >= upper))


def _step(at: _Points, damping: Floats, free: Flags, amplitude: Indices) -> Floats:
    """The damped Gauss-Newton step (B, P) over the free parameters; but for amplitudes limited to MAX_STEP."""
    diagonal = _diagonal(at.normal)
    # A parameter without influence has a zero diagonal; the floor keeps the matrix regular and leaves it in place
    damp = damping[:, None] * np.maximum(diagonal, 1e-12 * diagonal.max(axis=1, keepdims=True) + 1e-300)
    step = _solve(at.normal, at.gradient, damp, free)
    scaling = is_amplitude(amplitude)
    short = scaling & (step < LEAST_SHARE - 1.0)
    if short.any():  # these go as far as they may, the others with them
        rows = np.flatnonzero(short.any(axis=1))
        fixed = np.where(short[rows], LEAST_SHARE - 1.0, 0.0)
        pulled = at.gradient[rows] + (at.normal[rows] @ fixed[:, :, None])[:, :, 0]
        step[rows] = fixed + _solve(at.normal[rows], pulled, damp[rows], free[rows] & ~short[rows])
    longest = np.abs(step[:, ~scaling]).max(axis=1, keepdims=True, initial=MAX_STEP)
    limited: Floats = step * (MAX_STEP / longest)
    return limited


def _solve(normal: Floats, gradient: Floats, damp: Floats, free: Flags) -> Floats:
    """The step (B, P) to the minimum of the damped parabola over the free parameters; 0 for the others."""
    mask = free.astype(np.float64)
    matrix = normal * (mask[:, :, None] * mask[:, None, :])
    _diagonal(matrix)[...] += np.where(free, damp, 1.0)
    return np.asarray(-np.linalg.solve(matrix, (gradient * mask)[:, :, None])[:, :, 0], dtype=np.float64)


def _diagonal(matrix: Floats) -> Floats:
    """The diagonals (B, P) of (B, P, P), as a view."""
    return matrix.reshape(matrix.shape[0], -1)[:, :: matrix.shape[1] + 1]


def _promised(old: _Points, step: Floats) -> Floats:
    """How much (B,) the cost falls with a step if the residuals are linear."""
    return np.asarray(-(step * (2 * old.gradient + (old.normal @ step[:, :, None])[:, :, 0])).sum(axis=1))


def _relief(old: _Points, new: _Points, step: Floats) -> Floats:
    """The factor of the damping after a step that was taken, by how much of the promised gain came (Nielsen 1999)."""
    gain = np.clip((old.cost - new.cost) / np.maximum(_promised(old, step), 1e-300), 0.0, 1.0)
    slow: Floats = np.maximum(1 - (2 * gain - 1) ** 3, 1 / 3)
    return np.where(gain > TRUSTED, LOWER, slow)


def _projected(at: _Points, lower: Floats, upper: Floats, amplitude: Indices) -> _Points:
    """The points with their best amplitudes (variable projection, Golub & Pereyra 1973), without the model.

    Residuals are linear in amplitudes and a column of the Jacobian is proportional to its own.
    """
    columns = np.flatnonzero(is_amplitude(amplitude))
    rows, gradient, old = at.normal[:, columns], at.gradient[:, columns], at.x[:, columns]
    normal, low, high = rows[:, :, columns], lower[:, columns], upper[:, columns]
    free = ~(((old <= low) & (gradient > 0)) | ((old >= high) & (gradient < 0)) | (low >= high))
    step = _solve(normal, gradient, 1e-9 * _diagonal(normal) + 1e-300, free)
    x = at.x.copy()
    x[:, columns] = new = np.minimum(np.maximum(old + np.log(np.maximum(1.0 + step, LEAST_SHARE)), low), high)
    factor = np.ones_like(x)
    factor[:, columns] = np.exp(new - old)
    step = factor[:, columns] - 1.0
    pull = (step[:, None] @ rows)[:, 0]
    cost = at.cost + (step * (2 * gradient + pull[:, columns])).sum(axis=1)
    factor = np.where(amplitude >= 0, factor[:, amplitude], 1.0)
    return _Points(
        x, np.maximum(cost, 0.0), factor * (at.gradient + pull), at.normal * factor[:, :, None] * factor[:, None]
    )
