"""A bench's run: one step function a state, over the table in states.py. Pure: time and readings in, outputs out.

It decides what the bench tries to do; whether that is safe is the interlock's business.
"""

import math

from adatom.protocol.channels import (
    FLOW_SCCM,
    GUARD_C,
    HEATER_C,
    OUT_CONTACTOR,
    OUT_COUNT,
    OUT_FLOW_SCCM,
    OUT_VALVE_PCT,
    PRESSURE_PA,
    PULSES,
    SCALES,
    VACUUM_LGPA,
)

from .control import counts
from .direct import DirectGas, DirectHeater
from .firing import DONE, RUNNING
from .interlock import force_safe
from .states import STATES, TIMEOUTS, TRANSITIONS, next_state
from .step import NO_STEP, is_furnace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from adatom.protocol.envelope import Envelope
    from adatom.protocol.recipe import Recipe

    from .config import Bench
    from .step import Step

    Emit = Callable[[str, dict[str, Any]], None]
    Readings = list[int | None]

AT_BASE_MS = 2000  # at base pressure for so long: one reading may be noise
GAS_SETTLE_MS = 600000  # for the pressure to reach its set-point before heating
BAND_CC = 500  # the film grows within 5 K of its temperature ...
BAND_PCT = 10  # ... and 10 % of its pressure; outside, pulses wait
FLOW_PCT = 25  # a mass-flow controller this far off its set-point ...
FLOW_OFF_MS = 20000  # ... for this long does not obey
SOAKED_CC = 200  # "at temperature"
IN_BAND_MS = 2000  # back in the band for this long before pulses go on
OUT_OF_BAND_MS = 300000  # and out of it for this long is a failure
SAFE_MS = 800  # outputs safe for this long ...
QUIET_MS = 400  # ... and no pulse counted for this long: the safe state is reached, within the promised second
VALVE_OPEN = 10000
VENTED_MPA = 1000000  # above 1 kPa the valve stays shut: no air into a running turbo pump
ASKING = ("transfer", "measure")


class Chamber:
    """One bench's run. The agent calls `step` every tick and the commands in between; `emit` takes (name, dict)."""

    def __init__(self, bench: "Bench", envelope: "Envelope", emit: "Emit") -> None:
        self.bench = bench
        self.envelope = envelope
        self.emit = emit
        self.outputs = [0] * OUT_COUNT
        self.outputs[OUT_VALVE_PCT] = VALVE_OPEN
        heater, gas = _loops(bench)
        self.heater = heater(bench, envelope["interlock"]["heater_power_max_w"], self.outputs)
        self.gas = gas(bench, self.outputs)
        self.firing: "Any" = None
        if not is_furnace(bench):  # what a furnace never does, it does not load
            from .firing import Firing

            self.firing = Firing(self.outputs, counts(bench.process.carousel_settle_s, 1000))
        self.flow = counts(bench.process.flow_sccm, 100)
        self.soak_ms = counts(bench.process.soak_s, 1000)
        self.base_lg = math.floor(math.log10(bench.process.base_pa) * SCALES[VACUUM_LGPA] + 0.5)
        self.functions: "list[Callable[[int, Readings], None]]" = [getattr(self, "_" + state) for state in STATES]
        self.state = "idle"
        self.code = 0  # index of the state
        self.deadline_ms = self.entered_ms = 0
        self.latched = False
        self.ended = ("", "")  # the last run's outcome and reason
        self.flow_ms = self.paused_ms = 0
        self._rest(0)
        self._clear_run(0)

    def _rest(self, now: int) -> None:
        """No set-points in idle, safe and fault."""
        force_safe(self.outputs)
        self.heater.stop()
        self.plan_cc: "int | None" = None  # None: nothing is aimed at
        self.plan_mpa: "int | None" = None
        self.plan_cmj: "int | None" = None
        self.aiming = self.ramping = self.confirmed = False
        self.safe_pulses: "int | None" = None
        self.quiet_ms = self.band_ms = self.lost_ms = now

    def _clear_run(self, now: int) -> None:
        self.recipe: "Recipe | None" = None
        self.ending: "tuple[str, str] | None" = None
        self.grown: "dict[str, Any] | None" = None  # what the adapter says of the film
        self.aim = NO_STEP
        self.steps: "tuple[Step, ...]" = ()
        self.place = self.pulses = 0
        self.durations: "dict[str, int]" = {}
        self.not_safe: "list[list[str]]" = []  # steps of the safe sequence that failed, and why
        self.started_ms = self.mark_ms = now

    # --- commands ----------------------------------------------------------------------------------------------
    def can(self, event: str) -> bool:
        """Whether the table lists an event for the present state."""
        return (self.state, event) in TRANSITIONS

    def start(self, recipe: "Recipe", now: int) -> None:
        """Begin a run; the caller has checked recipe and state."""
        self._clear_run(now)
        from .plan import (
            film_bursts,
            followed,
            steps_of,
        )  # a board forgets it afterwards

        self.recipe = recipe
        self.steps = steps_of(recipe, self.envelope, self.bench)
        if any([step.state == "deposit" for step in self.steps]):
            bursts = film_bursts(recipe, self.envelope, self.bench)  # here, not in the tick: it takes a board its time
            self.film = followed(bursts, recipe, self.envelope, self.bench)
        self._move("start", now)
        self._enter(recipe, now)

    def abort(self, now: int, why: str) -> None:
        """Make safe, then idle. A run that is already ending keeps its reason."""
        if self.recipe is not None and self.ending is None:
            self.ending = ("aborted", why)
        self._make_safe("abort", now)

    def trip(self, now: int, why: str) -> None:
        """The interlock tripped: the run has failed, and the bench stays latched."""
        if self.recipe is not None and self.ending is None:
            self.ending = ("failed", why)
        self.latched = True
        self._make_safe("trip", now)

    def fail(self, why: str, now: int) -> None:
        """The run has failed, nothing is wrong with the bench: safe, then idle."""
        self.ending = ("failed", why)
        self._make_safe("fail", now)

    def rearm(self, now: int) -> None:
        self.latched = False
        self._move("rearm", now)
        self._rest(now)

    def pause(self, now: int) -> None:
        """Stop pulses and the plan; heater and gas hold what they have."""
        self.paused_from, self.paused_ms, self.kept_ms = self.state, now, (self.entered_ms, self.deadline_ms)
        if self.firing is not None:
            self.firing.stop()
        self._move("pause", now)

    def resume(self, now: int) -> None:
        """Go on where `pause` stopped; the state's clock did not run meanwhile."""
        away_ms = now - self.paused_ms
        self._move("resume_" + self.paused_from, now)
        self.entered_ms, self.deadline_ms = self.kept_ms[0] + away_ms, self.kept_ms[1] + away_ms
        self.band_ms = self.lost_ms = now

    # --- the tick ----------------------------------------------------------------------------------------------
    def step(self, now: int, readings: "Readings") -> None:
        """Decide the outputs for this tick."""
        if self.deadline_ms and now >= self.deadline_ms:
            self._fail(TIMEOUTS[self.state][1], "after %d s" % ((now - self.entered_ms) // 1000), now)
        elif self.heater.why:
            self._fail(self.heater.why, "the controller closes this loop", now)
        else:
            self.functions[self.code](now, readings)

    def remaining_s(self, now: int) -> int:
        """About how many seconds the run still takes, persons' answers at their estimate; 0 without a run."""
        if not self.steps:
            return 0
        here = max(0, self.steps[self.place].estimate_s - (now - self.entered_ms) // 1000)
        return here + sum([step.estimate_s for step in self.steps[self.place + 1 :]])

    # --- states ------------------------------------------------------------------------------------------------
    def _idle(self, now: int, readings: "Readings") -> None:
        """Nothing is decided here: the outputs stay safe as they were left."""

    _fault = _idle

    def _pump_down(self, now: int, readings: "Readings") -> None:
        vacuum = readings[VACUUM_LGPA]
        if vacuum is None or vacuum > self.base_lg:
            self.band_ms = now
        elif now - self.band_ms >= AT_BASE_MS:
            self._next(now)

    def _heat(self, now: int, readings: "Readings") -> None:
        """Gas first, then the ramp from wherever the heater is, then the soak."""
        heater = readings[HEATER_C]
        settled = self._control_gas(now, readings)
        if not self.ramping:
            if settled and heater is not None:
                self.ramping = True
                self.heater.start(now, heater, self.aim.target_cc)
            elif now - self.entered_ms > GAS_SETTLE_MS:
                self._fail("temperature_unknown" if settled else "pressure_not_stable", "before heating", now)
            return
        self.plan_cc = self.heater.step(now, readings)
        if not self.heater.done or not _near(heater, self.aim.target_cc, SOAKED_CC):
            self.band_ms = now
        elif now - self.band_ms >= self.soak_ms:
            self._next(now)

    def _deposit(self, now: int, readings: "Readings") -> None:
        heater = readings[HEATER_C]
        self.plan_cc = self.heater.step(now, readings)
        gas = self._control_gas(now, readings)
        self._fire(now, readings, self._stable(now, gas, _near(heater, self.aim.target_cc, BAND_CC)))

    def _interlayer(self, now: int, readings: "Readings") -> None:
        self._fire(now, readings, self._stable(now, self._control_gas(now, readings), True))

    def _anneal(self, now: int, readings: "Readings") -> None:
        heater = readings[HEATER_C]
        self.plan_cc = self.heater.step(now, readings)
        gas = self._control_gas(now, readings)
        if self._stable(now, gas, _near(heater, self.aim.target_cc, BAND_CC)):
            self.lost_ms = now
        if self.ending is None and now - self.entered_ms >= self.aim.hold_s * 1000:
            self._next(now)

    def _cool(self, now: int, readings: "Readings") -> None:
        """Free cooling in gas; the warmer of the two thermocouples decides."""
        self._control_gas(now, readings)
        heater, guard = readings[HEATER_C], readings[GUARD_C]
        if heater is None or guard is None:
            if now - self.lost_ms > OUT_OF_BAND_MS:
                self._fail("temperature_unknown", "while cooling", now)
            return
        self.lost_ms = now
        if self.ending is None and heater < self.aim.below_cc and guard < self.aim.below_cc:
            self._next(now)

    def _transfer(self, now: int, readings: "Readings") -> None:
        if self.confirmed:
            self._next(now)

    _measure = _transfer

    def _paused(self, now: int, readings: "Readings") -> None:
        if self.outputs[OUT_CONTACTOR]:
            self.plan_cc = self.heater.hold(now, readings)
        self._control_gas(now, readings)

    def _safe(self, now: int, readings: "Readings") -> None:
        """Hold everything safe until it is seen to be: outputs for a while, and no pulse counted any more."""
        force_safe(self.outputs)
        pressure, pulses = readings[PRESSURE_PA], readings[PULSES]
        self.outputs[OUT_VALVE_PCT] = VALVE_OPEN if pressure is not None and pressure < VENTED_MPA else 0
        if pulses is not None and pulses != self.safe_pulses:
            self.safe_pulses = pulses
            self.quiet_ms = now
        if now - self.entered_ms < SAFE_MS:
            return
        if now - self.quiet_ms < QUIET_MS:
            self.latched = True
            self.emit("not_safe", {"why": "pulses go on with the gate closed", "pulses": pulses})
        self._end("latch" if self.latched else "end", now)

    # --- control -----------------------------------------------------------------------------------------------
    def _control_gas(self, now: int, readings: "Readings") -> bool:
        """Whether the pressure is within its band; in vacuum it always is."""
        target = self.plan_mpa
        if target is None:
            return True
        pressure, flow = readings[PRESSURE_PA], readings[FLOW_SCCM]
        if self.aiming:
            self.aiming = False
            self.flow_ms = now
            self.gas.aim(target, self.flow, pressure)
        if flow is None or -self.flow * FLOW_PCT <= (flow - self.flow) * 100 <= self.flow * FLOW_PCT:
            self.flow_ms = now
        elif now - self.flow_ms > FLOW_OFF_MS:
            self._fail("flow_not_obeyed", "%d.%02d sccm" % (flow // 100, flow % 100), now)
        self.gas.step(readings)
        return pressure is not None and -target * BAND_PCT <= (pressure - target) * 100 <= target * BAND_PCT

    def _stable(self, now: int, gas: bool, heat: bool) -> bool:
        """Whether gas and heat are within their bands; out of them for long since `lost_ms` is a failure."""
        if gas and heat:
            return True
        if now - self.lost_ms > OUT_OF_BAND_MS:
            name = "temperature_not_stable" if gas else "pressure_not_stable"
            self._fail(name, "for %d s" % (OUT_OF_BAND_MS // 1000), now)
        return False

    def _fire(self, now: int, readings: "Readings", stable: bool) -> None:
        """Let pulses fall while the bench is, and has been for two seconds, within its bands."""
        if not stable:
            self.band_ms = now
            self.firing.stop()
        elif now - self.band_ms >= IN_BAND_MS:
            self.lost_ms = now
            result = self.firing.step(now, readings)
            self.plan_cmj = self.firing.servo.target
            if self.firing.adapter is not None and self.firing.adapter.news is not None:
                self.emit("adapted", self.firing.adapter.take_news())
            if result == DONE:
                self._next(now)
            elif result != RUNNING:
                from .firing import FAILURES

                self._fail(FAILURES[result][0], FAILURES[result][1], now)

    # --- moving on ---------------------------------------------------------------------------------------------
    def _next(self, now: int) -> None:
        """Enter the plan's next step, or end the run."""
        self._count_pulses()
        self.place += 1
        recipe = self.recipe
        if recipe is not None and self.place < len(self.steps):
            self._move("to_" + self.steps[self.place].state, now)
            self._enter(recipe, now)
        else:
            self.ending = ("complete", "")
            self._end("end", now)

    def _move(self, event: str, now: int) -> None:
        """Follow the table, keep the books of time, tell."""
        before = self.state
        self.state = next_state(before, event)
        self.code = STATES.index(self.state)
        self.durations[before] = self.durations.get(before, 0) + now - self.mark_ms
        self.entered_ms = self.mark_ms = now
        self.deadline_ms = 0
        if self.state in TIMEOUTS:
            estimate_s = self.steps[self.place].estimate_s
            self.deadline_ms = now + 1000 * (TIMEOUTS[self.state][0] + 2 * estimate_s)
        self.emit("state", {"from": before, "to": self.state})

    def _enter(self, recipe: "Recipe", now: int) -> None:
        """Set-points and phases of the plan's step."""
        out, step = self.outputs, self.steps[self.place]
        self.aim = step
        self.plan_mpa = step.gas_mpa or None
        self.aiming = True
        out[OUT_FLOW_SCCM] = self.flow if step.gas_mpa else 0
        if not step.gas_mpa:  # else the valve stays where it is until its loop is aimed
            self.gas.stop()
            out[OUT_VALVE_PCT] = 0 if step.state in ASKING else VALVE_OPEN
        if not step.target_cc:
            self.plan_cc = None
            self.heater.stop()
        self.ramping = self.confirmed = False
        self.band_ms = self.lost_ms = now
        if step.state in ("deposit", "interlayer"):
            from .plan import energy_target, interlayer_bursts

            bursts = self.film if step.state == "deposit" else interlayer_bursts(recipe, self.envelope)
            self.plan_cmj = energy_target(recipe, self.envelope)
            self.firing.begin(bursts, self.plan_cmj, counts(recipe.rep_rate_hz, 1000))
        if step.ask:
            self._ask(step, recipe)

    def _ask(self, step: "Step", recipe: "Recipe") -> None:
        """Tell what a person (or the twin) is to do, and what they need to know for it."""
        data: "dict[str, Any]" = {"step": step.ask}
        if step.ask == "measure":
            data["techniques"] = list(recipe.measurements)
        elif step.ask == "expose":
            data["minutes"] = recipe.air_exposure_min
        self.emit("ask", data)

    def _count_pulses(self) -> None:
        """After a deposition: what was fired, onto which targets."""
        if self.plan_cmj is None:
            return
        firing = self.firing
        targets = [[slot, count] for slot, count in zip(firing.bursts.slots, firing.bursts.given)]
        self.pulses += firing.fired
        self.emit("pulses", {"step": self.aim.state, "fired": firing.fired, "short": firing.short, "targets": targets})
        self.plan_cmj = None
        if firing.adapter is not None:
            self.grown = firing.adapter.report()
            self.emit("film", self.grown)

    def _fail(self, name: str, detail: str, now: int) -> None:
        self.fail("%s: %s" % (name, detail), now)

    def _make_safe(self, event: str, now: int) -> None:
        """De-energise at once and enter "safe" (or stay in safe or fault)."""
        force_safe(self.outputs)
        self._count_pulses()
        if next_state(self.state, event) != self.state:
            self._move(event, now)
            self._rest(now)

    def _end(self, event: str, now: int) -> None:
        """Leave the run behind: tell how it ended, if there was one."""
        self._move(event, now)
        if self.ending is not None:
            self.ended = self.ending
            seconds = [[state, self.durations[state] // 1000] for state in STATES[1:] if state in self.durations]
            total_s = (now - self.started_ms) // 1000
            summary: "dict[str, Any]" = {"pulses": self.pulses, "seconds": seconds, "total_s": total_s}
            if self.not_safe:
                summary["not_safe"] = self.not_safe
            if self.grown is not None:
                summary["film"] = self.grown
            self.emit("run_end", {"outcome": self.ending[0], "reason": self.ending[1], "summary": summary})
        self._rest(now)
        self._clear_run(now)


def _loops(bench: "Bench") -> "tuple[Any, Any]":
    """The classes that run heater and gas; a bench without a supervised loop does not load that module."""
    if "supervised" not in bench.loops:
        return DirectHeater, DirectGas
    from .supervised import SupervisedGas, SupervisedHeater

    return (SupervisedHeater if bench.loops.heater == "supervised" else DirectHeater,
            SupervisedGas if bench.loops.pressure == "supervised" else DirectGas)  # fmt: skip


def _near(value: "int | None", target: int, band: int) -> bool:
    """Whether a reading is within a band of a target; a missing one is not."""
    return value is not None and -band <= value - target <= band
