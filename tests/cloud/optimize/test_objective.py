"""Losses: lower is better, whatever is wished for."""

from typing import Any

import pytest
from adatom.cloud.optimize.objective import Objective, objective_of
from adatom.protocol.errors import InputError
from hypothesis import given
from hypothesis import strategies as st


def test_lower_loss_is_better_whatever_the_direction() -> None:
    assert Objective("r", "minimise", log=True).loss(10.0) == pytest.approx(1.0)
    assert Objective("sigma", "maximise", log=True).loss(1e-4) == pytest.approx(4.0)
    assert Objective("uniformity", "max").loss(0.9) == pytest.approx(-0.9)
    thickness = Objective("thickness_nm", "target", target=50.0)
    assert thickness.loss(52.0) == thickness.loss(48.0) == pytest.approx(2.0)
    assert Objective("ratio", "target", target=10.0, log=True).loss(100.0) == pytest.approx(1.0)


def test_a_standard_deviation_follows_the_scale() -> None:
    assert Objective("r", log=True).scaled_sd(10.0, 1.0) == pytest.approx(0.0434, abs=1e-4)
    assert Objective("uniformity", "maximise").scaled_sd(0.9, 0.1) == 0.1


@given(
    st.sampled_from(["minimise", "maximise", "target"]), st.booleans(), st.floats(1e-12, 1e12), st.floats(1e-12, 1e12)
)
def test_scaled_and_back_is_the_value(direction: str, log: bool, value: float, target: float) -> None:
    objective = Objective("q", direction, log=log, target=target if direction == "target" else None)
    assert objective.unscaled(objective.scaled(value)) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"direction": "minimise"}, "o.name"),
        ({"name": "failed"}, "o.name"),
        ({"name": "q", "direction": "up"}, "o.direction"),
        ({"name": "q", "direction": "target"}, "o.target"),
        ({"name": "q", "target": 3.0}, "o.target"),
        ({"name": "q", "direction": "target", "target": -1.0, "log": True}, "o.target"),
        ({"name": "q", "weight": -1}, "o.weight"),
        ({"name": "q", "weight": True}, "o.weight"),
        ({"name": "q", "threshold": "high"}, "o.threshold"),
        ({"name": "q", "threshold": 0.0, "log": True}, "o.threshold"),
        ({"name": "q", "log": "yes"}, "o.log"),
        ({"name": "q", "goal": 1}, "o.goal"),
    ],
)
def test_a_bad_objective_is_refused_by_key(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as error:
        objective_of("o", fields)
    assert error.value.where == where
