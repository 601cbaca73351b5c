"""A heater, off its nominal by up to 20 %, under the edge's own ramp, heater loop and interlock, in lock-step.

Tick by tick as the agent runs them, without gas and laser: a thousand hours in minutes. A pure function of its seeds.
It knows nothing of what is measured on it (thermal, thermal_soak).
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from random import Random

import numpy as np
from adatom.edge.config import default_bench
from adatom.edge.control import HeaterLoop, Ramp
from adatom.edge.interlock import Interlock
from adatom.protocol import channels as ch

from .faults import Injection, Injector
from .physics.chamber_constants import CHAMBER
from .physics.constants import KELVIN
from .physics.heat import Heater

TICK_MS = 100
TICK_S = TICK_MS / 1000
GAS_PA, COOL_PA = 10.0, 60.0
NOISES = 1 << 18  # drawn once: one by one they would cost more than the physics
NOISE: list[float] = np.random.default_rng(1).standard_normal(NOISES).tolist()
BENCH = default_bench("thermal")
LIMITS: Mapping[str, float] = json.loads(files("adatom.sim").joinpath("demo/envelope.json").read_text())["interlock"]

# name -> heat capacity, losses and lags as shares of the nominal ones
PLANTS: Mapping[str, tuple[float, float, float]] = {
    "nominal": (1.0, 1.0, 1.0),
    "-20 %": (0.8, 0.8, 0.8),
    "+20 %": (1.2, 1.2, 1.2),
    "light, lossy": (0.8, 1.2, 1.2),
    "heavy, tight": (1.2, 0.8, 0.8),
}
# name -> rows of faults.FAULTS that it injects together
FAULTS: Mapping[str, tuple[str, ...]] = {
    "thermocouple detached": ("thermocouple_detached",),
    "thermocouple frozen": ("thermocouple_frozen",),
    "thermocouple burnt out": ("thermocouple_open",),
    "thermocouple lost": ("thermocouple_lost",),
    "thermocouple garbage": ("thermocouple_garbage",),
    "thermocouple slipped": ("thermocouple_slipped",),
    "thermocouple drifts": ("thermocouple_drifts",),
    "element open": ("element_open",),
    "half power": ("element_half",),
    "relay stuck on": ("relay_stuck",),
    "contactor welded": ("contactor_welded",),
    "relay stuck and contactor welded": ("relay_stuck", "contactor_welded"),
}


class HeatedBench:
    """Heater, loop and interlock in lock-step. `step` is one tick; `tripped` names what tripped, () before."""

    ramp: Ramp

    def __init__(self, seed: int, plant: tuple[float, float, float], noise: float = 1.0) -> None:
        capacity, losses, lag = plant
        random = Random(seed)
        self.noise_cc = 100.0 * CHAMBER["thermocouple_noise_k"] * noise
        self.noise_at = random.randrange(NOISES)
        self.heater = Heater(CHAMBER["wall_c"], CHAMBER["block_emissivity"] * losses)
        self.heater.block_j_k *= capacity
        self.heater.conduction = losses
        self.heater.lag = lag
        self.heater.guard_gain += CHAMBER["guard_spread"] * random.gauss(0.0, 1.0)
        self.pressure_pa = GAS_PA
        self.loop = HeaterLoop(BENCH.plant, LIMITS["heater_power_max_w"], TICK_MS)
        self.interlock = Interlock(dict(LIMITS), BENCH.plant, TICK_MS)
        self.now_ms = 0
        self.heating = False
        self.plan_cc: int | None = None
        self.begins: tuple[int, float] | None = None  # time and target of a ramp to come
        self.outputs = [0] * ch.OUT_COUNT
        self.readings: list[int | None] = [None] * ch.COUNT
        self.readings[ch.WATER_LPM], self.readings[ch.DOOR] = int(100 * CHAMBER["water_lpm"]), 0
        self.faults: Injector | None = None
        self.tripped: tuple[str, ...] = ()
        self.commanded_w = self.delivered_w = 0.0

    def heat_to(self, target_c: float, rate_c_min: float = BENCH.process.ramp_c_min) -> None:
        """Close the contactor and ramp to a target."""
        self.ramp = Ramp(rate_c_min, BENCH.process.hold_back_c, TICK_MS)
        start = self._reading(self.heater.thermocouple_k - KELVIN)
        if not self.heating:
            self.loop.start(start)
        self.heating = True
        self.pressure_pa = GAS_PA
        self.ramp.start(start, int(100 * target_c))

    def heat_later(self, target_c: float, after_s: float) -> None:
        """The same after a while."""
        self.begins = (self.now_ms + int(1000 * after_s), target_c)

    def cool(self) -> None:
        """Open the contactor; gas helps to cool."""
        self.heating = False
        self.plan_cc = None
        self.pressure_pa = COOL_PA
        self.outputs[ch.OUT_CONTACTOR] = self.outputs[ch.OUT_HEATER_W] = 0

    def step(self) -> None:
        """One tick: readings, control, interlock, plant."""
        self.now_ms += TICK_MS
        if self.begins is not None and self.now_ms >= self.begins[0]:
            self.heat_to(self.begins[1])
            self.begins = None
        self._read()
        outputs = self.outputs
        if self.heating and not self.tripped:
            measured = self.readings[ch.HEATER_C]
            self.plan_cc = target = self.ramp.step(measured)
            outputs[ch.OUT_HEATER_W] = self.loop.step(measured, target, self.ramp.climb)
            outputs[ch.OUT_CONTACTOR] = 1
        self.commanded_w = 0.01 * outputs[ch.OUT_HEATER_W]
        if self.interlock.check(self.now_ms, self.readings, outputs, self.plan_cc, None) and not self.tripped:
            self.tripped = tuple(trip[0] for trip in self.interlock.trips)
        obeyed = outputs if self.faults is None else self.faults.outputs(outputs)
        self.delivered_w = 0.01 * obeyed[ch.OUT_HEATER_W] if obeyed[ch.OUT_CONTACTOR] else 0.0
        self.heater.step(self.delivered_w, self.pressure_pa, TICK_S)

    def break_it(self, fault: str, seed: int) -> None:
        """From the next tick on, something is broken."""
        self.faults = Injector([Injection(name) for name in FAULTS[fault]], seed)

    def _read(self) -> None:
        readings = self.readings
        readings[ch.HEATER_C] = self._reading(self.heater.thermocouple_k - KELVIN)
        readings[ch.GUARD_C] = self._reading(self.heater.guard_c())
        readings[ch.PRESSURE_PA] = int(1000 * self.pressure_pa)
        if self.faults is not None:
            self.faults.begin(self.now_ms / 1000, 0, None)
            self.faults.readings(readings)

    def _reading(self, true_c: float) -> int:
        at = self.noise_at = (self.noise_at + 1) % NOISES
        return int(100.0 * true_c + self.noise_cc * NOISE[at] + 0.5)
