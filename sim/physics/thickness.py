"""The thickness profile on the substrate: cos^n plume, elliptic, slightly off axis."""

import math

import numpy as np
from numpy.typing import NDArray

from .constants import Values

Real = NDArray[np.float64]
MAP_MM = (-5.0, -2.5, 0.0, 2.5, 5.0)  # 10 mm substrate


def cos_power(pressure_pa: float, k: Values) -> float:
    """Exponent n of the plume's cos^n: high in vacuum, falling with pressure."""
    falling = k["cos_power_vacuum"] - k["cos_power_floor"]
    return k["cos_power_floor"] + falling / (1.0 + pressure_pa / k["cos_power_pressure_pa"])


def profile(x_mm: Real, y_mm: Real, distance_mm: float, pressure_pa: float, k: Values) -> Real:
    """Thickness over that on the plume axis at (x, y), by cos^(n+3): n of flux, two of distance, one of incidence.

    Elliptic plume: n differs in x and y; each axis contributes its own tan^2.
    """
    n = cos_power(pressure_pa, k)
    ellipticity = math.sqrt(k["plume_ellipticity"])
    x = (x_mm - k["plume_tilt_mm"]) / distance_mm
    y = y_mm / distance_mm
    power_x, power_y = (n * ellipticity + 3.0) / 2.0, (n / ellipticity + 3.0) / 2.0
    return np.asarray((1.0 + x**2) ** -power_x * (1.0 + y**2) ** -power_y)


def thickness_map(
    centre_nm: float, distance_mm: float, pressure_pa: float, rng: np.random.Generator, k: Values
) -> dict[str, list[float]]:
    """Measured map on a 5 x 5 grid over 10 mm: columns x_mm, y_mm, thickness_nm, with 1 % noise."""
    grid_x, grid_y = (axis.ravel() for axis in np.meshgrid(MAP_MM, MAP_MM))
    shape = profile(grid_x, grid_y, distance_mm, pressure_pa, k)
    shape = shape / profile(np.zeros(1), np.zeros(1), distance_mm, pressure_pa, k)[0]
    nm = centre_nm * shape * (1.0 + k["thickness_noise"] * rng.standard_normal(len(shape)))
    return {"x_mm": grid_x.tolist(), "y_mm": grid_y.tolist(), "thickness_nm": [round(v, 3) for v in nm.tolist()]}
