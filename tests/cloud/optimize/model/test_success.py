"""The chance of success beats the share of successes nearby, is calibrated, and stays correctable."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.success import LEAST_CHANCE, Success, laplace, logistic, success_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

WIDTH = 4
REGIONS: dict[str, Callable[[Array], Array]] = {
    "too hot": lambda x: np.where(x[:, 0] > 0.65, 0.05, 0.98),
    "corner": lambda x: logistic((1.1 - x[:, 0] - x[:, 1]) / 0.05),
    "ball": lambda x: np.where(np.linalg.norm(x - 0.5, axis=1) < 0.45, 0.03, 0.97),
}


def runs(chance: Callable[[Array], Array], count: int, seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng([seed, count])
    features = rng.random((count, WIDTH))
    return features, (rng.random(count) < chance(features)).astype(float)


def nearby_share(features: Array, succeeded: Array, queries: Array) -> Array:
    """The baseline: successes nearby over runs nearby, shrunk to the overall share as if by one run."""
    weights = np.exp(-0.5 * (cdist(queries, features) / (0.15 * math.sqrt(WIDTH))) ** 2)
    overall = (succeeded.sum() + 1.0) / (len(succeeded) + 1.0)
    return np.asarray((weights @ succeeded + overall) / (weights.sum(axis=1) + 1.0))


def log_loss(guess: Array, truth: Array) -> float:
    guess = np.clip(guess, LEAST_CHANCE, 0.999)
    return float(-(truth * np.log(guess) + (1.0 - truth) * np.log(1.0 - guess)).mean())


# a small ball in four dimensions says little to anybody in 40 runs: there a tie is all that is asked for
@pytest.mark.parametrize(("region", "least_gain"), [("too hot", 0.1), ("corner", 0.03), ("ball", -0.02)])
def test_held_out_log_loss_beats_the_share_nearby(region: str, least_gain: float) -> None:
    chance, queries = REGIONS[region], np.random.default_rng(0).random((400, WIDTH))
    gains = []
    for seed in range(6):
        features, succeeded = runs(chance, 40, seed)
        ours = log_loss(Success(features, succeeded).chance(queries), chance(queries))
        gains.append(log_loss(nearby_share(features, succeeded, queries), chance(queries)) - ours)
    assert np.mean(gains) > least_gain


def test_bad_luck_everywhere_draws_no_map() -> None:
    def chance(x: Array) -> Array:
        return np.full(len(x), 0.75)

    queries, losses = np.random.default_rng(0).random((300, WIDTH)), []
    for seed in range(6):
        model = Success(*runs(chance, 60, seed))
        losses.append(log_loss(model.chance(queries), chance(queries)))
    assert np.mean(losses) < log_loss(chance(queries), chance(queries)) + 0.06


def test_what_it_calls_80_percent_happens_80_percent_of_the_time() -> None:
    said, came = [], []
    for seed in range(20):
        chance = REGIONS["corner"]
        model = Success(*runs(chance, 40, seed))
        queries = np.random.default_rng(seed).random((300, WIDTH))
        said.append(model.chance(queries))
        came.append(chance(queries))
    guesses, truths = np.concatenate(said), np.concatenate(came)
    for low in (0.1, 0.3, 0.5, 0.7):
        held = (guesses >= low) & (guesses < low + 0.2)
        assert truths[held].mean() == pytest.approx(guesses[held].mean(), abs=0.15)


def test_the_mode_is_scikit_learns() -> None:
    features, succeeded = runs(REGIONS["ball"], 30, 1)
    kernel = ConstantKernel(4.0) * Matern(np.full(WIDTH, 0.7), nu=2.5)
    theirs = GaussianProcessClassifier(kernel, optimizer=None, max_iter_predict=200).fit(features, succeeded)
    ours = laplace(features, succeeded, np.full(WIDTH, 0.7), 4.0, 0.0)
    queries = np.random.default_rng(2).random((20, WIDTH))
    assert ours.evidence == pytest.approx(theirs.log_marginal_likelihood_value_, abs=1e-4)
    assert ours.chance(queries) == pytest.approx(theirs.predict_proba(queries)[:, 1], abs=0.02)


def test_off_until_two_failures_then_floored() -> None:
    features = np.full((30, 2), 0.5) + 1e-3 * np.arange(60).reshape(30, 2)
    succeeded = np.ones(30)
    succeeded[0] = 0.0
    assert success_of(features, succeeded) is None
    model = success_of(features, np.zeros(30))
    assert model is not None
    assert (model.chance(features) >= LEAST_CHANCE).all()
    assert model.chance(np.full((1, 2), 50.0))[0] >= LEAST_CHANCE


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 30), st.integers(0, 10_000), st.booleans())
def test_any_history_gives_chances(count: int, seed: int, grouped: bool) -> None:
    rng = np.random.default_rng(seed)
    features = np.round(rng.random((count, 3)), 1)
    succeeded = (rng.random(count) < 0.5).astype(float)
    chance = Success(features, succeeded, (0, 1, 1) if grouped else None).chance(rng.random((50, 3)))
    assert ((chance >= LEAST_CHANCE) & (chance < 1.0)).all()


def test_many_runs_are_learnt_from_in_part_and_all_count() -> None:
    features, succeeded = runs(REGIONS["corner"], 400, 3)
    model = Success(features, succeeded)
    assert len(model.model.scaled) == 400
    queries = np.random.default_rng(4).random((400, WIDTH))
    assert log_loss(model.chance(queries), REGIONS["corner"](queries)) < 0.3
