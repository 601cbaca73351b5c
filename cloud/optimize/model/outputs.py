"""The scale on which a process sees losses: a bad tail folded, standardised, bent by Yeo and Johnson's power.

Every step keeps the order, so that less is better on either scale. Must not know of processes.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from adatom.cloud.optimize.arrays import Array

LEAST_SPREAD = (
    0.05  # standard deviation of losses below which they are called equal (decades: 2 % repeatability is 0.01)
)
STRAIGHT = 1.0  # power that bends nothing
# Powers tried. From 0 to 2 either tail stays unbounded, so that every unit value is that of a loss
POWERS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
NODES = 21  # of the quadrature: moments of exp of a normal with sd 1 to 1e-8
LONGEST = 30.0  # exponent beyond which an inverse is not followed: no loss is e³⁰ spreads from the centre

_AT, _SHARE = np.polynomial.hermite_e.hermegauss(NODES)
_SHARE = _SHARE / _SHARE.sum()


@dataclass(frozen=True)
class Output:
    """unit = (bent((folded loss - centre) / spread) - middle) / width."""

    centre: float
    spread: float
    knee: float = math.inf
    power: float = STRAIGHT
    middle: float = 0.0
    width: float = 1.0

    @classmethod
    def of(
        cls, losses: Array, *, fold: bool = False, power: float = STRAIGHT, least_spread: float = LEAST_SPREAD
    ) -> Self:
        """The scale of told losses (n,).

        `fold`: beyond their median d becomes ln(1 + d), for losses in decades: how bad a bad film is says little about
        the good ones.
        """
        knee = float(np.median(losses)) if fold else math.inf
        folded = _folded(losses, knee)
        centre, spread = float(folded.mean()), max(float(folded.std()), least_spread)
        if power == STRAIGHT:
            return cls(centre, spread, knee)
        values = bent((folded - centre) / spread, power)
        return cls(centre, spread, knee, power, float(values.mean()), max(float(values.std()), 1e-9))

    def to_unit(self, losses: Array) -> Array:
        """What a process is fitted to, (n,): about zero mean and unit variance."""
        return np.asarray((bent(self._standard(losses), self.power) - self.middle) / self.width)

    def slope(self, losses: Array) -> Array:
        """d unit / d loss, (n,): carries small standard deviations over."""
        standard = self._standard(losses)
        by_fold = 1.0 / (1.0 + np.maximum(losses - self.knee, 0.0))
        return np.asarray(by_fold * bent_slope(standard, self.power) / (self.spread * self.width))

    def from_unit(self, units: Array) -> Array:
        """Losses of unit values: quantiles become quantiles."""
        folded = self.centre + self.spread * straightened(self.middle + self.width * units, self.power)
        above = np.minimum(np.maximum(folded - self.knee, 0.0), LONGEST)
        return np.asarray(np.minimum(folded, self.knee) + np.expm1(above))

    def moments(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        """(mean, sd) of the loss when its unit value is normal with (mean, sd), (n,) each; by Gauss-Hermite quadrature.

        A bend moves the mean: a long bad tail pulls it up, which the inverse of the mean alone would not.
        """
        losses = self.from_unit(mean[:, None] + sd[:, None] * _AT)
        centre = losses @ _SHARE
        return centre, np.sqrt(((losses - centre[:, None]) ** 2) @ _SHARE)

    def log_slope(self, losses: Array) -> float:
        """log of the volume that units take of losses: adds to an evidence of units to make it one of losses."""
        return float(np.log(self.slope(losses)).sum())

    def _standard(self, losses: Array) -> Array:
        return (_folded(losses, self.knee) - self.centre) / self.spread


def _folded(losses: Array, knee: float) -> Array:
    """Above the knee d becomes ln(1 + d): slope 1 at the knee."""
    return np.asarray(np.minimum(losses, knee) + np.log1p(np.maximum(losses - knee, 0.0)))


def bent(values: Array, power: float) -> Array:
    """Yeo and Johnson 2000: powers below 1 draw a long upper tail in, those above 1 a lower one."""
    size = np.abs(values)
    return np.where(values >= 0.0, _raised(size, power), -_raised(size, 2.0 - power))


def straightened(values: Array, power: float) -> Array:
    """The inverse of `bent`."""
    size = np.abs(values)
    return np.where(values >= 0.0, _lowered(size, power), -_lowered(size, 2.0 - power))


def bent_slope(values: Array, power: float) -> Array:
    """d bent / d value."""
    return np.asarray((1.0 + np.abs(values)) ** np.where(values >= 0.0, power - 1.0, 1.0 - power))


def _raised(size: Array, power: float) -> Array:
    """((1 + size)^power - 1) / power, a logarithm at 0."""
    return np.log1p(size) if power == 0.0 else np.asarray(np.expm1(power * np.log1p(size)) / power)


def _lowered(size: Array, power: float) -> Array:
    exponent = size if power == 0.0 else np.log1p(power * size) / power
    return np.asarray(np.expm1(np.minimum(exponent, LONGEST)))
