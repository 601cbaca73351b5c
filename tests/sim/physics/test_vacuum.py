"""Pressure, flow and gauges of the twin's chamber."""

import math

import pytest
from adatom.sim.physics.chamber_constants import CHAMBER
from adatom.sim.physics.vacuum import OPEN_SPEED_M3_S, SCCM, Vacuum, outgassing_pa_m3_s, pump_speed_m3_s
from hypothesis import given
from hypothesis import strategies as st


def settled(valve: float, flow_sccm: float, step_s: float = 0.1, seconds: float = 600.0) -> Vacuum:
    vacuum = Vacuum(10.0, 1000.0)
    for _ in range(int(seconds / step_s)):
        vacuum.step(valve, flow_sccm, step_s)
    return vacuum


@pytest.mark.parametrize("second", [30, 100, 300, 600])
def test_pump_down_follows_the_measured_law(second: int) -> None:
    vacuum = Vacuum(2e-3, 15.0)
    vacuum.valve = 1.0
    for _ in range((second - 15) * 10):
        vacuum.step(1.0, 0.0, 0.1)
    law = 1e-4 * (2.4 + 24.6 * second**-0.37)
    assert 10.0 ** vacuum.full_range_lgpa(0.0) == pytest.approx(law, rel=0.01)


def test_vented_chamber_reaches_high_vacuum() -> None:
    vacuum = Vacuum()
    for _ in range(3000):
        vacuum.step(1.0, 0.0, 0.1)
    assert vacuum.pressure_pa < 1e-3


def test_steady_pressure_is_throughput_over_speed() -> None:
    vacuum = settled(0.2, 20.0)
    gas = (20.0 - CHAMBER["mfc_zero_sccm"]) * SCCM + outgassing_pa_m3_s(vacuum.pumped_s)
    speed = pump_speed_m3_s(vacuum.valve, vacuum.pressure_pa, vacuum.turbo_m3_s)
    assert vacuum.pressure_pa == pytest.approx(gas / speed, rel=1e-4)


def test_logged_flow_holds_ten_pascal() -> None:
    # 4.63 sccm indicated at a pumping speed of 0.64 L/s (IKZ log)
    travel = (0.64e-3 / CHAMBER["valve_open_m3_s"]) ** 0.4
    assert settled(travel, 4.63, seconds=1200.0).pressure_pa == pytest.approx(10.0, rel=0.03)


@given(
    dt_s=st.floats(1e-3, 1e4),
    valve=st.floats(0.0, 1.0),
    flow=st.floats(0.0, 100.0),
    pressure=st.floats(1e-6, 2e5),
)
def test_any_step_is_stable(dt_s: float, valve: float, flow: float, pressure: float) -> None:
    vacuum = Vacuum(pressure, 100.0)
    for _ in range(20):
        vacuum.step(valve, flow, dt_s)
        assert math.isfinite(vacuum.pressure_pa)
        assert vacuum.pressure_pa > 0.0


def test_step_length_does_not_change_the_answer() -> None:
    fine, coarse = settled(0.15, 20.0, 0.05, 60.0), settled(0.15, 20.0, 0.5, 60.0)
    assert coarse.pressure_pa == pytest.approx(fine.pressure_pa, rel=0.02)


def test_shut_controller_shows_its_zero_and_gives_no_gas() -> None:
    vacuum = settled(0.2, 0.0)
    assert vacuum.flow_sccm == pytest.approx(0.0, abs=1e-9)
    assert vacuum.indicated_sccm(0.0) == pytest.approx(0.83, abs=CHAMBER["mfc_quantum_sccm"])


def test_gauges_disagree_at_ten_pascal_and_agree_above_the_switch_over() -> None:
    vacuum = Vacuum(10.0)
    assert 10.0 ** vacuum.full_range_lgpa(0.0) / vacuum.capacitance_pa(0.0) == pytest.approx(0.904)
    vacuum = Vacuum(500.0)
    assert 10.0 ** vacuum.full_range_lgpa(0.0) == pytest.approx(vacuum.capacitance_pa(0.0))


def test_capacitance_gauge_has_a_floor_and_small_noise() -> None:
    assert Vacuum(1e-4).capacitance_pa(0.0) == pytest.approx(0.6007)
    gauge = Vacuum(10.0)
    assert gauge.capacitance_pa(1.0) / gauge.capacitance_pa(0.0) - 1.0 == pytest.approx(0.00075, rel=0.01)


def test_venting_starts_the_outgassing_again() -> None:
    vacuum = settled(1.0, 0.0)
    vacuum.vent()
    assert vacuum.pressure_pa == CHAMBER["atmosphere_pa"]
    assert vacuum.pumped_s == 0.0


def test_pump_speed_lies_under_both_its_parts() -> None:
    assert min(CHAMBER["turbo_m3_s"], CHAMBER["valve_open_m3_s"]) > OPEN_SPEED_M3_S
    assert pump_speed_m3_s(0.0, 0.1, 0.5) < 1e-5
