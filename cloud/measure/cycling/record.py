"""A galvanostatic record as every reader hands it over, and its half cycles."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats, Indices

REST_SHARE = 0.01  # of the largest current: below, the cell rests
GROWTH = 1.02  # a current that grows by more begins another half cycle; one held at a voltage falls
MIN_ROWS = 2  # of a half cycle; a single row is a switch


@dataclass(frozen=True)
class Record:
    """Rows (N,) in the order of time; `cycle` and `step` as the file counts them, or counted here.

    `capacity_ah` is the charge passed since its half cycle began. `area_cm2` 1 stands for currents per area. meta is
    what the file states; notes are what was inferred or left out.
    """

    name: str
    time_s: Floats
    current_a: Floats
    voltage_v: Floats
    cycle: Indices
    step: Indices
    capacity_ah: Floats
    area_cm2: float | None = None
    meta: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Half:
    """A half cycle: rows start to stop, sign of the current, its median without the sign, charge, last quarter's V."""

    cycle: int
    sign: int
    start: int
    stop: int
    current_a: float
    charge_ah: float
    plateau_v: float


def half_slices(current_a: Floats, cycle: Indices | None) -> list[tuple[int, int]]:
    """Where half cycles begin and end: the sign of the current turns, it grows, or the file counts another cycle.

    Rests between rows of one half cycle belong to it; those around it do not.
    """
    limit = REST_SHARE * float(np.abs(current_a).max(initial=0.0))
    rows = np.flatnonzero(np.abs(current_a) > limit)
    if not rows.size:
        return []
    level = current_a[rows]
    new = (np.sign(level[1:]) != np.sign(level[:-1])) | (np.abs(level[1:]) > GROWTH * np.abs(level[:-1]))
    if cycle is not None:
        new |= cycle[rows][1:] != cycle[rows][:-1]
    edges = np.concatenate([[0], np.flatnonzero(new) + 1, [rows.size]])
    return [(int(rows[a]), int(rows[b - 1]) + 1) for a, b in pairwise(edges) if b - a >= MIN_ROWS]


def counted_cycles(current_a: Floats) -> Indices:
    """Cycles (N,) of a file that does not count them: each begins with a half cycle of the first one's sign."""
    counted = np.ones(current_a.size, dtype=np.intp)
    slices = half_slices(current_a, None)
    number = 0
    for start, _ in slices:
        number += np.sign(current_a[start]) == np.sign(current_a[slices[0][0]])
        counted[start:] = number
    return counted


def passed_ah(time_s: Floats, current_a: Floats, cycle: Indices) -> Floats:
    """The charge (N,) passed since the half cycle began, by the trapezium rule; 0 outside half cycles."""
    steps = 0.5 * (np.abs(current_a[1:]) + np.abs(current_a[:-1])) * np.diff(time_s) / 3600.0
    charge = np.zeros(time_s.size)
    for start, stop in half_slices(current_a, cycle):
        charge[start + 1 : stop] = np.cumsum(steps[start : stop - 1])
    return charge


def halves_of(record: Record) -> list[Half]:
    """All half cycles of a record."""
    found = []
    for start, stop in half_slices(record.current_a, record.cycle):
        current = float(np.median(record.current_a[start:stop]))
        last = record.voltage_v[stop - max(1, (stop - start) // 4) : stop]
        charge, plateau = float(record.capacity_ah[stop - 1]), float(np.median(last))
        sign = 1 if record.current_a[start] > 0 else -1
        found.append(Half(int(record.cycle[start]), sign, start, stop, abs(current), charge, plateau))
    return found
