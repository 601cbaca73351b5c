"""The agent: run, interlock and telemetry point of a bench behind one `tick`. Pure, no I/O; the same on MicroPython.

Order of a tick: the chamber decides, the interlock has the last word, the point is completed. The outputs are one list
that never changes its identity; a command makes it safe at once, without waiting for the next tick.
"""

from adatom.protocol.channels import (
    DOOR,
    HEATER_W,
    OUT_HEATER_W,
    OUT_SLOT,
    OUT_VALVE_PCT,
    SLOT,
    STATE,
    TARGET_C,
    TARGET_MJ,
    TARGET_PA,
    VALVE_PCT,
)

from .chamber import Chamber
from .interlock import Interlock, force_safe
from .trip_units import in_units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.protocol.envelope import Envelope
    from adatom.protocol.recipe import Recipe

    from .config import Bench

    Event = tuple[str, dict[str, Any]]
    Readings = list[int | None]

RUNS_REMEMBERED = 64  # run ids that are refused a second time; older ones the cloud knows


class Agent:
    """`bench` is a config.Bench, `envelope` the checked dict of protocol.envelope. One instance a bench."""

    def __init__(self, bench: "Bench", envelope: "Envelope", envelope_hash: str) -> None:
        self.bench = bench
        self.envelope = envelope
        self.envelope_hash = envelope_hash
        self._events: "list[Event]" = []
        self._runs: "list[str]" = []
        self._door: "int | None" = 0
        self.run_id = self.trial_id = ""
        self.last_trip = ""  # why the bench tripped last, fit for a user
        self.chamber = Chamber(bench, envelope, self._emit)
        self.interlock = Interlock(envelope["interlock"], bench.plant, 1000 // bench.tick_hz)
        self.outputs = self.chamber.outputs

    # --- what it is doing --------------------------------------------------------------------------------------
    @property
    def state(self) -> str:
        """The name of the state, one of states.STATES."""
        return self.chamber.state

    @property
    def busy(self) -> bool:
        """Whether a run is going on."""
        return self.chamber.recipe is not None

    @property
    def recipe(self) -> "Recipe | None":
        """The recipe of the run going on, else None."""
        return self.chamber.recipe

    @property
    def waiting_for(self) -> str:
        """The step that `confirm` is awaited for: "expose", "assemble", "measure", or ""."""
        chamber = self.chamber
        waits = chamber.state in ("transfer", "measure") and not chamber.confirmed
        return chamber.aim.ask if waits else ""

    @property
    def has_events(self) -> bool:
        return len(self._events) > 0

    def events(self) -> "list[Event]":
        """The (name, dict) pairs since the last call: state, ask, pulses, trip, not_safe, run_start, run_end."""
        events = self._events
        self._events = []
        return events

    def remaining_s(self, now_ms: int) -> int:
        """About how long the run still takes."""
        return self.chamber.remaining_s(now_ms)

    # --- commands: each returns the reasons why not, [] when obeyed ----------------------------------------------
    def start(self, recipe: "Recipe", run_id: str, trial_id: str, now_ms: int) -> "list[str]":
        """Begin a run. The envelope is checked here again: this check counts."""
        reasons = self.may_not_start(recipe, run_id)
        if not reasons:
            self.begin(recipe, run_id, trial_id, now_ms)
        return reasons

    def may_not_start(self, recipe: "Recipe", run_id: str) -> "list[str]":
        """Why a run may not begin now."""
        from adatom.protocol.envelope import check  # a board forgets both afterwards

        from .plan import plan_problems

        reasons = []
        if not self.chamber.can("start"):
            reasons.append("the bench is in state %s, a run starts from idle" % self.state)
        if run_id in self._runs:
            reasons.append("run %s was started before" % run_id)
        if self._door != 0:
            reasons.append("the door is open" if self._door else "whether the door is closed is not known")
        return reasons + (check(recipe, self.envelope) or plan_problems(recipe, self.bench))

    def begin(
        self, recipe: "Recipe", run_id: str, trial_id: str, now_ms: int, more: "dict[str, Any] | None" = None
    ) -> None:
        """Begin a run for which nothing spoke against it just now; `more` is to be said at its start."""
        self.remember(run_id)
        self.run_id, self.trial_id = run_id, trial_id
        said = {"run": run_id, "trial": trial_id, "envelope": self.envelope_hash, "distance_mm": recipe.distance_mm}
        said.update(more or {})
        self._emit("run_start", said)
        self.chamber.start(recipe, now_ms)

    def remember(self, run_id: str) -> None:
        """This run was started, here or before a restart: it is refused from now on."""
        self._runs = self._runs[-RUNS_REMEMBERED + 1 :] + [run_id]

    def abort(self, now_ms: int, why: str) -> "list[str]":
        """Safe now, idle when seen to be safe. Possible in every state; a latched fault stays latched."""
        self.chamber.abort(now_ms, why)
        return []

    def pause(self, now_ms: int) -> "list[str]":
        """Stop pulses and ramps, hold heater and gas."""
        if not self.chamber.can("pause"):
            return ["state %s cannot be paused" % self.state]
        self.chamber.pause(now_ms)
        return []

    def resume(self, now_ms: int) -> "list[str]":
        if self.state != "paused":
            return ["the bench is in state %s, not paused" % self.state]
        self.chamber.resume(now_ms)
        return []

    def confirm(self, step: str, now_ms: int) -> "list[str]":
        """The step that was asked for is done."""
        if step not in ("expose", "assemble", "measure") or step != self.waiting_for:
            return [self._not_asked(step)]
        self.chamber.confirmed = True
        self._emit("confirmed", {"step": step})
        return []

    def give_up(self, step: str, why: str, now_ms: int) -> "list[str]":
        """The step that was asked for cannot be done (a film that came off, a cell that shorts): the run has failed."""
        if not step or step != self.waiting_for:
            return [self._not_asked(step)]
        self.chamber.fail(why, now_ms)
        return []

    def trip(self, now_ms: int, why: str) -> None:
        """A driver or a person sees what the interlock cannot: safe now, latched like any trip."""
        if not self.chamber.latched:
            self.last_trip = why
            self._emit("trip", {"interlock": "reported", "why": why})
            self.chamber.trip(now_ms, why)

    def not_safe(self, step: str, reading: str) -> None:
        """A step of the safe sequence is seen to have failed: told, in the run's result, and latched."""
        self._emit("not_safe", {"step": step, "reading": reading})
        self.chamber.not_safe.append([step, reading])
        self.chamber.latched = True

    def rearm(self, now_ms: int) -> "list[str]":
        """Leave the fault; what still is wrong trips again at the next tick."""
        if not self.chamber.can("rearm"):
            return ["the bench is in state %s, nothing is latched" % self.state]
        self.interlock.rearm(now_ms)
        self.chamber.rearm(now_ms)
        return []

    # --- the tick ----------------------------------------------------------------------------------------------
    def tick(self, now_ms: int, readings: "Readings") -> "list[int]":
        """The outputs for these readings. Completes `readings` in place, so that it is the telemetry point."""
        chamber, outputs = self.chamber, self.outputs
        try:
            chamber.step(now_ms, readings)
            if self.interlock.check(now_ms, readings, outputs, chamber.plan_cc, chamber.plan_mpa):
                self._tripped(now_ms)
        except Exception:
            force_safe(outputs)  # a mistake of ours must not leave the heater on
            raise
        self._door = readings[DOOR]
        if self.bench.loops.heater == "direct":  # else it was read, and may be missing
            readings[HEATER_W] = outputs[OUT_HEATER_W]
        if self.bench.loops.pressure == "direct":
            readings[VALVE_PCT] = outputs[OUT_VALVE_PCT]
        readings[SLOT] = outputs[OUT_SLOT]
        readings[TARGET_C] = chamber.plan_cc
        readings[TARGET_PA] = chamber.plan_mpa
        readings[TARGET_MJ] = chamber.plan_cmj
        readings[STATE] = chamber.code
        return outputs

    def look(self, now_ms: int, energy: "int | None") -> None:
        """Between two ticks: what the energy meter says now, for a pulse above the limit waits for no tick."""
        if self.interlock.look(energy, self.outputs):
            self._tripped(now_ms)

    def _not_asked(self, step: str) -> str:
        waits = "the bench waits for %s" % (self.waiting_for or "nobody")
        return "nobody asked for %s: %s" % (step, waits) if step else waits

    def _tripped(self, now_ms: int) -> None:
        """First tick of a trip: tell every reason, end the run."""
        chamber = self.chamber
        if chamber.latched:
            return
        names = []
        for name, counts, most in self.interlock.trips:
            names.append(name)
            value, limit, unit = in_units(name, counts, most)
            self._emit("trip", {"interlock": name, "value": value, "limit": limit, "unit": unit})
        self.last_trip = "interlock: " + ", ".join(names)
        chamber.trip(now_ms, self.last_trip)

    def _emit(self, name: str, data: "dict[str, Any]") -> None:
        self._events.append((name, data))
