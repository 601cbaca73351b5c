"""A warp keeps order, its derivatives are derivatives, and a process behind it is one of bent inputs."""

import numpy as np
import pytest
from adatom.cloud.optimize.model.hyper import fit_hyper
from adatom.cloud.optimize.model.process import GaussianProcess
from adatom.cloud.optimize.model.rows import checked_rows
from adatom.cloud.optimize.model.warps import EDGE, Warp, WarpedEvidence, fit_warp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cloud.optimize.model.data import smooth

BENT = Warp(np.array([0.5, 2.0, 1.0, 3.0]), np.array([1.0, 0.6, 2.5, 0.4]))
QUERIES = np.random.default_rng(11).random((20, 4))
logs = st.floats(-2.0, 2.0)


@given(logs, logs)
def test_a_warp_keeps_the_order_also_outside(first: float, second: float) -> None:
    warp = Warp.of(np.array([first, second]), np.array([0]))
    points = np.linspace(-0.5, 1.5, 201)[:, None]
    assert (np.diff(warp(points)[:, 0]) >= 0.0).all()


def test_ones_are_a_straight_line() -> None:
    warp = Warp(np.ones(4), np.ones(4))
    assert warp(QUERIES) == pytest.approx(EDGE + (1.0 - 2.0 * EDGE) * QUERIES)


@settings(max_examples=15, deadline=None)
@given(st.integers(3, 15), st.integers(0, 1000))
def test_the_gradient_is_the_derivative(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = checked_rows(rng.random((count, 3)), rng.standard_normal(count), samples=[i % 3 for i in range(count)])
    evidence = WarpedEvidence(rows, np.array([0, 0, 1]))
    theta = np.concatenate([[0.0, 0.0, 0.0, -2.0, -2.0], 0.4 * rng.standard_normal(4)])
    _, gradient = evidence(theta)
    for i, step in enumerate(1e-5 * np.eye(9)):
        slope = (evidence(theta + step)[0] - evidence(theta - step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_a_process_with_a_warp_is_one_of_bent_inputs() -> None:
    features, targets = smooth(15)
    theta = np.array([0.0, -1.0, -1.0, 0.0, 0.0, -4.0, -4.0])
    ours = GaussianProcess(theta=theta, optimise=False, warp=BENT).fit(features, targets)
    theirs = GaussianProcess(theta=theta, optimise=False).fit(BENT(features), targets)
    grown, theirs_grown = ours.updated(QUERIES[:3], np.zeros(3)), theirs.updated(BENT(QUERIES[:3]), np.zeros(3))
    for model, other in ((ours, theirs), (grown, theirs_grown)):
        for got, expected in zip(
            model.predict(QUERIES, return_cov=True), other.predict(BENT(QUERIES), return_cov=True), strict=True
        ):
            assert got == pytest.approx(expected, abs=1e-10)
    assert ours.log_marginal_likelihood() == pytest.approx(theirs.log_marginal_likelihood())


def test_the_right_bend_is_found() -> None:
    rng = np.random.default_rng(3)
    features = rng.random((60, 1))
    rows = checked_rows(features, np.sin(6.0 * features[:, 0] ** 3) * 1.4)
    theta = fit_hyper(rows, np.array([0]))
    _, warp, gain = fit_warp(rows, np.array([0]), theta)
    assert gain > 5.0
    assert warp.first[0] > 1.5


def test_a_bend_is_never_worse_than_its_start() -> None:
    for seed in range(4):
        rows = checked_rows(*smooth(20, seed=seed))
        assert fit_warp(rows, np.arange(4), fit_hyper(rows, np.arange(4)))[2] > -0.1
