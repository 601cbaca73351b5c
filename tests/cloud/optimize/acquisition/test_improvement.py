"""The tails of the acquisition, where a naive formula gives -inf."""

import numpy as np
import pytest
from adatom.cloud.optimize.acquisition.improvement import (
    log1mexp,
    log_chance_below,
    log_expected_improvement,
    noise_is_strong,
    noisy_log_expected_improvement,
)
from scipy.integrate import quad
from scipy.stats import norm


@pytest.mark.parametrize("z", [-6.0, -2.0, -1.0001, -0.9999, 0.0, 3.0])
def test_it_is_the_integral(z: float) -> None:
    mean, sd, best = 2.0 - z * 0.5, 0.5, 2.0
    area, _ = quad(lambda y: (best - y) * norm.pdf(y, mean, sd), best - 20 * sd, best, epsabs=0, limit=200)
    assert log_expected_improvement(np.array([mean]), np.array([sd]), best)[0] == pytest.approx(np.log(area), rel=1e-6)


def test_it_stays_finite_and_ordered_far_away() -> None:
    mean = np.array([1.0, 10.0, 1e3, 1e6, 1e9])
    values = log_expected_improvement(mean, np.ones(5), 0.0)
    assert np.isfinite(values).all()
    assert (np.diff(values) < 0).all()


def test_a_certain_point_improves_on_nothing() -> None:
    values = log_expected_improvement(np.array([1.0, 1.0]), np.array([0.0, 0.1]), 0.5)
    assert values[0] < values[1]
    assert np.isfinite(values).all()


def test_chance() -> None:
    assert log_chance_below(np.array([0.0]), np.array([1.0]), 0.0)[0] == pytest.approx(np.log(0.5))
    assert np.isfinite(log_chance_below(np.array([100.0]), np.array([1.0]), 0.0)[0])


def test_noisy_is_the_average_over_draws_of_the_best() -> None:
    mean, sd, bests = np.array([0.3, 2.0]), np.array([0.5, 0.2]), np.array([0.0, 0.5, -1.0])
    plain = np.mean([np.exp(log_expected_improvement(mean, sd, best)) for best in bests], axis=0)
    assert np.exp(noisy_log_expected_improvement(mean, sd, bests)) == pytest.approx(plain)
    one = noisy_log_expected_improvement(mean, sd, np.array([0.2]))
    assert one == pytest.approx(log_expected_improvement(mean, sd, 0.2))


def test_means_may_differ_by_draw() -> None:
    means, sd, bests = np.array([[0.3, 2.0], [0.1, 1.0]]), np.array([0.5, 0.2]), np.array([0.0, 0.5])
    apart = [np.exp(log_expected_improvement(means[i], sd, bests[i])) for i in range(2)]
    assert np.exp(noisy_log_expected_improvement(means, sd, bests)) == pytest.approx(np.mean(apart, axis=0))


def test_noise_counts_against_the_spread_of_what_was_tested() -> None:
    assert noise_is_strong(0.5, np.array([0.0, 1.0, 2.0]))
    assert not noise_is_strong(0.1, np.array([0.0, 1.0, 2.0]))


def test_log_one_minus_exp_at_both_ends() -> None:
    values = log1mexp(np.array([-1e-300, 0.0, -1e-9, -0.5, -2.0, -800.0]))
    assert np.isfinite(values).all()
    assert values[2:5] == pytest.approx([np.log(1e-9), np.log(1 - np.exp(-0.5)), np.log(1 - np.exp(-2.0))])
