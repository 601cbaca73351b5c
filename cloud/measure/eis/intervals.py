"""Ends of 95 % intervals by profile likelihood: where the best fit with one parameter held is just too bad.

Where arcs overlap or the sweep ends before an arc does, the sum of squares is no parabola in the logarithm of a
resistance, and an interval from its curvature alone (Wald) is too short on one side. Bates & Watts 1988, Nonlinear
Regression Analysis, section 6.1.
"""

import math
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats, Indices
from adatom.cloud.measure.eis.least_squares import NEAR, Minimum, Model, is_amplitude, minimise, moved
from scipy.special import stdtrit

LEVEL = 0.95
ROUNDS, STEPS, TOLERANCE = 6, 8, 1e-3  # the tolerance is 1 % of an interval at 100 values
CLOSE = 0.05  # of the standard deviations asked for: from there a straight line does
NARROW = 0.1  # of the distance: an end that is known so well is, where q rises as at a wall (R0 at nothing)
GROW = 4.0  # at most, of the distance in one round without an end beyond, and one over it without one before
LEAST = 1e-6  # at a bound there is no room, and no end
FURTHEST = float(np.log(1e3))  # what is known to less than a factor of 1000 has no end on this side
Z_95 = 1.96  # standard deviations of a normal distribution


def students(dof: Floats) -> Floats:
    """How many standard errors 95 % intervals reach to either side, by degrees of freedom."""
    return np.asarray(stdtrit(dof, 0.5 + LEVEL / 2), dtype=np.float64)


def student(dof: int) -> float:
    """The same of one."""
    return float(students(np.array(float(dof))))


def ends(value: float, down: float, up: float) -> tuple[float, float]:
    """The ends of an interval that reaches so far on the logarithmic scale; 0 and infinite beyond FURTHEST."""
    return value * math.exp(-down) if down <= FURTHEST else 0.0, value * math.exp(up) if up <= FURTHEST else math.inf


@dataclass(frozen=True)
class Wanted:
    """Ends to be found, one a row: the optimum x (B, P) with its cost (B,), the column (B,) and side -1 or 1 (B,).

    sd (B,) is the Wald standard error of the column, slope (B, P) how the optimum moves with it, dof (B,) the degrees
    of freedom; lower and upper (B, P) are bounds.
    """

    x: Floats
    cost: Floats
    column: Indices
    side: Floats
    sd: Floats
    slope: Floats
    dof: Floats
    lower: Floats
    upper: Floats


def profile_ends(model: Model, wanted: Wanted, amplitude: Indices) -> Floats:
    """The end (B,) of each interval as a log-parameter; infinite where the data set none.

    The columns are amplitudes (see minimise). `far` is how far an end is from the optimum, as a share of it.
    """
    best = wanted.x[np.arange(wanted.side.size), wanted.column]
    ends = _Bracket(_room(wanted, best), students(wanted.dof))
    far = np.minimum(ends.reach * wanted.sd, ends.room)
    x = moved(wanted.x, wanted.slope * (wanted.side * far)[:, None], amplitude)
    at = np.arange(best.size)
    for _ in range(ROUNDS):
        profile = _held(model, wanted, x[at], best[at] + np.log1p(wanted.side[at] * far[at]), at, amplitude)
        q = np.sqrt(
            np.maximum(profile.cost - wanted.cost[at], 0.0) * wanted.dof[at] / np.maximum(wanted.cost[at], 1e-300)
        )
        ends.learn(at, far[at], q)
        new = ends.next()
        x[at] = _towards(profile.x, wanted.x[at], (new / far)[at], amplitude)
        far[at] = new[at]
        at = at[(np.abs(q / ends.reach[at] - 1) > CLOSE) & ~ends.is_open[at] & (ends.width[at] > NARROW * far[at])]
        if not at.size:
            break
    return np.where(ends.is_open, wanted.side * np.inf, best + np.log1p(wanted.side * far))


class _Bracket:
    """Distances (B,) with less and more than `reach` standard deviations q, and where to look between them."""

    def __init__(self, room: Floats, reach: Floats) -> None:
        self.room, self.reach = room, reach
        self._near, self._near_q = np.zeros(room.size), np.zeros(room.size)
        self._power = np.ones(room.size)
        self._beyond, self._beyond_q = np.full(room.size, np.inf), np.full(room.size, np.inf)
        self.is_open = np.zeros(room.size, dtype=np.bool_)  # less than `reach` as far as there is room

    @property
    def width(self) -> Floats:
        """How far (B,) the end may still lie between."""
        return self._beyond - self._near

    def learn(self, at: Indices, far: Floats, q: Floats) -> None:
        """The rows `at` have q at `far`. An end that stays while the other one moves counts half (Illinois method)."""
        reach, inside = self.reach[at], q < self.reach[at]
        stays_near, stays_beyond = at[~inside & (self._near_q[at] > 0)], at[inside & np.isfinite(self._beyond[at])]
        self._near_q[stays_near] += 0.5 * (self.reach - self._near_q)[stays_near]
        self._beyond_q[stays_beyond] -= 0.5 * (self._beyond_q - self.reach)[stays_beyond]
        with np.errstate(divide="ignore", invalid="ignore"):
            power = np.log(q / self._near_q[at]) / np.log(far / self._near[at])
        self._power[at] = np.where((self._near_q[at] > 0) & inside, np.clip(power, 0.5, 3.0), 1.0)
        self._near[at[inside]], self._near_q[at[inside]] = far[inside], np.maximum(q[inside], 1e-6)
        self._beyond[at[~inside]], self._beyond_q[at[~inside]] = far[~inside], np.maximum(q, reach)[~inside]
        self.is_open[at] = inside & (far >= self.room[at])

    def next(self) -> Floats:
        """Where q is `reach` if it is a power of the distance between both ends, or goes on as from the optimum."""
        near, beyond = self._near, self._beyond
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.log(self.reach / self._near_q) / np.log(self._beyond_q / self._near_q)
            between = near * (beyond / near) ** share
            grown = np.minimum(near * np.minimum((self.reach / self._near_q) ** (1 / self._power), GROW), self.room)
            first = beyond * np.maximum(self.reach / self._beyond_q, 1.0 / GROW)
        between = np.where(np.isfinite(between), between, 0.5 * (near + beyond))
        return np.where(np.isinf(beyond), grown, np.where(near > 0, between, first))


def _room(wanted: Wanted, best: Floats) -> Floats:
    """How far (B,) an end may be: to the bound, but to a thousandth or a thousand times the optimum at most."""
    rows = np.arange(best.size)
    down = np.maximum(wanted.lower[rows, wanted.column] - best, -FURTHEST)
    up = np.minimum(wanted.upper[rows, wanted.column] - best, FURTHEST)
    return np.maximum(np.abs(np.expm1(np.where(wanted.side > 0, up, down))), LEAST)


def _towards(x: Floats, origin: Floats, ratio: Floats, amplitude: Indices) -> Floats:
    """The point on the line from the origin through x, `ratio` times as far."""
    change = np.where(is_amplitude(amplitude), np.expm1(x - origin), x - origin)
    return moved(origin, change * ratio[:, None], amplitude)


def _held(model: Model, wanted: Wanted, x: Floats, value: Floats, at: Indices, amplitude: Indices) -> Minimum:
    """The best fits of the rows `at` with their column held at value."""
    lower, upper = wanted.lower[at].copy(), wanted.upper[at].copy()
    rows = np.arange(at.size)
    lower[rows, wanted.column[at]] = upper[rows, wanted.column[at]] = value

    def chosen(x: Floats, rows: Indices) -> tuple[Floats, Floats]:
        return model(x, at[rows])

    return minimise(chosen, x, lower, upper, amplitude=amplitude, max_steps=STEPS, tolerance=TOLERANCE, damping=NEAR)
