"""The heat after the air exposure, told as one plateau: what the lock-step twin gathers and the direct chain expects.

It knows nothing of actuators or films.
"""

from math import exp

from adatom.edge.config import Bench
from adatom.edge.plan import has_anneal
from adatom.protocol.recipe import Recipe

from .physics.chamber_constants import CHAMBER
from .physics.conditions import surface_c
from .physics.constants import BOLTZMANN_EV_K, KELVIN
from .physics.heat import Heater

ANNEAL_FROM_K = CHAMBER["anneal_from_c"] + KELVIN
STEP_K = 2.0  # of the ramp
STEP_S = 2.0  # of the cooling


class HeatDose:
    """Time at temperature, weighted with an Arrhenius factor (of carbonate removal)."""

    __slots__ = ("_ea_k", "_weight", "_weighted_k")

    def __init__(self, ea_ev: float) -> None:
        self._ea_k = ea_ev / BOLTZMANN_EV_K
        self._weight = self._weighted_k = 0.0

    def add(self, surface_k: float, seconds: float) -> None:
        """Time with the surface at a temperature; without effect at ANNEAL_FROM_K and below."""
        if surface_k > ANNEAL_FROM_K:
            weight = seconds * exp(-self._ea_k / surface_k)
            self._weight += weight
            self._weighted_k += weight * surface_k

    def plateau(self) -> tuple[float, float]:
        """(°C, s) of the plateau that removes as much carbonate as the temperature curve did; s is 0 without heat."""
        if self._weight <= 0.0:
            return 20.0, 0.0
        kelvin = self._weighted_k / self._weight
        return kelvin - KELVIN, self._weight / exp(-self._ea_k / kelvin)


def expected_plateau(
    recipe: Recipe, bench: Bench, offset_k: float, reference_c: float, ea_ev: float
) -> tuple[float, float]:
    """(°C, s) of HeatDose for the anneal that an edge makes of a recipe: ramp, soak, hold, free cooling.

    `offset_k` at `reference_c` is how far the surface stays below the thermocouple. Lags of loop and substrate are left
    out: they shorten the real plateau by some 10 s.
    """
    dose = HeatDose(ea_ev)
    if not has_anneal(recipe):
        return dose.plateau()
    process, top_c = bench.process, recipe.anneal_c
    steps = max(1, round((top_c - bench.plant.wall_c) / STEP_K))
    ramped_s = 60.0 * (top_c - bench.plant.wall_c) / process.ramp_c_min
    for step in range(steps):
        heater_c = top_c - (step + 0.5) / steps * (top_c - bench.plant.wall_c)
        dose.add(surface_c(heater_c, offset_k, reference_c) + KELVIN, ramped_s / steps)
    top_k = surface_c(top_c, offset_k, reference_c) + KELVIN
    dose.add(top_k, process.soak_s + 60.0 * recipe.anneal_min)
    heater = Heater(top_c)
    heater.mount(offset_k, reference_c)
    heater.substrate_k = top_k
    while heater.substrate_k > ANNEAL_FROM_K:
        dose.add(heater.step(0.0, process.cool_pa, STEP_S), STEP_S)
    return dose.plateau()
