"""Drift within a run: it falls, each target by itself, and as far as the films of the source did."""

import numpy as np
import pytest
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.drift import Drift

STILL = {**NOMINAL, "drift_walk_sd": 0.0}
FRESH = {**STILL, "drift_youngest_pulses": 0.0, "drift_oldest_pulses": 0.0, "drift_surface_pulses_sd": 0.0}


def rates(k: dict[str, float], pulses: int, seed: int = 1) -> np.ndarray:
    drift = Drift(np.random.default_rng(seed), 2, k)
    return np.array([drift.pulse(1) * drift.window ** (1.0 / np.log(1.0 / 0.318)) for _ in range(pulses)])


def test_a_ground_target_loses_what_the_films_of_the_source_lost() -> None:
    fresh = rates(FRESH, 7500)
    assert 1.0 - fresh.mean() / fresh[:1000].mean() == pytest.approx(0.165, abs=0.02)


def test_a_target_that_rests_keeps_its_yield_while_the_window_does_not() -> None:
    drift = Drift(np.random.default_rng(1), 2, STILL)
    other = drift.pulse(2)
    for _ in range(2000):
        drift.pulse(1)
    assert drift.pulse(2) == pytest.approx(other, rel=1e-3)
    assert drift.window == pytest.approx(1.0 - 2000 * NOMINAL["drift_window_loss_per_pulse"], abs=0.01)
    assert drift.window < 1.0


def test_runs_and_targets_differ() -> None:
    ends = []
    for seed in range(40):
        drift = Drift(np.random.default_rng(seed), 2, NOMINAL)
        ends.append([drift.pulse(1), drift.pulse(2)])
    logs = np.log(ends)
    assert 0.02 < logs[:, 0].std() < 0.15
    assert abs(np.corrcoef(logs.T)[0, 1]) < 0.4
