"""Losses and results."""

from typing import Any

import pytest
from adatom.cloud.optimize.objective import checked_result, read_objective
from adatom.protocol.errors import InputError


def test_lower_loss_is_better_whatever_the_direction() -> None:
    resistance = read_objective("o", {"name": "r_interface_ohm_cm2"})
    conductivity = read_objective("o", {"name": "conductivity_s_cm"})
    uniformity = read_objective("o", {"name": "uniformity"})
    assert resistance.loss(10.0) == pytest.approx(1.0)
    assert conductivity.loss(1e-4) == pytest.approx(4.0)
    assert uniformity.loss(0.9) == pytest.approx(-0.9)
    assert resistance.loss_sd(0.1) == pytest.approx(0.0434, abs=1e-4)
    assert uniformity.loss_sd(0.1) == 0.1


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"name": "colour"}, "o.name"),
        ({"name": "uniformity", "direction": "minimise"}, "o.direction"),
        ({"name": "uniformity", "weight": -1}, "o.weight"),
        ({"name": "uniformity", "threshold": "high"}, "o.threshold"),
        ({"name": "uniformity", "goal": 1}, "o.goal"),
    ],
)
def test_a_bad_objective_is_refused_by_key(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as error:
        read_objective("o", fields)
    assert error.value.where == where


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"r_interface_ohm_cm2": 3.0},
        {"r_interface_ohm_cm2": (0.0, 0.1)},
        {"r_interface_ohm_cm2": (float("nan"), 0.1)},
        {"r_interface_ohm_cm2": (3.0, -0.1)},
        {"colour": (3.0, 0.1)},
    ],
)
def test_a_bad_result_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        checked_result("results[0]", result)
