"""Rows are checked where they enter, and know which share a sample."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.optimize.model.rows import checked_rows
from adatom.protocol.errors import InputError


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"features": [[1.0, float("nan")]]}, "X"),
        ({"features": [1.0, 2.0]}, "X"),
        ({"features": [["a", "b"]]}, "X"),
        ({"features": np.zeros((0, 2)), "targets": []}, "X"),
        ({"targets": [1.0, 2.0]}, "y"),
        ({"targets": [float("inf")]}, "y"),
        ({"variances": [-1.0]}, "variances"),
        ({"counts": [0.5]}, "counts"),
        ({"samples": ["a", "b"]}, "samples"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changed: dict[str, Any], where: str) -> None:
    given = {"features": [[0.1, 0.2]], "targets": [1.0], **changed}
    with pytest.raises(InputError) as caught:
        checked_rows(**given)
    assert caught.value.where == where


def test_rows_without_a_sample_share_with_no_other() -> None:
    rows = checked_rows(np.zeros((4, 1)), np.zeros(4), samples=["a", None, "a", None])
    other = checked_rows(np.zeros((2, 1)), np.zeros(2), samples=[None, "a"])
    same, across = rows.same_sample(rows), rows.same_sample(other)
    assert same is not None
    assert across is not None
    assert same.astype(int).tolist() == [[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]]
    assert across.astype(int).tolist() == [[0, 1], [0, 0], [0, 1], [0, 0]]
    assert checked_rows([[0.0]], [0.0], samples=[None]).same_sample(rows.taken(np.array([1]))) is not None


def test_no_samples_at_all_is_none() -> None:
    rows = checked_rows(np.zeros((2, 1)), np.zeros(2), samples=[None, None])
    assert rows.samples is None
    assert rows.same_sample(rows) is None
    assert rows.joined(rows).samples is None
