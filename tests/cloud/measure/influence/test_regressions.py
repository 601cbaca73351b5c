"""Both regressions against brute force and known truths: left-out samples, importances, attributions, dependences."""

from itertools import permutations

import numpy as np
import pytest
from adatom.cloud.measure.influence.analyse import analyse
from adatom.cloud.measure.influence.dependence import dependence
from adatom.cloud.measure.influence.importance import importances, losses, partners
from adatom.cloud.measure.influence.model import _coefficients, fitted, left_out, line_of
from adatom.cloud.measure.influence.shapley import _exact, _sampled, attributions
from adatom.cloud.measure.influence.significance import significance
from adatom.cloud.measure.influence.study import Study, study_of
from adatom.cloud.optimize.model.process import GaussianProcess
from sklearn.linear_model import LinearRegression, Ridge


def made(count: int, noise: float, seed: int = 1, weights: tuple[float, ...] = (3.0, 1.0, 0.0)) -> Study:
    """A straight line of three factors; their shares of the variance are the squares of the weights."""
    rng = np.random.default_rng(seed)
    x = rng.random((count, 3))
    y = x @ weights + noise * rng.standard_normal(count)
    columns = {name: x[:, k].tolist() for k, name in enumerate("abc")}
    return study_of(columns, "y", y.tolist(), [0.0] * count, [1.0] * count, log=False)


def test_left_out_in_closed_form_is_left_out_by_hand() -> None:
    study = made(14, 0.3)
    process = fitted(study)
    rows = process.rows_
    predicted, sd = process.left_out()
    at = np.roll(rows.features, 1, axis=0)
    moved = process.mean_without(at, np.arange(14))
    for row in range(14):
        others = np.arange(14) != row
        alone = GaussianProcess(study.groups, process.theta_, optimise=False)
        alone.fit(rows.features[others], rows.targets[others])
        mean, deviation = alone.predict(rows.features[[row]], return_std=True)
        noisy = np.hypot(deviation, np.sqrt(process.hyper_.noise))
        centre, spread = study.target.mean(), study.target.std()
        assert predicted[row] == pytest.approx(centre + spread * mean[0], rel=1e-5)
        assert sd[row] == pytest.approx(spread * noisy[0], rel=1e-4)
        assert moved[row] == pytest.approx(centre + spread * alone.predict(at[[row]])[0], rel=1e-5)


def test_importances_are_shares_of_the_variance() -> None:
    study = made(120, 0.02)
    shares = importances(study, fitted(study))
    for share, truth in zip(shares, (0.9, 0.1, 0.0), strict=True):
        assert share.low - 0.03 <= truth <= share.high + 0.03
        assert share.low <= share.value <= share.high
    assert shares[2].high < 0.02


def test_importances_are_of_samples_left_out() -> None:
    """By hand: each sample predicted by a process without it, as it is and with another's value."""
    study = made(12, 0.3)
    process, donors = fitted(study), partners(12, 2)
    grown = losses(study, process, donors)
    assert all((row != np.arange(12)).all() for row in donors)
    rows = process.rows_
    for row in (0, 7):
        others = np.arange(12) != row
        alone = GaussianProcess(study.groups, process.theta_, optimise=False)
        alone.fit(rows.features[others], rows.targets[others])
        features = np.repeat(rows.features[[row]], 3, axis=0)
        features[1:, 0] = rows.features[donors[:, row], 0]
        plain, *changed = (alone.predict(features) - rows.targets[row]) ** 2
        assert grown[row, 0] == pytest.approx(0.5 * (np.mean(changed) - plain), abs=1e-6)


def test_attributions_sum_to_prediction_less_mean() -> None:
    study = made(20, 0.3)
    process = fitted(study)
    predicted = process.predict(study.features(study.values))
    exact, sampled = _exact(study, process), _sampled(study, process)
    for found in (exact, sampled):
        np.testing.assert_allclose(found.sum(axis=1), predicted - predicted.mean(), atol=1e-9)
    assert np.abs(exact - sampled).max() < 0.05 * predicted.std()
    np.testing.assert_array_equal(attributions(study, process)[0], exact)


def test_exact_attributions_are_the_mean_over_all_orders() -> None:
    study = made(9, 0.3)
    process = fitted(study)
    by_hand = np.zeros((9, 3))
    for sample in range(9):
        for order in permutations(range(3)):
            values = study.values.copy()
            before = process.predict(study.features(values)).mean()
            for place in order:
                values[:, place] = study.values[sample, place]
                after = process.predict(study.features(values)).mean()
                by_hand[sample, place] += (after - before) / 6.0
                before = after
    np.testing.assert_allclose(_exact(study, process), by_hand, atol=1e-9)


def test_dependence_follows_the_truth_within_its_band() -> None:
    study = made(60, 0.1)
    found = dependence(study, fitted(study), 0)
    truth = 3.0 * np.array(found.places, dtype=float) + study.values[:, 1].mean()
    inside = (found.low <= truth) & (truth <= found.high)
    assert inside.mean() >= 0.8
    assert (found.high - found.low).max() < 0.6


def test_the_line_finds_slopes_and_leaves_out_honestly() -> None:
    study = made(60, 0.1)
    line = line_of(study)
    for slope, weight, place in zip(line.slopes, (3.0, 1.0, 0.0), range(3), strict=True):
        reach = np.ptp(study.values[:, place])
        assert slope.change.low - 0.1 <= weight * reach <= slope.change.high + 0.1
    plain = LinearRegression().fit(study.values[1:], study.target[1:]).predict(study.values[:1])[0]
    assert line.left_out.predicted[0] == pytest.approx(plain, abs=0.02)
    assert line.left_out.explained.value > 0.95


def test_ridge_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    x, y, counts = rng.normal(size=(3, 20, 4)), rng.normal(size=(3, 20)), rng.integers(1, 4, (3, 20)).astype(float)
    ours = _coefficients(x, y, counts, 0.7)
    for one in range(3):
        np.testing.assert_allclose(ours[one], Ridge(0.7).fit(x[one], y[one], counts[one]).coef_, rtol=1e-9)


def test_two_factors_of_three_are_clear_and_the_third_is_not() -> None:
    found = analyse(made(40, 0.3), 99)
    assert found.clear == ["a", "b"]
    assert found.verdict.startswith("clear beyond chance: a, b")
    assert found.significance.model_p == pytest.approx(0.01)


def test_noise_is_called_noise() -> None:
    studies = [made(20, 1.0, seed, (0.0, 0.0, 0.0)) for seed in range(8)]
    found = [significance(study, fitted(study), 99) for study in studies]
    assert sum(any(one.clear(place) for place in range(3)) for one in found) <= 1  # 2 of 8 have a chance of 6 %
    assert any(one.model_p is None for one in found)


def test_what_is_hidden_by_chance_is_not_claimed() -> None:
    found = analyse(made(10, 1.0, 3, (0.0, 0.0, 0.0)), 99)
    assert found.clear == []
    assert found.verdict.startswith("nothing significant")
    assert left_out(found.study, fitted(found.study)).explained == found.left_out.explained
