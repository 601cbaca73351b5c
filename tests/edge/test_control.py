"""The control laws against plants that differ from the model."""

from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from adatom.edge.config import default_bench
from adatom.edge.control import EnergyServo, HeaterLoop, PressureLoop, Ramp, loss_table
from adatom.protocol import channels as ch
from hypothesis import given

from .simple_plant import SimplePlant

PLANT = default_bench("twin-1").plant
TICK_MS = 100


def test_the_loss_table_is_radiation_and_conduction() -> None:
    table = loss_table(PLANT)
    for celsius in (0, 30, 300, 700, 1000):
        watts = 0.7 * 5.670374e-8 * 40e-4 * ((celsius + 273.15) ** 4 - 298.15**4) + 0.015 * (celsius - 25)
        assert table[celsius // 10] == pytest.approx(1e6 * watts, abs=50)


def heat(plant: SimplePlant, goal_c: int, minutes: float, each: Callable[[int], None]) -> HeaterLoop:
    """Ramp a simple plant to a temperature and hold; `each` sees the reading of every tick."""
    loop, ramp = HeaterLoop(PLANT, 220, TICK_MS), Ramp(20.0, 5.0, TICK_MS)
    loop.start(plant.readings[ch.HEATER_C])
    ramp.start(plant.readings[ch.HEATER_C], 100 * goal_c)
    out = [0] * ch.OUT_COUNT
    out[ch.OUT_CONTACTOR] = 1
    for _ in range(int(minutes * 600)):
        heater = plant.readings[ch.HEATER_C]
        target = ramp.step(heater)
        out[ch.OUT_HEATER_W] = loop.step(heater, target, ramp.climb)
        plant.step(out)
        each(plant.readings[ch.HEATER_C])
    return loop


@pytest.mark.parametrize("loss", [0.8, 1.0, 1.2])
@pytest.mark.parametrize("capacity", [0.8, 1.0, 1.2])
def test_a_ramp_to_700_c_hardly_overshoots_and_holds(loss: float, capacity: float) -> None:
    seen: list[int] = []
    heat(SimplePlant(loss=loss, capacity=capacity), 700, 50, seen.append)
    assert max(seen) - 70000 < (100 if loss == capacity == 1.0 else 250)
    tail = seen[-3000:]
    assert sum(tail) / len(tail) == pytest.approx(70000, abs=10)  # 0.1 K
    assert max(tail) - min(tail) < 200


def test_a_saturated_heater_does_not_wind_up() -> None:
    """Power cut to a plant that cannot reach its target: on coming within reach it must not shoot over."""
    loop = HeaterLoop(PLANT, 100, TICK_MS)
    loop.start(20000)
    for _ in range(6000):
        power = loop.step(20000, 30000, 0)
    assert power == 10000
    for _ in range(30):
        power = loop.step(30500, 30000, 0)
    assert 100 * power < loss_table(PLANT)[30] // 100


def test_a_missing_reading_holds_the_integral() -> None:
    loop = HeaterLoop(PLANT, 220, TICK_MS)
    loop.start(50000)
    for _ in range(300):
        loop.step(49900, 50000, 0)
    before = loop.integral
    held = loop.step(None, 50000, 0)
    assert loop.integral == before
    assert 0 < held <= 22000


@given(st.lists(st.tuples(st.none() | st.integers(-20000, 140000), st.integers(0, 120000)), min_size=1, max_size=60))
def test_power_stays_within_cap_and_slew(steps: list[tuple[int | None, int]]) -> None:
    loop = HeaterLoop(PLANT, 220, TICK_MS)
    loop.start(2500)
    before = 0
    for measured, target in steps:
        power = loop.step(measured, target, 0)
        assert 0 <= power <= 22000
        assert abs(power - before) <= 401  # 40 W/s
        before = power


def test_a_ramp_keeps_its_rate_and_waits_for_the_heater() -> None:
    ramp = Ramp(20.0, 5.0, TICK_MS)
    ramp.start(2500, 60000)
    for _ in range(600):
        ramp.step(ramp.target)
    assert ramp.target == 2500 + 2000 - 1  # one minute, rounded down
    assert ramp.climb == 2000
    for measured in (ramp.target - 501, None):
        held = ramp.target
        assert ramp.step(measured) == held
        assert ramp.climb == 0


@pytest.mark.parametrize(("start", "goal"), [(2500, 60000), (60000, 8000), (5000, 5000)])
def test_a_ramp_ends_exactly_on_its_goal(start: int, goal: int) -> None:
    ramp = Ramp(20.0, 5.0, TICK_MS)
    ramp.start(start, goal)
    for _ in range(20000):
        ramp.step(ramp.target)
    assert ramp.done
    assert ramp.target == goal


@pytest.mark.parametrize("target_pa", [1, 10, 50])
@pytest.mark.parametrize("valve", [0.6, 1.0, 1.5])
def test_the_pressure_settles_whatever_the_valve(target_pa: int, valve: float) -> None:
    plant = SimplePlant(valve=valve)
    plant.pressure_pa = 0.001
    loop = PressureLoop(PLANT, TICK_MS)
    out = [0] * ch.OUT_COUNT
    out[ch.OUT_FLOW_SCCM] = 2000
    loop.aim(1000 * target_pa, 2000, plant.step(out)[ch.PRESSURE_PA])
    settle_s = 60 + 6 * int(target_pa * PLANT.volume_l / (1.69 * 20))
    seen = []
    for _ in range(10 * settle_s + 600):
        out[ch.OUT_VALVE_PCT] = loop.step(plant.readings[ch.PRESSURE_PA])
        plant.step(out)
        seen.append(plant.pressure_pa / target_pa)
    assert max(seen) < (1.1 if valve == 1.0 else 1.45)
    assert all(abs(ratio - 1.0) < 0.02 for ratio in seen[10 * settle_s :])


@given(st.lists(st.none() | st.integers(-1000, 200000), min_size=1, max_size=60))
def test_the_valve_stays_in_its_range(readings: list[int | None]) -> None:
    loop = PressureLoop(PLANT, TICK_MS)
    loop.aim(10000, 2000, 10000)
    for measured in readings:
        assert 0 <= loop.step(measured) <= 10000


def test_the_energy_servo_removes_an_offset_and_ignores_a_resting_meter() -> None:
    servo = EnergyServo()
    servo.aim(12500)
    meter = 0.0
    for _ in range(600):
        setting = servo.step(int(meter), 1)
        meter += (0.95 * setting - meter) / (8 if meter else 1)
    assert meter == pytest.approx(12500, abs=20)
    held = servo.trim
    servo.step(0, 3)
    servo.step(None, 3)
    servo.step(11000, 0)
    assert servo.trim == held


def test_the_energy_servo_gives_up_at_its_limit() -> None:
    servo = EnergyServo()
    servo.aim(10000)
    for _ in range(5000):
        setting = servo.step(6000, 1)
    assert setting == 11500
