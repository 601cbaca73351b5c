"""The process is scikit-learn's where both can say it, and keeps its promises where only ours can."""

import numpy as np
import pytest
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.process import GaussianProcess
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from tests.cloud.optimize.model.data import smooth

THETA = np.array([0.2, -1.0, -0.5, 1.0, 2.0, -3.0, -2.0])
QUERIES = np.random.default_rng(99).random((30, 4))


def fixed(theta: Array = THETA) -> GaussianProcess:
    return GaussianProcess(theta=theta, optimise=False)


def test_the_posterior_is_scikit_learns() -> None:
    features, targets = smooth(50)
    variances, counts = 0.2 * np.random.default_rng(1).random(50), np.tile([1.0, 3.0], 25)
    kernel = ConstantKernel(np.exp(THETA[0])) * Matern(np.exp(THETA[1:5]), nu=2.5)
    noise = variances + np.exp(-3.0) / counts + 1e-8
    theirs = GaussianProcessRegressor(kernel, alpha=noise, optimizer=None).fit(features, targets)
    ours = fixed().fit(features, targets, variances, counts)
    mean, sd = theirs.predict(QUERIES, return_std=True)
    covariance = theirs.predict(QUERIES, return_cov=True)[1]
    assert ours.predict(QUERIES) == pytest.approx(mean, abs=1e-8)
    assert ours.predict(QUERIES, return_std=True)[1] == pytest.approx(sd, abs=1e-8)
    assert ours.predict(QUERIES, return_cov=True)[1] == pytest.approx(covariance, abs=1e-8)
    assert ours.log_marginal_likelihood() == pytest.approx(theirs.log_marginal_likelihood(), abs=1e-8)


def test_it_keeps_scikit_learns_conventions() -> None:
    model = GaussianProcess(groups=(0, 0, 1, 1), normalize_y=True)
    copied = clone(model)
    assert copied.get_params() == model.get_params()
    features, targets = smooth(20)
    assert copied.fit(features.tolist(), targets.tolist()) is copied
    assert copied.n_features_in_ == 4
    assert not hasattr(model, "theta_")
    assert copied.score(*smooth(50, seed=3)) > 0.7
    assert copied.sample_y(QUERIES, 3, random_state=4).shape == (30, 3)
    assert model.set_params(groups=None).groups is None


@pytest.mark.parametrize(
    ("act", "where"),
    [
        (lambda m: m.predict([[0.0] * 4]), "GaussianProcess"),
        (lambda m: m.set_params(kernel=1), "kernel"),
        (lambda m: m.fit(*smooth(9)).predict([[0.0] * 3]), "X"),
        (lambda m: m.fit(*smooth(9)).predict(QUERIES, True, True), "predict"),
        (lambda m: m.set_params(groups=(0, 1)).fit(*smooth(9)), "groups"),
        (lambda m: m.set_params(theta=[0.0]).fit(*smooth(9)), "theta"),
        (lambda m: m.fit([[0.0]], [float("nan")]), "y"),
    ],
)
def test_misuse_is_named(act, where: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        act(GaussianProcess())
    assert caught.value.where == where


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 10_000), st.sampled_from(["none", "old", "new", "both"]))
def test_updated_is_fitted_with_all_rows(old: int, new: int, seed: int, sampled: str) -> None:
    rng = np.random.default_rng(seed)
    features, targets = smooth(old + new, seed=seed)
    variances, counts = 0.1 * rng.random(old + new), 1.0 + rng.integers(0, 3, old + new)
    labels = [None if i % 4 == 0 else f"plate-{i % 3}" for i in range(old + new)]
    first = labels[:old] if sampled in ("old", "both") else [None] * old
    second = labels[old:] if sampled in ("new", "both") else [None] * new
    model = GaussianProcess(theta=THETA, optimise=False, normalize_y=False)
    part = model.fit(features[:old], targets[:old], variances[:old], counts[:old], first)
    grown = part.updated(features[old:], targets[old:], variances[old:], counts[old:], second)
    whole = fixed().fit(features, targets, variances, counts, first + second)
    for ours, theirs in zip(
        grown.predict(QUERIES, return_std=True), whole.predict(QUERIES, return_std=True), strict=True
    ):
        assert ours == pytest.approx(theirs, abs=1e-8)
    assert grown.log_marginal_likelihood() == pytest.approx(whole.log_marginal_likelihood(), abs=1e-8)
    assert len(part.rows_) == old


def test_a_mean_of_replicates_says_what_they_say() -> None:
    features, targets = smooth(10)
    again = np.vstack([features, features[:1], features[:1]])
    values = np.concatenate([targets, [targets[0] + 0.3, targets[0] - 0.6]])
    one_by_one = fixed().fit(again, values, np.full(12, 0.05))
    means, counts = targets.copy(), np.ones(10)
    means[0], counts[0] = values[[0, 10, 11]].mean(), 3.0
    pooled = fixed().fit(features, means, 0.05 / counts, counts)
    for ours, theirs in zip(
        pooled.predict(QUERIES, return_std=True), one_by_one.predict(QUERIES, return_std=True), strict=True
    ):
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_a_plate_that_is_off_does_not_bend_the_function() -> None:
    features, targets = smooth(60, seed=7)
    plates = np.repeat(np.arange(6), 10)
    shifted = targets + np.where(plates == 2, 3.0, 0.0)
    truth = smooth(200, seed=8, noise=0.0)
    aware = GaussianProcess(normalize_y=True).fit(features, shifted, samples=list(plates))
    blind = GaussianProcess(normalize_y=True).fit(features, shifted)

    def error(model: GaussianProcess) -> float:
        residual = model.predict(truth[0]) - truth[1]
        return float(residual.std())

    assert error(aware) < 0.6 * error(blind)


def test_believing_keeps_the_mean_and_shrinks_the_doubt() -> None:
    model = GaussianProcess(normalize_y=True).fit(*smooth(15))
    believing = model.believing(QUERIES[:3])
    assert believing.predict(QUERIES) == pytest.approx(model.predict(QUERIES), abs=1e-8)
    before, after = (m.predict(QUERIES, return_std=True)[1] for m in (model, believing))
    assert (after <= before + 1e-12).all()
    assert (after[:3] < before[:3]).all()
    assert model.believing(np.zeros((0, 4))) is model


def test_draws_have_the_posteriors_moments_and_follow_their_generator() -> None:
    model = GaussianProcess(normalize_y=True).fit(*smooth(12))
    drawn = model.draws(QUERIES[:5], 20_000, np.random.default_rng(3))
    mean, covariance = model.predict(QUERIES[:5], return_cov=True)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.05)
    assert np.cov(drawn.T) == pytest.approx(covariance, abs=0.05)
    again = model.draws(QUERIES[:5], 20_000, np.random.default_rng(3))
    assert again.tobytes() == drawn.tobytes()


def test_left_out_is_what_a_fit_without_the_row_says() -> None:
    features, targets = smooth(12)
    samples = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, None, None]
    mean, sd = fixed().fit(features, targets, samples=samples).left_out()
    for row in (0, 10):
        rest = np.delete(np.arange(12), row)
        without = fixed().fit(features[rest], targets[rest], samples=[samples[i] for i in rest])
        grown = without.updated(features[row : row + 1], targets[row : row + 1], samples=samples[row : row + 1])
        gain = grown.log_marginal_likelihood() - without.log_marginal_likelihood()
        density = -0.5 * ((targets[row] - mean[row]) / sd[row]) ** 2 - np.log(sd[row] * np.sqrt(2.0 * np.pi))
        assert density == pytest.approx(gain, abs=1e-6)


def test_scale_and_shift_of_the_targets_come_back_out() -> None:
    features, targets = smooth(25)
    plain = GaussianProcess(normalize_y=True).fit(features, targets, np.full(25, 0.01))
    moved = GaussianProcess(normalize_y=True).fit(features, 50.0 * targets - 7.0, np.full(25, 25.0))
    mean, sd = plain.predict(QUERIES, return_std=True)
    assert moved.predict(QUERIES, return_std=True)[0] == pytest.approx(50.0 * mean - 7.0, rel=1e-4)
    assert moved.predict(QUERIES, return_std=True)[1] == pytest.approx(50.0 * sd, rel=1e-3)


@pytest.mark.parametrize("targets", [[2.0], [2.0, 2.0, 2.0]])
def test_little_or_equal_data_gives_an_answer(targets: list[float]) -> None:
    model = GaussianProcess(normalize_y=True).fit(np.full((len(targets), 2), 0.5), targets)
    mean, sd = model.predict([[0.5, 0.5], [0.9, 0.1]], return_std=True)
    assert mean == pytest.approx(2.0)
    assert (sd > 0.0).all()


def test_uncertainty_covers_what_it_should() -> None:
    inside = []
    for seed in range(5):
        model = GaussianProcess(normalize_y=True).fit(*smooth(25, seed=seed))
        features, values = smooth(200, seed=seed + 50, noise=0.0)
        mean, sd = model.predict(features, return_std=True)
        inside.append(np.mean(np.abs(mean - values) < 2.0 * sd))
    assert np.mean(inside) > 0.9
