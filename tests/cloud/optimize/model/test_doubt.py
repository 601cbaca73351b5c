"""Processes nearly as probable: narrower than the prior, nearer to the best one the more is known."""

import numpy as np
import pytest
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.doubt import averaged, plausible
from adatom.cloud.optimize.model.hyper import USUAL
from adatom.cloud.optimize.model.process import GaussianProcess

MIDDLE = np.full((1, 2), 0.5)


def fitted(count: int) -> GaussianProcess:
    rng = np.random.default_rng(1)
    features = rng.random((count, 2))
    return GaussianProcess(normalize_y=True).fit(
        features, np.sin(6.0 * features[:, 0]) + 0.1 * rng.standard_normal(count)
    )


def spreads(process: GaussianProcess) -> Array:
    return np.std(plausible(process, 200, np.random.default_rng(2)), axis=0)


def test_values_narrow_what_the_prior_leaves_open() -> None:
    few, many = spreads(fitted(8)), spreads(fitted(60))
    _, widths = USUAL.normals(2)
    assert (few < 1.2 * widths).all()
    assert (many[[1, 3]] < few[[1, 3]]).all()  # the length scale that matters and the noise
    assert many[1] < 0.3 * widths[1]
    assert many[2] > 0.3 * widths[2]  # how long the idle length scale is, nobody can say


def test_the_same_seed_gives_the_same() -> None:
    process = fitted(20)
    first, again = (plausible(process, 3, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, again)


def test_a_process_with_other_hyper_parameters_is_one_fitted_with_them() -> None:
    process = fitted(20)
    [theta] = plausible(process, 1, np.random.default_rng(5))
    refitted = GaussianProcess(theta=theta, optimise=False).fit(process.rows_.features, process.rows_.targets)
    moved = (process.with_theta(theta).predict(MIDDLE) - process.predict(MIDDLE)) / process.targets.std()
    assert moved == pytest.approx(refitted.predict(MIDDLE) - fitted(20).posterior_.mean(MIDDLE), abs=1e-9)


def test_a_mixture_doubts_what_its_members_disagree_on() -> None:
    process = fitted(8)
    mixture = averaged(process, plausible(process, 7, np.random.default_rng(1)))
    features = np.random.default_rng(3).random((50, 2))
    mean, sd = mixture.predict(features, return_std=True)
    parts = [member.predict(features, return_std=True) for member in mixture.members]
    assert len(parts) == 8
    assert mean == pytest.approx(np.mean([m for m, _ in parts], axis=0))
    assert (sd**2 >= np.mean([s**2 for _, s in parts], axis=0) - 1e-12).all()
    drawn = mixture.draws(features, 8000, np.random.default_rng(4))
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.05)
    assert drawn.std(axis=0) == pytest.approx(sd, rel=0.06)
