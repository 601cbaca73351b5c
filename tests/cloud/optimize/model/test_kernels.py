"""The kernel is scikit-learn's, its slope is its derivative, factors and inverses are what they say."""

import numpy as np
import pytest
from adatom.cloud.optimize.model.kernels import (
    inverse,
    lower_factor,
    matern,
    matern_and_slope,
    solved,
    squared_distances,
)
from adatom.protocol.errors import FailedError
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import Matern


def test_it_is_scikit_learns_kernel() -> None:
    rng = np.random.default_rng(1)
    first, second, lengths = rng.random((7, 3)), rng.random((5, 3)), np.array([0.1, 1.0, 10.0])
    ours = matern(squared_distances(first / lengths, second / lengths))
    assert ours == pytest.approx(Matern(lengths, nu=2.5)(first, second), abs=1e-12)


@given(st.floats(0.0, 1e6))
def test_both_forms_agree_and_the_slope_is_the_derivative(square: float) -> None:
    step = 1e-5 * (1.0 + square)
    points = np.array([[square, square + step, square + 2.0 * step]])
    kernel, slope = matern_and_slope(points)
    assert kernel == pytest.approx(matern(points), abs=1e-14)
    assert slope[0, 1] == pytest.approx(-(kernel[0, 2] - kernel[0, 0]) / step, rel=1e-4, abs=1e-9)


def test_equal_rows_have_correlation_one_wherever_they_lie() -> None:
    rows = np.array([[1e3, -2e3], [1e3, -2e3]]) + 1e-3
    assert matern(squared_distances(rows, rows)) == pytest.approx(1.0, abs=1e-8)


@given(st.integers(1, 12), st.integers(0, 1000))
def test_factor_solve_and_inverse(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((size, size + 2))
    covariance = half @ half.T + 0.1 * np.eye(size)
    factor, right = lower_factor(covariance), rng.standard_normal((size, 2))
    assert factor @ factor.T == pytest.approx(covariance)
    assert inverse(factor) @ covariance == pytest.approx(np.eye(size), abs=1e-8)
    assert factor @ solved(factor, right.copy()) == pytest.approx(right, abs=1e-9)
    assert factor.T @ solved(factor, right.copy(), transposed=True) == pytest.approx(right, abs=1e-9)


def test_a_singular_covariance_is_rescued_and_a_wrong_one_refused() -> None:
    assert np.isfinite(lower_factor(np.ones((4, 4)))).all()
    with pytest.raises(FailedError, match="positive definite"):
        lower_factor(np.array([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(FailedError, match="positive definite"):
        lower_factor(np.full((2, 2), np.nan))
