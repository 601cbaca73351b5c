"""The calibration error: nothing where chances are true, the size of the lie where they are not."""

import numpy as np
import pytest
from adatom.cloud.evaluate.meta import reliability as module
from adatom.cloud.evaluate.meta.reliability import auc, expected_error, reliability

DRAWS = 60  # of a band: enough for the mean


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAWS", DRAWS)


def true_chances(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    said = rng.uniform(0.05, 0.7, count)
    return said, (rng.random(count) < said).astype(float)


def test_the_corrected_error_of_true_chances_is_zero_on_average() -> None:
    found = [reliability(*true_chances(400, seed), seed=seed) for seed in range(25)]
    corrected = np.array([one.ece_corrected for one in found])
    assert abs(corrected.mean()) < 3.0 * corrected.std(ddof=1) / 5.0
    assert np.mean([one.ece for one in found]) > 0.02  # the plain one is not
    assert np.mean([one.ece > one.ece_perfect[1] for one in found]) < 0.2


def test_chances_that_lie_are_found_by_how_much() -> None:
    said, good = true_chances(4000, 1)
    found = reliability(said + 0.1, good)
    assert found.ece == pytest.approx(0.1, abs=0.02)
    assert found.ece > found.ece_perfect[1]
    assert found.ece_low < found.ece < found.ece_high + 0.01
    assert sum(one.trials for one in found.bins) == 4000
    assert all(one.low < one.share < one.high for one in found.bins)


def test_a_known_small_case() -> None:
    said, good = np.array([0.2, 0.2, 0.8, 0.8]), np.array([0.0, 1.0, 1.0, 1.0])
    assert expected_error(said, good, bins=2) == pytest.approx(0.5 * 0.3 + 0.5 * 0.2)
    found = reliability(said, good, bins=2)
    assert found.brier == pytest.approx((0.04 + 0.64 + 0.04 + 0.04) / 4)
    assert auc(said, good) == pytest.approx(5 / 6)
    assert auc(said, np.ones(4)) == 0.5


def test_groups_that_hang_together_widen_the_band() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(20), 50)
    said = np.full(1000, 0.4)
    shares = np.clip(0.4 + 0.2 * rng.standard_normal(20), 0.0, 1.0)[groups]
    good = (rng.random(1000) < shares).astype(float)
    apart, together = reliability(said, good), reliability(said, good, list(groups))
    assert together.ece_high - together.ece_low > apart.ece_high - apart.ece_low
