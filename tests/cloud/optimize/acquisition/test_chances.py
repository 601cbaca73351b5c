"""Chances in logs, with floors."""

import math

import numpy as np
import pytest
from adatom.cloud.optimize.acquisition.chances import LEAST_CHANCE, log_success, log_within


def test_success_is_a_log_with_a_floor() -> None:
    assert log_success(np.array([1.0, 0.5, 0.0])) == pytest.approx(np.log([1.0, 0.5, LEAST_CHANCE]))


def test_limits_multiply_and_none_limits_nothing() -> None:
    means, sds = np.array([[0.0, 0.0, 99.0]]), np.array([[1.0, 2.0, 1.0]])
    assert log_within(means, sds, [0.0, 0.0, None]) == pytest.approx([2.0 * math.log(0.5)])


def test_each_limit_has_its_floor() -> None:
    means, sds = np.array([[1e3, 1e3]]), np.ones((1, 2))
    assert log_within(means, sds, [0.0, 0.0]) == pytest.approx([2.0 * math.log(LEAST_CHANCE)])
