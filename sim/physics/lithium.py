"""The lithium balance: what of the arriving lithium stays in the film. Signs are measured, sizes are knobs."""

import math

from .arithmetic import arrhenius, sigmoid
from .conditions import Conditions
from .constants import KELVIN, Values


def scatter_share(o2_pa: float, distance_mm: float, length_mm: float, o2_share: float, k: Values) -> float:
    """Lithium that gas scattering leaves: falls with the gas column, returns behind the plume's end (Gonzalo 1997).

    The loss grows by (1 + 0.3 (1 - x_O2)) where less oxygen binds it (Brummel 2024).
    """
    column = 1.0 - math.exp(-o2_pa * distance_mm / k["scatter_pd_pa_mm"])
    behind = sigmoid((distance_mm - length_mm) / k["stop_width_mm"])
    binding = 1.0 + k["o2_binding"] * (1.0 - o2_share)
    return 1.0 - k["scatter_loss"] * column * (1.0 - k["scatter_recovery"] * behind) * binding


def sputter_share(o2_pa: float, distance_mm: float, fluence: float, k: Values) -> float:
    """Lithium that self-sputtering leaves: lost at low gas column and high fluence (Schou 2009)."""
    hard = max(0.0, fluence - k["sputter_fluence_j_cm2"]) / fluence
    return 1.0 - k["sputter_loss"] * math.exp(-o2_pa * distance_mm / k["sputter_pd_pa_mm"]) * hard


def evaporation_gain(fluence: float, k: Values) -> float:
    """Lithium-rich evaporation instead of ablation near the threshold: 1 at high fluence, more below."""
    above = max(0.0, fluence - k["evaporation_threshold_j_cm2"])
    return 1.0 + k["evaporation_gain"] * math.exp(-above / k["evaporation_width_j_cm2"])


def kept_share(rate_nm_s: float, surface_c: float, k: Values) -> float:
    """Lithium that does not volatilise: J_dep/(J_dep + J_ev), J_dep the lithium that growth buries per second.

    `rate_nm_s` is averaged over the carousel's moves: lithium evaporates during them too.
    """
    buried = rate_nm_s * k["li_per_nm_cm2"]
    lost = k["volatile_j0_cm2_s"] * arrhenius(k["volatile_ea_ev"], surface_c + KELVIN, k["volatile_ref_k"])
    return buried / (buried + lost) if buried > 0.0 else 0.0


def as_grown_lithium(conditions: Conditions, length_mm: float, k: Values) -> float:
    """Lithium per formula unit in the film as grown: arriving times the four shares."""
    c = conditions
    return (
        c.atoms_arriving.get("Li", 0.0)
        * scatter_share(c.o2_pa, c.distance_mm, length_mm, c.o2_share, k)
        * sputter_share(c.o2_pa, c.distance_mm, c.fluence_j_cm2, k)
        * evaporation_gain(c.fluence_j_cm2, k)
        * kept_share(c.rate_nm_s, c.substrate_c, k)
    )


def annealed_lithium(lithium: float, neutral: float, conditions: Conditions, k: Values) -> float:
    """Lithium per formula unit after the anneal: lost in vacuum or O2, taken up to neutrality in lithium vapour."""
    seconds, kelvin = conditions.anneal_s, conditions.anneal_c + KELVIN
    if seconds <= 0.0:
        return lithium
    if conditions.anneal_atmosphere == "li":
        rate = k["anneal_uptake_per_s"] * arrhenius(k["anneal_loss_ea_ev"], kelvin, k["anneal_uptake_ref_k"])
        return lithium + max(0.0, neutral - lithium) * (1.0 - math.exp(-rate * seconds))
    rate = k["anneal_loss_per_s"] * arrhenius(k["anneal_loss_ea_ev"], kelvin, k["anneal_loss_ref_k"])
    if conditions.anneal_atmosphere == "o2":
        rate *= k["anneal_loss_o2_share"]
    return lithium * math.exp(-rate * seconds)
