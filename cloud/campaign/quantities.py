"""The quantities that a bench measures: unit, better direction, log scale; and the objectives of a campaign file."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from adatom.cloud.optimize.objective import Objective, objective_of
from adatom.protocol.errors import InputError


class Quantity(NamedTuple):
    """A quantity that a bench measures."""

    unit: str
    direction: str
    log: bool


QUANTITIES = {
    "r_interface_ohm_cm2": Quantity("ohm cm2", "minimise", True),
    "conductivity_s_cm": Quantity("S/cm", "maximise", True),
    "cycles_to_failure": Quantity("cycles", "maximise", True),
    "ccd_ma_cm2": Quantity("mA/cm2", "maximise", True),
    "uniformity": Quantity("1", "maximise", False),
    "overlayer_nm": Quantity("nm", "minimise", False),
    "adventitious_carbon_nm": Quantity("nm", "minimise", False),
    "coulombic_efficiency": Quantity("1", "maximise", False),
    "capacity_fade_per_cycle": Quantity("1", "minimise", False),
}
PRIMARY = "r_interface_ohm_cm2"
KEYS = ("name", "direction", "weight", "threshold")


def read_objective(where: str, fields: Mapping[str, Any]) -> Objective:
    """The Objective of a campaign's [[objectives]] table; raises InputError with the dotted key."""
    for key in fields:
        if key not in KEYS:
            raise InputError(f"{where}.{key}", f"unknown key; allowed are {', '.join(KEYS)}")
    name = fields.get("name")
    if name not in QUANTITIES:
        raise InputError(f"{where}.name", f"{name!r}: must be one of {', '.join(QUANTITIES)}")
    quantity = QUANTITIES[name]
    direction = fields.get("direction", quantity.direction)
    if direction != quantity.direction:
        raise InputError(f"{where}.direction", f"{direction!r}: {name} is to {quantity.direction}")
    objective = objective_of(where, {**fields, "direction": direction, "log": quantity.log, "unit": quantity.unit})
    if objective.threshold is not None and objective.threshold < 0.0:
        raise InputError(f"{where}.threshold", f"{objective.threshold!r}: must not be below 0")
    return objective
