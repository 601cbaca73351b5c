"""The safety figures of a whole bench at byte level: pulses after an abort, energy over the limit, gas, heat, aborts.

Each drill copies a bench in the middle of its work, breaks something or orders something at a random moment, and looks
at the truth each 5 ms. A pure function of its seeds.
"""

from collections.abc import Callable, Iterator
from random import Random
from statistics import median
from typing import Any

from .aborts import abort_figures
from .matrix import Benches
from .moments import DEPOSITING, HEATING, SOAKING
from .physics.optics import Laser
from .virtual import STEP_MS, VirtualRig

LOOK_MS = 1500  # after an abort: far more than any pulse may come later
FIND_MS = 30000
SHARED = ("compexpro", "laser")  # any first choice: one bench serves all drills
STRONG = 2.0  # laser offset: three times the energy set, above the envelope's limit
OBSERVABLE_PCT = 20.0  # a pressure this far off its plan can be seen
Value = float | None  # None: it never happened
Drill = Callable[[VirtualRig, int], Value]


class CountingLaser:
    """A laser that counts the pulses above an energy."""

    def __init__(self, laser: Laser, limit_mj: float) -> None:
        self.laser = laser
        self.limit_mj = limit_mj
        self.over = 0

    def fire(self, set_mj: float) -> float:
        """As the laser does."""
        energy = self.laser.fire(set_mj)
        self.over += energy > self.limit_mj
        return energy


class SinglePulses:
    """A meter that shows the newest pulse: the laser's FILTER at 0 or 1, the condition of the figure."""

    def __init__(self) -> None:
        self.reading_mj = 0.0

    def see(self, energy_mj: float, now_s: float) -> None:
        """One pulse."""
        self.reading_mj = energy_mj

    def rest(self, now_s: float) -> None:
        """Between two pulses it shows the last one."""


def late_light_ms(broken: Callable[[VirtualRig, int], None]) -> Drill:
    """From an abort to the last trigger with the laser on and the beam open."""

    def drill(rig: VirtualRig, seed: int) -> Value:
        _look_closely(rig)
        broken(rig, seed)
        rig.run(Random(seed).randint(200, 1000))
        if rig.agent.state != "deposit":
            return None  # found before the abort
        rig.abort("a drill")
        began, last, triggers = rig.now, 0, rig.plant.triggers
        while rig.now < began + LOOK_MS:
            lit = rig.plant.laser_on and not rig.plant.beam_blocked
            rig.run(STEP_MS)
            if rig.plant.triggers > triggers and lit:
                last = rig.now - began
            triggers = rig.plant.triggers
        return float(last)

    return drill


def late_light_after_trip_ms(broken: Callable[[VirtualRig, int], None]) -> Drill:
    """From the interlock's trip to the last trigger with the laser on and the beam open."""

    def drill(rig: VirtualRig, seed: int) -> Value:
        _look_closely(rig)
        broken(rig, seed)
        last, tripped, triggers, end = 0, None, rig.plant.triggers, rig.now + FIND_MS
        while rig.now < end and (tripped is None or rig.now < tripped + LOOK_MS):
            lit = rig.plant.laser_on and not rig.plant.beam_blocked
            rig.run(STEP_MS)
            if tripped is None and rig.agent.state != "deposit":
                tripped = rig.now
            if tripped is not None and rig.plant.triggers > triggers and lit:
                last = rig.now - tripped
            triggers = rig.plant.triggers
        return None if tripped is None else float(last)

    return drill


def pulses_over_limit(rig: VirtualRig, seed: int) -> Value:
    """Pulses above the envelope's energy limit after the laser became three times too strong."""
    rig.twin.meter = SinglePulses()  # type: ignore[assignment]
    rig.run(3000)
    laser = CountingLaser(rig.twin.laser, rig.envelope["interlock"]["energy_max_mj"])
    rig.twin.laser = laser  # type: ignore[assignment]
    laser.laser.offset = STRONG
    found = rig.run(FIND_MS, lambda r: r.agent.state != "deposit")
    rig.run(LOOK_MS)
    return float(laser.over) if found else None


def trip_s(broken: Callable[[VirtualRig, int], None]) -> Drill:
    """From a fault to the trip."""

    def drill(rig: VirtualRig, seed: int) -> Value:
        broken(rig, seed)
        began = rig.now
        found = rig.run(FIND_MS, lambda r: r.agent.chamber.latched)
        return (rig.now - began) / 1000 if found else None

    return drill


def gas_trip_s(name: str) -> Drill:
    """From the moment that the true pressure is visibly off its plan to the trip."""

    def drill(rig: VirtualRig, seed: int) -> Value:
        plan_pa = (rig.agent.chamber.plan_mpa or 0) / 1000
        rig.twin.break_now(name)
        seen = rig.run(FIND_MS, lambda r: _off_plan(r, plan_pa) or r.agent.chamber.latched)
        began = rig.now
        found = rig.run(FIND_MS, lambda r: r.agent.chamber.latched)
        return (rig.now - began) / 1000 if seen and found else None

    return drill


def figures(seeds: int, progress: Callable[[int, int], None] | None = None) -> list[dict[str, Any]]:
    """A row a figure: figure, must, n, median, worst (texts with their unit), met."""
    rows = []
    benches = Benches()
    for done, (name, must, unit, limit, moments, drill) in enumerate(DRILLS):
        if progress is not None:
            progress(done, len(DRILLS))
        values = list(_values(drill, moments, seeds, benches))
        rows.append(_row(name, must, unit, limit, values))
    return rows + abort_figures(seeds, benches)


def _values(drill: Drill, moments: tuple[str, ...], seeds: int, benches: Benches) -> Iterator[Value]:
    for seed in range(seeds):
        rig = benches.at(moments[seed % len(moments)], *SHARED).rig()
        rig.run(Random(f"drill {seed}").randint(500, 4000))
        yield drill(rig, seed)


def _row(name: str, must: str, unit: str, limit: float, values: list[Value]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    return {
        "figure": name,
        "must": must,
        "n": len(values),
        "median": f"{median(known):g} {unit}" if known else "never",
        "worst": f"{max(known):g} {unit}" if len(known) == len(values) else "never",
        "met": len(known) == len(values) and max(known) <= limit,
    }


def _look_closely(rig: VirtualRig) -> None:
    """Orders take the time of their bytes, and the board lives at each step."""
    rig.lines["io"].alive_ms = STEP_MS
    for line in rig.lines.values():
        line.exact = True


def _off_plan(rig: VirtualRig, plan_pa: float) -> bool:
    return 100.0 * abs(rig.twin.vacuum.pressure_pa - plan_pa) > OBSERVABLE_PCT * plan_pa


def _sound(rig: VirtualRig, seed: int) -> None:
    pass


def _instrument(role: str, kind: str) -> Callable[[VirtualRig, int], None]:
    def broken(rig: VirtualRig, seed: int) -> None:
        rig.inject(role, kind, seed)

    return broken


def _plant(name: str) -> Callable[[VirtualRig, int], None]:
    def broken(rig: VirtualRig, seed: int) -> None:
        rig.twin.break_now(name)

    return broken


def _gate_stuck(rig: VirtualRig, seed: int) -> None:
    rig.lines["io"].instrument.gate_stuck = True


_FIRING = (DEPOSITING,)
_HOT = (DEPOSITING, HEATING, SOAKING)
_LIGHT = "no light later than 100 ms"
# figure, what must be, unit, limit, moments, drill
DRILLS: tuple[tuple[str, str, str, float, tuple[str, ...], Drill], ...] = (
    ("abort, sound bench: last light", _LIGHT, "ms", 100, _FIRING, late_light_ms(_sound)),
    ("abort, energy meter stuck: last light", _LIGHT, "ms", 100, _FIRING, late_light_ms(_instrument("laser", "stuck"))),
    ("abort, shutter stuck: last light", _LIGHT, "ms", 100, _FIRING, late_light_ms(_plant("shutter_stuck"))),
    ("abort, trigger gate stuck: last light", _LIGHT, "ms", 100, _FIRING, late_light_ms(_gate_stuck)),
    ("trip, energy meter garbage: last light", _LIGHT, "ms", 100, _FIRING,
     late_light_after_trip_ms(_instrument("laser", "garbage"))),
    ("laser three times too strong", "at most 2 pulses over the limit", "pulses", 2, _FIRING, pulses_over_limit),
    ("mass flow stuck open: trip", "500 ms after 20 % off plan", "s", 0.5, _FIRING, gas_trip_s("mfc_stuck_open")),
    ("pump trips: trip", "500 ms after 20 % off plan", "s", 0.5, _FIRING, gas_trip_s("pump_trip")),
    ("gauge frozen: trip", "500 ms after frozen_s (2.5 s)", "s", 3.0, _FIRING, trip_s(_instrument("gauge", "stuck"))),
    ("thermocouple detached: trip", "3 s", "s", 3.0, _HOT, trip_s(_plant("thermocouple_detached"))),
    ("thermocouple frozen: trip", "3 s", "s", 3.0, _HOT, trip_s(_instrument("heater", "stuck"))),
    ("thermocouple burnt out: trip", "3 s", "s", 3.0, _HOT, trip_s(_plant("thermocouple_open"))),
)  # fmt: skip
