"""Likelihoods are scikit-learn's, gradients derivatives, and the most probable hyper-parameters find what is there."""

import numpy as np
import pytest
from adatom.cloud.optimize.model.hyper import SUBSET, USUAL, Evidence, fit_hyper, refined, subset
from adatom.cloud.optimize.model.rows import checked_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from tests.cloud.optimize.model.data import smooth


def test_the_likelihood_and_its_gradient_are_scikit_learns() -> None:
    features, targets = smooth(40)
    theta = np.array([0.3, -1.0, 0.5, 1.0, 2.0, -3.0])
    kernel = ConstantKernel(1.0) * Matern(np.ones(4), nu=2.5) + WhiteKernel(1.0)
    theirs = GaussianProcessRegressor(kernel, alpha=1e-8, optimizer=None).fit(features, targets)
    value, gradient = theirs.log_marginal_likelihood(theta, eval_gradient=True)
    ours, our_gradient = Evidence(checked_rows(features, targets), np.arange(4))(np.append(theta, -5.0))
    assert ours == pytest.approx(value, abs=1e-8)
    assert our_gradient[:-1] == pytest.approx(gradient, abs=1e-7)
    assert our_gradient[-1] == 0.0  # no samples: their variance says nothing


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 25), st.integers(0, 10_000), st.booleans())
def test_the_gradient_is_the_derivative(count: int, seed: int, sampled: bool) -> None:
    rng = np.random.default_rng(seed)
    samples = [None if i % 5 == 0 else int(i) % 3 for i in range(count)] if sampled else None
    rows = checked_rows(
        rng.random((count, 4)),
        rng.standard_normal(count),
        0.1 * rng.random(count),
        1.0 + rng.integers(0, 4, count),
        samples,
    )
    evidence = Evidence(rows, np.array([0, 1, 1, 2]))
    theta = np.array([0.0, 0.0, 0.0, 0.0, -2.0, -2.0]) + rng.standard_normal(6)
    _, gradient = evidence(theta)
    for i, step in enumerate(1e-5 * np.eye(6)):
        slope = (evidence(theta + step)[0] - evidence(theta - step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_it_learns_the_inputs_that_matter_and_the_noise() -> None:
    features, targets = smooth(80, noise=0.3)
    theta = fit_hyper(checked_rows(features, targets), np.arange(4))
    lengths, noise = theta[1:-2], theta[-2]
    assert lengths[:2].max() < lengths[2:].min() - 0.5
    assert np.exp(0.5 * noise) * 0.75 == pytest.approx(0.3, rel=0.35)


def test_grouped_features_share_a_length_scale() -> None:
    features, targets = smooth(30)
    grouped = fit_hyper(checked_rows(features, targets), np.array([0, 0, 1, 1]))
    assert grouped.shape == (2 + 3,)
    assert grouped[1] < grouped[2]


def test_a_sample_effect_is_learnt_and_small_unless_there_is_one() -> None:
    rng = np.random.default_rng(5)
    features, targets = smooth(60)
    samples = np.repeat(np.arange(12), 5)
    shifted = targets + 1.0 * rng.standard_normal(12)[samples]
    without, with_one = (
        fit_hyper(checked_rows(features, y, samples=list(samples)), np.arange(4))[-1] for y in (targets, shifted)
    )
    assert np.exp(without) < 0.03
    assert 0.3 < np.exp(with_one) < 2.0


def test_a_warm_start_finds_no_worse_and_the_same_twice() -> None:
    rows, groups = checked_rows(*smooth(40)), np.arange(4)
    cold = fit_hyper(rows, groups)
    warm = fit_hyper(rows, groups, cold)
    means, widths = USUAL.normals(4)

    def penalised(theta: np.ndarray) -> float:
        return float(Evidence(rows, groups)(theta)[0] - 0.5 * (((theta - means) / widths) ** 2).sum())

    assert penalised(warm) >= penalised(cold) - 1e-3
    assert fit_hyper(rows, groups).tobytes() == cold.tobytes()


def test_refined_is_the_summit_of_the_same_hill() -> None:
    rows, groups = checked_rows(*smooth(40)), np.arange(4)
    cold = fit_hyper(rows, groups)
    assert refined(rows, groups, cold + 0.2) == pytest.approx(cold, abs=0.1)


@given(st.integers(1, 1500))
def test_a_subset_changes_by_one_row_at_most(count: int) -> None:
    few, more = set(subset(count).tolist()), set(subset(count + 1).tolist())
    assert len(few) == min(count, SUBSET)
    assert len(few - more) <= 1
