"""Heater, substrate and thermocouples of the twin."""

import math

import pytest
from adatom.sim.physics.conditions import surface_c
from adatom.sim.physics.constants import KELVIN
from adatom.sim.physics.heat import BLOCK_RADIANCE, WALL_4, Heater, gas_conductance_w_k
from hypothesis import given
from hypothesis import strategies as st


def held(power_w: float, pressure_pa: float = 10.0, step_s: float = 1.0, seconds: float = 20000.0) -> Heater:
    heater = Heater()
    for _ in range(int(seconds / step_s)):
        heater.step(power_w, pressure_pa, step_s)
    return heater


def test_seven_hundred_degrees_need_what_the_balance_says() -> None:
    # 141 W of radiation at emissivity 0.7, the rest is gas, holder and substrate
    heater = held(155.0)
    radiated = 0.7 * BLOCK_RADIANCE * (heater.block_k**4 - WALL_4)
    assert heater.block_k - KELVIN == pytest.approx(700.0, abs=10.0)
    assert radiated == pytest.approx(141.0, rel=0.03)


def test_surface_settles_where_the_direct_chain_puts_it() -> None:
    heater = Heater()
    heater.mount(55.0, 600.0)
    for _ in range(20000):
        heater.step(120.0, 10.0, 1.0)
    reading_c = heater.thermocouple_k - KELVIN
    assert heater.substrate_k - KELVIN == pytest.approx(surface_c(reading_c, 55.0, 600.0), abs=1e-6)


def test_cold_substrate_is_as_warm_as_the_block() -> None:
    heater = held(0.0)
    assert heater.substrate_k == pytest.approx(25.0 + KELVIN, abs=0.01)


@given(
    dt_s=st.floats(1e-3, 60.0),
    power=st.floats(0.0, 1000.0),
    start_c=st.floats(0.0, 1200.0),
    pressure=st.floats(1e-5, 1e5),
)
def test_any_step_up_to_a_minute_is_stable(dt_s: float, power: float, start_c: float, pressure: float) -> None:
    heater = Heater(start_c)
    for _ in range(20):
        heater.step(power, pressure, dt_s)
        assert math.isfinite(heater.block_k)
        assert 250.0 < heater.block_k < 1500.0
        assert 150.0 < heater.substrate_k < 1500.0


def test_step_length_does_not_change_the_answer() -> None:
    fine, coarse = held(150.0, step_s=0.1, seconds=600.0), held(150.0, step_s=1.0, seconds=600.0)
    assert coarse.block_k == pytest.approx(fine.block_k, abs=1.0)


def test_free_cooling_matches_the_measured_coefficient() -> None:
    # 1.16e-3 /s at 100 °C in 184 mbar (IKZ log)
    heater = Heater(100.0)
    heater.step(0.0, 18400.0, 60.0)
    rate = (100.0 - (heater.block_k - KELVIN)) / 60.0 / 75.0
    assert rate == pytest.approx(1.16e-3, rel=0.15)


def test_gas_conducts_less_in_vacuum_and_convects_at_high_pressure() -> None:
    vacuum, process, filled = (gas_conductance_w_k(100.0, pa) for pa in (1e-4, 10.0, 18400.0))
    assert vacuum < process < filled
    assert process == pytest.approx(0.015, rel=0.05)


def test_thermocouple_lags_and_the_guard_lags_more() -> None:
    heater = Heater(25.0)
    heater.block_k += 100.0
    for _ in range(30):
        heater.step(0.0, 10.0, 0.1)
    control, guard = heater.thermocouple_k - KELVIN - 25.0, heater.guard_c() - 25.0
    assert control == pytest.approx(100.0 * (1.0 - math.exp(-1.0)), rel=0.03)
    assert guard < control


def test_supply_is_limited() -> None:
    assert held(1e6).block_k == pytest.approx(held(250.0).block_k)
