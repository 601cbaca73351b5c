"""Batches: joint gains against formulas, penalties by hand, views that keep to their part."""

import numpy as np
import pytest
from adatom.cloud.optimize.acquisition.improvement import log_expected_improvement
from adatom.cloud.optimize.acquisition.trust import Region
from adatom.cloud.optimize.batches import joint_gain, log_penalty, steepest
from adatom.cloud.optimize.views import Boxed
from hypothesis import given
from hypothesis import strategies as st

from .spaces import FULL, space_of

FULL_SPACE = space_of(FULL)


def test_the_gain_of_one_is_its_expected_improvement() -> None:
    rng = np.random.default_rng(0)
    draws = np.array([0.0, 1.0]) + rng.standard_normal((200_000, 2))
    gain, chosen = joint_gain(draws, 0.5, 1)
    assert chosen == [0]
    assert gain == pytest.approx(np.exp(log_expected_improvement(np.zeros(1), np.ones(1), 0.5))[0], rel=0.02)


def test_the_second_of_a_batch_is_not_the_same_again() -> None:
    rng = np.random.default_rng(0)
    first = rng.standard_normal((5000, 1))
    draws = np.hstack(
        [first, first + 0.01, 0.3 + rng.standard_normal((5000, 1))]
    )  # the second says what the first does
    assert joint_gain(draws, 0.0, 2)[1] == [0, 2]


@given(st.integers(0, 2**31), st.integers(1, 5))
def test_more_points_never_gain_less(seed: int, count: int) -> None:
    draws = np.random.default_rng(seed).standard_normal((20, 6))
    assert joint_gain(draws, 0.0, count)[0] <= joint_gain(draws, 0.0, count + 1)[0]
    assert len(set(joint_gain(draws, -9.0, count)[1])) <= count


def test_a_penalty_is_deep_at_a_pending_point_and_fades() -> None:
    tested, losses = np.array([[0.0], [1.0]]), np.array([0.0, 1.0])
    penalty = log_penalty(np.array([[0.5]]), np.array([0.5]), np.array([0.1]), tested, losses, 0.0)
    values = penalty(np.array([[0.5], [0.9], [1.5]]))
    assert values[0] < -10.0
    assert (np.diff(values) > 0.0).all()
    assert values[2] == pytest.approx(0.0, abs=1e-3)


def test_the_steepest_slope_ignores_replicates() -> None:
    assert steepest(np.array([[0.0], [0.0], [0.5]]), np.array([1.0, 2.0, 3.0])) == pytest.approx(4.0)
    assert steepest(np.array([[0.0]]), np.array([1.0])) > 0.0


def test_a_box_gives_feasible_points_near_its_centre() -> None:
    centre = FULL_SPACE.random(1, np.random.default_rng(3))[0]
    box = Boxed(FULL_SPACE, Region(centre, 0.2))
    for vectors in (box.random(50, np.random.default_rng(0)), box.sobol(50, 1)):
        assert (FULL_SPACE.repair(vectors) == vectors).all()
        wide = FULL_SPACE.random(50, np.random.default_rng(0))
        choice = np.isin(wide, (0.0, 1.0)).all(axis=0)
        assert np.abs(vectors - centre)[:, ~choice].mean() < 0.5 * np.abs(wide - centre)[:, ~choice].mean()
        assert (np.ptp(vectors[:, choice], axis=0) == 1.0).all()  # a box holds no choice for good
    assert (box.names, box.dimension) == (FULL_SPACE.names, FULL_SPACE.dimension)
