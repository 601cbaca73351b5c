"""Chances from V: true on what they were made for, following what drifts, honest about what they do not know."""

import numpy as np
import pytest
from adatom.cloud.evaluate.fuse.calibration import CENTRE, WIDTH, Calibration, foretold


def made(count: int, slope: float, seed: int, intercept: float = -1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = CENTRE + WIDTH * rng.standard_normal(count)
    odds = intercept + slope * (values - CENTRE) / WIDTH
    return values, rng.random(count) < 1.0 / (1.0 + np.exp(-odds))


def test_one_update_is_the_mode_of_the_posterior() -> None:
    from scipy.optimize import minimize

    start = Calibration.start()
    prior = start.ahead()
    found = start.told(0.6, True)

    def loss(place: np.ndarray) -> float:
        away = place - prior.mean
        return float(0.5 * away @ np.linalg.solve(prior.covariance, away) + np.logaddexp(0.0, -(place[0] + place[1])))

    assert found.mean == pytest.approx(minimize(loss, prior.mean, tol=1e-12).x, abs=1e-4)
    assert np.linalg.det(found.covariance) < np.linalg.det(prior.covariance)


def test_it_finds_the_slope_and_says_that_it_has() -> None:
    values, good = made(300, 1.2, 3)
    _, belief = foretold(values, list(good), Calibration.start(walk=(0.0, 0.0)))
    sd = np.sqrt(np.diag(belief.covariance))
    assert abs(belief.mean - [-1.0, 1.2]) == pytest.approx([0.0, 0.0], abs=2.5 * sd.max())
    assert belief.slope_chance > 0.999
    _, unrelated = foretold(values, list(made(300, 0.0, 4)[1]), Calibration.start())
    assert 0.02 < unrelated.slope_chance < 0.98


def test_it_follows_a_share_that_changes() -> None:
    good = [False] * 60 + [True] * 60
    said, belief = foretold(np.full(120, 0.5), good, Calibration.start(slope=False))
    assert said[59] < 0.1
    assert said[-1] > 0.8
    assert belief.mean[1] == 0.0


def test_intervals_narrow_and_hold_the_chance() -> None:
    start = Calibration.start()
    values, good = made(200, 1.0, 5)
    _, belief = foretold(values, list(good), start)
    before, after = start.chance(0.6), belief.chance(0.6)
    assert before.low < before.probability < before.high
    assert after.high - after.low < 0.8 * (before.high - before.low)
    assert belief.chance(0.7).probability > belief.chance(0.4).probability


def test_nothing_overflows() -> None:
    belief = Calibration.start()
    for value, good in ((1e-6, True), (1.0, False)) * 50:
        belief = belief.told(value, good)
    assert np.isfinite(belief.mean).all()
    assert 0.0 < belief.chance(1.0).probability < 1.0
