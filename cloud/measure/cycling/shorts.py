"""Shorts told from sudden drops of the apparent resistance |V|/I. The one place of the rule and its limits.

A hard short is lithium from side to side: little of the resistance is left and it stays so. A soft short leaves much of
it, or heals (Krauskopf et al. 2020; the limits between the two are chosen, the literature names none).
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats
from numpy.lib.stride_tricks import sliding_window_view

SHORT_DROP = 0.30  # of the apparent resistance, from one row to the next: at least a soft short
HARD_SHARE = 0.20  # of the resistance: what is left after a hard short, at most
HEALED_SHARE = 0.50  # of the resistance: a cell whose later rows are above this has healed
MAX_VOLTAGE_MV = 1000.0  # polarisation at which a symmetric cell counts as failed
TYPICAL_ROWS = 3  # whose median is "before" and "after"; one noisy row makes no short
STEP_SD = 12.0**-0.5  # of a value known to lie in an interval of length 1
HARD, SOFT = "hard", "soft"


@dataclass(frozen=True)
class Short:
    """`row` is the first low one; `left` the share of the resistance after it; kind "hard" or "soft"."""

    row: int
    kind: str
    left: float
    healed: bool


@dataclass(frozen=True)
class Critical:
    """The critical current lies from `low` to `high`; None where no current was passed or none shorted the cell."""

    low: float | None
    high: float | None


def find_short(resistance: Floats) -> int | None:
    """The first row at which the (apparent) resistance drops by SHORT_DROP against the median of the rows before."""
    if resistance.size < 2:
        return None
    begin = [np.median(resistance[:row]) for row in range(1, min(TYPICAL_ROWS, resistance.size))]
    windows = sliding_window_view(resistance, min(TYPICAL_ROWS, resistance.size))[:-1]
    before = np.concatenate([begin, np.median(windows, axis=1)])
    return _first(np.concatenate([[False], resistance[1:] < (1.0 - SHORT_DROP) * before]))


def tell_short(resistance: Floats) -> Short | None:
    """The first short of a series of resistances (N,) and which kind it is; None without one."""
    row = find_short(resistance)
    if row is None:
        return None
    before = float(np.median(resistance[max(0, row - TYPICAL_ROWS) : row]))
    left = float(np.median(resistance[row : row + TYPICAL_ROWS])) / before
    healed = float(np.median(resistance[row:])) / before > HEALED_SHARE
    return Short(row, HARD if left <= HARD_SHARE and not healed else SOFT, left, healed)


def critical_current(current: Floats, resistance: Floats) -> Critical:
    """The bracket of the critical current: the largest current passed below the one that shorted the cell, and that."""
    end = find_short(resistance)
    if end is None:
        return Critical(float(current.max()), None)
    passed = current[:end][current[:end] < current[end]]
    return Critical(float(passed.max()) if passed.size else None, float(current[end]))


def failing_row(voltage_mv: Floats) -> int | None:
    """The first row with a short or excess polarisation, of voltages at one current without their signs."""
    high = _first(voltage_mv > MAX_VOLTAGE_MV)
    return min((row for row in (find_short(voltage_mv), high) if row is not None), default=None)


def _first(hit: Flags) -> int | None:
    return int(hit.argmax()) if hit.any() else None
