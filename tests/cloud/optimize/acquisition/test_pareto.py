"""Hypervolumes against counting and known values, growth against its integral, scalarisation against draws."""

import math

import numpy as np
import pytest
from adatom.cloud.optimize.acquisition import pareto
from adatom.cloud.optimize.arrays import Array
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, qmc

SIDE = 5  # fronts of whole numbers: their ties are where a decomposition breaks, and cells can be counted


@st.composite
def grids(draw: st.DrawFn) -> Array:
    k = draw(st.integers(2, 3))
    rows = draw(st.lists(st.tuples(*[st.integers(0, SIDE)] * k), min_size=1, max_size=10))
    return np.array(rows, dtype=float)


def middles(k: int) -> Array:
    """(SIDE^k, k) middles of the unit cells below the reference point."""
    axes = np.meshgrid(*[np.arange(SIDE) + 0.5] * k, indexing="ij")
    return np.column_stack([axis.ravel() for axis in axes])


def dominated(points: Array, front: Array) -> Array:
    return np.asarray((points[:, None, :] >= front).all(axis=2).any(axis=1))


@given(grids())
def test_the_hypervolume_is_the_count_of_dominated_cells(losses: Array) -> None:
    k = losses.shape[1]
    cells = dominated(middles(k), losses).sum()
    assert pareto.hypervolume(losses, np.full(k, float(SIDE))) == pytest.approx(cells)


@given(grids())
def test_boxes_are_disjoint_and_fill_what_is_free(losses: Array) -> None:
    points = middles(losses.shape[1])
    lower, upper = pareto.boxes(losses, np.full(losses.shape[1], float(SIDE)))
    inside = ((points[:, None, :] > lower) & (points[:, None, :] < upper)).all(axis=2).sum(axis=1)
    assert (inside == ~dominated(points, losses)).all()


def test_boxes_are_few() -> None:
    rng = np.random.default_rng(0)
    for k, most in ((2, 41), (3, 81)):
        front = rng.random((40, k))
        front /= np.linalg.norm(front, axis=1, keepdims=True)
        assert len(pareto.boxes(front, np.full(k, 1.1))[0]) <= most


def test_known_hypervolumes() -> None:
    assert pareto.hypervolume(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([3.0, 3.0])) == pytest.approx(3.0)
    assert pareto.hypervolume(np.array([[0.0, 0.0, 0.0]]), np.array([1.0, 2.0, 3.0])) == pytest.approx(6.0)
    assert pareto.hypervolume(np.array([[4.0, 0.0]]), np.array([3.0, 3.0])) == 0.0
    # the quarter circle of the front of x^2 + y^2 = 1 leaves 1 - pi / 4 free, seen from (1, 1)
    angle = np.linspace(0.0, math.pi / 2, 401)
    circle = 1.0 - np.column_stack([np.cos(angle), np.sin(angle)])
    assert pareto.hypervolume(circle, np.ones(2)) == pytest.approx(math.pi / 4, abs=4e-3)


@pytest.mark.parametrize("k", [2, 3])
def test_the_expected_growth_is_the_integral(k: int) -> None:
    # a place u below the reference is gained with the chance that the losses are all below it, unless it is had already
    rng = np.random.default_rng(k)
    front, reference, far = rng.random((8, k)), np.full(k, 1.2), -1.0
    means, sds = rng.random((3, k)), 0.05 + 0.25 * rng.random((3, k))
    places = far + (reference - far) * qmc.Halton(k, rng=rng).random(200_000)
    free = places[~dominated(places, front)]
    volume = float(np.prod(reference - far)) * len(free) / len(places)
    exact = np.exp(pareto.log_hypervolume_improvement(means, sds, front, reference))
    for mean, sd, expected in zip(means, sds, exact, strict=True):
        assert expected == pytest.approx(volume * norm.cdf(free, mean, sd).prod(axis=1).mean(), rel=0.02)


def test_one_point_beside_an_empty_front_gains_the_product_of_its_gains() -> None:
    # EI of N(0, 1) below 1 is phi(1) + Phi(1) = 1.08331547
    growth = pareto.log_hypervolume_improvement(np.zeros((1, 2)), np.ones((1, 2)), np.zeros((0, 2)), np.ones(2))
    assert math.exp(growth[0]) == pytest.approx(1.08331547**2)


@given(grids(), st.integers(0, 2**31))
@settings(max_examples=40)
def test_the_expected_growth_falls_as_losses_rise_and_fronts_grow(losses: Array, seed: int) -> None:
    rng, k = np.random.default_rng(seed), losses.shape[1]
    reference = np.full(k, SIDE + 0.5)
    means, sds = SIDE * rng.random((4, k)), 0.1 + rng.random((4, k))
    growth = pareto.log_hypervolume_improvement(means, sds, losses, reference)
    worse = pareto.log_hypervolume_improvement(means + np.array([0.5] + [0.0] * (k - 1)), sds, losses, reference)
    against_more = pareto.log_hypervolume_improvement(
        means, sds, np.vstack([losses, SIDE * rng.random((1, k))]), reference
    )
    assert np.isfinite(growth).all()
    assert (worse <= growth + 1e-9).all()
    assert (against_more <= growth + 1e-9).all()


def test_far_from_the_front_it_still_ranks() -> None:
    front, reference = np.array([[0.0, 0.0]]), np.array([1.0, 1.0])
    means = np.array([[5.0, 5.0], [50.0, 5.0], [500.0, 500.0]])
    growth = pareto.log_hypervolume_improvement(means, np.full((3, 2), 0.1), front, reference)
    assert np.isfinite(growth).all()
    assert (np.diff(growth) < 0).all()


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    arguments = (rng.random((50, 3)), 0.1 + rng.random((50, 3)), rng.random((6, 3)), np.ones(3))
    whole = pareto.log_hypervolume_improvement(*arguments)
    monkeypatch.setattr(pareto, "TERMS_MOST", 100)
    assert (pareto.log_hypervolume_improvement(*arguments) == whole).all()


@given(grids())
def test_the_front_is_what_nothing_dominates(losses: Array) -> None:
    kept = pareto.non_dominated(losses)
    for row, stays in zip(losses, kept, strict=True):
        assert stays == (not ((losses <= row).all(axis=1) & (losses < row).any(axis=1)).any())


@given(grids())
def test_the_front_beats_its_reference_point(losses: Array) -> None:
    assert (pareto.front_of(losses) < pareto.reference_point(losses)).all()


def test_reference_point_by_the_rule() -> None:
    assert pareto.reference_point(np.array([[0.0, 2.0], [1.0, 0.0], [9.0, 9.0]])) == pytest.approx([9.9, 9.9])
    assert pareto.reference_point(np.array([[0.0, 0.0], [10.0, 0.0]])) == pytest.approx([11.0, 0.1])


def test_scalarised_moments_are_monte_carlo_s() -> None:
    rng = np.random.default_rng(3)
    means, sds = rng.random((2, 3)), 0.1 + 0.3 * rng.random((2, 3))
    frame = (np.array([0.5, 0.3, 0.2]), np.zeros(3), np.array([1.0, 2.0, 0.5]))
    mean, sd = pareto.scalarised_belief(means, sds, *frame)
    for row in range(2):
        drawn = pareto.scalarised(means[row] + sds[row] * rng.standard_normal((200_000, 3)), *frame)
        assert mean[row] == pytest.approx(drawn.mean(), abs=0.005)
        assert sd[row] == pytest.approx(drawn.std(), rel=0.1)  # the sum's own scatter is left out


def test_a_large_front_or_four_losses_are_not_exact() -> None:
    assert pareto.is_exact(np.zeros((pareto.FRONT_MOST, 3)))
    assert not pareto.is_exact(np.zeros((pareto.FRONT_MOST + 1, 3)))
    assert not pareto.is_exact(np.zeros((2, 4)))


def test_weights_lie_on_the_simplex_and_repeat() -> None:
    weights = pareto.random_weights(3, np.random.default_rng(4))
    assert weights.sum() == pytest.approx(1.0)
    assert (weights == pareto.random_weights(3, np.random.default_rng(4))).all()


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_chance_to_join_is_the_share_of_draws_that_nothing_beats(k: int) -> None:
    rng = np.random.default_rng(k)
    front = pareto.front_of(rng.random((12, k)))
    means, sds = rng.random((5, k)), 0.05 + 0.3 * rng.random((5, k))
    drawn = means + sds * rng.standard_normal((40_000, 5, k))
    counted = 1.0 - dominated(drawn.reshape(-1, k), front).reshape(-1, 5).mean(axis=0)
    assert pareto.chance_to_join(means, sds, front) == pytest.approx(counted, abs=0.025 if k > 3 else 0.01)
    # what is certain joins or does not
    assert pareto.chance_to_join(front - 1e-3, np.zeros_like(front), front) == pytest.approx(np.ones(len(front)))
    assert pareto.chance_to_join(front + 1e-3, np.zeros_like(front), front) == pytest.approx(np.zeros(len(front)))


@pytest.mark.parametrize(("k", "error"), [(2, 0.01), (3, 0.02), (4, 0.04)])
def test_volumes_along_rays_are_the_hypervolume(k: int, error: float) -> None:
    rng = np.random.default_rng(k)
    losses = rng.random((20, k)) * 10.0 ** np.arange(k)  # units do not matter
    frame = pareto.Frame.of(losses)
    exact = pareto.hypervolume(losses, frame.reference) / float(np.prod(frame.spans))
    along = frame.volumes(losses).max(axis=0)
    assert float(along.mean()) == pytest.approx(exact, rel=error)
    ideal = losses.min(axis=0)
    assert float(frame.gains(ideal, along)) == pytest.approx(1.0 - exact, abs=2.0 * error)
    assert float(frame.gains(losses.max(axis=0), along)) == 0.0
