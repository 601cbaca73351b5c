"""What identifying is good for: the heater loop with the bench file's defaults and with what a step test found.

`pytest tests/sim/test_identified_loop.py -n 0 -rP` prints the table of docs/explanation/control.md.
"""

from random import Random
from statistics import fmean, pstdev

import pytest
from adatom.edge.config import Plant, bench_from_dict
from adatom.edge.control import HeaterLoop, Ramp
from adatom.edge.identify import DONE
from adatom.edge.plant_fit import fit
from adatom.sim.physics.chamber_constants import CHAMBER
from adatom.sim.physics.constants import KELVIN
from adatom.sim.physics.heat import Heater

from tests.sim.step_tests import FIELDS, TICK_MS, Lockstep, quick_bench

GOAL_C, RAMP_C_MIN, CAP_W, GAS_PA = 650.0, 20.0, 220.0, 10.0
HOLD_S = 600
STEP_K = 20.0
# name -> (heat capacity as a share of the nominal, emissivity, lags as a share): plants that the defaults do not know
PLANTS = {
    "nominal": (1.0, 0.70, 1.0),
    "light, bright": (0.7, 0.50, 0.7),
    "heavy, dark": (1.4, 0.85, 1.5),
}
DEFAULTS = quick_bench().plant


def identified(capacity: float, emissivity: float, lag: float) -> Plant:
    """The plant that a step test finds."""
    rough = {
        "heat_capacity_j_k": 50.0 * capacity,
        "emissivity": emissivity,
    }  # a person's guess; the interlock trusts it
    bench = bench_from_dict(FIELDS | {"process": {"base_pa": 1.0}, "plant": rough})
    there = Lockstep(1, capacity, bench, gas_pa=GAS_PA)
    there.twin.heater.radiance *= emissivity / CHAMBER["block_emissivity"]
    there.twin.heater.lag = lag
    there.until(DONE)
    assert there.test.phase == DONE, there.test.why
    found = fit(there.test.course, bench.plant, GOAL_C)
    return bench_from_dict(FIELDS | {"plant": {name: e.value for name, e in found.plant.items()}}).plant


class Heated:
    """The twin's heater under a loop built for `plant`, true temperatures in °C."""

    def __init__(self, plant: Plant, capacity: float, emissivity: float, lag: float) -> None:
        self.heater = Heater(25.0, emissivity)
        self.heater.block_j_k *= capacity
        self.heater.lag = lag
        self.loop, self.noise = HeaterLoop(plant, CAP_W, TICK_MS), Random(1)
        self.ramp = Ramp(RAMP_C_MIN, 5.0, TICK_MS)
        self.loop.start(2500)
        self.ramp.start(2500, round(100 * GOAL_C))

    def tick(self, step_k: float = 0.0) -> float:
        """One tick, the target `step_k` above the ramp's; the temperature behind the thermocouple."""
        true_c = self.heater.thermocouple_k - KELVIN
        reading = round(100 * true_c + 100 * CHAMBER["thermocouple_noise_k"] * self.noise.gauss(0.0, 1.0))
        target = self.ramp.step(reading) + round(100 * step_k)
        self.heater.step(self.loop.step(reading, target, self.ramp.climb) / 100, GAS_PA, TICK_MS / 1000)
        return true_c


def performance(plant: Plant, kind: tuple[float, float, float]) -> tuple[float, float, float, float]:
    """Overshoot of the ramp in K, its lag in K, sd of the hold in K, and overshoot of a set-point step of 20 K."""
    there = Heated(plant, *kind)
    over = behind = 0.0
    while not there.ramp.done:
        behind = max(behind, there.ramp.target / 100 - there.tick())
    hold = [there.tick() - GOAL_C for _ in range(HOLD_S * 1000 // TICK_MS)]
    over = max(0.0, *hold)
    settled = hold[len(hold) // 2 :]
    assert abs(fmean(settled)) < 0.1
    step = [there.tick(STEP_K) - GOAL_C - STEP_K for _ in range(HOLD_S * 1000 // TICK_MS)]
    assert abs(fmean(step[len(step) // 2 :])) < 0.3
    return over, behind, pstdev(settled), max(0.0, *step)


@pytest.mark.parametrize("name", PLANTS)
def test_a_loop_from_an_identified_plant_overshoots_by_less_than_1_k(name: str) -> None:
    plant = identified(*PLANTS[name])
    default, found = performance(DEFAULTS, PLANTS[name]), performance(plant, PLANTS[name])
    for kind, (over, behind, sd, step) in (("defaults", default), ("identified", found)):
        shown = f"overshoot {over:5.2f} K  lag {behind:5.2f} K  hold sd {sd:.3f} K  step {step:5.2f} K"
        print(f"{name:<14} {kind:<11} {shown}")
    assert found[0] < 1.0
    assert found[2] < 0.1
    assert found[3] < 0.2 * STEP_K  # a bench never steps it: its set-points ramp
    assert found[0] <= default[0] + 0.2
