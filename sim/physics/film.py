"""The film: lithium, crystallised share, phases, grain, density, droplets, roughness. Its conductivity is next door."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from adatom.protocol.recipe import NEGATIVE_CHARGE, VALENCE

from .arithmetic import arrhenius, sigmoid
from .conditions import B_SITE, Conditions
from .constants import KELVIN, Values
from .lithium import annealed_lithium, as_grown_lithium
from .plume import arriving_energy_ev, plume_length_mm


@dataclass(frozen=True)
class Film:
    """One film. Shares are fractions of its volume and add up to one; lithium is per formula unit (12 O)."""

    thickness_nm: float
    cations: Mapping[str, float]  # without lithium, per formula unit
    lithium: float  # in the finished film
    lithium_neutral: float  # what charge neutrality asks for
    lithium_excess_grown: float  # beyond what the garnet takes up, before the anneal
    crystallised: float
    shares: Mapping[str, float]  # cubic, tetragonal, pyrochlore, amorphous, excess, secondary
    grain_nm: float
    density: float
    droplets_per_cm2: float
    roughness_nm: float


def grow_film(conditions: Conditions, k: Values) -> Film:
    """The film that the conditions make, surface anneal included (it crystallises and loses lithium too)."""
    cations = {element: n for element, n in conditions.atoms_arriving.items() if element != "Li"}
    neutral = neutral_lithium(cations)
    length = plume_length_mm(conditions.fluence_j_cm2, conditions.o2_pa, conditions.spot_area_cm2, k)
    grown = as_grown_lithium(conditions, length, k)
    lithium = annealed_lithium(grown, neutral, conditions, k)
    crystallised = crystallised_share(conditions, k)
    grain = grain_nm(conditions.substrate_c, conditions.rate_nm_s, k)
    return Film(
        thickness_nm=conditions.thickness_nm,
        cations=cations,
        lithium=lithium,
        lithium_neutral=neutral,
        lithium_excess_grown=excess_lithium(grown, neutral, k),
        crystallised=crystallised,
        shares=phase_shares(cations, lithium, crystallised, k),
        grain_nm=grain,
        density=relative_density(arriving_energy_ev(conditions.distance_mm, length, k), k),
        droplets_per_cm2=droplets_per_cm2(conditions.fluence_j_cm2, k),
        roughness_nm=k["roughness_floor_nm"] + k["roughness_per_grain"] * grain,
    )


def neutral_lithium(cations: Mapping[str, float]) -> float:
    """Lithium per 12 O that makes the cations charge neutral; at least 0.5, where no garnet is left to speak of."""
    charge = sum(VALENCE[element] * amount for element, amount in cations.items())
    return max(0.5, NEGATIVE_CHARGE - charge)


def excess_lithium(lithium: float, neutral: float, k: Values) -> float:
    """Lithium per formula unit that no garnet takes up: it becomes Li2O and then carbonate."""
    return max(0.0, lithium - neutral - k["excess_margin_li"])


def crystallised_share(conditions: Conditions, k: Values) -> float:
    """JMAK: 1 - exp(-(sum k t)^n) over deposition and anneal; the two are isokinetic, so their k t add up."""
    progress = 0.0
    for celsius, seconds in (
        (conditions.substrate_c, conditions.deposition_s),
        (conditions.anneal_c, conditions.anneal_s),
    ):
        rate = k["crystal_rate_per_s"] * arrhenius(k["crystal_ea_ev"], celsius + KELVIN, k["crystal_ref_k"])
        progress += rate * seconds
    return 1.0 - math.exp(-min(progress ** k["crystal_avrami"], 700.0))


def phase_shares(cations: Mapping[str, float], lithium: float, crystallised: float, k: Values) -> dict[str, float]:
    """Volume shares: excess Li2O and secondary phases first, the rest amorphous or one of three crystalline phases.

    Pyrochlore where lithium is far below neutral, tetragonal where lithium is high and no dopant makes it cubic.
    """
    neutral = neutral_lithium(cations)
    excess = 1.0 - math.exp(-excess_lithium(lithium, neutral, k) / k["excess_phase_li"])
    secondary = secondary_share(cations, k)
    garnet = (1.0 - excess) * (1.0 - secondary)
    crystal = garnet * crystallised
    pyrochlore = sigmoid((k["pyrochlore_fill"] - lithium / neutral) / k["pyrochlore_width"])
    ordered = sigmoid((lithium - k["tetragonal_li"]) / k["tetragonal_width"]) * (1.0 - dopant_share(cations, k))
    return {
        "cubic": crystal * (1.0 - pyrochlore) * (1.0 - ordered),
        "tetragonal": crystal * (1.0 - pyrochlore) * ordered,
        "pyrochlore": crystal * pyrochlore,
        "amorphous": garnet - crystal,
        "excess": excess,
        "secondary": (1.0 - excess) * secondary,
    }


def dopant_share(cations: Mapping[str, float], k: Values) -> float:
    """How surely the dopants make the garnet cubic, 0 to 1."""
    amount = cations.get("Al", 0.0) / k["dopant_al"] + cations.get("Ga", 0.0) / k["dopant_ga"]
    amount += (cations.get("Ta", 0.0) + cations.get("Nb", 0.0)) / k["dopant_ta_nb"]
    return sigmoid((amount - 1.0) / k["dopant_width"])


def secondary_share(cations: Mapping[str, float], k: Values) -> float:
    """Share of secondary phases when La : (Zr + Ta + Nb) is not 3 : 2."""
    a_site, b_site = cations.get("La", 0.0), sum(cations.get(element, 0.0) for element in B_SITE)
    if a_site <= 0.0 or b_site <= 0.0:
        return 1.0
    # logarithms one by one: the ratio of the smallest floats underflows to 0
    return 1.0 - math.exp(-k["secondary_gain"] * abs(math.log(a_site) - math.log(b_site) - math.log(1.5)))


def grain_nm(surface_c: float, rate_nm_s: float, k: Values) -> float:
    """Grain size, nm: thermally activated, smaller when grown faster; 5 to 300 nm."""
    activated = k["grain_nm"] * arrhenius(k["grain_ea_ev"], surface_c + KELVIN, k["grain_ref_k"])
    return min(300.0, max(5.0, activated / math.sqrt(max(rate_nm_s, 1e-6) / k["grain_rate_nm_s"])))


def relative_density(energy_ev: float, k: Values) -> float:
    """Density over the crystal's: energetic atoms densify, until they damage the film."""
    dense = k["density_floor"] + k["density_gain"] * (1.0 - math.exp(-energy_ev / k["density_energy_ev"]))
    return dense - 0.5 * k["density_gain"] * max(0.0, energy_ev / k["damage_energy_ev"] - 1.0)


def droplets_per_cm2(fluence: float, k: Values) -> float:
    """Droplets that the target spat onto the film, per cm2."""
    return k["droplets_per_cm2"] * math.exp((fluence - k["droplet_fluence_j_cm2"]) / k["droplet_scale_j_cm2"])
