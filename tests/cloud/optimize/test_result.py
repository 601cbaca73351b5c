"""Results as they are told."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.result import checked_result, entry_of
from adatom.protocol.errors import InputError

OBJECTIVES = (Objective("r", log=True), Objective("u", "maximise"))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (3, (3.0, 0.0, 1.0)),
        ((3.0, 0.1), (3.0, 0.1, 1.0)),
        ([3.0, 0.1, 4], (3.0, 0.1, 4.0)),
        ({"value": 3.0, "n": 2}, (3.0, 0.0, 2.0)),
    ],
)
def test_every_way_of_telling_a_value(told: Any, kept: tuple[float, float, float]) -> None:
    assert entry_of(checked_result("results[0]", {"r": told}, OBJECTIVES), "r") == kept


def test_a_failure_may_have_values_and_a_sample() -> None:
    told = {"failed": "cracked", "u": 0.4, "sample": 7}
    assert checked_result("results[0]", told, OBJECTIVES) == {"failed": "cracked", "u": [0.4, 0.0, 1.0], "sample": "7"}


@pytest.mark.parametrize("nothing", [None, False, np.False_, float("nan"), "", " "])
def test_what_a_data_frame_holds_where_nothing_failed(nothing: Any) -> None:
    row = {"u": np.float32(0.5), "failed": nothing, "sample": nothing}
    assert checked_result("results[0]", row, OBJECTIVES) == {"u": [0.5, 0.0, 1.0]}


def test_a_mishap_stands_alone() -> None:
    assert checked_result("r", {"mishap": "dropped", "r": None, "sample": "p"}, OBJECTIVES) == {
        "mishap": "dropped",
        "sample": "p",
    }
    for beside in ({"r": 1.0}, {"failed": "cracked"}):
        with pytest.raises(InputError, match="mishap: stands beside"):
            checked_result("r", {"mishap": "dropped", **beside}, OBJECTIVES)


def test_what_failed_needs_no_value() -> None:
    row = {"u": np.nan, "r": None, "failed": "cracked"}
    assert checked_result("results[0]", row, OBJECTIVES) == {"failed": "cracked"}


def test_numpy_and_yes_or_no_columns_are_read() -> None:
    row = {"u": np.array([0.5, 0.1]), "failed": np.True_, "sample": np.float64(3)}
    assert checked_result("results[0]", row, OBJECTIVES) == {"u": [0.5, 0.1, 1.0], "failed": "failed", "sample": "3"}


@pytest.mark.parametrize(
    "result",
    [
        {"u": True},
        {"failed": False},
        {},
        {"sample": "a"},
        {"r": (0.0, 0.1)},
        {"r": (float("nan"), 0.1)},
        {"r": (3.0, -0.1)},
        {"r": (3.0, 0.1, 0)},
        {"r": "much"},
        {"r": []},
        {"r": {"value": 3.0, "spread": 1.0}},
        {"colour": (3.0, 0.1)},
        [3.0],
    ],
)
def test_a_bad_result_is_refused_by_place(result: Any) -> None:
    with pytest.raises(InputError, match=r"results\[0\]"):
        checked_result("results[0]", result, OBJECTIVES)
