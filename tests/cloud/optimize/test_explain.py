"""Reasons for a point, in numbers and words, on functions where the truth is plain."""

import json

import pytest
from adatom.cloud.optimize import Categorical, Continuous, Objective, Optimizer, Space

SPACE = Space([Continuous("x", 0, 1), Continuous("idle", 0, 1), Categorical("gas", ["O2", "Ar", "N2"])])


def searched(trials: int = 20, fails: bool = False) -> Optimizer:
    """A search for the least (x - 0.3)², which neither `idle` nor `gas` change; with `fails`, x above 0.6 cracks."""
    optimizer = Optimizer(SPACE, [Objective("r", log=True, unit="ohm cm2")], seed=2)
    for _ in range(trials):
        [point] = optimizer.ask()
        value = 10 ** (4 * (point["x"] - 0.3) ** 2)
        optimizer.tell([point], [{"failed": "cracked"} if fails and point["x"] > 0.6 else {"r": value}])
    return optimizer


def test_before_any_tell_there_is_a_reason_too() -> None:
    optimizer = Optimizer(SPACE, [Objective("r")], seed=1)
    why = optimizer.explain(optimizer.ask()[0])
    assert why.chance_to_beat is None
    assert "no model yet" in why.text


def test_predictions_hold_the_truth_and_name_what_matters() -> None:
    optimizer = searched()
    point = {"x": 0.5, "idle": 0.5, "gas": "Ar"}
    why = optimizer.explain(point)
    truth = 10 ** (4 * 0.2**2)
    assert why.predicted["r"].low < truth < why.predicted["r"].high
    assert why.predicted["r"].value == pytest.approx(truth, rel=0.1)
    assert why.sensitivities["x"] > 0.8
    assert why.chance_to_beat is not None
    assert why.chance_to_beat < 0.05
    assert why.nearest[0].distance <= why.nearest[1].distance <= why.nearest[2].distance
    assert json.loads(json.dumps(why.as_dict()))["predicted"]["r"]["value"] == why.predicted["r"].value


def test_a_point_nobody_has_been_near_is_explored_and_a_known_best_is_exploited() -> None:
    optimizer = searched(8)
    optimizer.tell([{"x": 0.31, "idle": 0.5, "gas": "O2"}] * 4, [{"r": 1.0}] * 4)
    far = optimizer.explain({"x": 1.0, "idle": 1.0, "gas": "N2"})
    assert far.exploring is not None
    assert far.exploring > 0.5
    assert far.at_limits == ("x highest", "idle highest")
    assert "at limits: x highest" in far.text


def test_a_chance_to_fail_is_said() -> None:
    optimizer = searched(25, fails=True)
    optimizer.tell([{"x": x, "idle": 0.5, "gas": "Ar"} for x in (0.7, 0.8, 0.9, 0.95)], [{"failed": "cracked"}] * 4)
    risky, safe = (optimizer.explain({"x": x, "idle": 0.5, "gas": "Ar"}) for x in (0.85, 0.3))
    assert risky.chance_of_success < 0.5 < safe.chance_of_success
    assert "chance to fail" in risky.text
    assert "chance to fail" not in safe.text
