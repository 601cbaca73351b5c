"""The film's surface after air, anneal and interlayer: carbonate and what covers it."""

import math
from dataclasses import dataclass

from .arithmetic import arrhenius
from .conditions import Conditions
from .constants import KELVIN, Values
from .film import Film


@dataclass(frozen=True)
class Surface:
    """What stands between the film and the lithium."""

    carbonate_nm: float
    interlayer: str
    interlayer_nm: float


def make_surface(film: Film, conditions: Conditions, k: Values) -> Surface:
    """The surface that lithium meets: carbonate grows in air, the anneal removes it, an interlayer uses some up."""
    carbonate = carbonate_nm(conditions.air_exposure_min, film.lithium_excess_grown, k)
    carbonate *= carbonate_left(conditions, k)
    nm = 0.0 if conditions.interlayer == "none" else conditions.interlayer_nm
    carbonate *= 1.0 - k["interlayer_cleaning"] * interlayer_cover(nm, k)
    return Surface(carbonate + k["carbonate_residue_nm"], conditions.interlayer if nm > 0.0 else "none", nm)


def carbonate_nm(air_min: float, excess_lithium: float, k: Values) -> float:
    """Carbonate after air, nm: self-limiting CO2 part, slow H2O part, and what excess lithium turns into."""
    limited = k["carbonate_first_nm"] + k["carbonate_growth_nm"] * math.log1p(air_min / k["carbonate_time_min"])
    days = k["carbonate_water_days"] * (1.0 - math.exp(-air_min / 1440.0 / k["carbonate_water_days"]))
    from_excess = min(k["carbonate_per_excess_nm"] * excess_lithium, k["carbonate_excess_max_nm"])
    return limited + k["carbonate_water_nm_day"] * days + from_excess


def carbonate_left(conditions: Conditions, k: Values) -> float:
    """Share of the carbonate that the anneal leaves: exp(-rate t), the rate by atmosphere."""
    rate = k["carbonate_removal_per_h"] / 3600.0
    reference_k = k["carbonate_removal_ref_c"] + KELVIN
    rate *= arrhenius(k["carbonate_removal_ea_ev"], conditions.anneal_c + KELVIN, reference_k)
    rate *= {"vacuum": 1.0, "o2": k["carbonate_removal_o2"], "li": k["carbonate_removal_li"]}[
        conditions.anneal_atmosphere
    ]
    return math.exp(-min(rate * conditions.anneal_s, 700.0))


def interlayer_cover(nm: float, k: Values) -> float:
    """Share of the surface that an interlayer of this thickness closes."""
    return 1.0 - math.exp(-nm / k["interlayer_cover_nm"])


def carbonate_cover(nm: float, k: Values) -> float:
    """Share of the surface that carbonate of this thickness covers."""
    return 1.0 - math.exp(-nm / k["carbonate_cover_nm"])


def adhesion_j_m2(surface: Surface, k: Values) -> float:
    """Work of adhesion of lithium, J/m2: garnet and carbonate by coverage, then the interlayer over both."""
    carbonate = carbonate_cover(surface.carbonate_nm, k)
    bare = carbonate * k["adhesion_carbonate_j_m2"] + (1.0 - carbonate) * k["adhesion_llzo_j_m2"]
    closed = interlayer_cover(surface.interlayer_nm, k)
    return closed * k["adhesion_interlayer_j_m2"] + (1.0 - closed) * bare
