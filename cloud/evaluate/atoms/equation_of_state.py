"""Energy over volume as an equation of state. Pure arithmetic: no electrons, no files.

Birch and Murnaghan's third order (Birch, Phys. Rev. 71, 809 (1947)): with x = (V0 / V)^(2/3),
E(V) = E0 + 9/16 V0 B0 ((x - 1)^3 B0' + (x - 1)^2 (6 - 4 x)).
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.evaluate.atoms.elastic import Value
from adatom.cloud.measure.eis.arrays import Floats
from adatom.protocol.errors import FailedError

GPA_PER_EV_A3 = 160.21766208  # from the elementary charge, exact in the SI of 2019 to the digits given
FEWEST = 5  # points: four parameters, and one to tell how well they do


@dataclass(frozen=True)
class EquationOfState:
    """Each deviation is the fit's standard error: scatter about the curve, not what the energies themselves miss."""

    energy_ev: Value
    volume_a3: Value
    bulk_gpa: Value
    bulk_slope: Value  # dB/dp
    scatter_ev: float  # root mean square of what the curve leaves, per degree of freedom

    def energy_at(self, volume_a3: Floats) -> Floats:
        """In eV, at volumes of the cell."""
        middle = (self.energy_ev, self.volume_a3, self.bulk_gpa, self.bulk_slope)
        e0, v0, b0, slope = (one.value for one in middle)
        return birch_murnaghan(volume_a3, e0, v0, b0 / GPA_PER_EV_A3, slope)


def birch_murnaghan(volume: Floats, e0: float, v0: float, b0: float, slope: float) -> Floats:
    """Energy at volumes (n), in the units of `e0`, `v0` and `b0` = energy / volume."""
    x = (v0 / np.asarray(volume)) ** (2.0 / 3.0)
    return np.asarray(e0 + 9.0 / 16.0 * v0 * b0 * ((x - 1.0) ** 3 * slope + (x - 1.0) ** 2 * (6.0 - 4.0 * x)))


def side_of_minimum(volume_a3: Floats, energy_ev: Floats) -> int:
    """-1 or 1: the lowest energy is at, or next to, the smallest or largest volume; 0: it lies inside."""
    lowest = int(np.argmin(np.asarray(energy_ev)[np.argsort(volume_a3)]))
    return -1 if lowest < 2 else 1 if lowest > len(volume_a3) - 3 else 0


def fitted(volume_a3: Floats, energy_ev: Floats) -> EquationOfState:
    """Least squares. FailedError for too few points, or a minimum that is none or lies outside of them."""
    from scipy.optimize import curve_fit

    if len(volume_a3) < FEWEST:
        raise FailedError(f"{len(volume_a3)} volumes: an equation of state needs {FEWEST}")
    start = _start(volume_a3, energy_ev)
    shift = float(energy_ev.min())  # hundreds of eV would drown the millielectronvolts that the curve is made of
    parameters, covariance = curve_fit(
        birch_murnaghan, volume_a3, energy_ev - shift, p0=(start[0] - shift, *start[1:]),
        x_scale=(1e-3, start[1], start[2], 1.0), method="trf", ftol=1e-14, xtol=1e-14, gtol=1e-14,
    )  # fmt: skip
    left = energy_ev - shift - birch_murnaghan(volume_a3, *parameters)
    sd = np.sqrt(np.diag(covariance))
    e0, v0, b0, slope = (Value(float(one), float(its)) for one, its in zip(parameters, sd, strict=True))
    return EquationOfState(
        Value(e0.value + shift, e0.sd), v0, Value(b0.value * GPA_PER_EV_A3, b0.sd * GPA_PER_EV_A3), slope,
        float(np.sqrt((left**2).sum() / (len(left) - 4))),
    )  # fmt: skip


def _start(volume: Floats, energy: Floats) -> tuple[float, float, float, float]:
    """(E0, V0, B0, B0') of a parabola in the volume. FailedError where that has no minimum among the volumes."""
    middle = float(volume.mean())
    curvature, slope, level = np.polyfit(volume - middle, energy, 2)
    v0 = middle - slope / (2.0 * curvature) if curvature > 0.0 else float("inf")
    if not volume.min() < v0 < volume.max():
        raise FailedError(
            f"the energy has no minimum between {volume.min():.2f} and {volume.max():.2f} Å³: nothing is reported"
        )
    return float(level - slope**2 / (4.0 * curvature)), float(v0), float(2.0 * curvature * v0), 4.0
