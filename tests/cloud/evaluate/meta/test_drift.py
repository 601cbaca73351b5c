"""The drift alarm: how often it cries for nothing, and what it finds, measured."""

import numpy as np
import pytest
from adatom.cloud.evaluate.meta.drift import drift


def alarms(shift: float, runs: int = 400) -> list[int | None]:
    """Where 100 trials are alarmed whose log odds shift after half of them."""
    rng = np.random.default_rng(7)
    found = []
    for _ in range(runs):
        said = rng.uniform(0.1, 0.6, 100)
        odds = np.log(said / (1.0 - said)) + np.where(np.arange(100) < 50, 0.0, shift)
        good = (rng.random(100) < 1.0 / (1.0 + np.exp(-odds))).astype(float)
        found.append(drift(said, good).at)
    return found


def test_true_chances_are_alarmed_in_about_five_of_a_hundred_searches() -> None:
    share = np.mean([at is not None for at in alarms(0.0)])
    assert 0.02 < share < 0.08


@pytest.mark.parametrize(("shift", "least"), [(0.8, 0.45), (1.5, 0.95), (-1.5, 0.5)])
def test_what_shifts_is_found(shift: float, least: float) -> None:
    found = alarms(shift, 200)
    assert np.mean([at is not None for at in found]) > least
    assert np.median([at for at in found if at is not None]) >= 50


def test_bias_and_side() -> None:
    good = np.ones(60)
    found = drift(np.full(60, 0.3), good)
    assert found.side == "better than said"
    assert found.bias == pytest.approx(0.7)
    assert drift(np.full(60, 0.7), 1.0 - good).side == "worse than said"
    assert drift(np.zeros(0), np.zeros(0)).at is None
