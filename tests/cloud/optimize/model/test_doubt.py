"""Processes nearly as probable: narrower than the prior, nearer to the best one the more is known."""

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.doubt import plausible
from adatom.cloud.optimize.model.hyper import priors
from adatom.cloud.optimize.model.process import GaussianProcess


def fitted(count: int) -> GaussianProcess:
    rng = np.random.default_rng(1)
    features = rng.random((count, 2))
    return GaussianProcess(normalize_y=True).fit(
        features, np.sin(6.0 * features[:, 0]) + 0.1 * rng.standard_normal(count)
    )


def spreads(process: GaussianProcess) -> Array:
    return np.std([other.theta_ for other in plausible(process, 200, np.random.default_rng(2))], axis=0)


def test_values_narrow_what_the_prior_leaves_open() -> None:
    few, many = spreads(fitted(8)), spreads(fitted(60))
    _, widths = priors(2)
    assert (few < 1.2 * widths).all()
    assert (many[[1, 3]] < few[[1, 3]]).all()  # the length scale that matters and the noise
    assert many[1] < 0.3 * widths[1]
    assert many[2] > 0.3 * widths[2]  # how long the idle length scale is, nobody can say


def test_they_are_processes_of_the_same_rows_and_the_same_seed_gives_the_same() -> None:
    process = fitted(20)
    first, again = (plausible(process, 3, np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(a.theta_, b.theta_) for a, b in zip(first, again, strict=True))
    middle = np.full((1, 2), 0.5)
    means = [float(other.predict(middle)[0]) for other in first]
    assert len(set(means)) == 3
    assert np.allclose(means, process.predict(middle), atol=0.3)
    refitted = GaussianProcess(theta=first[0].theta_, optimise=False, normalize_y=True)
    rows = process.rows_
    refitted.fit(rows.features, rows.targets * process._spread + process._centre)
    assert np.allclose(refitted.predict(middle), first[0].predict(middle))
