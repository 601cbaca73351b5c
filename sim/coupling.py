"""The seam between instruments and physics: commands become outputs, readings become what the sensors feel."""

import math
from collections.abc import Sequence
from typing import Protocol

from adatom.protocol import channels as ch

from .instruments.plant import Plant

STEP_S = 0.1  # of bench time, as the control loops tick


class Physics(Protocol):
    """What stands behind the instruments: sim.bench.TwinBench, or something smaller in a test."""

    def step(self, outputs: Sequence[int], dt_s: float) -> Sequence[int | None]:
        """Obey outputs (protocol.channels.OUTPUTS) for dt_s; readings in the order of protocol.channels."""
        ...


class Coupling:
    """The seam between plant and physics: commands become outputs, readings become what the sensors feel."""

    def __init__(self, plant: Plant, physics: Physics) -> None:
        self.plant = plant
        self.physics = physics
        self._outputs = [0] * ch.OUT_COUNT
        self._triggers = plant.triggers
        self._rate_mhz = 0  # of the last burst; the gate shows none once it is over

    def step(self) -> None:
        """One STEP_S of bench time."""
        self._command()
        self._sense(self.physics.step(self._outputs, STEP_S))

    def _command(self) -> None:
        plant, out = self.plant, self._outputs
        out[ch.OUT_HEATER_W] = round(100 * plant.heater_power_w)
        out[ch.OUT_VALVE_PCT] = round(100 * plant.valve_pct)
        out[ch.OUT_FLOW_SCCM] = round(100 * plant.flow_set_sccm)
        out[ch.OUT_ENERGY_MJ] = round(100 * plant.laser_set_mj)
        out[ch.OUT_SLOT] = plant.carousel_slot
        out[ch.OUT_BEAM] = int(not plant.beam_blocked)
        out[ch.OUT_CONTACTOR] = int(plant.contactor_closed)
        out[ch.OUT_SHUTTER] = int(plant.shutter_open)
        self._shoot()

    def _shoot(self) -> None:
        """The triggers that the gate let through since the last step, as a burst that fits into this one.

        The gate decides; a physics that counted for itself would fire on after a lease ran out.
        """
        plant, out = self.plant, self._outputs
        fresh = plant.triggers - self._triggers
        self._triggers = plant.triggers
        self._rate_mhz = plant.rate_mhz or self._rate_mhz
        out[ch.OUT_GATE] = int(fresh > 0 and plant.laser_on)
        if fresh > 0 and not plant.laser_on:
            plant.pulses_missed += fresh
        elif fresh > 0:
            fits_mhz = math.ceil(1000 * fresh / STEP_S)
            out[ch.OUT_RATE_MHZ] = self._rate_mhz if (fresh - 1) * 1000 < self._rate_mhz * STEP_S else fits_mhz
            out[ch.OUT_BURST_PULSES] = fresh
            out[ch.OUT_BURST_ID] += 1

    def _sense(self, readings: Sequence[int | None]) -> None:
        plant = self.plant
        plant.heater_c = _quantity(readings, ch.HEATER_C)
        plant.guard_c = _quantity(readings, ch.GUARD_C)
        plant.pressure_pa = _quantity(readings, ch.PRESSURE_PA)
        plant.vacuum_pa = 10.0 ** _quantity(readings, ch.VACUUM_LGPA)
        plant.flow_sccm = _quantity(readings, ch.FLOW_SCCM)
        plant.energy_mj = _quantity(readings, ch.ENERGY_MJ)
        plant.water_lpm = _quantity(readings, ch.WATER_LPM)
        plant.pulses = readings[ch.PULSES] or 0
        plant.door_open = bool(readings[ch.DOOR])
        plant.reflectance = _quantity(readings, ch.REFLECTANCE)


def _quantity(readings: Sequence[int | None], index: int) -> float:
    """A reading in its unit; NaN when the sensor gives none."""
    value = readings[index]
    return math.nan if value is None else value / ch.SCALES[index]
