"""Thermal faults against the real controller and interlock: how soon each is found, and that nothing else trips.

A HeatedBench is the twin's heater, off its nominal by up to 20 %, under the edge's own ramp, heater loop and interlock,
tick by tick as the agent runs them, without gas and laser: a thousand hours in minutes. A pure function of its seeds.

A power fault counts as *observable* from the tick on which the delivered power differs from the commanded one by at
least OBSERVABLE_W and OBSERVABLE_SHARE of the larger; a thermocouple fault from when its reading is missing, repeats
itself, or is OBSERVABLE_K off what a sound one would show. All lags of element and thermocouples come on top.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from importlib.resources import files
from random import Random
from statistics import median
from typing import Any

import numpy as np
from adatom.edge.config import default_bench
from adatom.edge.control import HeaterLoop, Ramp
from adatom.edge.interlock import Interlock
from adatom.protocol import channels as ch

from .faults import Injection, Injector
from .physics.chamber_constants import CHAMBER
from .physics.constants import KELVIN
from .physics.heat import Heater

OBSERVABLE_W = 12.0  # K: in 15 s it moves a nominal block by 3.6 K
OBSERVABLE_SHARE = 0.4  # K: beyond what a plant 20 % off can explain in both capacity and losses
OBSERVABLE_K = 10.0  # K
HORIZON_S = 180.0  # after it became observable; a fault that is not found by then is missed
UNSEEN_S = 60.0  # one that is not observable by then is called not observable
SOAK_NOISE = 3.0  # times the noise of a healthy thermocouple
AFTERMATH_S = 60.0  # after the trip, for the overshoot
TICK_MS = 100
TICK_S = TICK_MS / 1000
COLD_C, HOT_C = 150.0, 720.0  # range of targets: the envelope's and the coolest anneal that changes anything
GAS_PA, COOL_PA = 10.0, 60.0
ENERGISED_C = 50.0  # the interlock watches the thermocouples of a block that is heated or warmer than this
LEAD_K = 60.0
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
PHASES = ("cold", "ramp", "soak", "cool")  # cold: broken before heating begins; cool: contactor open, block hot
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
POWER_FAULTS = tuple(name for name in FAULTS if not name.startswith("thermocouple"))
# seconds from observable to trip that are promised (safety.md); the others are reported
PROMISED_S: Mapping[str, float] = {
    "thermocouple detached": 3.0,
    "thermocouple frozen": 3.0,
    "thermocouple burnt out": 3.0,
    "thermocouple lost": 3.0,
    "element open": 15.0,
    "relay stuck on": 15.0,
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


@dataclass
class Found:
    """What became of one fault: seconds from injection to observable and to the trip, None where it never came."""

    observable_s: float | None = None
    trip_s: float | None = None
    trips: tuple[str, ...] = ()
    above_plan_k: float = 0.0  # highest measured value above the plan until the trip
    overshoot_k: float = 0.0  # highest true value of the block above the plan, the minute after the trip included

    @property
    def late_s(self) -> float | None:
        """Seconds from observable to the trip, 0 for a trip before; None without both."""
        if self.trip_s is None:
            return None
        return 0.0 if self.observable_s is None else max(0.0, self.trip_s - self.observable_s)


@dataclass
class Cell:
    """One cell of the matrix: what became of a fault in a phase over plants and seeds."""

    fault: str
    phase: str
    plant: str
    found: list[Found] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """The cell as numbers, JSON-ready. Only faults that became observable, or were found, are counted as n."""
        seen = [one for one in self.found if one.trip_s is not None]
        shown = [one for one in self.found if one.observable_s is not None or one.trip_s is not None]
        late = [one.late_s for one in seen if one.late_s is not None]
        promised = PROMISED_S.get(self.fault)
        return {
            "fault": self.fault,
            "phase": self.phase,
            "plant": self.plant,
            "runs": len(self.found),
            "n": len(shown),
            "found": len(seen),
            "missed": len(shown) - len(seen),
            "median_s": _rounded(median(late)) if late else None,
            "worst_s": _rounded(max(late)) if late else None,
            "injected_median_s": _rounded(median(_trip_times(seen))) if seen else None,
            "injected_worst_s": _rounded(max(_trip_times(seen))) if seen else None,
            "promised_s": promised,
            "late": sum(1 for value in late if promised is not None and value > promised + 1e-9),
            "above_plan_k": _rounded(max((one.above_plan_k for one in seen), default=0.0)),
            "overshoot_k": _rounded(max((one.overshoot_k for one in seen), default=0.0)),
            "by": sorted({name for one in seen for name in one.trips}),
        }


def rows(
    seeds: int = 3, plants: tuple[str, ...] = tuple(PLANTS), progress: Callable[[int, int], None] | None = None
) -> list[dict[str, Any]]:
    """The matrix: a dict for each fault, phase and plant (see Cell.row). `progress(done, of)` is told of each seed."""
    cells = {
        (fault, phase, plant): Cell(fault, phase, plant) for fault in FAULTS for phase in PHASES for plant in plants
    }
    done = 0
    for plant in plants:
        for seed in range(seeds):
            for phase, bench in moments(seed, PLANTS[plant]):
                for fault in FAULTS:
                    cells[fault, phase, plant].found.append(watch(deepcopy(bench), fault, seed))
            done += 1
            if progress is not None:
                progress(done, seeds * len(plants))
    return [cell.row() for cell in cells.values()]


def moments(seed: int, plant: tuple[float, float, float], noise: float = 1.0) -> Iterator[tuple[str, HeatedBench]]:
    """(phase, bench) at a random moment of each phase. Each is the same object: copy it before use.

    Ramps and soaks begin a few minutes before the moment, from a block that rests 60 K lower: what came earlier is
    forgotten by controller and interlock alike.
    """
    random = Random(f"moments {seed}")
    target_c = random.uniform(COLD_C, HOT_C)
    bench = HeatedBench(seed, plant, noise)
    bench.heat_later(target_c, random.uniform(1.0, 5.0))
    yield "cold", bench
    bench = HeatedBench(seed, plant, noise)
    ramp_at_c = random.uniform(60.0, target_c - 20.0)
    bench.heater.rest(max(CHAMBER["wall_c"], ramp_at_c - LEAD_K))
    bench.heat_to(target_c)
    _run(bench, lambda: bench.heater.thermocouple_k - KELVIN < ramp_at_c)
    yield "ramp", bench
    bench = HeatedBench(seed, plant, noise)
    bench.heater.rest(target_c - LEAD_K)
    bench.heat_to(target_c)
    _run(bench, lambda: not bench.ramp.done)
    _run(bench, _for(bench, random.uniform(30.0, 300.0)))
    yield "soak", bench
    bench.cool()
    cool_to_c = random.uniform(max(90.0, target_c - 200.0), target_c)
    _run(bench, lambda: bench.heater.thermocouple_k - KELVIN > cool_to_c)
    yield "cool", bench


@dataclass
class Soaked:
    """What happened in hours of ramps and soaks: false trips with what tripped, faults injected and missed."""

    hours: float = 0.0
    programmes: int = 0
    false_trips: list[tuple[str, ...]] = field(default_factory=list)
    injected: int = 0
    missed: list[str] = field(default_factory=list)
    worst_s: float = 0.0  # from observable to the trip, over all injected faults


def soak(hours: float, seed: int = 1, progress: Callable[[float, float], None] | None = None) -> Soaked:
    """So many simulated hours of programmes on plants up to 20 % off, with three times the noise.

    Each programme has ramps up and down, soaks, pauses without heater and gas, and ends with a fault that must show.
    """
    random = Random(f"soak {seed}")
    told = Soaked()
    while told.hours < hours:
        bench = HeatedBench(random.getrandbits(32), _any_plant(random), SOAK_NOISE)
        _programme(bench, random)
        told.hours += bench.now_ms / 3600000
        told.programmes += 1
        if bench.tripped:
            told.false_trips.append(bench.tripped)
        else:
            _injected(bench, random, told)
        if progress is not None:
            progress(told.hours, hours)
    return told


def _any_plant(random: Random) -> tuple[float, float, float]:
    """A corner of the box of plants every other time, else anywhere in it."""
    if random.random() < 0.5:
        return random.choice(list(PLANTS.values()))
    return random.uniform(0.8, 1.2), random.uniform(0.8, 1.2), random.uniform(0.8, 1.2)


def _programme(bench: HeatedBench, random: Random) -> None:
    """Four ramps with soaks, now and then with the heater off in between; stops at a trip."""
    for _ in range(4):
        bench.heat_to(random.uniform(80.0, HOT_C), random.uniform(5.0, 30.0))
        bench.pressure_pa = random.choice((0.001, 1.0, 10.0, 50.0))
        while not (bench.ramp.done or bench.tripped):
            bench.step()
        _until(bench, random.uniform(60.0, 1800.0))
        if random.random() < 0.3:
            bench.cool()
            _until(bench, random.uniform(10.0, 1200.0))
    if not bench.heating:
        bench.heat_to(random.uniform(400.0, HOT_C))
        _until(bench, 120.0)


def _until(bench: HeatedBench, seconds: float) -> None:
    end_ms = bench.now_ms + int(1000 * seconds)
    while bench.now_ms < end_ms and not bench.tripped:
        bench.step()


def _injected(bench: HeatedBench, random: Random, told: Soaked) -> None:
    """End a sound programme with a fault, and note when it was not found."""
    fault = random.choice(list(PROMISED_S))
    found = watch(bench, fault, random.getrandbits(31))
    if found.observable_s is None and found.trip_s is None:
        return
    told.injected += 1
    if found.late_s is None:
        told.missed.append(fault)
    else:
        told.worst_s = max(told.worst_s, found.late_s)


def watch(bench: HeatedBench, fault: str, seed: int) -> Found:
    """Break a bench and look on until it has tripped (and a minute longer) or nothing has happened for HORIZON_S."""
    found = Found()
    bench.break_it(fault, seed)
    began_ms, plan_k = bench.now_ms, bench.heater.block_k
    since_s = 0.0
    while since_s < (UNSEEN_S if found.observable_s is None and found.trip_s is None else HORIZON_S + UNSEEN_S):
        last_k = bench.heater.block_k
        bench.step()
        since_s = (bench.now_ms - began_ms) / 1000
        if bench.plan_cc is not None and found.trip_s is None:
            plan_k = 0.01 * bench.plan_cc + KELVIN
        found.overshoot_k = max(found.overshoot_k, bench.heater.block_k - plan_k)
        if found.observable_s is None and found.trip_s is None and _observable(bench, fault):
            found.observable_s = since_s
        if bench.tripped and found.trip_s is None:
            found.trip_s, found.trips = since_s, bench.tripped
        measured = bench.readings[ch.HEATER_C]
        if found.trip_s is None and measured is not None and fault in POWER_FAULTS:
            found.above_plan_k = max(found.above_plan_k, 0.01 * measured + KELVIN - plan_k)
        if found.trip_s is not None and (bench.heater.block_k < last_k or since_s > found.trip_s + AFTERMATH_S):
            break  # it cools, or will not
    return found


def _observable(bench: HeatedBench, fault: str) -> bool:
    """Whether the fault shows by now, as the module's first lines define it."""
    if fault in POWER_FAULTS:
        away_w = abs(bench.delivered_w - bench.commanded_w)
        return away_w >= max(OBSERVABLE_W, OBSERVABLE_SHARE * max(bench.delivered_w, bench.commanded_w))
    if not bench.heating and bench.heater.thermocouple_k - KELVIN < ENERGISED_C:
        return False  # nothing is energised and nothing is hot: a sensor may be changed
    reading = bench.readings[ch.HEATER_C]
    if reading is None or fault == "thermocouple frozen":
        return True
    return abs(0.01 * reading + KELVIN - bench.heater.thermocouple_k) >= OBSERVABLE_K


def _run(bench: HeatedBench, going: Callable[[], bool]) -> None:
    """Step while a condition holds. RuntimeError for a trip: nothing is broken yet."""
    while going():
        bench.step()
        if bench.tripped:
            raise RuntimeError(f"a sound bench tripped: {bench.interlock.trips}")


def _for(bench: HeatedBench, seconds: float) -> Callable[[], bool]:
    until_ms = bench.now_ms + int(1000 * seconds)
    return lambda: bench.now_ms < until_ms


def _trip_times(found: list[Found]) -> list[float]:
    return [one.trip_s for one in found if one.trip_s is not None]


def _rounded(value: float) -> float:
    return round(value, 2)
