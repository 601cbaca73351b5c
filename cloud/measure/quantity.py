"""What a measurement gives: a number with its uncertainty. Must not know of techniques."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """A number with its uncertainty: sd in the unit, sd_log of the natural logarithm; None where it is not known."""

    name: str
    value: float | None
    unit: str
    sd: float | None = None
    sd_log: float | None = None
    quality: str = "good"
    reason: str = ""
    notes: tuple[str, ...] = ()
