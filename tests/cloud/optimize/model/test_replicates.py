"""Replicates become one row, surer than each unless they disagree."""

from dataclasses import replace

import numpy as np
import pytest
from adatom.cloud.optimize.model.replicates import pooled
from adatom.cloud.optimize.model.rows import Rows
from hypothesis import given
from hypothesis import strategies as st

FEATURES = np.array([[0.9], [0.1], [0.5], [0.1], [0.5]])
TOLD = Rows(FEATURES, np.array([7.0, 1.0, 0.0, 1.1, 3.0]), np.full(5, 0.02**2), np.ones(5), None)


def test_replicates_are_pooled_in_the_order_told_and_surer_unless_they_disagree() -> None:
    rows = pooled(TOLD, usual=0.1)
    assert rows.features[:, 0].tolist() == [0.9, 0.1, 0.5]
    assert rows.targets == pytest.approx([7.0, 1.05, 1.5])
    assert rows.counts.tolist() == [1.0, 2.0, 2.0]
    assert rows.variances[1] == pytest.approx(0.02**2 / 2)
    assert rows.variances[2] > 0.5**2
    assert pooled(TOLD).variances[2] == pytest.approx(0.02**2 / 2)


def test_values_of_different_samples_are_not_pooled() -> None:
    rows = pooled(replace(TOLD, samples=("a", "a", "a", "b", "a")))
    assert rows.samples == ("a", "a", "a", "b")
    assert rows.counts.tolist() == [1.0, 1.0, 2.0, 1.0]


def test_a_mean_weighs_by_how_many_values_it_stands_for() -> None:
    rows = pooled(replace(TOLD, counts=np.array([1.0, 3.0, 1.0, 1.0, 1.0])))
    assert rows.counts.tolist() == [1.0, 4.0, 2.0]
    assert rows.targets[1] == pytest.approx((3 * 1.0 + 1.1) / 4)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-5, 5), st.floats(0, 1)), min_size=1, max_size=20))
def test_no_value_is_lost_and_none_counts_twice(told: list[tuple[int, float, float]]) -> None:
    features = np.array([[float(at)] for at, _, _ in told])
    losses, variances = np.array([x for _, x, _ in told]), np.array([v for _, _, v in told])
    rows = pooled(Rows(features, losses, variances, np.ones(len(told)), None), usual=0.1)
    assert rows.counts.sum() == len(told)
    assert len({tuple(row) for row in rows.features.tolist()}) == len(rows)
    assert rows.counts @ rows.targets == pytest.approx(losses.sum(), abs=1e-9)
    assert (rows.variances >= 0.0).all()
