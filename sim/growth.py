"""The film as it grows, pulse by pulse: what each target brought, drift included, and how thick it is.

True values only. It knows nothing of actuators and of what came after the deposition.
"""

from collections.abc import Mapping
from typing import Any

from .physics.conditions import formula_units
from .physics.drift import Drift
from .physics.plume import fluence_j_cm2, yield_factor
from .world import RunVariation, World


class Growth:
    """`yields`: slot -> sum over its pulses of yield over the envelope's stated one, the target's own bias left out."""

    __slots__ = ("_distance_mm", "_drift", "_envelope", "_nm", "_variation", "_world", "thickness_nm",
                 "window_sum", "yields")  # fmt: skip

    def __init__(
        self,
        envelope: Mapping[str, Any],
        world: World,
        variation: RunVariation,
        drift: Drift | None,
        distance_mm: float,
    ) -> None:
        self._envelope = envelope
        self._world = world
        self._variation = variation
        self._drift = drift
        self._distance_mm = distance_mm
        k = world.values
        self._nm = {target["slot"]: _stated_nm(target, k["units_per_nm_cm2"]) for target in envelope["targets"]}
        self.yields: dict[int, float] = {}
        self.thickness_nm = 0.0
        self.window_sum = 0.0  # of the window's transmission over the pulses

    def pulse(self, slot: int, energy_mj: float, pressure_pa: float) -> None:
        """One pulse whose plume reached the substrate."""
        surface, window = 1.0, 1.0
        if self._drift is not None:
            surface, window = self._drift.pulse(slot), self._drift.window
        fluence = true_fluence_j_cm2(energy_mj * window, self._envelope, self._world, self._variation)
        spot_cm2 = self._envelope["optics"]["spot_area_cm2"]
        factor = yield_factor(fluence, self._distance_mm, pressure_pa, spot_cm2, self._world.values)
        brought = surface * factor * self._variation.yield_factor
        self.window_sum += window
        self.yields[slot] = self.yields.get(slot, 0.0) + brought
        self.thickness_nm += self._nm.get(slot, 0.0) * self._world.yields[slot] * brought


def _stated_nm(target: Mapping[str, Any], units_per_nm_cm2: float) -> float:
    """Film that one pulse on a target is stated to bring, nm: lithium, aluminium and gallium fill sites, not volume."""
    return float(formula_units(target["cations"]) * target["units_e12_cm2"] * 1e12 / units_per_nm_cm2)


def true_fluence_j_cm2(energy_mj: float, envelope: Mapping[str, Any], world: World, variation: RunVariation) -> float:
    """Fluence that a pulse energy at the meter really makes on the target in this world and run."""
    optics = envelope["optics"]
    factor = world.values["fluence_bias"] * variation.fluence_factor
    return fluence_j_cm2(energy_mj, optics["transmission"], optics["spot_area_cm2"], factor)
