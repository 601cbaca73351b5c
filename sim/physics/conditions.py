"""What the substrate really saw: the one input of the physics chain.

The lock-step twin accumulates it over a run, the direct chain estimates it from the recipe; the chain cannot tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from adatom.protocol.errors import InputError

from .constants import KELVIN

FILM_ELEMENTS = ("Li", "La", "Zr", "Al", "Ga", "Ta", "Nb")
B_SITE = ("Zr", "Ta", "Nb")
INTERLAYERS = ("none", "Al2O3", "ZnO", "Ge", "Si", "Au")
ATMOSPHERES = ("vacuum", "o2", "li")
ROOM_K = 298.15


@dataclass(frozen=True)
class Conditions:
    """One sample's history in true values (never what a gauge showed).

    `atoms_arriving`: atoms per garnet formula unit (12 O) in what the pulses carried, before the plume and the surface
    lose lithium. `rate_nm_s` is thickness over `deposition_s`, the time from first to last pulse with carousel moves.
    Temperatures of the film are those of its surface; `anneal_c` likewise. Raises InputError for anything that the
    twin has no physics for.
    """

    atoms_arriving: Mapping[str, float]
    fluence_j_cm2: float
    rate_nm_s: float
    deposition_s: float
    substrate_c: float
    o2_pa: float
    distance_mm: float
    pulses: float
    anneal_c: float = 20.0
    anneal_s: float = 0.0
    anneal_atmosphere: str = "vacuum"
    air_exposure_min: float = 0.0
    interlayer: str = "none"
    interlayer_nm: float = 0.0
    stack_pressure_mpa: float = 3.0
    cell_temperature_c: float = 25.0
    spot_area_cm2: float = 0.05
    o2_share: float = 1.0

    def __post_init__(self) -> None:
        check_elements(self.atoms_arriving)
        if self.interlayer not in INTERLAYERS:
            raise InputError("interlayer", f"the twin has no physics for {self.interlayer!r}")
        if self.anneal_atmosphere not in ATMOSPHERES:
            raise InputError("anneal_atmosphere", f"the twin has no physics for {self.anneal_atmosphere!r}")

    @property
    def thickness_nm(self) -> float:
        """Film thickness at the substrate centre, nm."""
        return self.rate_nm_s * self.deposition_s


def check_elements(atoms: Mapping[str, float]) -> None:
    """Raise InputError when the twin has no physics for an element, or no garnet can form at all."""
    for element in sorted(atoms):
        if element not in FILM_ELEMENTS and atoms[element] > 0.0:
            raise InputError("cations", f"the twin has no physics for {element}; it knows {', '.join(FILM_ELEMENTS)}")
    if formula_units(atoms) <= 0.0:
        raise InputError("cations", "the twin makes garnet films: La, Zr, Ta or Nb is needed")


def formula_units(atoms: Mapping[str, float]) -> float:
    """Garnet formula units in an amount of atoms: (La + Zr + Ta + Nb)/5. Li, Al and Ga share the lithium sites."""
    return (atoms.get("La", 0.0) + sum(atoms.get(element, 0.0) for element in B_SITE)) / 5.0


def surface_c(thermocouple_c: float, offset_k: float, offset_ref_c: float) -> float:
    """True surface temperature, °C, under a thermocouple on the heater block.

    The substrate hangs on its contact to the block and loses heat by radiation, so the offset grows as T^4 - T_room^4;
    `offset_k` holds at `offset_ref_c`.
    """
    hot = (thermocouple_c + KELVIN) ** 4 - ROOM_K**4
    reference = (offset_ref_c + KELVIN) ** 4 - ROOM_K**4
    return thermocouple_c - offset_k * max(hot, 0.0) / reference
