"""What a campaign wants: each measured quantity as a loss (lower is better), in decades where the quantity spans them.

Must not know of recipes or surrogates.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adatom.protocol.errors import InputError

LN10 = math.log(10.0)


@dataclass(frozen=True)
class Quantity:
    """A quantity that a bench measures: unit, better direction, log scale."""

    unit: str
    direction: str
    log: bool


QUANTITIES = {
    "r_interface_ohm_cm2": Quantity("ohm cm2", "minimise", True),
    "conductivity_s_cm": Quantity("S/cm", "maximise", True),
    "cycles_to_failure": Quantity("cycles", "maximise", True),
    "ccd_ma_cm2": Quantity("mA/cm2", "maximise", True),
    "uniformity": Quantity("1", "maximise", False),
}
PRIMARY = "r_interface_ohm_cm2"


@dataclass(frozen=True)
class Objective:
    """One wish. Weight 0 records the quantity without steering by it; a threshold is what counts as good enough."""

    name: str
    direction: str
    log: bool
    weight: float = 1.0
    threshold: float | None = None

    def loss(self, value: float) -> float:
        """Lower is better: log10 of the value (or the value), negated when it is to be maximised."""
        scaled = math.log10(value) if self.log else value
        return scaled if self.direction == "minimise" else -scaled

    def loss_sd(self, sd: float) -> float:
        """Standard deviation of the loss; `sd` is of ln(value) for a log quantity, else of the value."""
        return sd / LN10 if self.log else sd

    @property
    def modelled(self) -> bool:
        """Whether suggestions depend on it."""
        return self.weight > 0.0 or self.threshold is not None


def checked_result(where: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """A result as JSON keeps it: {quantity: [value, sd]} and / or {"failed": reason}. Raises InputError.

    `sd` is the standard deviation of ln(value) for quantities on a log scale, else of the value.
    """
    checked: dict[str, Any] = {}
    for name, value in result.items():
        if name == "failed":
            checked[name] = str(value)
        elif name in QUANTITIES:
            checked[name] = _checked_pair(f"{where}.{name}", value, QUANTITIES[name])
        else:
            raise InputError(f"{where}.{name}", f"unknown; allowed are failed, {', '.join(QUANTITIES)}")
    if not checked:
        raise InputError(where, "empty: must hold a value or failed with its reason")
    return checked


def _checked_pair(where: str, pair: Any, quantity: Quantity) -> list[float]:
    try:
        value, sd = (float(v) for v in pair)
    except (TypeError, ValueError):
        raise InputError(where, f"{pair!r}: must be a pair of value and standard deviation") from None
    if not math.isfinite(value) or (quantity.log and value <= 0.0):
        raise InputError(where, f"{value!r}: must be a finite number{' above 0' if quantity.log else ''}")
    if not math.isfinite(sd) or sd < 0.0:
        raise InputError(where, f"standard deviation {sd!r}: must be a finite number not below 0")
    return [value, sd]


def read_objective(where: str, fields: Mapping[str, Any]) -> Objective:
    """The Objective of a [[objectives]] table; raises InputError with the dotted key."""
    keys = ("name", "direction", "weight", "threshold")
    for key in fields:
        if key not in keys:
            raise InputError(f"{where}.{key}", f"unknown key; allowed are {', '.join(keys)}")
    name = fields.get("name")
    if name not in QUANTITIES:
        raise InputError(f"{where}.name", f"{name!r}: must be one of {', '.join(QUANTITIES)}")
    quantity = QUANTITIES[name]
    direction = fields.get("direction", quantity.direction)
    if direction != quantity.direction:
        raise InputError(f"{where}.direction", f"{direction!r}: {name} is to {quantity.direction}")
    weight = _at_least_zero(f"{where}.weight", fields.get("weight", 1.0))
    threshold = fields.get("threshold")
    if threshold is not None:
        threshold = _at_least_zero(f"{where}.threshold", threshold)
    return Objective(name, direction, quantity.log, weight, threshold)


def _at_least_zero(where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value < math.inf:
        raise InputError(where, f"{value!r}: must be a number not below 0")
    return float(value)
