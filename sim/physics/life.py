"""Critical current and cycle life: laws, and the records that a cycler would write. Cycle-level, not 10 Hz control."""

import math
from dataclasses import dataclass

import numpy as np

from .arithmetic import arrhenius
from .cell import Cell, true_r_interface_ohm_cm2
from .conditions import ROOM_K
from .constants import KELVIN, Values

RAMP_FIRST_MA_CM2 = 0.02
RAMP_RATIO = 1.15
RAMP_STEPS = 45  # up to about 9 mA/cm2: beyond every garnet
VOLTAGE_LIMIT_MV = 1000.0  # polarisation at which a cycler stops
STEPS_AFTER_SHORT = 2


@dataclass(frozen=True)
class Record:
    """Columns of a record and how the test ended: "short", "survived" or "voltage_limit"."""

    columns: dict[str, list[float]]
    ended: str


def critical_current_ma_cm2(cell: Cell, k: Values) -> float:
    """Median critical current, mA/cm2: 0.35 (R/10)^-0.45 min(1.6, (P/3 MPa)^0.3) K_IC^0.5 exp(-Ea/k(1/T - 1/T0))."""
    resistance = (true_r_interface_ohm_cm2(cell) / k["ccd_r_ref_ohm_cm2"]) ** k["ccd_r_power"]
    pressed = min(k["ccd_pressure_max"], (cell.pressure_mpa / k["ccd_pressure_mpa"]) ** k["ccd_pressure_power"])
    warm = arrhenius(k["ccd_ea_ev"], cell.temperature_c + KELVIN, ROOM_K)
    return float(k["ccd_ma_cm2"] * resistance * pressed * math.sqrt(cell.toughness_mpa_m) * warm)


def median_cycles(ccd_ma_cm2: float, current_ma_cm2: float, k: Values) -> float:
    """Median cycles to a short: N50 = 1000 (CCD/j/2.9)^2.25. The exponent is chosen, not measured."""
    return float(k["cycles_n50"] * (ccd_ma_cm2 / current_ma_cm2 / k["cycles_ratio"]) ** k["cycles_power"])


def draw_critical_current(cell: Cell, rng: np.random.Generator, k: Values) -> float:
    """This cell's critical current, mA/cm2: Weibull around the median (nominally identical cells scatter widely)."""
    return critical_current_ma_cm2(cell, k) * _weibull(rng, k["ccd_weibull_m"])


def draw_wear(cell: Cell, rng: np.random.Generator, k: Values) -> tuple[float, float]:
    """(medians of life that this cell lives, cycles until a droplet shorts it)."""
    wear = _weibull(rng, k["cycles_shape"])
    droplet_rate = k["droplet_hazard"] * cell.droplets_per_cm2 * cell.area_cm2
    return wear, rng.exponential(1.0 / droplet_rate)


def draw_cycles_to_short(cell: Cell, current_ma_cm2: float, rng: np.random.Generator, k: Values) -> float:
    """This cell's cycles to a short: Weibull around the median, or a droplet's short when that comes first."""
    wear, droplet_cycles = draw_wear(cell, rng, k)
    return min(median_cycles(critical_current_ma_cm2(cell, k), current_ma_cm2, k) * wear, droplet_cycles)


def critical_current_record(cell: Cell, rng: np.random.Generator, k: Values) -> Record:
    """Ramp of the current: voltage_mv per current_ma_cm2; a short shows as a drop of the voltage."""
    critical = draw_critical_current(cell, rng, k)
    columns: dict[str, list[float]] = {"current_ma_cm2": [], "voltage_mv": []}
    shorted = 0
    for step in range(RAMP_STEPS):
        current = RAMP_FIRST_MA_CM2 * RAMP_RATIO**step
        shorted += current > critical
        voltage = current * polarisation_ohm_cm2(cell, 0.0, k) * (k["short_voltage_share"] if shorted else 1.0)
        columns["current_ma_cm2"].append(round(current, 6))
        columns["voltage_mv"].append(round(voltage * (1.0 + k["cycling_noise"] * rng.standard_normal()), 6))
        if shorted > STEPS_AFTER_SHORT:
            return Record(columns, "short")
        if voltage > VOLTAGE_LIMIT_MV:
            return Record(columns, "voltage_limit")
    return Record(columns, "short" if shorted else "survived")


def cycling_record(
    cell: Cell, rng: np.random.Generator, k: Values, current_ma_cm2: float = 0.1, max_cycles: int = 50
) -> Record:
    """Plateau voltage per cycle at a constant current, until the short, the voltage limit, or `max_cycles`."""
    life = draw_cycles_to_short(cell, current_ma_cm2, rng, k)
    noise = rng.standard_normal(max_cycles)
    columns: dict[str, list[float]] = {"cycle": [], "voltage_mv": []}
    for cycle in range(1, max_cycles + 1):
        shorted = cycle > life
        voltage = current_ma_cm2 * polarisation_ohm_cm2(cell, float(cycle), k)
        voltage *= k["short_voltage_share"] if shorted else 1.0
        columns["cycle"].append(cycle)
        columns["voltage_mv"].append(round(voltage * (1.0 + k["cycling_noise"] * noise[cycle - 1]), 6))
        if shorted:
            return Record(columns, "short")
        if voltage > VOLTAGE_LIMIT_MV:
            return Record(columns, "voltage_limit")
    return Record(columns, "survived")


def polarisation_ohm_cm2(cell: Cell, cycle: float, k: Values) -> float:
    """DC resistance of the whole cell, ohm cm2: pellet + 2 (R_film + R_int (1 + c sqrt n))."""
    aged = cell.r_int_ohm_cm2 * (1.0 + k["aging_per_sqrt_cycle"] * math.sqrt(cycle))
    return cell.r_pellet_ohm_cm2 + 2.0 * (cell.r_film_ohm_cm2 + aged)


def _weibull(rng: np.random.Generator, shape: float) -> float:
    """A Weibull variate with median 1."""
    return float((rng.standard_exponential() / math.log(2.0)) ** (1.0 / shape))
