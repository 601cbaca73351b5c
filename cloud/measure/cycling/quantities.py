"""The quantities of a cycling record, for a campaign: life or critical current, efficiency, fade, with uncertainty."""

from adatom.cloud.measure.cycling.analyse import Analysis
from adatom.cloud.measure.cycling.shorts import STEP_SD, Critical
from adatom.cloud.measure.cycling.weibull import Estimate
from adatom.cloud.measure.quantity import Quantity
from adatom.protocol.errors import InputError

Z_95 = 1.96  # half a 95 % interval in standard deviations of a normal
CCD, LIFE = "ccd_ma_cm2", "cycles_to_failure"
EFFICIENCY, FADE = "coulombic_efficiency", "capacity_fade_per_cycle"


def quantities_of(found: Analysis) -> list[Quantity]:
    """The quantities of a record's analysis. Raises InputError for a ramp of currents without an electrode area."""
    name = found.record.name
    if found.critical is not None:
        area = found.record.area_cm2
        if area is None:
            raise InputError(name, "its current grows, and the critical one is per cm²: --area-cm2 is needed")
        made = [critical_quantity(_per_area(found.critical, 1000.0 / area))]
    else:
        life = found.life
        made = [life_quantity(float(life.cycles), life.failed, life.why)]
    if found.efficiency is not None and not found.held:
        made.append(_of_estimate(EFFICIENCY, found.efficiency))
    if found.fade_per_cycle is not None:
        made.append(_of_estimate(FADE, found.fade_per_cycle))
    return made


def critical_quantity(found: Critical) -> Quantity:
    """The last current (mA/cm²) without a short; the true value lies between it and the next."""
    unit = "mA/cm²"
    if found.low is None:
        return Quantity(CCD, None, unit, quality="failed", reason="short_at_first_current")
    if found.high is None:
        return Quantity(CCD, found.low, unit, quality="censored", notes=("no short up to this current",))
    sd = (found.high - found.low) * STEP_SD
    return Quantity(CCD, found.low, unit, sd, sd / found.low)


def life_quantity(cycles: float, failed: bool, why: str) -> Quantity:
    """Cycles to the failure `why`; censored where the cell lives on."""
    if not failed:
        return Quantity(LIFE, cycles, "cycles", quality="censored", notes=("survived to the end of the test",))
    return Quantity(LIFE, cycles, "cycles", STEP_SD, STEP_SD / cycles if cycles > 0 else None, notes=(why,))


def _per_area(found: Critical, factor: float) -> Critical:
    low, high = (None if one is None else factor * one for one in (found.low, found.high))
    return Critical(low, high)


def _of_estimate(name: str, one: Estimate) -> Quantity:
    """As a normal whose 95 % interval is as wide."""
    return Quantity(name, one.value, "1", (one.high - one.low) / (2.0 * Z_95))
