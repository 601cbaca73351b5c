"""The symmetric cell Li | film | pellet | film | Li: contact, resistances, and the numbers a spectrum is made of."""

import math
from dataclasses import dataclass

from .arithmetic import arrhenius
from .conditions import ROOM_K, Conditions
from .conductivity import film_conductivity_s_cm
from .constants import KELVIN, Values
from .film import Film
from .surface import Surface, adhesion_j_m2


@dataclass(frozen=True)
class Cell:
    """A cell as assembled. Resistances in ohm cm2 are per side; the pellet is bulk and grain boundary together."""

    area_cm2: float
    r_film_ohm_cm2: float
    r_int_ohm_cm2: float
    r_pellet_ohm_cm2: float
    film_f_cm2: float
    interface_f_cm2: float
    film_thickness_nm: float
    film_sigma_s_cm: float
    toughness_mpa_m: float
    droplets_per_cm2: float
    pressure_mpa: float
    temperature_c: float


def assemble(
    film: Film,
    surface: Surface,
    conditions: Conditions,
    k: Values,
    sigma_factor: float = 1.0,
    contact_factor: float = 1.0,
) -> Cell:
    """The cell from a film and its surface; the two factors are the run's own scatter."""
    celsius = conditions.cell_temperature_c
    sigma = film_conductivity_s_cm(film, celsius, k) * sigma_factor
    pellet_sigma = k["pellet_sigma_s_cm"] * arrhenius(k["ea_cubic_ev"], celsius + KELVIN, ROOM_K)
    thickness_cm = max(film.thickness_nm, 0.1) * 1e-7
    return Cell(
        area_cm2=k["cell_area_cm2"],
        r_film_ohm_cm2=thickness_cm / sigma,
        r_int_ohm_cm2=contact_factor * interface_ohm_cm2(film, surface, conditions, k),
        r_pellet_ohm_cm2=k["pellet_thickness_cm"] / pellet_sigma,
        film_f_cm2=k["permittivity"] * k["vacuum_permittivity_f_cm"] / thickness_cm,
        interface_f_cm2=k["interface_f_cm2"],
        film_thickness_nm=film.thickness_nm,
        film_sigma_s_cm=sigma,
        toughness_mpa_m=toughness_mpa_m(film.density, k),
        droplets_per_cm2=film.droplets_per_cm2,
        pressure_mpa=conditions.stack_pressure_mpa,
        temperature_c=celsius,
    )


def true_r_interface_ohm_cm2(cell: Cell) -> float:
    """R_film + R_int per side, ohm cm2: the quantity that campaigns minimise."""
    return cell.r_film_ohm_cm2 + cell.r_int_ohm_cm2


def interface_ohm_cm2(film: Film, surface: Surface, conditions: Conditions, k: Values) -> float:
    """R_int = R_ct/f_c + t_c/s_carbonate + t_il/s_il, ohm cm2."""
    kelvin = conditions.cell_temperature_c + KELVIN
    warm = arrhenius(k["charge_transfer_ea_ev"], kelvin, ROOM_K)
    contact = contact_share(surface, film.roughness_nm, conditions.stack_pressure_mpa, k)
    layers = surface.carbonate_nm * 1e-7 / k["sigma_carbonate_s_cm"]
    if surface.interlayer != "none":
        layers += surface.interlayer_nm * 1e-7 / k[f"interlayer_{surface.interlayer.lower()}_s_cm"]
    return (k["charge_transfer_ohm_cm2"] / contact + layers) / warm


def contact_share(surface: Surface, roughness_nm: float, pressure_mpa: float, k: Values) -> float:
    """Share of the area that lithium touches: (W/2g)^1.5 (1 - exp(-(P + P0)/P1)) / (1 + rms/60 nm), at most 1."""
    wet = (adhesion_j_m2(surface, k) / (2.0 * k["lithium_surface_j_m2"])) ** k["contact_power"]
    pressed = 1.0 - math.exp(-(pressure_mpa + k["contact_pressure_zero_mpa"]) / k["contact_pressure_mpa"])
    return float(min(1.0, wet) * pressed / (1.0 + roughness_nm / k["contact_roughness_nm"]))


def toughness_mpa_m(density: float, k: Values) -> float:
    """Fracture toughness, MPa m^0.5, by a straight line through 83 % and 98 % dense (Hu 2021)."""
    share = (density - 0.83) / (0.98 - 0.83)
    return max(0.2, k["toughness_low"] + share * (k["toughness_high"] - k["toughness_low"]))
