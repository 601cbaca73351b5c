"""What is known of a cell's size, with its uncertainty, and how uncertainty is carried from a fit to a quantity."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.intervals import Z_95, ends
from adatom.protocol.errors import InputError

# Beyond what any cell is, so that a slip of the unit is seen: from a 30 nm contact to a stack of square metres, from
# an atom's layer to a metre; films thinner than an atom or thicker than 1 mm are none
AREA_CM2, THICKNESS_CM, FILM_NM = (1e-11, 1e6), (1e-8, 1e2), (0.1, 1e6)
STEP = 1e-5  # of a logarithm, in central differences


def check_size(where: str, size: float, allowed: tuple[float, float]) -> None:
    """Raises InputError for a size that no cell has."""
    low, high = allowed
    if not low <= size <= high:
        raise InputError(where, f"{size:g}; a value > 0 is needed, from {low:g} to {high:g}")


@dataclass(frozen=True)
class Geometry:
    """Electrode area and distance of the electrodes with standard deviations; `symmetric`: two equal interfaces."""

    area_cm2: float
    area_sd_cm2: float = 0.0
    thickness_cm: float | None = None
    thickness_sd_cm: float = 0.0
    symmetric: bool = True

    def __post_init__(self) -> None:
        """Raises InputError for a size that no cell has, a negative deviation, a deviation larger than the size."""
        for name, size, sd, allowed in (
            ("--area-cm2", self.area_cm2, self.area_sd_cm2, AREA_CM2),
            ("--thickness-cm", self.thickness_cm, self.thickness_sd_cm, THICKNESS_CM),
        ):
            if size is not None:
                check_size(name, size, allowed)
            if not (np.isfinite(sd) and 0.0 <= sd < (np.inf if size is None else size)):
                raise InputError(name, f"its standard deviation is {sd}; from 0 to below the value is needed")

    @property
    def area_sd_log(self) -> float:
        """Relative standard deviation of the area."""
        return self.area_sd_cm2 / self.area_cm2

    @property
    def thickness_sd_log(self) -> float:
        """Relative standard deviation of the thickness, 0 without one."""
        return 0.0 if self.thickness_cm is None else self.thickness_sd_cm / self.thickness_cm

    @property
    def sides(self) -> int:
        """How many interfaces lie in series."""
        return 2 if self.symmetric else 1


@dataclass(frozen=True)
class Value:
    """A positive quantity: value, unit, standard error of its natural logarithm, 95 % interval.

    `reach`: how far the interval goes down and up on the logarithmic scale; Z_95 standard errors where it is not given.
    A quantity that the data do not determine has an infinite standard error.
    """

    value: float
    unit: str
    sd_log: float
    reach: tuple[float, float] | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """The ends; 0 and infinite where they are further than the value is worth (see intervals.ends)."""
        return ends(self.value, *(self.reach or (Z_95 * self.sd_log, Z_95 * self.sd_log)))

    def times(self, factor: float, unit: str, *sd_logs: float) -> "Value":
        """The value times something with relative standard deviations of its own."""
        reach = self.reach and (math.hypot(self.reach[0], *(Z_95 * sd for sd in sd_logs)),
                                math.hypot(self.reach[1], *(Z_95 * sd for sd in sd_logs)))  # fmt: skip
        return Value(self.value * factor, unit, math.hypot(self.sd_log, *sd_logs), reach)

    def inverse(self, unit: str) -> "Value":
        """One over it."""
        return Value(1.0 / self.value, unit, self.sd_log, self.reach and (self.reach[1], self.reach[0]))


def propagated(
    log_of: Callable[[Floats], float], log_p: Floats, covariance: Floats, unit: str, quantile: float = Z_95
) -> Value:
    """exp(log_of(log_p)) with the first-order standard error of parameters log_p (P,) with `covariance` (P, P), and an
    interval of `quantile` of them.
    """
    steps = STEP * np.eye(log_p.size)
    slope = np.array([(log_of(log_p + step) - log_of(log_p - step)) / (2.0 * STEP) for step in steps])
    sd_log = math.sqrt(max(float(slope @ covariance @ slope), 0.0))
    return Value(math.exp(log_of(log_p)), unit, sd_log, (quantile * sd_log, quantile * sd_log))
