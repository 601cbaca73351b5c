"""Simulated hours of ramps and soaks on sound benches: nothing may trip, and the fault at the end must be found."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from .thermal import HOT_C, PROMISED_S, watch
from .thermal_bench import PLANTS, HeatedBench

SOAK_NOISE = 3.0  # times the noise of a healthy thermocouple


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
