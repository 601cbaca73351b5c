"""Typed failures and their rates."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.failures import (
    REASONS,
    delamination_chance,
    pinhole_chance,
    process_failure,
    sample_failure,
)

from .samples import REFERENCE

RUNS = 4000


def rates() -> dict[str, float]:
    cell = make_sample(REFERENCE, K).cell
    rng = np.random.default_rng(1)
    drawn = [process_failure(rng, K) or sample_failure(cell, REFERENCE, rng, K) for _ in range(RUNS)]
    return {reason: count / RUNS for reason, count in Counter(drawn).items()}


def test_rates_of_the_reference() -> None:
    seen = rates()
    assert set(seen) - {""} <= set(REASONS)
    assert 0.09 < 1.0 - seen[""] < 0.20
    for reason, rate in (
        ("laser_fault", 0.01),
        ("heater_fault", 0.015),
        ("cell_assembly", 0.05),
        ("eis_unusable", 0.02),
    ):
        assert seen[reason] == pytest.approx(rate, rel=0.35)


def test_pinholes_rise_with_fluence_and_in_thin_films() -> None:
    cell = make_sample(REFERENCE, K).cell
    assert 0.01 < pinhole_chance(cell, K) < 0.10
    assert pinhole_chance(make_sample(replace(REFERENCE, fluence_j_cm2=4.0), K).cell, K) > 0.2
    assert pinhole_chance(replace(cell, film_thickness_nm=10.0), K) > 2.0 * pinhole_chance(cell, K)


def test_thick_and_hot_films_crack() -> None:
    assert delamination_chance(REFERENCE, K) == pytest.approx(0.03, rel=0.1)
    assert delamination_chance(replace(REFERENCE, deposition_s=16000.0), K) > 0.1
    assert delamination_chance(replace(REFERENCE, anneal_c=760.0, anneal_s=60.0), K) > 0.1


def test_a_film_of_nothing_is_a_typed_failure() -> None:
    bare = replace(REFERENCE, rate_nm_s=0.0)
    assert sample_failure(make_sample(bare, K).cell, bare, np.random.default_rng(1), K) == "no_film"
