"""The process by itself: its gradient, left-out papers without a new fit, and upper limits."""

import numpy as np
import pytest
from adatom.cloud.knowledge.conductivity.process import Evidence, Fitted, Rows, distances, fit, with_sites
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.kernels import lower_factor
from scipy.optimize import check_grad
from scipy.stats import norm


def drawn(count: int = 40, seed: int = 0) -> Rows:
    generator = np.random.default_rng(seed)
    first, second = generator.random((count, 3)), generator.random((count, 1))
    papers = np.arange(count) // 3
    effect = 0.2 * generator.standard_normal(papers.max() + 1)[papers]
    targets = np.sin(3.0 * first[:, 0]) + second[:, 0] + effect + 0.05 * generator.standard_normal(count)
    return Rows((first, second), targets, np.zeros(count, dtype=bool), papers)


THETA = np.array([-0.5, 0.3, -0.8, -3.0, -4.0, -0.2])


def evidence_of(rows: Rows) -> Evidence:
    return Evidence(distances(rows.blocks, rows.blocks), rows.same_paper(), rows.targets, np.zeros(len(rows.targets)))


def test_the_gradient_is_that_of_the_likelihood() -> None:
    evidence = evidence_of(drawn())
    apart = check_grad(lambda theta: evidence(theta)[0], lambda theta: evidence(theta)[1], THETA)
    assert apart < 1e-3 * np.linalg.norm(evidence(THETA)[1])


def without(rows: Rows, paper: int) -> tuple[Array, Array]:
    """(mean, sd) of a paper's rows by the others alone, from the joint normal distribution."""
    total, _ = evidence_of(rows).covariance(THETA)
    own, others = np.flatnonzero(rows.papers == paper), np.flatnonzero(rows.papers != paper)
    pull = np.linalg.solve(total[np.ix_(others, others)], total[np.ix_(others, own)])
    spread = total[np.ix_(own, own)] - total[np.ix_(own, others)] @ pull
    return pull.T @ rows.targets[others], np.sqrt(spread.diagonal())


def test_a_process_predicts_left_out_papers_as_the_joint_distribution_does() -> None:
    rows = drawn()
    kept = rows.papers != 4
    part = Rows(tuple(block[kept] for block in rows.blocks), rows.targets[kept], rows.below[kept], rows.papers[kept])
    factor = lower_factor(evidence_of(part).covariance(THETA)[0])
    weights = np.linalg.solve(factor @ factor.T, part.targets)
    mean, sd = Fitted(part, THETA, factor, weights, 0.0, 1.0).predict([block[~kept] for block in rows.blocks])
    expected_mean, expected_sd = without(rows, 4)
    np.testing.assert_allclose(mean, expected_mean, atol=1e-4)
    np.testing.assert_allclose(sd, expected_sd, atol=1e-3)


def test_intervals_hold_new_papers() -> None:
    rows = drawn(120)
    held = rows.papers >= 30
    part = Rows(
        tuple(block[~held] for block in rows.blocks), rows.targets[~held], rows.below[~held], rows.papers[~held]
    )
    fitted = fit(part)
    mean, sd = fitted.predict([block[held] for block in rows.blocks])
    inside = np.abs(mean - rows.targets[held]) < 1.645 * sd
    assert inside.mean() >= 0.75
    assert np.abs(mean - rows.targets[held]).mean() < 0.5 * np.abs(rows.targets[held] - rows.targets.mean()).mean()


def test_a_limit_pulls_below_itself_and_one_far_above_says_nothing() -> None:
    rows = drawn()
    below = np.zeros(len(rows.targets), dtype=bool)
    below[5] = True
    low, high = rows.targets.copy(), rows.targets.copy()
    low[5] -= 0.5
    high[5] += 5.0
    near = with_sites(Evidence(*_parts(rows), low, np.zeros(40)), THETA, low, below)
    far = with_sites(Evidence(*_parts(rows), high, np.zeros(40)), THETA, high, below)
    assert near.targets[5] < low[5]
    assert far.extra[5] > 10.0  # a variance this large is no information


def test_a_single_limit_gives_the_moments_of_a_cut_normal_distribution() -> None:
    noise = float(np.exp(THETA[-2]))
    one = np.zeros((2, 1, 1)), np.ones((1, 1))
    limit, below = np.array([-0.7]), np.array([True])
    found = with_sites(Evidence(*one, limit, np.zeros(1)), THETA, limit, below)
    total = float(found.covariance(THETA)[0][0, 0])
    prior = total - noise - float(found.extra[0]) - 1e-6
    mean = prior / total * float(found.targets[0])
    grid = np.linspace(-8.0, 8.0, 40001)
    density = norm.pdf(grid, 0.0, np.sqrt(prior)) * norm.cdf((limit[0] - grid) / np.sqrt(noise))
    assert mean == pytest.approx(float((grid * density).sum() / density.sum()), abs=0.02)


def _parts(rows: Rows) -> tuple[Array, Array]:
    return distances(rows.blocks, rows.blocks), rows.same_paper()
