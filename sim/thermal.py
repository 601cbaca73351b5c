"""Thermal faults against the real controller and interlock: how soon each is found, in every phase and on every plant.

A power fault counts as *observable* from the tick on which the delivered power differs from the commanded one by at
least OBSERVABLE_W and OBSERVABLE_SHARE of the larger; a thermocouple fault from when its reading is missing, repeats
itself, or is OBSERVABLE_K off what a sound one would show. All lags of element and thermocouples come on top.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Any

from adatom.protocol import channels as ch

from .physics.chamber_constants import CHAMBER
from .physics.constants import KELVIN
from .thermal_bench import FAULTS, PLANTS, HeatedBench

OBSERVABLE_W = 12.0  # K: in 15 s it moves a nominal block by 3.6 K
OBSERVABLE_SHARE = 0.4  # K: beyond what a plant 20 % off can explain in both capacity and losses
OBSERVABLE_K = 10.0  # K
HORIZON_S = 180.0  # after it became observable; a fault that is not found by then is missed
UNSEEN_S = 60.0  # one that is not observable by then is called not observable
AFTERMATH_S = 60.0  # after the trip, for the overshoot
COLD_C, HOT_C = 150.0, 720.0  # range of targets: the envelope's and the coolest anneal that changes anything
ENERGISED_C = 50.0  # the interlock watches the thermocouples of a block that is heated or warmer than this
LEAD_K = 60.0
PHASES = ("cold", "ramp", "soak", "cool")  # cold: broken before heating begins; cool: contactor open, block hot
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
