"""A bench's agent with a chamber that only takes its time: the states, events and outcomes of a run without physics.

Commands, envelope check, run numbers and events are the real agent's; only chamber and interlock are light.
"""

import random
from collections.abc import Callable
from typing import Any

from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.edge.interlock import force_safe
from adatom.edge.states import STATES, TRANSITIONS, next_state
from adatom.protocol.channels import OUT_CONTACTOR, OUT_COUNT
from adatom.protocol.recipe import Recipe

# state, minutes at most, what it asks for
STEPS = (
    ("pump_down", 30, ""), ("heat", 20, ""), ("deposit", 20, ""), ("cool", 40, ""), ("transfer", 60, "assemble"),
    ("measure", 30, "measure"),
)  # fmt: skip
HOT = ("heat", "deposit")
FAIL_SHARE = 0.15  # of runs
TRIP_SHARE = 0.1
SAFE_MS = 2000


class Aim:
    """The step at hand, as far as the agent asks."""

    ask = ""


class LightChamber:
    """The parts of edge.chamber.Chamber that the agent and the station use."""

    def __init__(self, chance: random.Random, emit: Callable[[str, dict[str, Any]], None]) -> None:
        self.chance = chance
        self.emit = emit
        self.outputs = [0] * OUT_COUNT
        self.state, self.code = "idle", 0
        self.recipe: Recipe | None = None
        self.latched = self.confirmed = False
        self.plan_cc = self.plan_mpa = self.plan_cmj = None
        self.not_safe: list[list[str]] = []
        self.aim = Aim()
        self.ending: tuple[str, str] | None = None
        self.place = self.until_ms = self.started_ms = 0
        self.doom: str | None = None  # what will befall this run in its last hot state

    def can(self, event: str) -> bool:
        return (self.state, event) in TRANSITIONS

    def start(self, recipe: Recipe, now: int) -> None:
        self.recipe, self.place, self.started_ms, self.ending = recipe, -1, now, None
        luck = self.chance.random()
        self.doom = "fail" if luck < FAIL_SHARE else "trip" if luck < FAIL_SHARE + TRIP_SHARE else None
        self._next("start", now)

    def abort(self, now: int, why: str) -> None:
        self._end_with("abort", "aborted", why, now)

    def fail(self, why: str, now: int) -> None:
        self._end_with("fail", "failed", why, now)

    def trip(self, now: int, why: str) -> None:
        self.latched = True
        self._end_with("trip", "failed", why, now)

    def rearm(self, now: int) -> None:
        self.latched = False
        self._move("rearm")

    def step(self, now: int, readings: list[int | None]) -> None:
        """Go on when the time has come or the person has answered."""
        if self.state == "safe" and now >= self.until_ms:
            self._leave("latch" if self.latched else "end", now)
        elif self.recipe is None or self.state in ("safe", "fault", "paused"):
            return
        elif self.doom == "fail" and self.state == "deposit" and now >= self.until_ms:
            self.fail("deposition_slow: simulated", now)
        elif (self.confirmed if self.aim.ask else now >= self.until_ms) and self.place + 1 < len(STEPS):
            self._next("to_" + STEPS[self.place + 1][0], now)
        elif self.aim.ask == "measure" and self.confirmed:
            self.ending = ("complete", "")
            self._leave("end", now)

    @property
    def trips(self) -> bool:
        """Whether the interlock would trip now."""
        return self.doom == "trip" and self.state == "deposit"

    # --- inner ---------------------------------------------------------------------------------------------------
    def _next(self, event: str, now: int) -> None:
        self.place += 1
        self._move(event)
        _, minutes, ask = STEPS[self.place]
        self.until_ms = now + self.chance.randint(1, 60 * minutes) * 1000
        self.aim.ask, self.confirmed = ask, False
        self.outputs[OUT_CONTACTOR] = 1 if self.state in HOT else 0
        if ask:
            self.emit("ask", {"step": ask})

    def _end_with(self, event: str, outcome: str, why: str, now: int) -> None:
        if self.recipe is not None and self.ending is None:
            self.ending = (outcome, why)
        force_safe(self.outputs)
        if next_state(self.state, event) != self.state:
            self._move(event)
            self.until_ms = now + SAFE_MS

    def _leave(self, event: str, now: int) -> None:
        self._move(event)
        if self.ending is not None:
            summary = {"pulses": 0, "total_s": (now - self.started_ms) // 1000}
            self.emit("run_end", {"outcome": self.ending[0], "reason": self.ending[1], "summary": summary})
        self.recipe = self.ending = self.doom = None
        self.aim.ask, self.confirmed = "", False

    def _move(self, event: str) -> None:
        before, self.state = self.state, next_state(self.state, event)
        self.code = STATES.index(self.state)
        self.emit("state", {"from": before, "to": self.state})


class LightInterlock:
    """Trips where the chamber's fate says so."""

    def __init__(self, chamber: LightChamber) -> None:
        self.chamber = chamber
        self.trips: list[tuple[str, int | None, int | None]] = [("heater_overshoot", 71000, 70000)]

    def check(self, *_: Any) -> bool:
        return self.chamber.trips

    def rearm(self, now: int) -> None:
        """Nothing is remembered."""


class LightAgent(Agent):
    """The real agent around them."""

    def __init__(self, bench: str, envelope: dict[str, Any], envelope_hash: str, chance: random.Random) -> None:
        super().__init__(default_bench(bench), envelope, envelope_hash)
        light: Any = LightChamber(chance, self._emit)
        interlock: Any = LightInterlock(light)
        self.chamber, self.interlock, self.outputs = light, interlock, light.outputs
