"""Phases, crystallisation, conductivity."""

import math
from dataclasses import replace

import pytest
from adatom.protocol.errors import InputError
from adatom.sim.physics.conditions import Conditions, surface_c
from adatom.sim.physics.conductivity import cubic_log_sigma, film_conductivity_s_cm
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.film import (
    crystallised_share,
    droplets_per_cm2,
    grow_film,
    neutral_lithium,
    phase_shares,
    relative_density,
    secondary_share,
)
from hypothesis import given
from hypothesis import strategies as st

from .samples import REFERENCE

TA05 = {"La": 3.0, "Zr": 1.5, "Ta": 0.5}
UNDOPED = {"La": 3.0, "Zr": 2.0}
amounts = st.floats(0.0, 3.0)


@given(
    cations=st.fixed_dictionaries({"La": amounts, "Zr": amounts, "Ta": amounts, "Al": amounts}),
    lithium=st.floats(0.0, 20.0),
    crystallised=st.floats(0.0, 1.0),
)
def test_shares_are_a_partition(cations: dict[str, float], lithium: float, crystallised: float) -> None:
    shares = phase_shares(cations, lithium, crystallised, K)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) >= 0.0


def test_reference_film_is_cubic_and_conducts() -> None:
    film = grow_film(REFERENCE, K)
    assert film.lithium == pytest.approx(6.26, abs=0.15)
    assert film.shares["cubic"] > 0.95
    assert film_conductivity_s_cm(film, 25.0, K) == pytest.approx(2.0e-4, rel=0.4)


def test_undoped_film_with_little_lithium_is_pyrochlore() -> None:
    """The realistic failure: LLZO + 10 % Li at 600 C has a film of thousands of ohm cm2."""
    film = grow_film(replace(REFERENCE, atoms_arriving={**UNDOPED, "Li": 7.7}), K)
    assert film.shares["pyrochlore"] > 0.6
    assert film.thickness_nm * 1e-7 / film_conductivity_s_cm(film, 25.0, K) > 500.0


def test_undoped_lithium_rich_film_is_tetragonal_and_a_dopant_makes_it_cubic() -> None:
    assert phase_shares(UNDOPED, 7.0, 1.0, K)["tetragonal"] > 0.8
    assert phase_shares({**UNDOPED, "Al": 0.25}, 7.0, 1.0, K)["tetragonal"] < 0.2


def test_wrong_ratio_gives_secondary_phases() -> None:
    assert secondary_share(TA05, K) == pytest.approx(0.0)
    assert secondary_share({"La": 3.5, "Zr": 2.0}, K) > 0.2
    assert secondary_share({"La": 3.0}, K) == 1.0
    assert secondary_share({"La": 5e-324, "Zr": 3.0}, K) == pytest.approx(1.0)  # the ratio itself underflows


def test_amorphous_below_500_crystalline_at_600() -> None:
    shares = [
        crystallised_share(replace(REFERENCE, substrate_c=surface_c(c, 40.0, 600.0)), K) for c in (450, 500, 550, 600)
    ]
    assert shares[0] < 0.02
    assert shares[1] < 0.1 < shares[2] < 0.6
    assert shares[3] > 0.9


def test_a_later_anneal_crystallises_too() -> None:
    cold = replace(REFERENCE, substrate_c=300.0)
    assert crystallised_share(cold, K) < 0.01
    assert crystallised_share(replace(cold, anneal_c=620.0, anneal_s=3600.0), K) > 0.9


def test_lithium_vapour_anneal_restores_a_poor_film() -> None:
    """Chen & Pryds 2023, at 200 C: 3.5e-6 S/cm as grown, 1.1e-2 S/cm after 700 C in LiOH vapour."""
    poor = replace(REFERENCE, atoms_arriving={**UNDOPED, "Al": 0.25, "Li": 7.0}, substrate_c=650.0)
    healed = replace(poor, anneal_c=700.0, anneal_s=7200.0, anneal_atmosphere="li")
    before = film_conductivity_s_cm(grow_film(poor, K), 200.0, K)
    after = film_conductivity_s_cm(grow_film(healed, K), 200.0, K)
    assert before == pytest.approx(3.5e-6, rel=0.8)
    assert after == pytest.approx(1.1e-2, rel=0.8)


@pytest.mark.parametrize(("lithium", "sigma"), [(6.4, 6.2e-4), (6.75, 5.0e-4), (5.0, 2.3e-5)])
def test_ta_series(lithium: float, sigma: float) -> None:
    """OBELiX fit and its ends: Li6.4Ta0.6, Li6.75Ta0.25, Li5La3Ta2O12 (0.7-3e-5)."""
    film = grow_film(REFERENCE, K)
    assert 10.0 ** cubic_log_sigma(lithium, film, K) == pytest.approx(sigma, rel=0.05)


def test_gallium_conducts_better_than_aluminium() -> None:
    logs = {}
    for dopant in ("Al", "Ga", "Nb"):
        film = grow_film(replace(REFERENCE, atoms_arriving={**UNDOPED, dopant: 0.25, "Li": 9.0}), K)
        logs[dopant] = cubic_log_sigma(6.4, film, K)
    assert logs["Ga"] > logs["Nb"] > logs["Al"]
    assert logs["Ga"] - logs["Al"] == pytest.approx(0.5)


def test_too_much_lithium_hurts() -> None:
    rich = grow_film(replace(REFERENCE, atoms_arriving={**TA05, "Li": 14.0}), K)
    assert rich.shares["excess"] > 0.3
    assert film_conductivity_s_cm(rich, 25.0, K) < 1e-5


def test_neutral_lithium() -> None:
    assert neutral_lithium(UNDOPED) == 7.0
    assert neutral_lithium(TA05) == 6.5
    assert neutral_lithium({**UNDOPED, "Al": 0.2}) == pytest.approx(6.4)


def test_energy_densifies_until_it_damages() -> None:
    assert relative_density(0.1, K) < relative_density(6.0, K) < relative_density(25.0, K)
    assert relative_density(60.0, K) < relative_density(25.0, K)


def test_droplets_rise_with_fluence() -> None:
    assert droplets_per_cm2(1.2, K) == pytest.approx(1e3)
    assert droplets_per_cm2(4.0, K) > 5e4


def test_surface_is_colder_the_hotter_it_gets() -> None:
    assert surface_c(600.0, 40.0, 600.0) == pytest.approx(560.0)
    assert 20.0 < 720.0 - surface_c(720.0, 40.0, 600.0) < 100.0
    assert surface_c(25.0, 40.0, 600.0) == pytest.approx(25.0)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"atoms_arriving": {**TA05, "Li": 9.0, "Fe": 0.2}}, "Fe"),
        ({"atoms_arriving": {"Li": 9.0}}, "garnet"),
        ({"interlayer": "Sn"}, "Sn"),
        ({"anneal_atmosphere": "argon"}, "argon"),
    ],
)
def test_the_twin_refuses_what_it_has_no_physics_for(change: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word):
        replace(REFERENCE, **change)  # type: ignore[arg-type]


def test_grain_grows_with_temperature() -> None:
    fine = grow_film(replace(REFERENCE, substrate_c=500.0), K).grain_nm
    coarse = grow_film(replace(REFERENCE, substrate_c=660.0), K).grain_nm
    assert 5.0 <= fine < coarse <= 300.0
    assert math.isfinite(fine)


def test_conditions_know_their_thickness() -> None:
    assert isinstance(REFERENCE, Conditions)
    assert REFERENCE.thickness_nm == pytest.approx(190.0, rel=0.01)
