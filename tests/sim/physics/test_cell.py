"""Surface and cell against published interface resistances, ohm cm2 per interface at 25 °C."""

from dataclasses import replace

import pytest
from adatom.sim.physics.cell import Cell, assemble, true_r_interface_ohm_cm2
from adatom.sim.physics.conditions import Conditions
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.film import grow_film
from adatom.sim.physics.surface import carbonate_left, carbonate_nm, make_surface

from .samples import CLEANED, REFERENCE


def cell_of(conditions: Conditions) -> Cell:
    film = grow_film(conditions, K)
    return assemble(film, make_surface(film, conditions, K), conditions, K)


@pytest.mark.parametrize(
    ("name", "conditions", "low", "high"),
    [
        ("20 min air, the reference", REFERENCE, 125, 175),
        ("unexposed: 37, Cheng 2015", replace(REFERENCE, air_exposure_min=0.0), 18, 45),
        ("24 h air: 960, Cheng 2015", replace(REFERENCE, air_exposure_min=1440.0), 450, 1100),
        ("clean, 450 C: 2, Sharafi 2017", CLEANED, 1.2, 3.0),
        ("clean + Al2O3 5 nm: 1, Han 2017", replace(CLEANED, interlayer="Al2O3", interlayer_nm=5.0), 1.0, 3.0),
        ("aired + Ge 20 nm: 115, Luo 2017", replace(REFERENCE, interlayer="Ge", interlayer_nm=20.0), 50, 130),
        ("clean + Au 10 nm", replace(CLEANED, interlayer="Au", interlayer_nm=10.0), 1.0, 2.0),
    ],
)
def test_interface_resistance(name: str, conditions: Conditions, low: float, high: float) -> None:
    assert low < cell_of(conditions).r_int_ohm_cm2 < high, name


def test_r_interface_is_film_plus_interface() -> None:
    cell = cell_of(REFERENCE)
    assert true_r_interface_ohm_cm2(cell) == cell.r_film_ohm_cm2 + cell.r_int_ohm_cm2


def test_interface_hardly_depends_on_the_phase_but_the_sum_does() -> None:
    poor = cell_of(replace(CLEANED, atoms_arriving={**CLEANED.atoms_arriving, "Li": 6.0}))
    good = cell_of(CLEANED)
    assert poor.r_int_ohm_cm2 == pytest.approx(good.r_int_ohm_cm2, rel=0.1)
    assert true_r_interface_ohm_cm2(poor) > 100.0 * true_r_interface_ohm_cm2(good)


def test_thick_interlayers_cost() -> None:
    thin = replace(CLEANED, interlayer="Al2O3", interlayer_nm=4.0)
    assert cell_of(replace(thin, interlayer_nm=30.0)).r_int_ohm_cm2 > 2.0 * cell_of(thin).r_int_ohm_cm2


def test_pressure_and_warmth_help() -> None:
    base = cell_of(CLEANED).r_int_ohm_cm2
    assert cell_of(replace(CLEANED, stack_pressure_mpa=0.3)).r_int_ohm_cm2 > base
    assert cell_of(replace(CLEANED, cell_temperature_c=60.0)).r_int_ohm_cm2 < base / 2.0


def test_carbonate_forms_within_minutes_and_slows_down() -> None:
    """Sahal 2024: within 3 min of ambient air; Zhang 2024: the reaction limits itself."""
    first, later = carbonate_nm(3.0, 0.0, K) - carbonate_nm(0.0, 0.0, K), carbonate_nm(60.0, 0.0, K)
    assert first > 2.0
    assert later - carbonate_nm(57.0, 0.0, K) < first / 5.0
    assert carbonate_nm(20.0, 1.0, K) > carbonate_nm(20.0, 0.0, K) + 5.0


@pytest.mark.parametrize(("celsius", "low", "high"), [(200, 0.999, 1.0), (300, 0.8, 0.99), (386, 0.04, 0.06)])
def test_carbonate_goes_from_about_300_c(celsius: float, low: float, high: float) -> None:
    assert low <= carbonate_left(replace(REFERENCE, anneal_c=celsius, anneal_s=3600.0), K) <= high


def test_run_factors_scale_resistance_and_conductivity() -> None:
    film = grow_film(REFERENCE, K)
    surface = make_surface(film, REFERENCE, K)
    plain = assemble(film, surface, REFERENCE, K)
    varied = assemble(film, surface, REFERENCE, K, sigma_factor=2.0, contact_factor=1.5)
    assert varied.r_film_ohm_cm2 == pytest.approx(plain.r_film_ohm_cm2 / 2.0)
    assert varied.r_int_ohm_cm2 == pytest.approx(plain.r_int_ohm_cm2 * 1.5)
