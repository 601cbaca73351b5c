"""What a galvanostatic record says of its cell: shorts, critical current, life, efficiency, fade. Knows no files.

A cell whose voltage turns with the current is symmetric (lithium on both sides, or on one and nothing on the other):
its apparent resistance |V|/I tells shorts. Any other is a full cell: its capacity tells the life.
"""

from dataclasses import dataclass, replace

import numpy as np
from adatom.cloud.measure.cycling.record import Half, Record, halves_of
from adatom.cloud.measure.cycling.shorts import (
    MAX_VOLTAGE_MV,
    Critical,
    Short,
    critical_current,
    find_short,
    tell_short,
)
from adatom.cloud.measure.cycling.weibull import Estimate
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.optimize.table.columns import TRUE_WORDS
from adatom.protocol.errors import InputError
from scipy.stats import t as student
from scipy.stats import theilslopes

TURNS_SHARE = 0.8  # of the half cycles whose voltage has the current's sign: a symmetric cell
RAMP = 1.2  # largest over smallest current of a test that looks for the critical one
RAMP_STEPS = 3
END_SHARE = 0.8  # of the first capacity: the customary end of a full cell's life
FIRST_CYCLES = 3  # whose median is the first capacity
FORMING = 1  # cycles at the start that efficiencies leave out
SETTLED = 0.1  # of a half cycle, at whose start lithium nucleates and the voltage falls without a short
MIN_FADE = 4  # cycles for a slope
HELD = 1e-3  # relative scatter of charges that a program held


@dataclass(frozen=True)
class Cycle:
    """A cycle: current (A), |plateau| (V) and |V|/I (ohm) as means of its half cycles, charges (Ah), efficiency.

    `healed` says that within it the resistance dropped as in a short and came back.
    """

    number: int
    current_a: float
    plateau_v: float
    resistance_ohm: float
    charge_ah: float | None
    discharge_ah: float | None
    efficiency: float | None
    healed: bool


@dataclass(frozen=True)
class Life:
    """Cycles to the failure `why`, or that the cell lives on ("survived")."""

    cycles: int
    failed: bool
    why: str


@dataclass(frozen=True)
class Analysis:
    """All that one record says. `short` is in rows of `cycles`; None where the kind of cell has no such quantity."""

    record: Record
    halves: list[Half]
    cycles: list[Cycle]
    symmetric: bool
    life: Life
    short: Short | None
    critical: Critical | None
    efficiency: Estimate | None
    fade_per_cycle: Estimate | None
    notes: tuple[str, ...]

    @property
    def held(self) -> bool:
        """Whether the program held equal charges, so that the efficiency tells nothing of the cell."""
        return self.symmetric and _held(self.cycles)

    @property
    def simulated(self) -> bool:
        """Whether the file says that it is simulated."""
        return self.record.meta.get("simulated", "").strip().lower() in TRUE_WORDS


def analyse(record: Record) -> Analysis:
    """The Analysis of a record. Raises InputError for one without a half cycle, or without any current."""
    halves = halves_of(record)
    if not halves:
        raise InputError(record.name, "no half cycle: no current in two rows behind each other")
    turns = float(np.mean([half.plateau_v * half.sign > 0 for half in halves]))
    symmetric = turns >= TURNS_SHARE and len({half.sign for half in halves}) == 2
    cycles = [_cycle(record, some, symmetric) for some in _by_cycle(halves)]
    ramp = symmetric and _is_ramp(cycles)
    resistance = np.array([cycle.resistance_ohm for cycle in cycles])
    short = tell_short(resistance) if symmetric else None
    critical = critical_current(np.array([cycle.current_a for cycle in cycles]), resistance) if ramp else None
    life = _life(cycles, short) if symmetric else _life_by_capacity(cycles)
    fade = None if symmetric else _fade(cycles)
    notes = (*record.notes, *_notes(cycles, symmetric, ramp))
    return Analysis(record, halves, cycles, symmetric, life, short, critical, _efficiency(cycles), fade, notes)


def _by_cycle(halves: list[Half]) -> list[list[Half]]:
    groups: dict[int, list[Half]] = {}
    for half in halves:
        groups.setdefault(half.cycle, []).append(half)
    return list(groups.values())


def _cycle(record: Record, halves: list[Half], symmetric: bool) -> Cycle:
    current = float(np.mean([half.current_a for half in halves]))
    plateau = float(np.mean([abs(half.plateau_v) for half in halves]))
    resistance = float(np.mean([abs(half.plateau_v) / half.current_a for half in halves]))
    signs = (halves[0].sign, -halves[0].sign) if symmetric else (1, -1)
    charge, discharge = (_charge(halves, sign) for sign in signs)
    efficiency = discharge / charge if charge and discharge else None
    healed = symmetric and any(_healed(record, half) for half in halves)
    return Cycle(halves[0].cycle, current, plateau, resistance, charge, discharge, efficiency, healed)


def _charge(halves: list[Half], sign: int) -> float | None:
    charges = [half.charge_ah for half in halves if half.sign == sign]
    return sum(charges) if charges else None


def _healed(record: Record, half: Half) -> bool:
    """Whether the resistance drops within a half cycle as in a short, and is back at its end."""
    start = half.start + int(SETTLED * (half.stop - half.start))
    resistance = np.abs(record.voltage_v[start : half.stop]) / np.maximum(
        np.abs(record.current_a[start : half.stop]), 1e-15
    )
    row = find_short(resistance)
    return row is not None and abs(half.plateau_v) / half.current_a > 0.7 * float(np.median(resistance[:row]))


def _is_ramp(cycles: list[Cycle]) -> bool:
    current = np.array([cycle.current_a for cycle in cycles])
    return (
        current.size >= RAMP_STEPS
        and current.max() > RAMP * current.min()
        and bool((np.diff(current) > -0.02 * current[:-1]).all())
    )


def _life(cycles: list[Cycle], short: Short | None) -> Life:
    """To the first short or excess polarisation."""
    over = next((i for i, cycle in enumerate(cycles) if 1000.0 * cycle.plateau_v > MAX_VOLTAGE_MV), None)
    if short is not None and (over is None or short.row <= over):
        return Life(cycles[short.row].number, True, f"{short.kind} short")
    if over is not None:
        return Life(cycles[over].number, True, "polarisation above 1 V")
    return Life(cycles[-1].number, False, "survived")


def _life_by_capacity(cycles: list[Cycle]) -> Life:
    """To the first cycle below END_SHARE of the first capacity."""
    capacity = [(cycle.number, cycle.discharge_ah) for cycle in cycles if cycle.discharge_ah]
    if not capacity:
        return Life(cycles[-1].number, False, "survived")
    first = float(np.median([charge for _, charge in capacity[:FIRST_CYCLES]]))
    for number, charge in capacity[:-1]:  # the last may be cut off by the end of the file
        if charge < END_SHARE * first:
            return Life(number, True, f"capacity below {100 * END_SHARE:.0f} %")
    return Life(capacity[-1][0], False, "survived")


def _efficiency(cycles: list[Cycle]) -> Estimate | None:
    """Mean coulombic efficiency without the first cycle, with Student's 95 % interval over the cycles."""
    values = np.array([cycle.efficiency for cycle in cycles[FORMING:] if cycle.efficiency is not None])
    if values.size < 2:
        return None
    mean = float(values.mean())
    width = float(student.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return Estimate(mean, mean - width, mean + width)


def _fade(cycles: list[Cycle]) -> Estimate | None:
    """Share of the first capacity lost a cycle, by the median of all slopes (Theil and Sen), with its 95 % interval."""
    pairs = [(cycle.number, cycle.discharge_ah) for cycle in cycles if cycle.discharge_ah]
    if len(pairs) < MIN_FADE:
        return None
    number, capacity = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    slope = theilslopes(capacity / float(np.median(capacity[:FIRST_CYCLES])), number)
    return Estimate(-float(slope.slope), -float(slope.high_slope), -float(slope.low_slope))


def _notes(cycles: list[Cycle], symmetric: bool, ramp: bool) -> list[str]:
    notes = []
    if symmetric and _held(cycles):
        notes.append("the program held equal charges: the efficiency tells nothing of the cell")
    healed = [str(cycle.number) for cycle in cycles if cycle.healed]
    if healed:
        more = f" and {len(healed) - 10} more" if len(healed) > 10 else ""
        notes.append(f"soft shorts that healed within their half cycle: cycle {', '.join(healed[:10])}{more}")
    if ramp:
        notes.append("the current grows: the life in cycles is that of the ramp")
    return notes


def _held(cycles: list[Cycle]) -> bool:
    values: Floats = np.array([cycle.efficiency for cycle in cycles if cycle.efficiency is not None])
    return values.size > 1 and float(np.abs(values - 1.0).max()) < 10 * HELD and float(values.std()) < HELD


def unit_current(found: Analysis) -> tuple[float, str]:
    """(factor from A, unit) of shown currents: per area where it is known."""
    area = found.record.area_cm2
    return (1000.0, "mA") if area is None else (1000.0 / area, "mA/cm²")


def with_area(record: Record, area_cm2: float | None) -> Record:
    """The record with the area stated. Raises InputError for one not above 0, or with currents per area."""
    if area_cm2 is None:
        return record
    if not 0 < area_cm2 < np.inf:
        raise InputError("--area-cm2", f"{area_cm2}; a number above 0 is needed")
    if record.area_cm2 == 1.0 and any("per cm²" in note for note in record.notes):
        raise InputError("--area-cm2", f"{record.name}: its currents are per cm² already")
    return replace(record, area_cm2=area_cm2)
