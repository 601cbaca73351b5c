"""From the laser to what arrives: fluence, yield per pulse, stopping length, energy of the arriving atoms."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .arithmetic import sigmoid
from .conditions import formula_units
from .constants import Values


@dataclass(frozen=True)
class Arrival:
    """What the pulses of a film brought: atoms per formula unit (12 O), and the thickness at the centre in nm."""

    atoms: dict[str, float]
    thickness_nm: float


def fluence_j_cm2(energy_mj: float, transmission: float, spot_area_cm2: float, factor: float = 1.0) -> float:
    """Fluence on the target, J/cm2, of a pulse energy at the meter: F = E T / A, times the chamber's hidden factor."""
    return energy_mj / 1000.0 * transmission / spot_area_cm2 * factor


def window_transmission(pulses: float, k: Values) -> float:
    """Relative transmission of a window coated by so many pulses since it was cleaned: exp(-c n)."""
    return math.exp(-k["window_loss_per_pulse"] * pulses)


def rate_nm_per_pulse(fluence: float, spot_area_cm2: float, k: Values) -> float:
    """On-axis film per pulse, nm: slope ln(F/F_th) times the spot area; 0 below threshold (LaVO3 fit)."""
    if fluence <= k["rate_threshold_j_cm2"]:
        return 0.0
    spot = 100.0 * spot_area_cm2 / k["rate_spot_mm2"]
    return k["rate_slope_nm"] * math.log(fluence / k["rate_threshold_j_cm2"]) * spot


def stop_length_mm(energy_mj: float, pressure_pa: float, spot_area_cm2: float, k: Values) -> float:
    """Length at which the plume stops, mm (Dyer 1990).

    L = A ((g-1) E)^(1/3g) P^(-1/3g) V0^((g-1)/3g) with V0 = v0 tau A_spot, SI units inside.
    """
    gamma = k["stop_gamma"]
    volume = k["plume_speed_m_s"] * k["pulse_length_s"] * spot_area_cm2 * 1e-4
    energy = max((gamma - 1.0) * energy_mj / 1000.0, 1e-9)
    power = 1.0 / (3.0 * gamma)
    length_m: float = (
        k["stop_prefactor"] * energy**power * max(pressure_pa, 1e-3) ** -power * volume ** ((gamma - 1.0) * power)
    )
    return 1000.0 * length_m


def plume_length_mm(fluence: float, pressure_pa: float, spot_area_cm2: float, k: Values) -> float:
    """Stopping length for a fluence on a spot, mm: the pulse energy on the target is F A."""
    return stop_length_mm(1000.0 * fluence * spot_area_cm2, pressure_pa, spot_area_cm2, k)


def arriving_energy_ev(distance_mm: float, length_mm: float, k: Values) -> float:
    """Kinetic energy per atom at the substrate, eV: E0 exp(-2 d/L) + thermal floor."""
    return k["ion_energy_ev"] * math.exp(-2.0 * distance_mm / length_mm) + k["thermal_energy_ev"]


def sticking(distance_mm: float, length_mm: float, k: Values) -> float:
    """Share of the plume that stays: resputtered while it still flies (d < L), spread out behind its end (d > L)."""
    kept = 1.0 - k["resputter_loss"] * sigmoid((length_mm - distance_mm) / k["stop_width_mm"])
    return kept * math.exp(-max(0.0, distance_mm - length_mm) / k["thermalised_decay_mm"])


def yield_factor(fluence: float, distance_mm: float, pressure_pa: float, spot_area_cm2: float, k: Values) -> float:
    """Yield per pulse over that at the reference conditions of the envelope's targets (2 J/cm2, 55 mm, 10 Pa)."""
    reference = _yield(
        k["yield_fluence_ref_j_cm2"],
        k["yield_distance_ref_mm"],
        k["yield_pressure_ref_pa"],
        k["yield_spot_ref_cm2"],
        k,
    )
    return _yield(fluence, distance_mm, pressure_pa, spot_area_cm2, k) / reference


def arrival(
    pulses_by_slot: Mapping[int, float],
    targets: Sequence[Mapping[str, Any]],
    yields: Mapping[int, float],
    factor: float,
    k: Values,
) -> Arrival:
    """What pulses on the mounted targets brought.

    `targets` as in the envelope, `yields` the hidden true-over-stated yield per slot, `factor` from `yield_factor`.
    """
    total: dict[str, float] = {}
    for target in targets:
        units = pulses_by_slot.get(target["slot"], 0.0) * target["units_e12_cm2"] * yields[target["slot"]]
        for element, amount in target["cations"].items():
            total[element] = total.get(element, 0.0) + units * amount
    units_e12_cm2 = formula_units(total)
    if units_e12_cm2 <= 0.0:
        return Arrival(total, 0.0)
    atoms = {element: amount / units_e12_cm2 for element, amount in total.items() if amount > 0.0}
    return Arrival(atoms, units_e12_cm2 * factor * 1e12 / k["units_per_nm_cm2"])


def _yield(fluence: float, distance_mm: float, pressure_pa: float, spot_area_cm2: float, k: Values) -> float:
    length = plume_length_mm(fluence, pressure_pa, spot_area_cm2, k)
    return rate_nm_per_pulse(fluence, spot_area_cm2, k) * sticking(distance_mm, length, k) / distance_mm**2
