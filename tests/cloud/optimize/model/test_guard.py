"""A process that foretells well stays alone; one that loses is mixed, and its doubt is honest."""

import subprocess
import sys

import numpy as np
import pytest
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.guard import Guarded, clearly_better, constant, guarded, stacked, trees
from adatom.cloud.optimize.model.process import GaussianProcess
from hypothesis import given
from hypothesis import strategies as st

from tests.cloud.optimize.model.data import smooth

QUERIES = np.random.default_rng(5).random((40, 4))


def steps(count: int, seed: int) -> tuple[Array, Array]:
    """Plateaus with sharp edges in two of eight inputs, the rest is idle."""
    features = np.random.default_rng(seed).random((count, 8))
    values = (
        2.0 * (features[:, 0] > 0.7)
        + 1.5 * (features[:, 1] > 0.3)
        - 2.0 * (features[:, 0] > 0.7) * (features[:, 1] > 0.3)
    )
    return features, values


def overconfident(features: Array, targets: Array) -> GaussianProcess:
    """A process with wrong hyper-parameters: smooth and free of noise."""
    width = features.shape[1]
    theta = np.array([0.0, *[1.5] * width, -8.0, -5.0])
    return GaussianProcess(theta=theta, optimise=False, normalize_y=True).fit(features, targets)


def test_a_good_process_stays_alone() -> None:
    model = GaussianProcess(normalize_y=True).fit(*smooth(30))
    alone = guarded(model)
    assert alone.rivals == ()
    assert alone.predict(QUERIES).tobytes() == model.predict(QUERIES).tobytes()


def test_noise_without_structure_is_not_believed() -> None:
    errors, held = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        model = guarded(GaussianProcess(normalize_y=True).fit(rng.random((40, 4)), rng.standard_normal(40)))
        mean, sd = model.predict(QUERIES, return_std=True)
        errors.append(np.sqrt(np.mean(mean**2)))
        held.append(np.mean(np.abs(mean) < 2.0 * sd))
    assert np.mean(errors) < 0.5
    assert np.mean(held) > 0.95


def test_a_process_that_loses_is_mixed_and_foretells_better() -> None:
    rng = np.random.default_rng(2)
    features, targets = rng.random((40, 4)), rng.standard_normal(40)
    model = overconfident(features, targets)
    mixed = guarded(model)
    assert mixed.rivals
    truth = rng.standard_normal(40)
    assert np.mean((mixed.predict(QUERIES) - truth) ** 2) < np.mean((model.predict(QUERIES) - truth) ** 2)
    mean, sd = mixed.predict(QUERIES, return_std=True)
    assert np.mean(np.abs(truth - mean) < 2.0 * sd) > 0.85


def test_trees_mix_in_where_edges_are_sharp() -> None:
    features, targets = steps(80, 3)
    mixed = guarded(overconfident(features, targets))
    assert mixed.rivals
    there, truth = steps(300, 4)
    assert np.mean((mixed.predict(there) - truth) ** 2) < 0.7 * np.mean((mixed.process.predict(there) - truth) ** 2)


def mixture() -> Guarded:
    """Half a process, a quarter of a constant, a quarter of trees; one point is believed already."""
    features, targets = smooth(25)
    model = GaussianProcess(normalize_y=True).fit(features, targets)
    rivals = ((0.25, constant(targets)), (0.25, trees(features, targets)))
    return Guarded(model, model, rivals)


def test_a_mixture_has_the_moments_of_its_parts() -> None:
    mixed = mixture()
    own, own_sd = mixed.process.predict(QUERIES, return_std=True)
    (_, first), (_, second) = mixed.rivals
    rng = np.random.default_rng(6)
    part = rng.choice(3, p=[0.5, 0.25, 0.25], size=200_000)
    means = np.array([own[0], first.mean(QUERIES[:1])[0], second.mean(QUERIES[:1])[0]])[part]
    drawn = means + np.array([own_sd[0], first.sd, second.sd])[part] * rng.standard_normal(200_000)
    mean, sd = mixed.predict(QUERIES, return_std=True)
    assert mean[0] == pytest.approx(drawn.mean(), abs=0.02)
    assert sd[0] == pytest.approx(drawn.std(), rel=0.01)


def test_believing_shrinks_the_doubt_of_the_whole_mixture() -> None:
    mixed = mixture()
    before = mixed.predict(QUERIES[:1], return_std=True)[1]
    after = mixed.believing(QUERIES[:1]).predict(QUERIES[:1], return_std=True)[1]
    assert after[0] < 0.9 * before[0]


def test_draws_have_the_mixtures_moments() -> None:
    mixed = mixture()
    drawn = mixed.draws(QUERIES[:4], 20_000, np.random.default_rng(7))
    mean, sd = mixed.predict(QUERIES[:4], return_std=True)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.05)
    assert drawn.std(axis=0) == pytest.approx(sd, rel=0.03)


def test_few_rows_are_no_proof() -> None:
    features, targets = smooth(7)
    assert guarded(overconfident(features, -targets)).rivals == ()
    assert not clearly_better(np.array([5.0, 0.0, 0.0, 0.0]), np.zeros(4))
    assert clearly_better(np.full(20, 0.5) + 0.01 * np.arange(20), np.zeros(20))


@given(st.integers(2, 4), st.integers(2, 30), st.integers(0, 1000))
def test_stacked_weights_are_shares_and_no_worse_than_equal_ones(parts: int, rows: int, seed: int) -> None:
    scores = np.random.default_rng(seed).standard_normal((parts, rows)) * 3.0
    weights = stacked(scores)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0.0).all()
    assert np.log(weights @ np.exp(scores)).sum() >= np.log(np.exp(scores).mean(axis=0)).sum() - 1e-9


def test_a_constant_left_out_is_the_mean_of_the_others() -> None:
    targets = np.array([1.0, 2.0, 6.0])
    rival = constant(targets)
    residuals = np.array([1.0 - 4.0, 2.0 - 3.5, 6.0 - 1.5])
    assert rival.sd == pytest.approx(np.sqrt((residuals**2).mean()))


def test_scikit_learn_waits_until_trees_are_grown() -> None:
    code = "import sys, adatom.cloud.optimize.model.guard; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_forest_asked_of_no_point_says_nothing() -> None:
    features, targets = steps(60, 0)
    assert trees(features, targets).mean(np.zeros((0, features.shape[1]))).shape == (0,)
