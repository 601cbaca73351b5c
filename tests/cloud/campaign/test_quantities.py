"""Objectives of a campaign file: quantities that a bench measures."""

from typing import Any

import pytest
from adatom.cloud.campaign.quantities import read_objective
from adatom.cloud.measure.cycling.quantities import CCD, EFFICIENCY, FADE, LIFE
from adatom.protocol.errors import InputError


def test_a_quantity_brings_its_scale_and_direction() -> None:
    resistance = read_objective("o", {"name": "r_interface_ohm_cm2", "threshold": 15})
    assert (resistance.direction, resistance.log, resistance.threshold) == ("minimise", True, 15.0)
    assert read_objective("o", {"name": "uniformity"}).log is False


def test_every_quantity_that_analyses_give_and_that_has_a_direction_may_be_an_objective() -> None:
    for name in (LIFE, CCD, EFFICIENCY, FADE, "overlayer_nm", "adventitious_carbon_nm"):
        objective = read_objective("o", {"name": name, "weight": 0.5})
        assert objective.direction == ("minimise" if name.endswith("_nm") or name == FADE else "maximise")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"name": "colour"}, "o.name"),
        ({"name": "uniformity", "direction": "minimise"}, "o.direction"),
        ({"name": "uniformity", "weight": -1}, "o.weight"),
        ({"name": "uniformity", "threshold": -1}, "o.threshold"),
        ({"name": "uniformity", "log": True}, "o.log"),
    ],
)
def test_a_bad_objective_is_refused_by_key(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as error:
        read_objective("o", fields)
    assert error.value.where == where
