"""Loops that an instrument closes: what is asked of it, what is watched, and when the agent gives up."""

import pytest
from adatom.edge.config import bench_from_dict
from adatom.edge.supervised import OBEY_MS, SILENT_MS, SupervisedGas, SupervisedHeater
from adatom.protocol import channels as ch

BENCH = bench_from_dict({**dict.fromkeys(("bench", "envelope", "broker", "key_file", "journal_dir"), "twin-1"),
                         "loops": {"heater": "supervised", "pressure": "supervised"}})  # fmt: skip
GOAL = 60000
RATE = 2000  # counts a minute, the default ramp
TICK_MS = 100


class Controller:
    """A heater that follows a working set-point exactly, or `lag` behind it."""

    def __init__(self, start: int = 2500, working: int = 2000) -> None:
        self.outputs = [0] * ch.OUT_COUNT
        self.heater = SupervisedHeater(BENCH, 220, self.outputs)
        self.working: float = working
        self.start = start
        self.lag = 0
        self.obeys = True
        self.silent = False
        self.now = 0
        self.heater.start(0, start, GOAL)

    def tick(self, hold: bool = False) -> int | None:
        self.now += TICK_MS
        readings: list[int | None] = [None] * ch.COUNT
        if not self.silent:
            readings[ch.HEATER_C] = max(self.start, round(self.working) - self.lag)
            readings[ch.HEATER_W], readings[ch.TARGET_C] = 4200, round(self.working)
        plan = (self.heater.hold if hold else self.heater.step)(self.now, readings)
        if self.obeys:
            self._obey()
        return plan

    def ticks(self, seconds: float, hold: bool = False) -> int | None:
        for _ in range(round(seconds * 1000 / TICK_MS)):
            plan = self.tick(hold)
        return plan

    def _obey(self) -> None:
        asked, rate = self.outputs[ch.OUT_HEATER_SETPOINT], self.outputs[ch.OUT_HEATER_RAMP]
        step = rate * TICK_MS / 60000 if rate else 1e9
        self.working += max(-step, min(step, asked - self.working))


def test_it_starts_where_the_heater_is_and_only_then_ramps() -> None:
    """The set-point of the last run must not be where the ramp begins."""
    there = Controller(start=2500, working=65000)
    there.heater.start(0, 2500, GOAL)
    assert there.tick() is None
    assert there.outputs[ch.OUT_HEATER_SETPOINT] == 2500
    assert there.outputs[ch.OUT_HEATER_RAMP] == 0
    there.ticks(1)
    assert there.outputs[ch.OUT_HEATER_SETPOINT] == GOAL
    assert there.outputs[ch.OUT_HEATER_RAMP] == RATE
    assert there.ticks(60) == pytest.approx(2500 + RATE, abs=50)


def test_the_plan_is_the_working_set_point_and_power_is_what_was_read() -> None:
    there = Controller()
    plan = there.ticks(120)
    assert plan == pytest.approx(there.working, abs=5)
    assert there.outputs[ch.OUT_HEATER_W] == 4200
    assert there.outputs[ch.OUT_CONTACTOR] == 1
    assert not there.heater.done
    there.ticks(1700)
    assert there.heater.done
    assert there.tick() == GOAL


def test_a_heater_that_lags_makes_the_set_point_wait() -> None:
    there = Controller()
    there.ticks(120)
    there.lag = 600
    there.ticks(30)
    waiting = there.working
    there.ticks(60)
    assert there.working == pytest.approx(waiting, abs=1)
    there.lag = 300
    there.ticks(10)
    assert there.working == pytest.approx(waiting, abs=1)  # not before it has come half the band nearer
    there.lag = 200
    there.ticks(60)
    assert there.working == pytest.approx(waiting + RATE, abs=50)


def test_hold_stops_the_ramp_and_step_goes_on() -> None:
    there = Controller()
    there.ticks(120)
    held = there.working
    there.ticks(60, hold=True)
    assert there.working == pytest.approx(held, abs=20)
    there.ticks(60)
    assert there.working == pytest.approx(held + RATE, abs=50)
    assert there.heater.why == ""


@pytest.mark.parametrize("lag", [0, 2000])
@pytest.mark.parametrize("working", [70000.0, 100.0])
def test_another_set_point_than_the_one_asked_for_is_a_failure(working: float, lag: int) -> None:
    """Somebody at the front panel: the interlock's plan would follow it, so it is watched here."""
    there = Controller()
    there.ticks(120)
    there.obeys, there.working, there.lag = False, working, lag
    there.ticks(OBEY_MS / 1000 - 1)
    assert there.heater.why == ""
    there.ticks(2)
    assert there.heater.why == "setpoint_not_obeyed"


def test_a_set_point_that_never_comes_is_a_failure_and_no_plan() -> None:
    there = Controller(working=30000)
    there.obeys = False
    assert there.ticks(OBEY_MS / 1000 + 1) is None
    assert there.heater.why == "setpoint_not_obeyed"


def test_a_silent_controller_is_no_plan_no_power_and_then_a_failure() -> None:
    there = Controller()
    there.ticks(120)
    there.silent = True
    assert there.tick() is None
    assert there.outputs[ch.OUT_HEATER_W] == 0
    assert there.heater.why == ""
    there.ticks(SILENT_MS / 1000 + 1)
    assert there.heater.why == "heater_controller_silent"


def test_stop_leaves_no_set_point() -> None:
    there = Controller()
    there.ticks(10)
    there.heater.stop()
    assert there.outputs == [0] * ch.OUT_COUNT


def test_a_pressure_is_asked_for_and_the_position_is_read() -> None:
    outputs = [0] * ch.OUT_COUNT
    gas = SupervisedGas(BENCH, outputs)
    readings: list[int | None] = [None] * ch.COUNT
    gas.aim(10000, 2000, None)
    gas.step(readings)
    assert outputs[ch.OUT_PRESSURE_SETPOINT] == 10000
    readings[ch.VALVE_PCT] = 1770
    gas.step(readings)
    assert outputs[ch.OUT_VALVE_PCT] == 1770
    gas.stop()
    assert outputs[ch.OUT_PRESSURE_SETPOINT] == 0
