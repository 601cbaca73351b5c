"""A safe step test of the heater: two powers up, then off, watched by the interlock. Pure, a control tick at a time.

It takes the agent's place in a Turn: the same instruments, leases and tick, no recipe, no laser. It measures; what the
course means is plant_fit's business.
"""

from collections.abc import Callable
from typing import Any

from adatom.protocol import channels as ch
from adatom.protocol.errors import InputError

from .config import Bench
from .direct import DirectGas
from .in_words import by_reason
from .instruments import READINGS, Instruments
from .interlock import Interlock, force_safe
from .plant_fit import Course
from .turn import SomebodyElse, Turn

LOW_SHARE = 0.6  # of the power, at the first level
SHARES = (0.35, 0.35, 0.3)  # of the test's time at low power, full power and off
BASELINE_S = 20
COLD_C = 100.0  # a warmer start has too little range left to tell radiation from conduction
AGREE_C = 10.0  # K: both thermocouples, before anything is switched on
PRESENT_S = 20  # for every instrument to have answered
PUMP_S = 1800  # to reach vacuum, or the pressure asked for
GAS_BAND = 0.1  # of the pressure asked for ...
GAS_STEADY_S = 10  # ... for this long
RATE_SHARE = 0.8  # of the interlock's rate limit: the steepest rise that a step may make
OVER_C = 20.0  # the power goes off at max_c; this much above it, something is wrong
GIVEN_W, GIVEN_S = 2.0, 5  # the controller says that it gives another power than it was asked for
POWER_SHARE = 0.5  # of the cap, at most, unless asked for otherwise
MARGIN_C = 50.0  # below the interlock's over-temperature
MINUTES = (1.0, 120.0)
WAITING, PUMPING, BASELINE, LOW, FULL, OFF, DONE, FAILED = range(8)
PHASES = ("waiting for readings", "pressure", "baseline", "low power", "full power", "off", "done", "failed")


def most_power_w(bench: Bench, envelope: dict[str, Any]) -> float:
    """The largest step: within the cap, and by the bench file's heat capacity within the interlock's rate."""
    limits = envelope["interlock"]
    steepest_k_s = RATE_SHARE * limits["heater_rate_max_c_min"] / 60.0
    return float(min(limits["heater_power_max_w"], steepest_k_s * bench.plant.heat_capacity_j_k))


def turn_of(test: "StepTest", drivers: dict[str, Any], envelope: dict[str, Any]) -> Turn:
    """What ticks a step test on a bench's drivers. The heater's own word of its power is read as well."""
    instruments = Instruments(drivers, envelope)
    instruments.readings = (*READINGS, (ch.HEATER_W, "heater", "heater_w"))
    test.missing = instruments.missing
    return Turn(test, instruments, SomebodyElse(), test.bench.process, {})


class StepTest:
    """`tick` once a period; over when `phase` is DONE or FAILED. `course` is what it has measured so far."""

    simulated = False
    waiting_for = ""

    def __init__(
        self,
        bench: Bench,
        envelope: dict[str, Any],
        power_w: float | None = None,
        max_c: float | None = None,
        gas_pa: float = 0.0,
        minutes: float = 15.0,
    ) -> None:
        """Raises InputError for a test that the bench must not do; None takes what is usual."""
        limits = envelope["interlock"]
        most_w, hottest_c = most_power_w(bench, envelope), limits["heater_max_c"] - MARGIN_C
        self.power_w = min(most_w, POWER_SHARE * limits["heater_power_max_w"]) if power_w is None else power_w
        self.max_c = hottest_c if max_c is None else max_c
        _within("--power-w", self.power_w, 1.0, most_w, "W (cap, and rate of the interlock)")
        _within("--max-c", self.max_c, COLD_C, hottest_c, f"°C ({MARGIN_C:.0f} K below the interlock's limit)")
        _within(
            "--gas-pa", gas_pa, 0.0, 0.75 * limits["pressure_max_pa"], "Pa (three quarters of the interlock's limit)"
        )
        _within("--minutes", minutes, *MINUTES, "min")
        self.bench = bench
        self.envelope = envelope
        self.water_least = limits["water_min_lpm"]
        self.gas_mpa = round(1000 * gas_pa)
        self.lengths_ms = {LOW + i: round(60000 * minutes * share) for i, share in enumerate(SHARES)}
        self.lengths_ms[BASELINE] = 1000 * BASELINE_S
        self.outputs = [0] * ch.OUT_COUNT
        self.interlock = Interlock(limits, bench.plant, 1000 // bench.tick_hz)
        self.gas = DirectGas(bench, self.outputs)
        self.missing: Callable[[int], list[str]] = lambda now: []  # "reading: why there is none", of the instruments
        self.phase = WAITING
        self.why = ""
        self.entered_ms: int | None = None
        self.good_ms = self.given_ms = 0
        self.sample_ms = 0
        self.powers: list[float] = []
        self.temperatures: list[float] = []
        self.pressures: list[float] = []

    # --- what a Turn needs of a station and an agent -----------------------------------------------------------
    @property
    def agent(self) -> "StepTest":
        return self

    @property
    def recipe(self) -> "StepTest | None":
        """Not None while something may be switched on: the Turn then arms the board."""
        return self if WAITING < self.phase < DONE else None

    @property
    def state(self) -> str:
        """ "safe" before anything is switched on and when all is over: every instrument is made safe."""
        return "safe" if self.recipe is None else "identify"

    def trip(self, now: int, why: str) -> None:
        """A driver or a person ends it."""
        if self.phase < DONE:
            self._fail(why)

    def not_safe(self, step: str, reading: Any) -> None:
        """A step of the safe sequence is not seen to be done in its time."""
        self.why += f"; not seen to be safe: {step} ({reading})"

    def tick(self, now: int, readings: list[int | None]) -> list[int]:
        """The outputs for these readings."""
        if self.entered_ms is None:
            self.entered_ms = now
        _STEPS[self.phase](self, now, readings)
        plan_mpa = self.gas_mpa or None if self.phase > PUMPING else None
        if WAITING < self.phase < DONE and self.interlock.check(now, readings, self.outputs, None, plan_mpa):
            self._fail("interlock: " + ", ".join(trip[0] for trip in self.interlock.trips))
        return self.outputs

    # --- results -----------------------------------------------------------------------------------------------
    @property
    def course(self) -> Course:
        return Course(self.powers, self.temperatures)

    def left_s(self, now: int) -> float:
        """Seconds to the end of the test, without the pumping."""
        later = sum(length for phase, length in self.lengths_ms.items() if phase > self.phase)
        here = self.lengths_ms.get(self.phase, 0) - (now - (self.entered_ms or now)) if self.phase > PUMPING else 0
        return max(0, here + later) / 1000 if self.phase < DONE else 0.0

    # --- phases ------------------------------------------------------------------------------------------------
    def _wait(self, now: int, readings: list[int | None]) -> None:
        """Until every reading that matters is there and right."""
        problem = self._not_ready(now, readings)
        if not problem:
            self._enter(PUMPING, now)
        elif now - (self.entered_ms or 0) > 1000 * PRESENT_S:
            self._fail(problem)

    def _not_ready(self, now: int, readings: list[int | None]) -> str:
        heater, guard, water = (_quantity(readings, i) for i in (ch.HEATER_C, ch.GUARD_C, ch.WATER_LPM))
        door, pressure = readings[ch.DOOR], readings[ch.PRESSURE_PA]
        if heater is None or guard is None or water is None or door is None or pressure is None:
            names = [ch.NAMES[i] for i in (ch.HEATER_C, ch.GUARD_C, ch.WATER_LPM, ch.DOOR, ch.PRESSURE_PA)
                     if readings[i] is None]  # fmt: skip
            reasons = [text for text in self.missing(now) if text.split(":")[0] in names]
            return "no reading of " + ("; ".join(by_reason(reasons)) or ", ".join(names))
        checks = (
            (door == 0, "the door is open"),
            (water >= self.water_least, f"cooling water: {water:.2f} L/min, at least {self.water_least} are needed"),
            (heater <= COLD_C, f"the heater is at {heater:.0f} °C: wait until it is below {COLD_C:.0f} °C"),
            (
                abs(heater - guard) <= AGREE_C,
                f"thermocouples: {heater:.1f} and {guard:.1f} °C, {AGREE_C:.0f} K apart at most",
            ),
        )
        return next((text for passed, text in checks if not passed), "")

    def _pump(self, now: int, readings: list[int | None]) -> None:
        """Vacuum, or the gas asked for, steady."""
        self._fill(readings)
        if not self._pressure_is_right(readings):
            self.good_ms = now
        elif now - self.good_ms >= 1000 * GAS_STEADY_S:
            self._enter(BASELINE, now)
            self.sample_ms = now
            return
        if now - (self.entered_ms or 0) > 1000 * PUMP_S:
            self._fail(f"the pressure is not right after {PUMP_S} s")

    def _heat(self, now: int, readings: list[int | None]) -> None:
        """One level of power; a sample each second, power and contactor for the next."""
        self._fill(readings)
        heater = _quantity(readings, ch.HEATER_C)
        if now - (self.entered_ms or 0) >= self.lengths_ms[self.phase]:
            self._enter(self.phase + 1, now)
        elif heater is not None and heater >= self.max_c and self.phase < OFF:
            self._enter(OFF, now)
        if heater is not None and heater >= self.max_c + OVER_C:
            self._fail(f"{heater:.0f} °C: more than {OVER_C:.0f} K above --max-c")
        if self.phase >= DONE:
            return
        power_w = {LOW: LOW_SHARE * self.power_w, FULL: self.power_w}.get(self.phase, 0.0)
        self.outputs[ch.OUT_HEATER_W] = round(100 * power_w)
        self.outputs[ch.OUT_CONTACTOR] = 1
        self._compare(now, readings)
        if now >= self.sample_ms and heater is not None:
            self._sample(power_w, heater, readings)

    def _rest(self, now: int, readings: list[int | None]) -> None:
        """Over: nothing more is asked for."""

    # --- inner -------------------------------------------------------------------------------------------------
    def _sample(self, power_w: float, heater: float, readings: list[int | None]) -> None:
        self.sample_ms += 1000
        self.powers.append(round(100 * power_w) / 100)
        self.temperatures.append(heater)
        pressure = _quantity(readings, ch.PRESSURE_PA)
        if pressure is not None:
            self.pressures.append(pressure)

    def _compare(self, now: int, readings: list[int | None]) -> None:
        """The controller's own word of its output, where there is one: another power would spoil the fit."""
        given = readings[ch.HEATER_W]
        asked = self.outputs[ch.OUT_HEATER_W]
        if given is None or abs(given - asked) <= 100 * GIVEN_W:
            self.given_ms = now
        elif now - self.given_ms > 1000 * GIVEN_S:
            self._fail(f"the controller gives {given / 100:.1f} W, asked for {asked / 100:.1f} W")

    def _fill(self, readings: list[int | None]) -> None:
        if not self.gas_mpa:
            self.outputs[ch.OUT_VALVE_PCT] = 10000
            return
        flow = round(100 * self.bench.process.flow_sccm)
        if not self.outputs[ch.OUT_FLOW_SCCM]:
            self.gas.aim(self.gas_mpa, flow, readings[ch.PRESSURE_PA])
        self.outputs[ch.OUT_FLOW_SCCM] = flow
        self.gas.step(readings)

    def _pressure_is_right(self, readings: list[int | None]) -> bool:
        if not self.gas_mpa:
            vacuum = _quantity(readings, ch.VACUUM_LGPA)
            return vacuum is not None and 10.0**vacuum <= self.bench.process.base_pa
        pressure = readings[ch.PRESSURE_PA]
        return pressure is not None and abs(pressure - self.gas_mpa) <= GAS_BAND * self.gas_mpa

    def _enter(self, phase: int, now: int) -> None:
        self.phase = phase
        self.entered_ms = self.good_ms = self.given_ms = now
        if phase == DONE:
            force_safe(self.outputs)

    def _fail(self, why: str) -> None:
        self.phase, self.why = FAILED, why
        force_safe(self.outputs)


_STEPS: tuple[Callable[[StepTest, int, list[int | None]], None], ...] = (
    StepTest._wait, StepTest._pump, StepTest._heat, StepTest._heat, StepTest._heat, StepTest._heat, StepTest._rest,
    StepTest._rest,
)  # fmt: skip


def _quantity(readings: list[int | None], index: int) -> float | None:
    value = readings[index]
    return None if value is None else value / ch.SCALES[index]


def _within(name: str, value: float, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:
        raise InputError(name, f"{value:g}: must be {low:g} to {high:g} {unit}")
