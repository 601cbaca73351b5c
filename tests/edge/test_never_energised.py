"""No sequence of readings, commands, faults and lost ticks leaves an output energised that must not be.

Two machines: agent and interlock alone, and the agent with its drivers' leases and the guardian behind them.
ADATOM_SOAK_EXAMPLES makes the search longer (make soak).
"""

import os
from typing import Any

import hypothesis.strategies as st
from adatom.edge.guardian import Guardian, arm_seal, with_crc
from adatom.edge.interlock import SAFE_ZERO
from adatom.protocol import channels as ch
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from .bench_run import make_agent
from .drivers.test_base import Lines
from .simple_plant import SimplePlant, recipe

EXAMPLES = int(os.environ.get("ADATOM_SOAK_EXAMPLES", "12"))
STEPS = 40
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
KEY = b"key of the board"
ENERGISED = (ch.OUT_HEATER_W, ch.OUT_CONTACTOR, ch.OUT_BEAM, ch.OUT_GATE, ch.OUT_SHUTTER, ch.OUT_BURST_PULSES)
HEATED = ("heat", "deposit", "anneal", "paused")
FIRING = ("deposit", "interlayer")
READ = (ch.HEATER_C, ch.GUARD_C, ch.PRESSURE_PA, ch.VACUUM_LGPA, ch.FLOW_SCCM, ch.ENERGY_MJ, ch.PULSES, ch.SLOT,
        ch.WATER_LPM, ch.DOOR)  # fmt: skip
VALUES = st.one_of(st.none(), st.integers(-3, 3), st.integers(-(2**31), 2**31), st.sampled_from([2500, 60000, 10000]))


class AgentMachine(RuleBasedStateMachine):
    """The agent over a sound plant whose readings anything may happen to."""

    def __init__(self) -> None:
        super().__init__()
        self.agent = make_agent()
        self.plant = SimplePlant(seed=3)
        self.now = 0
        self.runs = 0
        self.lies: dict[int, int | None] = {}
        self.was_tripped = False

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.now += 100
            readings = list(self.plant.readings)
            for index, value in self.lies.items():
                readings[index] = value
            outputs = self.agent.tick(self.now, readings)
            tripped = bool(self.agent.interlock.trips)
            if tripped and not self.was_tripped:  # in the very tick of the trip
                assert not any(outputs[index] for index in SAFE_ZERO)
            self.was_tripped = tripped
            self.check()
            self.plant.step(outputs)
            if self.agent.waiting_for:
                self.agent.confirm(self.agent.waiting_for, self.now)

    def check(self) -> None:
        outputs, state = self.agent.outputs, self.agent.state
        on = [ch.OUTPUTS[index][0] for index in ENERGISED if outputs[index]]
        if self.agent.interlock.trips or self.agent.chamber.latched or state in ("idle", "safe", "fault"):
            assert on == [], state
        if outputs[ch.OUT_CONTACTOR] or outputs[ch.OUT_HEATER_W]:
            assert state in HEATED
        if outputs[ch.OUT_BEAM] or outputs[ch.OUT_GATE] or outputs[ch.OUT_SHUTTER]:
            assert state in FIRING

    @initialize()
    def begin(self) -> None:
        self.start()
        self.hasten("heat")

    def hasten(self, state: str) -> None:
        for _ in range(6000):
            if self.agent.state == state:
                break
            self.tick()

    @rule(ticks=st.integers(1, 30))
    def time_passes(self, ticks: int) -> None:
        self.tick(ticks)

    @rule(index=st.sampled_from(READ), value=VALUES)
    def a_reading_lies(self, index: int, value: int | None) -> None:
        self.lies[index] = value
        self.tick()

    @rule()
    def readings_are_sound_again(self) -> None:
        self.lies.clear()

    @rule(away_ms=st.integers(200, 3600000))
    def ticks_are_lost(self, away_ms: int) -> None:
        self.now += away_ms
        self.tick()

    @rule()
    def start(self) -> None:
        self.runs += 1
        changes: dict[str, Any] = {"substrate_c": 400.0, "pulses": 500}
        self.agent.start(recipe(**changes), f"run-{self.runs}", "trial", self.now)
        self.check()

    @rule(command=st.sampled_from(["abort", "pause", "resume", "rearm", "trip"]))
    def command(self, command: str) -> None:
        agent = self.agent
        if command in ("abort", "trip"):
            getattr(agent, command)(self.now, "by hand")
        else:
            getattr(agent, command)(self.now)
        self.was_tripped = bool(agent.interlock.trips)
        self.check()

    @rule()
    @precondition(lambda self: self.agent.state == "heat")
    def heat_up(self) -> None:
        self.plant.heater_c = self.plant.sensor_c = self.plant.guard_c = 400.0
        self.tick(20)

    @invariant()
    def nothing_is_on_that_must_not_be(self) -> None:
        self.check()


class LeaseMachine(RuleBasedStateMachine):
    """An agent's ticks, a driver and the guardian behind it: whatever is on has a lease that somebody renewed."""

    OUTPUTS = ("gate", "contactor", "shutter")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.board = Guardian("boot", KEY)
        self.driver = Lines()
        self.expires = [0, 0, 0]
        self.beam_until = 0

    def send(self, text: str) -> bytes:
        return self.board.feed(with_crc(text), self.now)

    @rule(ms=st.one_of(st.integers(0, 300), st.integers(0, 5000), st.just(2**29)))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @rule(place=st.sampled_from([0, 1, 2]), lease_ms=st.integers(-5, 1500))
    def lease(self, place: int, lease_ms: int) -> None:
        if self.send(f"LEASE {self.OUTPUTS[place]} {lease_ms}").startswith(b"OK"):
            self.expires[place] = self.now + lease_ms
            assert 0 <= lease_ms <= 1000

    @rule()
    def open(self) -> None:
        self.board.feed(b"OPEN\n", self.now)
        self.expires = [self.now] * 3

    @rule(sealed=st.booleans())
    def arm(self, sealed: bool) -> None:
        nonce = self.board.nonce
        self.send(f"ARM {nonce} {arm_seal(KEY, nonce)}" if sealed else f"ARM {nonce}")

    @rule(pulses=st.integers(1, 50))
    def burst(self, pulses: int) -> None:
        self.send(f"PULSE {pulses} 20000")

    @rule(data=st.binary(max_size=70))
    def noise(self, data: bytes) -> None:
        self.board.feed(data + b"\n", self.now)
        self.driver.feed(data, self.now)

    @rule(lease_ms=st.integers(1, 2000))
    def write(self, lease_ms: int) -> None:
        self.driver.write("beam", 1, self.now, lease_ms)
        self.beam_until = self.now + lease_ms

    @rule()
    def safe(self) -> None:
        self.driver.safe(self.now)
        self.beam_until = self.now

    @invariant()
    def nothing_is_on_without_a_lease(self) -> None:
        on = self.board.outputs(self.now)
        for place in range(3):
            assert not on[place] or self.now < self.expires[place]
        if not on[0]:
            self.board.pulses_due(self.now)
            assert self.board.burst_left == 0
            assert self.board.pulses_due(self.now + 1) == 0
        if not self.board.armed:
            assert on == (False, False, False) or any(self.now < expiry for expiry in self.expires)

    @invariant()
    def a_driver_whose_lease_has_ended_makes_safe_before_anything_else(self) -> None:
        request = self.driver.outgoing(self.now)
        if self.now >= self.beam_until:
            assert b"beam=1" not in request
            assert not self.driver.leases
            assert "beam" not in self.driver.pending_writes


class TestAgent(AgentMachine.TestCase):  # type: ignore[misc,name-defined]
    settings = SETTINGS


class TestLeases(LeaseMachine.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(SETTINGS, max_examples=3 * EXAMPLES)
