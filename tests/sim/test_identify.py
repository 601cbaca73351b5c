"""The step test on the twin: what it finds against the physics over worlds, and every way in which it must end safe."""

from typing import Any

import pytest
from adatom.edge import identify as step
from adatom.edge.identify import StepTest, turn_of
from adatom.edge.plant_fit import Fit, fit
from adatom.protocol import channels as ch
from adatom.protocol.errors import InputError
from adatom.sim.shipped import demo_envelope
from adatom.sim.virtual import VirtualRig

from tests.sim.step_tests import Lockstep, heater_c, quick_bench, truth

OPERATING_C = 600.0
WORLDS = 10
SAFE = [0] * ch.OUT_COUNT


def intervals(found: Fit, true: dict[str, float]) -> dict[str, float]:
    """Distance of each quantity from its true value, in standard errors."""
    estimates = found.at | found.plant
    return {name: (estimates[name].value - value) / estimates[name].sd for name, value in true.items()}


def test_the_stated_intervals_hold_the_physics_over_worlds() -> None:
    off: list[float] = []
    for world in range(1, WORLDS + 1):
        there = Lockstep(world, capacity=0.84 + 0.03 * world)
        there.until(step.DONE)
        assert there.test.phase == step.DONE, there.test.why
        found = fit(there.test.course, there.test.bench.plant, OPERATING_C)
        assert found.good, found.says
        assert found.split
        off += intervals(found, truth(there.twin, OPERATING_C)).values()
    inside = sum(abs(distance) <= 1.96 for distance in off)
    print(f"{inside} of {len(off)} within 95 % intervals, worst {max(map(abs, off)):.1f} standard errors")
    assert inside >= 0.9 * len(off)
    assert max(map(abs, off)) < 3.5


def test_byte_by_byte_it_finds_the_same_and_leaves_everything_safe() -> None:
    rig = VirtualRig(world=3, bench={"process": {"base_pa": 1.0}})
    test = StepTest(rig.bench, rig.envelope, minutes=4.0)
    rig.turn = turn_of(test, rig.drivers, rig.envelope)
    assert rig.until(lambda _: test.phase >= step.DONE, 600)
    assert test.phase == step.DONE, test.why
    found = fit(test.course, rig.bench.plant, OPERATING_C)
    assert max(map(abs, intervals(found, truth(rig.twin, OPERATING_C)).values())) < 3.5
    rig.run(1000)
    assert rig.energised() == []
    assert rig.turn.instruments.unsafe(rig.now) == []


# --- how it goes ---------------------------------------------------------------------------------------------------
def test_two_powers_then_off_and_a_sample_a_second() -> None:
    there = Lockstep(1, minutes=3.0, power_w=50.0)
    there.until(step.DONE)
    powers = there.test.powers
    assert [power for i, power in enumerate(powers) if i == 0 or power != powers[i - 1]] == [0.0, 30.0, 50.0, 0.0]
    assert len(powers) == pytest.approx(20 + 180, abs=2)
    assert there.test.outputs[ch.OUT_CONTACTOR] == 0


def test_the_power_goes_off_at_the_highest_temperature_and_the_test_goes_on() -> None:
    there = Lockstep(1, minutes=10.0, max_c=150.0)
    there.until(step.OFF)
    assert heater_c(there.readings) == pytest.approx(150.0, abs=1.0)
    there.until(step.DONE)
    assert there.test.phase == step.DONE
    assert max(there.test.temperatures) < 150.0 + step.OVER_C


def test_in_gas_the_pressure_is_held_and_kept_with_the_result() -> None:
    there = Lockstep(2, minutes=1.0, gas_pa=10.0)
    there.until(step.DONE)
    assert there.test.phase == step.DONE, there.test.why
    assert there.test.pressures == pytest.approx([10.0] * len(there.test.pressures), rel=0.1)


# --- how it must not go --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"power_w": 100.0}, "--power-w: 100: must be 1 to 80 W"),
        ({"max_c": 790.0}, "--max-c: 790: must be 100 to 750"),
        ({"gas_pa": 70.0}, "--gas-pa: 70: must be 0 to 60 Pa"),
        ({"minutes": 0.5}, "--minutes: 0.5: must be 1 to 120 min"),
    ],
)
def test_more_than_the_limits_allow_is_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError) as caught:
        StepTest(quick_bench(), demo_envelope(), **options)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("channel", "value", "text"),
    [
        (ch.DOOR, 1, "the door is open"),
        (ch.WATER_LPM, 50, "cooling water: 0.50 L/min"),
        (ch.GUARD_C, None, "no reading of guard_c"),
        (ch.HEATER_C, 15000, "the heater is at 150 °C"),
        (ch.HEATER_C, 4500, "thermocouples: 45.0 and 25.0 °C, 10 K apart at most"),
    ],
)
def test_it_does_not_begin_on_a_bench_that_is_not_ready(channel: int, value: int | None, text: str) -> None:
    test = StepTest(quick_bench(), demo_envelope())
    readings = list(Lockstep(1).readings)
    readings[ch.GUARD_C] = 15000 if value == 15000 else 2500
    readings[channel] = value
    for now in range(100, 30000, 100):
        assert test.tick(now, readings) == SAFE
    assert test.phase == step.FAILED
    assert text in test.why


@pytest.mark.parametrize(
    ("channel", "value", "text"),
    [
        (ch.DOOR, 1, "interlock: door_open"),
        (ch.WATER_LPM, 10, "interlock: water_low"),
        (ch.HEATER_C, None, "interlock: heater_stale"),
        (ch.GUARD_C, 30000, "interlock: "),
        (ch.HEATER_W, 100, "the controller gives 1.0 W, asked for"),
    ],
)
def test_what_goes_wrong_while_it_heats_ends_it_safe(channel: int, value: int | None, text: str) -> None:
    there = Lockstep(1)
    there.until(step.LOW)
    for _ in range(600):
        there.tick()
    for _ in range(60):
        if there.test.phase == step.FAILED:
            break
        there.readings[channel] = value
        there.tick()
    assert there.test.phase == step.FAILED
    assert text in there.test.why
    assert [there.test.outputs[i] for i in (ch.OUT_HEATER_W, ch.OUT_CONTACTOR)] == [0, 0]


def test_a_person_or_a_driver_ends_it() -> None:
    there = Lockstep(1)
    there.until(step.LOW)
    there.test.trip(there.now, "stopped")
    assert there.tick() == [0 if i != ch.OUT_VALVE_PCT else 10000 for i in range(ch.OUT_COUNT)]
    assert there.test.state == "safe"
    assert there.test.why == "stopped"
