"""A small chamber for the tests of the edge: heater, gas, laser. Runs under CPython and MicroPython alike.

Only + - * / and square roots of floats, whose results IEEE 754 fixes, so both interpreters see the same readings.
"""

import math

from adatom.edge.interlock_gas import lg_counts
from adatom.protocol import channels as ch
from adatom.protocol.recipe import recipe_from_dict

SIGMA = 5.670374e-8  # W/m2/K4
TICK_S = 0.1
RECIPE = {
    "cations": [["La", 3.0], ["Ta", 0.5], ["Zr", 1.5]],
    "li_excess": 0.4,
    "interlayer_nm": 0.0,
    "fluence_j_cm2": 2.0,
    "rep_rate_hz": 10.0,
    "substrate_c": 600.0,
    "o2_pa": 10.0,
    "distance_mm": 55.0,
    "pulses": 6000,
    "anneal_c": 20.0,
    "anneal_min": 0.0,
    "air_exposure_min": 20.0,
    "interlayer": "none",
    "anneal_atmosphere": "vacuum",
    "measurements": ["eis", "witness"],
}


def recipe(**changes):
    """The reference recipe with some fields changed."""
    fields = dict(RECIPE)
    fields.update(changes)
    return recipe_from_dict(fields)


class SimplePlant:
    """`step(outputs)` gives the readings after a tenth of a second. `loss`, `capacity` and `valve` scale the plant."""

    def __init__(self, loss=1.0, capacity=1.0, valve=1.0, noise=1.0, seed=1):
        self.loss = loss
        self.capacity_j_k = 50.0 * capacity
        self.valve_l_s = 250.0 * valve
        self.noise = noise
        self.seed = seed
        self.heater_c = self.sensor_c = self.guard_c = 25.0
        self.element_w = 0.0
        self.pressure_pa = 100000.0
        self.travel = 0.0
        self.flow_sccm = 0.0
        self.pulses = 0
        self.burst = 0
        self.burst_left = 0
        self.energy_mj = 0.0
        self.pulse_due = 0.0
        self.readings = [None] * ch.COUNT
        self._read()

    def step(self, out):
        power = 0.01 * out[ch.OUT_HEATER_W] if out[ch.OUT_CONTACTOR] else 0.0
        self._heat(power)
        self._flow(1e-4 * out[ch.OUT_VALVE_PCT], 0.01 * out[ch.OUT_FLOW_SCCM])
        self._shoot(out)
        return self._read()

    def vent(self):
        self.pressure_pa = 100000.0

    def _heat(self, power_w):
        self.element_w += (power_w - self.element_w) * TICK_S / 3.0
        kelvin = self.heater_c + 273.15
        square = kelvin * kelvin
        loss = 0.7 * SIGMA * 40e-4 * (square * square - 298.15 * 298.15 * 298.15 * 298.15)
        loss = self.loss * (loss + 0.015 * (self.heater_c - 25.0))
        self.heater_c += (self.element_w - loss) * TICK_S / self.capacity_j_k
        self.sensor_c += (self.heater_c - self.sensor_c) * TICK_S / 3.0
        self.guard_c += (self.heater_c - self.guard_c) * TICK_S / 5.0

    def _flow(self, valve, flow_sccm):
        self.travel += (valve - self.travel) * TICK_S / 0.5
        self.flow_sccm += (flow_sccm - self.flow_sccm) * TICK_S
        u = self.travel
        conductance = 0.002 + self.valve_l_s * u * u * math.sqrt(u)
        pump = 10.0 + 500.0 / (1.0 + self.pressure_pa / 5.0)
        speed = conductance * pump / (conductance + pump)
        gas = 1.69 * self.flow_sccm + 0.05
        # implicit Euler: stable however fast the pump is
        self.pressure_pa = (self.pressure_pa + gas * TICK_S / 50.0) / (1.0 + speed * TICK_S / 50.0)

    def _shoot(self, out):
        if out[ch.OUT_BURST_ID] != self.burst:
            self.burst = out[ch.OUT_BURST_ID]
            self.burst_left = out[ch.OUT_BURST_PULSES]
            self.pulse_due = 1.0
        if not out[ch.OUT_GATE]:
            self.burst_left = 0
        while self.burst_left and self.pulse_due >= 1.0:
            self.pulse_due -= 1.0
            self.burst_left -= 1
            self.pulses += 1
            energy = 0.0102 * out[ch.OUT_ENERGY_MJ] if out[ch.OUT_BEAM] else 0.0  # 2 % more than asked
            self.energy_mj += (energy - self.energy_mj) / (8.0 if self.energy_mj else 1.0)
        self.pulse_due += TICK_S * 0.001 * out[ch.OUT_RATE_MHZ]

    def _read(self):
        readings = self.readings
        readings[ch.HEATER_C] = int(100.0 * self.sensor_c + 10.0 * self._random() + 0.5)
        readings[ch.GUARD_C] = int(100.0 * self.guard_c + 10.0 * self._random() + 0.5)
        readings[ch.PRESSURE_PA] = int(1000.0 * self.pressure_pa * (1.0 + 0.001 * self._random()) + 3 * self._random())
        # no logarithm is the same to the last bit everywhere; integers are
        readings[ch.VACUUM_LGPA] = lg_counts(int(1000000.0 * self.pressure_pa)) - 6000
        readings[ch.FLOW_SCCM] = int(100.0 * self.flow_sccm + 2.0 * self._random() + 5.5)
        readings[ch.ENERGY_MJ] = int(100.0 * self.energy_mj * (1.0 + 0.003 * self._random()) + 0.5)
        readings[ch.PULSES] = self.pulses
        readings[ch.WATER_LPM] = int(300.0 + 2.0 * self._random())
        readings[ch.DOOR] = 0
        return readings

    def _random(self):
        """A number in -1.7 to 1.7 with variance 1 times `noise`: uniform, from a 31-bit congruential generator."""
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        return self.noise * (self.seed / 0x40000000 - 1.0) * 1.7
