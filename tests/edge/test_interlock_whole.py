"""Water and door at their limits, and which watch applies when."""

import pytest
from adatom.edge.config import default_bench
from adatom.edge.interlock import SAFE_ZERO, Interlock
from adatom.edge.interlock_laser import LaserWatch
from adatom.protocol import channels as ch

from .interlock_watch import LIMITS, TICK_MS, Part


class Whole:
    """A cold bench under the whole interlock; `tick` changes readings and outputs by name, gives the trips' names."""

    def __init__(self) -> None:
        self.interlock = Interlock(LIMITS, default_bench("twin-1").plant, TICK_MS)
        self.part = Part(LaserWatch)
        self.out = [0] * ch.OUT_COUNT
        self.now = 0

    def tick(self, plan_cc: int | None = None, plan_mpa: int | None = None, **fields: int | None) -> list[str]:
        self.now += TICK_MS
        part = self.part
        wiggle = self.now // TICK_MS % 2
        sound = {"HEATER_C": 2500 + wiggle, "GUARD_C": 2501 - wiggle, "PRESSURE_PA": 10000 + wiggle, "WATER_LPM": 300,
                 "DOOR": 0, "VACUUM_LGPA": 1000, "FLOW_SCCM": 0, "PULSES": 0, "ENERGY_MJ": 0}  # fmt: skip
        part.out = self.out
        part.tick_fields(**{**sound, **fields})
        tripped = self.interlock.check(self.now, part.r, self.out, plan_cc, plan_mpa)
        assert tripped == bool(self.interlock.trips)
        return [trip[0] for trip in self.interlock.trips]


def test_water_must_flow_while_the_heater_is_on() -> None:
    whole = Whole()
    assert [whole.tick(WATER_LPM=0) for _ in range(5)] == [[]] * 5
    assert [whole.tick(WATER_LPM=w, OUT_CONTACTOR=1) for w in (100, 99, 99, 100, 99, 99)] == [[]] * 6
    assert whole.tick(WATER_LPM=99) == ["water_low"]
    assert whole.interlock.trips == [("water_low", 99, 100)]
    whole = Whole()
    whole.tick(OUT_CONTACTOR=1, WATER_LPM=99)
    whole.tick(WATER_LPM=99)
    whole.tick(WATER_LPM=99, OUT_CONTACTOR=0)
    assert [whole.tick(WATER_LPM=99, OUT_CONTACTOR=1) for _ in range(2)] == [[]] * 2
    assert whole.tick(WATER_LPM=99) == ["water_low"]


def test_a_water_meter_must_answer_from_when_heating_begins() -> None:
    whole = Whole()
    for _ in range(30):
        assert whole.tick(WATER_LPM=None) == []
    assert [whole.tick(WATER_LPM=None, OUT_CONTACTOR=1) for _ in range(21)] == [[]] * 21
    assert whole.tick(WATER_LPM=None) == ["water_stale"]
    assert whole.interlock.trips == [("water_stale", None, 100)]
    whole = Whole()
    assert [whole.tick(WATER_LPM=300, OUT_CONTACTOR=1) for _ in range(100)] == [[]] * 100  # water may stand still


@pytest.mark.parametrize("output", ["OUT_CONTACTOR", "OUT_BEAM"])
def test_the_door_is_closed_while_anything_is_energised(output: str) -> None:
    whole = Whole()
    assert whole.tick(DOOR=1) == []
    assert whole.tick(DOOR=0, **{output: 1}) == []
    assert whole.tick(DOOR=1) == ["door_open"]
    assert whole.interlock.trips == [("door_open", 1, 0)]
    whole = Whole()
    for _ in range(30):
        assert whole.tick(DOOR=None) == []
    assert [whole.tick(DOOR=None, **{output: 1}) for _ in range(21)] == [[]] * 21
    assert whole.tick(DOOR=None) == ["door_stale"]
    assert whole.interlock.trips == [("door_stale", None, 0)]


def test_a_pulse_above_the_limit_waits_for_no_tick() -> None:
    whole = Whole()
    assert whole.tick(OUT_GATE=1, OUT_CONTACTOR=1) == []
    assert not whole.interlock.look(28001, whole.out)  # nothing reaches the target: no pulse
    whole.tick(OUT_BEAM=1, OUT_GATE=1)
    assert not whole.interlock.look(None, whole.out)
    assert not whole.interlock.look(28000, whole.out)
    assert any(whole.out[index] for index in SAFE_ZERO)
    assert whole.interlock.look(28001, whole.out)
    assert not any(whole.out[index] for index in SAFE_ZERO)
    assert not whole.interlock.look(28001, whole.out)  # told once
    assert whole.tick() == ["energy_high"]
    assert whole.interlock.trips == [("energy_high", 28001, 28000)]


def test_gas_is_watched_while_anything_is_energised() -> None:
    for output in ("OUT_CONTACTOR", "OUT_BEAM"):
        whole = Whole()
        assert [whole.tick(PRESSURE_PA=None) for _ in range(40)] == [[]] * 40
        assert [whole.tick(PRESSURE_PA=None, **{output: 1}) for _ in range(21)] == [[]] * 21
        assert whole.tick(PRESSURE_PA=None) == ["pressure_stale"]
    whole = Whole()
    seen = [whole.tick(PRESSURE_PA=10000, plan_mpa=10000, OUT_CONTACTOR=1) for _ in range(40)]
    assert seen[-1] == ["pressure_frozen"]


def test_heat_is_compared_with_its_plan() -> None:
    whole = Whole()
    whole.tick(plan_cc=2500, OUT_CONTACTOR=1)
    whole.tick(plan_cc=1000)
    assert whole.tick(plan_cc=1000) == ["heater_above_plan"]


def test_power_reaches_the_heaters_watch() -> None:
    whole = Whole()
    assert whole.tick(OUT_CONTACTOR=1, OUT_HEATER_W=22001) == ["heater_power"]


def test_a_trip_makes_everything_safe_at_once_and_stays() -> None:
    whole = Whole()
    whole.out = [1] * ch.OUT_COUNT
    assert whole.tick(DOOR=1) == ["door_open"]
    assert [whole.out[index] for index in range(ch.OUT_COUNT)] == [
        0 if index in SAFE_ZERO else 1 for index in range(ch.OUT_COUNT)
    ]
    assert {ch.OUT_GATE, ch.OUT_BEAM, ch.OUT_SHUTTER, ch.OUT_HEATER_W, ch.OUT_CONTACTOR, ch.OUT_FLOW_SCCM,
            ch.OUT_BURST_PULSES, ch.OUT_ENERGY_MJ, ch.OUT_SLOT, ch.OUT_HEATER_SETPOINT, ch.OUT_HEATER_RAMP,
            ch.OUT_PRESSURE_SETPOINT} == set(SAFE_ZERO)  # fmt: skip
    whole.out = [1] * ch.OUT_COUNT
    assert whole.tick() == ["door_open"]  # what was is told once
    assert whole.out[ch.OUT_CONTACTOR] == 0
    whole.interlock.rearm(whole.now)
    assert whole.tick() == []


def test_rearm_begins_the_watches_anew() -> None:
    whole = Whole()
    whole.tick(OUT_CONTACTOR=1, WATER_LPM=99)
    whole.tick(WATER_LPM=99)
    whole.interlock.heat.off_ticks = whole.interlock.laser.low_pulses = 5
    whole.interlock.rearm(whole.now)
    interlock = whole.interlock
    assert (interlock.heated, interlock.energised, interlock.water_ticks) == (False, False, 0)
    assert (interlock.heat.off_ticks, interlock.laser.low_pulses) == (0, 0)


def test_confirmation_is_three_tenths_of_a_second_and_one_tick_at_least() -> None:
    plant = default_bench("twin-1").plant
    assert [Interlock(LIMITS, plant, tick_ms).confirm for tick_ms in (1, 100, 1000)] == [300, 3, 1]
    assert [Interlock(LIMITS, plant, tick_ms).gas.confirm for tick_ms in (1, 100, 1000)] == [300, 3, 1]


def test_limits_come_from_the_envelope() -> None:
    interlock = Interlock(LIMITS, default_bench("twin-1").plant, TICK_MS)
    gas, laser = interlock.gas, interlock.laser
    assert (interlock.water_least, gas.pressure_most, gas.off_plan_pct) == (100, 80000, 20)
    assert (laser.energy_most, laser.energy_least_pct, laser.missed_most) == (28000, 60, 20)
    for life in (interlock.water_life, interlock.door_life, laser.energy_life, laser.pulses_life):
        assert (life.stale_ms, life.frozen_ms, life.younger_ms) == (2000, 1 << 29, 150)
    assert (gas.life.stale_ms, gas.life.frozen_ms, gas.life.younger_ms) == (2000, 2500, 150)
    assert (interlock.heat.quiet_ms, laser.gate_ms, laser.active_ms, gas.agree_ms, gas.lower_ms) == (0, 0, 0, 0, 0)
    assert (gas.steady_ms, gas.over_ms, gas.life.seen, gas.flow_asked, gas.tick_ms) == (0, 0, 0, 0, 100)
    assert (gas.high_ticks, gas.off_ticks, gas.flow_ticks, gas.usual_valve, gas.steady_plan) == (0, 0, 0, None, None)


def test_each_time_that_something_is_energised_the_gas_is_watched_anew() -> None:
    whole = Whole()
    whole.tick(OUT_CONTACTOR=1)
    assert [whole.tick(PRESSURE_PA=90000 + tick, VACUUM_LGPA=None) for tick in range(2)] == [[], []]
    whole.tick(OUT_CONTACTOR=0)
    assert [whole.tick(PRESSURE_PA=90000 + tick, VACUUM_LGPA=None, OUT_CONTACTOR=1) for tick in range(2)] == [[], []]
    assert whole.tick(PRESSURE_PA=90000, VACUUM_LGPA=None) == ["pressure_high"]


def test_reasons_of_one_tick_stand_in_their_order() -> None:
    whole = Whole()
    missing = {"DOOR": None, "PRESSURE_PA": None, "WATER_LPM": None, "HEATER_C": None, "GUARD_C": None}
    assert [whole.tick(OUT_CONTACTOR=1, **missing) for _ in range(21)] == [[]] * 21
    order = ["heater_stale", "guard_stale", "water_stale", "door_stale", "pressure_stale"]
    assert whole.tick(**missing) == order
