"""Laser to arriving atoms, against the numbers of the sources."""

import math

import pytest
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.plume import (
    arrival,
    arriving_energy_ev,
    fluence_j_cm2,
    rate_nm_per_pulse,
    sticking,
    stop_length_mm,
    window_transmission,
    yield_factor,
)

TARGETS = [
    {"slot": 1, "cations": {"Li": 7, "La": 3, "Zr": 2}, "units_e12_cm2": 15.8},
    {"slot": 2, "cations": {"Li": 2}, "units_e12_cm2": 60.0},
]
YIELDS = {1: 1.0, 2: 1.0}


def test_fluence_of_a_pulse() -> None:
    assert fluence_j_cm2(125.0, 0.8, 0.05) == pytest.approx(2.0)


@pytest.mark.parametrize(("pressure_pa", "length_mm"), [(1, 78), (5, 52), (10, 43), (20, 36), (50, 29), (100, 24)])
def test_stop_length_of_60_mj(pressure_pa: float, length_mm: float) -> None:
    assert stop_length_mm(60.0, pressure_pa, 0.03, K) == pytest.approx(length_mm, abs=1.0)


def test_stop_length_scales_with_energy_and_pressure() -> None:
    base = stop_length_mm(60.0, 10.0, 0.03, K)
    assert stop_length_mm(120.0, 10.0, 0.03, K) / base == pytest.approx(2**0.256, rel=1e-3)
    assert stop_length_mm(60.0, 20.0, 0.03, K) / base == pytest.approx(2**-0.256, rel=1e-3)


@pytest.mark.parametrize("fluence", [0.8, 1.0, 2.0])
def test_rate_is_the_fit_to_the_lavo3_films(fluence: float) -> None:
    assert rate_nm_per_pulse(fluence, 0.018, K) == pytest.approx(0.00836 * math.log(fluence / 0.318))


def test_no_rate_below_threshold() -> None:
    assert rate_nm_per_pulse(0.3, 0.05, K) == 0.0


def test_yield_at_the_reference_is_one() -> None:
    assert yield_factor(2.0, 55.0, 10.0, 0.05, K) == pytest.approx(1.0)


def test_yield_falls_with_distance_and_rises_with_fluence() -> None:
    assert yield_factor(2.0, 70.0, 10.0, 0.05, K) < 0.7
    assert 1.0 < yield_factor(4.0, 55.0, 10.0, 0.05, K) < 2.0


def test_rate_falls_behind_the_plume_and_where_it_resputters() -> None:
    assert sticking(40.0, 50.0, K) < sticking(52.0, 50.0, K)
    assert sticking(80.0, 50.0, K) < sticking(55.0, 50.0, K)


def test_atoms_slow_down_with_distance() -> None:
    assert arriving_energy_ev(40.0, 50.0, K) > arriving_energy_ev(60.0, 50.0, K) > 0.1


def test_window_loses_a_percent_in_ten_thousand_pulses() -> None:
    assert 0.95 < window_transmission(1e4, K) < 0.995


def test_arrival_counts_atoms_per_formula_unit() -> None:
    came = arrival({1: 5000.0, 2: 1000.0}, TARGETS, YIELDS, 1.0, K)
    assert came.atoms["La"] == pytest.approx(3.0)
    assert came.atoms["Li"] == pytest.approx(7.0 + 2.0 * 60.0 * 1000.0 / (15.8 * 5000.0))
    assert came.thickness_nm == pytest.approx(5000.0 * 15.8e12 / 3.68e14)


def test_hidden_yields_shift_the_composition() -> None:
    pulses = {1: 5000.0, 2: 1000.0}
    more = arrival(pulses, TARGETS, {1: 1.0, 2: 1.1}, 1.0, K).atoms["Li"]
    assert more > arrival(pulses, TARGETS, YIELDS, 1.0, K).atoms["Li"]


def test_lithium_alone_makes_no_film() -> None:
    assert arrival({2: 1000.0}, TARGETS, YIELDS, 1.0, K).thickness_nm == 0.0
