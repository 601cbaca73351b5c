"""What goes wrong with a run, as typed reasons with seeded probabilities. A failed sample is told, never dropped."""

import math

import numpy as np

from .arithmetic import sigmoid
from .cell import Cell
from .conditions import Conditions
from .constants import Values

LASER, PRESSURE, HEATER = "laser_fault", "pressure_fault", "heater_fault"
NO_FILM, DELAMINATION, PINHOLE = "no_film", "delamination", "pinhole_short"
ASSEMBLY, EIS = "cell_assembly", "eis_unusable"
REASONS = (LASER, PRESSURE, HEATER, NO_FILM, DELAMINATION, PINHOLE, ASSEMBLY, EIS)
THINNEST_NM = 1.0  # about one lattice constant: below it there is no film to speak of


def process_failure(rng: np.random.Generator, k: Values) -> str:
    """The reason why the deposition itself fails, or ""."""
    chances = ((LASER, k["fail_laser"]), (PRESSURE, k["fail_pressure"]), (HEATER, k["fail_heater"]))
    return _first(chances, rng)


def sample_failure(cell: Cell, conditions: Conditions, rng: np.random.Generator, k: Values) -> str:
    """The reason why a film that was made gives no usable measurement, or ""."""
    chances = (
        (NO_FILM, float(cell.film_thickness_nm < THINNEST_NM)),
        (DELAMINATION, delamination_chance(conditions, k)),
        (PINHOLE, pinhole_chance(cell, k)),
        (ASSEMBLY, k["fail_assembly"]),
        (EIS, k["fail_eis"]),
    )
    return _first(chances, rng)


def delamination_chance(conditions: Conditions, k: Values) -> float:
    """Probability of cracks or delamination: more for thick and for hot films."""
    thick = sigmoid((conditions.thickness_nm / k["fail_delamination_thick_nm"] - 1.0) / 0.1)
    hottest_c = max(conditions.substrate_c, conditions.anneal_c if conditions.anneal_s > 0.0 else 0.0)
    hot = sigmoid((hottest_c - k["fail_delamination_hot_c"]) / 10.0)
    return min(1.0, k["fail_delamination"] * (1.0 + k["fail_delamination_more"] * (thick + hot)))


def pinhole_chance(cell: Cell, k: Values) -> float:
    """Probability that a droplet shorts the film: 1 - exp(-droplets A p), more through a thin film."""
    thin = 1.0 + k["fail_pinhole_thin_nm"] / max(cell.film_thickness_nm, 1.0)
    return 1.0 - math.exp(-cell.droplets_per_cm2 * cell.area_cm2 * k["fail_pinhole_per_droplet"] * thin)


def _first(chances: tuple[tuple[str, float], ...], rng: np.random.Generator) -> str:
    draws = rng.random(len(chances))
    for (reason, chance), draw in zip(chances, draws, strict=True):
        if draw < chance:
            return reason
    return ""
