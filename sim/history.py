"""What one substrate went through, gathered pulse by pulse and tick by tick, and told as Conditions.

True values only: what the gauges showed stays with the agent. It knows nothing of actuators.
"""

from typing import Any

from adatom.protocol.errors import FailedError
from adatom.protocol.recipe import Recipe
from adatom.protocol.targets import interlayer_target

from .anneal import HeatDose
from .growth import Growth, true_fluence_j_cm2
from .physics.conditions import Conditions
from .physics.constants import KELVIN
from .physics.plume import Arrival, arrival, yield_factor
from .world import RunVariation, World

ROOM_C = 25.0


class History:
    """Sums over the film's pulses, the interlayer's pulses, and the heat after the air exposure."""

    __slots__ = ("_energy_mj", "_first_s", "_kelvin", "_pressure_pa", "_until_s", "air_min", "exposed",
                 "film_pulses", "heat", "later_pulses")  # fmt: skip

    def __init__(self, removal_ev: float) -> None:
        self.film_pulses: dict[int, int] = {}  # by target slot
        self.later_pulses: dict[int, int] = {}  # after the air exposure: the interlayer
        self.exposed = False
        self.air_min = 0.0
        self._energy_mj = self._kelvin = self._pressure_pa = 0.0
        self._first_s = self._until_s = -1.0
        self.heat = HeatDose(removal_ev)  # after the exposure

    def pulse(self, slot: int, at_s: float, until_s: float, energy_mj: float, surface_k: float, pa: float) -> None:
        """One pulse whose plume reached the substrate; `until_s` is when the next one of the train is due."""
        if self.exposed:
            self.later_pulses[slot] = self.later_pulses.get(slot, 0) + 1
            return
        if self._first_s < 0.0:
            self._first_s = at_s
        self._until_s = until_s
        self.film_pulses[slot] = self.film_pulses.get(slot, 0) + 1
        self._energy_mj += energy_mj
        self._kelvin += surface_k
        self._pressure_pa += pa

    def expose(self, minutes: float) -> None:
        """The film met air."""
        self.exposed = True
        self.air_min += minutes

    @property
    def pulses(self) -> int:
        return sum(self.film_pulses.values())

    def conditions(
        self, recipe: Recipe, envelope: dict[str, Any], world: World, variation: RunVariation, growth: Growth
    ) -> Conditions:
        """The input of the physics chain. Raises FailedError when no pulse has reached the substrate.

        Without drift what arrived follows from mean energy and pressure, with drift from the `growth` of each pulse.
        """
        count = self.pulses
        if not count:
            raise FailedError("no film: not one pulse has reached the substrate")
        energy_mj = self._energy_mj / count * (growth.window_sum / count if world.drift else 1.0)
        fluence = true_fluence_j_cm2(energy_mj, envelope, world, variation)
        pressure = self._pressure_pa / count
        seconds = self._until_s - self._first_s
        if world.drift:
            arriving = arrival(growth.yields, envelope["targets"], world.yields, 1.0, world.values)
        else:
            arriving = self._arrival(fluence, pressure, recipe.distance_mm, envelope, world, variation)
        anneal_c, anneal_s = self.heat.plateau()
        return Conditions(
            atoms_arriving=arriving.atoms,
            fluence_j_cm2=fluence,
            rate_nm_s=arriving.thickness_nm / seconds,
            deposition_s=seconds,
            substrate_c=self._kelvin / count - KELVIN,
            o2_pa=pressure,
            distance_mm=recipe.distance_mm,
            pulses=count,
            anneal_c=anneal_c,
            anneal_s=anneal_s,
            anneal_atmosphere=recipe.anneal_atmosphere,
            air_exposure_min=self.air_min,
            interlayer=recipe.interlayer,
            interlayer_nm=self.interlayer_nm(recipe, envelope) * world.values["interlayer_bias"],
            cell_temperature_c=ROOM_C + variation.cell_offset_k,
            spot_area_cm2=envelope["optics"]["spot_area_cm2"],
        )

    def interlayer_nm(self, recipe: Recipe, envelope: dict[str, Any]) -> float:
        """Nominal interlayer thickness: pulses on its target after the exposure, times the envelope's nm a pulse."""
        target = interlayer_target(recipe, envelope["targets"])
        return 0.0 if target is None else float(self.later_pulses.get(target["slot"], 0) * target["nm_per_pulse"])

    def _arrival(
        self,
        fluence: float,
        pressure_pa: float,
        distance_mm: float,
        envelope: dict[str, Any],
        world: World,
        variation: RunVariation,
    ) -> Arrival:
        spot_cm2 = envelope["optics"]["spot_area_cm2"]
        factor = yield_factor(fluence, distance_mm, pressure_pa, spot_cm2, world.values) * variation.yield_factor
        return arrival(self.film_pulses, envelope["targets"], world.yields, factor, world.values)
