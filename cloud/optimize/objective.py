"""What a search wants of a measured quantity, as a loss: lower is better, in decades where the quantity spans them.

Must not know of points or surrogates.
"""

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any

from adatom.cloud.optimize.arrays import unboxed
from adatom.protocol.errors import InputError

LN10 = math.log(10.0)
DIRECTIONS = ("minimise", "maximise", "target")
SPELLINGS = {"minimize": "minimise", "min": "minimise", "maximize": "maximise", "max": "maximise", "match": "target"}
KEYS = ("name", "direction", "log", "target", "threshold", "weight", "unit")


@dataclass(frozen=True)
class Objective:
    """One wish. Weight 0 records the quantity without steering by it; a threshold is what counts as good enough."""

    name: str
    direction: str = "minimise"
    _: KW_ONLY
    log: bool = False  # the quantity spans decades: its loss is a log10
    target: float | None = None  # the value wished for, of direction "target"
    threshold: float | None = None
    weight: float = 1.0
    unit: str = ""

    def __post_init__(self) -> None:
        """Raises InputError (where = objective name and field) for what makes no objective."""
        for one in fields(self):
            object.__setattr__(self, one.name, unboxed(getattr(self, one.name)))
        if not isinstance(self.name, str) or not self.name or self.name in RESERVED:
            raise InputError("objective.name", f"{self.name!r}: must be a text other than {', '.join(RESERVED)}")
        where = f"objective {self.name}"
        if isinstance(self.direction, str):
            object.__setattr__(self, "direction", SPELLINGS.get(self.direction, self.direction))
        if self.direction not in DIRECTIONS:
            raise InputError(f"{where}.direction", f"{self.direction!r}: must be one of {', '.join(DIRECTIONS)}")
        if (self.target is not None) != (self.direction == "target"):
            raise InputError(f"{where}.target", f"{self.target!r}: goes with direction 'target', and only with it")
        for field in ("target", "threshold", "weight"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, _finite(f"{where}.{field}", value))
        if self.weight < 0.0:
            raise InputError(f"{where}.weight", f"{self.weight!r}: must not be below 0")
        for field in ("target", "threshold"):
            value = getattr(self, field)
            if self.log and value is not None and value <= 0.0:
                raise InputError(f"{where}.{field}", f"{value!r}: must be above 0 on a log scale")

    def scaled(self, value: float) -> float:
        """What a surrogate models: the loss, but for a target the value itself (log10 of it on a log scale)."""
        scaled = math.log10(value) if self.log else float(value)
        return -scaled if self.direction == "maximise" else scaled

    def unscaled(self, scaled: float) -> float:
        """The value of a modelled number, inf where a power of ten is beyond a float."""
        value = -scaled if self.direction == "maximise" else scaled
        return 10.0 ** min(value, 308.0) if self.log else value

    def loss(self, value: float) -> float:
        """Lower is better: log10 of the value (or the value), negated to maximise; for a target the distance."""
        scaled = self.scaled(value)
        return scaled if self.target is None else abs(scaled - self.scaled(self.target))

    def scaled_sd(self, value: float, sd: float) -> float:
        """Standard deviation of the modelled number, of a value with `sd` in its own unit (to first order)."""
        return sd / abs(value) / LN10 if self.log else sd

    @property
    def modelled(self) -> bool:
        """Whether suggestions depend on it."""
        return self.weight > 0.0 or self.threshold is not None


RESERVED = ("failed", "mishap", "sample")  # keys of a result that name no objective


def _finite(where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(where, f"{value!r}: must be a finite number")
    return float(value)


def objective_of(where: str, fields: Mapping[str, Any]) -> Objective:
    """The Objective of a table (keys as the class has fields). Raises InputError with the dotted key."""
    for key in fields:
        if key not in KEYS:
            raise InputError(f"{where}.{key}", f"unknown key; allowed are {', '.join(KEYS)}")
    if not isinstance(fields.get("log", False), bool):
        raise InputError(f"{where}.log", f"{fields['log']!r}: must be true or false")
    try:
        return Objective(**{"name": "", **fields})
    except InputError as error:
        raise InputError(f"{where}.{error.where.rpartition('.')[2]}", error.problem) from None
