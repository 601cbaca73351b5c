"""What a change of setting costs."""

import math

import numpy as np
import pytest
from adatom.cloud.optimize.acquisition.cost import log_switching

SHARED = np.array([True, True, False])
CURRENT = np.array([0.2, 0.9, 0.5])
VECTORS = np.array([[0.2, 0.9, 0.1], [0.2, 0.9, 0.7], [0.3, 0.8, 0.1], [0.2, 0.8, 0.5]])


def test_a_change_costs_once_whatever_changes_and_only_of_shared_columns() -> None:
    assert log_switching(VECTORS, CURRENT, SHARED, 4.0) == pytest.approx([0.0, 0.0, math.log(5.0), math.log(5.0)])
    assert log_switching(VECTORS, CURRENT, SHARED, 0.0).tolist() == [0.0] * 4
    assert log_switching(VECTORS, CURRENT, np.zeros(3, dtype=bool), 4.0).tolist() == [0.0] * 4
    assert log_switching(VECTORS, None, SHARED, 4.0).tolist() == [0.0] * 4


def test_a_batch_shares_it_and_other_points_do_not_matter() -> None:
    assert log_switching(VECTORS[2:3], CURRENT, SHARED, 4.0, 4)[0] == pytest.approx(math.log(2.0))
    alone = [log_switching(VECTORS[[row]], CURRENT, SHARED, 4.0)[0] for row in range(4)]
    assert alone == log_switching(VECTORS, CURRENT, SHARED, 4.0).tolist()
