"""The direct chain and the lock-step run of agent and twin give the same sample, within the twin's repeatability."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from adatom.edge.config import default_bench
from adatom.edge.control import counts
from adatom.edge.firing import DONE, Firing
from adatom.edge.plan import energy_target, film_bursts
from adatom.protocol import channels as ch
from adatom.protocol.recipe import Recipe, recipe_from_dict, replaced
from adatom.protocol.targets import pulse_shares
from adatom.sim.bench import TwinBench
from adatom.sim.direct import REFERENCE_RECIPE, deposition_seconds, estimated_conditions, run_direct
from adatom.sim.physics.conditions import Conditions
from adatom.sim.physics.failures import process_failure
from adatom.sim.world import World

from .runs import ENVELOPE, run

# short films: what differs between the chains does not depend on the number of pulses
REFERENCE: Recipe = replaced(recipe_from_dict(REFERENCE_RECIPE), pulses=1200, measurements=())
ONE_TARGET = replaced(REFERENCE, cations=(("La", 3.0), ("Zr", 2.0)), li_excess=0.0, pulses=600)
FIVE_TARGETS = (("Al", 0.2), ("Ga", 0.1), ("La", 3.0), ("Ta", 0.3), ("Zr", 1.7))
RECIPES: dict[str, Recipe] = {
    "reference": REFERENCE,
    "one target, far, aired, an anneal too cold to be one": replaced(
        ONE_TARGET, distance_mm=65.0, air_exposure_min=600.0, anneal_c=45.0, anneal_min=60.0
    ),
    "five targets, 5 Hz": replaced(REFERENCE, cations=FIVE_TARGETS, rep_rate_hz=5.0),
    "slow, 1 Hz": replaced(REFERENCE, rep_rate_hz=1.0, li_excess=0.8, pulses=500),
    "fast, hot, thick": replaced(REFERENCE, rep_rate_hz=20.0, fluence_j_cm2=3.0, substrate_c=640.0, pulses=2000),
    "odd rate, cold, thin gas": replaced(REFERENCE, rep_rate_hz=3.3, substrate_c=520.0, o2_pa=2.0, fluence_j_cm2=1.2),
    "annealed": replaced(REFERENCE, anneal_c=430.0, anneal_min=15.0),
    "annealed in oxygen, interlayer": replaced(
        REFERENCE, anneal_c=560.0, anneal_min=5.0, anneal_atmosphere="o2", interlayer="Al2O3", interlayer_nm=4.0
    ),
}
SEEDS = (5, 6, 17)
REPEATS = 20
TARGETS: dict[int, Recipe] = {
    1: ONE_TARGET,
    2: replaced(REFERENCE, cations=(("La", 3.0), ("Zr", 2.0))),
    3: REFERENCE,
    4: replaced(REFERENCE, cations=(("Al", 0.2), ("La", 3.0), ("Ta", 0.3), ("Zr", 1.7))),
    5: replaced(REFERENCE, cations=FIVE_TARGETS),
}


@dataclass(frozen=True)
class Pair:
    """One run by both chains: ln R of each, the conditions of each, and how ln R repeats from run to run."""

    stepped_ln: float
    direct_ln: float
    repeat_sd: float
    seen: Conditions
    estimated: Conditions

    @property
    def off_sd(self) -> float:
        return (self.stepped_ln - self.direct_ln) / self.repeat_sd


def sound_key(world: World) -> str:
    """The first run key for which the world has no fault of laser, gas or heater in store."""
    keys = (f"agree/{number:04d}/1" for number in range(100))
    return next(key for key in keys if not process_failure(world.rng(key, "process"), world.values))


def direct_ln(recipe: Recipe, world: World, key: str) -> float:
    return math.log(run_direct(recipe, ENVELOPE, world, key).truth["r_interface_ohm_cm2"])


def pair(recipe: Recipe, seed: int) -> Pair:
    world = World(seed)
    key = sound_key(world)
    ended = run(recipe, TwinBench(ENVELOPE, world, key))
    assert (ended.outcome, ended.reason) == ("complete", "")
    repeats = [direct_ln(recipe, world, f"repeat/{number:04d}/1") for number in range(REPEATS)]
    return Pair(
        stepped_ln=math.log(ended.twin.truth()["r_interface_ohm_cm2"]),
        direct_ln=direct_ln(recipe, world, key),
        repeat_sd=float(np.std(repeats, ddof=1)),
        seen=ended.twin.conditions(),
        estimated=estimated_conditions(recipe, ENVELOPE, world, world.variation(key)),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_chains_agree_on_every_recipe_and_on_the_mean(seed: int) -> None:
    pairs = {name: pair(recipe, seed) for name, recipe in RECIPES.items()}
    for name, both in pairs.items():
        assert both.repeat_sd > 0.05, name
        assert abs(both.off_sd) < 1.0, name
        check_conditions(both.seen, both.estimated)
    assert np.mean([abs(both.off_sd) for both in pairs.values()]) < 0.3


def check_conditions(seen: Conditions, estimated: Conditions) -> None:
    assert seen.pulses == estimated.pulses
    assert seen.deposition_s == pytest.approx(estimated.deposition_s, rel=0.02)
    assert seen.substrate_c == pytest.approx(estimated.substrate_c, abs=2.0)
    assert seen.fluence_j_cm2 == pytest.approx(estimated.fluence_j_cm2, rel=0.01)
    assert seen.thickness_nm == pytest.approx(estimated.thickness_nm, rel=0.01)
    assert seen.o2_pa == pytest.approx(estimated.o2_pa, rel=0.02)
    assert seen.anneal_c == pytest.approx(estimated.anneal_c, abs=2.0)
    assert seen.anneal_s == pytest.approx(estimated.anneal_s, rel=0.05)
    assert seen.air_exposure_min == estimated.air_exposure_min
    assert seen.interlayer_nm == pytest.approx(estimated.interlayer_nm, rel=0.01)


@pytest.mark.parametrize("rate_hz", [1.0, 3.3, 5.0, 10.0, 20.0])
@pytest.mark.parametrize("targets", TARGETS)
def test_deposition_takes_the_time_that_the_direct_chain_expects(targets: int, rate_hz: float) -> None:
    recipe = replaced(TARGETS[targets], rep_rate_hz=rate_hz, pulses=300)
    shares, _ = pulse_shares(recipe, ENVELOPE["targets"])
    assert len(shares) == targets
    assert fired_seconds(recipe) == pytest.approx(deposition_seconds(recipe, shares), rel=0.01)


def test_a_long_film_takes_the_time_expected_from_its_first_cycles() -> None:
    recipe = replaced(TARGETS[5], pulses=6000)
    shares, _ = pulse_shares(recipe, ENVELOPE["targets"])
    assert fired_seconds(recipe) == pytest.approx(deposition_seconds(recipe, shares), rel=0.01)


def fired_seconds(recipe: Recipe) -> float:
    """Seconds that the edge's firing takes for a film on the twin, heating and gas left out."""
    bench = default_bench("twin-1")
    twin = TwinBench(ENVELOPE, World(SEEDS[0]), "time/0000/1")
    twin.load(recipe)
    outputs = [0] * ch.OUT_COUNT
    firing = Firing(outputs, counts(bench.process.carousel_settle_s, 1000))
    firing.begin(
        film_bursts(recipe, ENVELOPE, default_bench("twin-1")),
        energy_target(recipe, ENVELOPE),
        counts(recipe.rep_rate_hz, 1000),
    )
    now_ms, readings, result = 0, twin.readings, None
    while result != DONE and now_ms < 10_000_000:
        now_ms += 1000 // bench.tick_hz
        readings[ch.SLOT] = outputs[ch.OUT_SLOT]
        result = firing.step(now_ms, readings)
        readings = twin.step(outputs, 1.0 / bench.tick_hz)
    assert result == DONE
    return twin.conditions().deposition_s
