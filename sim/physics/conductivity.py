"""Conductivity of a film from its phases."""

import math

from .arithmetic import arrhenius
from .conditions import ROOM_K
from .constants import KELVIN, Values
from .film import Film


def cubic_log_sigma(lithium: float, film: Film, k: Values) -> float:
    """lg of the bulk conductivity of cubic garnet at 25 °C, S/cm: the OBELiX Ta series plus dopant offsets."""
    log_sigma = k["sigma_cubic_log"] + k["sigma_cubic_curvature"] * (lithium - k["sigma_cubic_li"]) ** 2
    for element, full in (("Al", k["dopant_al"]), ("Ga", k["dopant_ga"]), ("Nb", k["dopant_ta_nb"])):
        amount = film.cations.get(element, 0.0)
        log_sigma += k[f"sigma_offset_{element.lower()}"] * min(1.0, amount / full)
    return log_sigma


def film_conductivity_s_cm(film: Film, temperature_c: float, k: Values) -> float:
    """Total conductivity across the film, S/cm.

    Logarithmic mixing of the phases (a film's phases lie neither all in series nor all in parallel), each with its own
    activation energy; cubic grains carry their boundaries: share 0.7 of a coarse ceramic, g/(g + 21 nm) of that.
    """
    taken_up = min(film.lithium, film.lithium_neutral + k["excess_margin_li"])
    boundary = k["boundary_share"] * film.grain_nm / (film.grain_nm + k["boundary_nm"])
    phases = (
        ("cubic", cubic_log_sigma(taken_up, film, k) + math.log10(boundary), k["ea_cubic_ev"]),
        ("tetragonal", k["sigma_tetragonal_log"], k["ea_tetragonal_ev"]),
        ("pyrochlore", k["sigma_pyrochlore_log"], k["ea_blocking_ev"]),
        ("amorphous", k["sigma_amorphous_log"], k["ea_amorphous_ev"]),
        ("excess", k["sigma_excess_log"], k["ea_blocking_ev"]),
        ("secondary", k["sigma_secondary_log"], k["ea_blocking_ev"]),
    )
    log_sigma = 0.0
    for name, at_room, ea_ev in phases:
        log_sigma += film.shares[name] * (at_room + math.log10(arrhenius(ea_ev, temperature_c + KELVIN, ROOM_K)))
    return float(10.0**log_sigma * film.density ** k["sigma_density_power"])
