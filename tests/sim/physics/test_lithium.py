"""The lithium balance: signs as measured, sizes of the order of the literature."""

from dataclasses import replace

import pytest
from adatom.sim.physics.conditions import Conditions
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.lithium import (
    annealed_lithium,
    as_grown_lithium,
    evaporation_gain,
    kept_share,
    scatter_share,
    sputter_share,
)

from .samples import REFERENCE

LENGTH_MM = 51.0


def share_kept(conditions: Conditions) -> float:
    return as_grown_lithium(conditions, LENGTH_MM, K) / conditions.atoms_arriving["Li"]


def test_hot_films_lose_about_half_of_the_lithium() -> None:
    """Kim 2013: (Li,La)TiO3 target Li1.57 -> film Li0.64, a loss of 60 %."""
    assert 0.3 < share_kept(replace(REFERENCE, substrate_c=660.0)) < 0.6


def test_reference_keeps_about_70_percent() -> None:
    assert share_kept(REFERENCE) == pytest.approx(0.69, abs=0.03)


def test_lithium_returns_behind_the_plume() -> None:
    """Gonzalo 1997: the content falls into the plume's end and rises again beyond it."""
    inside, beyond = scatter_share(10.0, 40.0, LENGTH_MM, 1.0, K), scatter_share(10.0, 70.0, LENGTH_MM, 1.0, K)
    assert scatter_share(1.0, 40.0, 100.0, 1.0, K) > inside
    assert beyond > inside


def test_lithium_transfer_falls_with_the_oxygen_share() -> None:
    """Brummel 2024: monotone from 100 to 6.6 % oxygen."""
    shares = [scatter_share(20.0, 50.0, LENGTH_MM, share, K) for share in (1.0, 0.5, 0.066)]
    assert shares == sorted(shares, reverse=True)


def test_self_sputtering_acts_at_low_pressure_and_high_fluence() -> None:
    assert sputter_share(0.1, 50.0, 4.0, K) < sputter_share(0.1, 50.0, 1.5, K) < 1.0
    assert sputter_share(20.0, 50.0, 4.0, K) > 0.999
    assert sputter_share(0.1, 50.0, 0.6, K) == 1.0


def test_near_threshold_lithium_evaporates_preferentially() -> None:
    assert evaporation_gain(0.5, K) > 1.2 > evaporation_gain(1.5, K) > 1.0


def test_slow_growth_loses_lithium() -> None:
    assert kept_share(0.02, 560.0, K) < kept_share(0.1, 560.0, K) < kept_share(0.1, 450.0, K)
    assert kept_share(0.0, 560.0, K) == 0.0


def test_anneal_loses_lithium_in_vacuum_less_in_oxygen_and_gains_it_in_vapour() -> None:
    left = {}
    for atmosphere in ("vacuum", "o2", "li"):
        conditions = replace(REFERENCE, anneal_c=650.0, anneal_s=3600.0, anneal_atmosphere=atmosphere)
        left[atmosphere] = annealed_lithium(5.0, 6.5, conditions, K)
    assert left["vacuum"] < left["o2"] < 5.0 < left["li"] <= 6.5


def test_no_anneal_changes_nothing() -> None:
    assert annealed_lithium(5.0, 6.5, REFERENCE, K) == 5.0
