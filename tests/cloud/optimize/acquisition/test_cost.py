"""Gain per cost, its cooling, and what a change of setting costs."""

import numpy as np
import pytest
from adatom.cloud.optimize.acquisition.cost import log_cost, switching_costs


def test_twice_the_cost_takes_one_log_two_until_the_budget_is_spent() -> None:
    costs = np.array([1.0, 2.0])
    for spent, share in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        first, second = log_cost(costs, spent=spent)
        assert second - first == pytest.approx(share * np.log(2.0))


def test_a_free_trial_is_finite_and_all_free_ones_are_equal() -> None:
    assert np.isfinite(log_cost(np.array([0.0, 1.0]))).all()
    assert (log_cost(np.zeros(3)) == 0.0).all()


def test_switching_is_paid_once_and_only_for_shared_columns() -> None:
    vectors = np.array([[0.2, 0.9, 0.1], [0.2, 0.9, 0.7], [0.3, 0.8, 0.1]])
    shared, current = np.array([True, True, False]), np.array([0.2, 0.9, 0.5])
    assert switching_costs(vectors, current, shared, trial=1.0, switch=4.0).tolist() == [1.0, 1.0, 5.0]
    assert switching_costs(vectors, None, shared, trial=1.0, switch=4.0).tolist() == [1.0, 1.0, 1.0]
