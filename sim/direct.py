"""The direct chain: recipe in, measurements out, in milliseconds and without a chamber. For benchmarks and demos.

What the lock-step twin measures of the chamber is estimated here from the recipe's set-points.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adatom.edge.config import default_bench
from adatom.edge.control import counts
from adatom.edge.plan import bursts_over, firing_ms
from adatom.protocol.envelope import check
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe
from adatom.protocol.targets import pulse_shares

from .anneal import expected_plateau
from .physics.chain import Sample, failing_sample, make_sample, measure, truth_of
from .physics.conditions import Conditions, check_elements, surface_c
from .physics.failures import process_failure
from .physics.plume import arrival, yield_factor
from .world import MEAN_RUN, RunVariation, World

BENCH = default_bench("direct")  # the edge whose times are estimated

REFERENCE_RECIPE: dict[str, Any] = {
    "cations": [["La", 3.0], ["Ta", 0.5], ["Zr", 1.5]],
    "li_excess": 0.4,
    "interlayer": "none",
    "interlayer_nm": 0.0,
    "fluence_j_cm2": 2.0,
    "rep_rate_hz": 10.0,
    "substrate_c": 600.0,
    "o2_pa": 10.0,
    "distance_mm": 55.0,
    "pulses": 6000,
    "anneal_c": 20.0,
    "anneal_min": 0.0,
    "anneal_atmosphere": "vacuum",
    "air_exposure_min": 20.0,
    "measurements": ["eis"],
}


@dataclass(frozen=True)
class DirectResult:
    """`outcome` "complete" or "failed" with a typed `reason`; `truth` is for tests and benchmarks only."""

    outcome: str
    reason: str
    truth: dict[str, float]
    measurements: list[dict[str, Any]]


def run_direct(recipe: Recipe, envelope: dict[str, Any], world: World, run_key: str) -> DirectResult:
    """One run: a pure function of its arguments.

    Raises InputError when the envelope refuses the recipe or the twin has no physics for it.
    """
    reasons = check(recipe, envelope)
    if reasons:
        raise InputError("recipe", "; ".join(reasons))
    variation = world.variation(run_key)
    sample = sample_of(recipe, envelope, world, variation)
    true_values = truth_of(sample, world.values)
    reason = process_failure(world.rng(run_key, "process"), world.values)
    if reason:
        return DirectResult("failed", reason, true_values, [])
    sample = failing_sample(sample, world.rng(run_key, "sample"), world.values)
    measurements = [
        record
        for name in recipe.measurements
        for record in measure(sample, name, world.rng(run_key, name), world.values)
    ]
    return DirectResult("failed" if sample.failure else "complete", sample.failure, true_values, measurements)


def truth(recipe: Recipe, envelope: dict[str, Any], world: World) -> dict[str, float]:
    """True values of a recipe in a world, for a mean run and without noise (what benchmarks report of incumbents)."""
    return truth_of(sample_of(recipe, envelope, world, MEAN_RUN), world.values)


def estimated_conditions(recipe: Recipe, envelope: dict[str, Any], world: World, variation: RunVariation) -> Conditions:
    """What the substrate sees when the chamber does what the recipe says, the world's hidden biases included."""
    k = world.values
    check_elements(dict(recipe.cations))
    shares, _ = pulse_shares(recipe, envelope["targets"])
    fluence = recipe.fluence_j_cm2 * k["fluence_bias"] * variation.fluence_factor
    spot_cm2 = envelope["optics"]["spot_area_cm2"]
    factor = yield_factor(fluence, recipe.distance_mm, recipe.o2_pa, spot_cm2, k) * variation.yield_factor
    pulses = {slot: share * recipe.pulses for slot, share in shares}
    arriving = arrival(pulses, envelope["targets"], world.yields, factor, k)
    check_elements(arriving.atoms)  # no targets for it, no film and no time
    seconds = deposition_seconds(recipe, shares)
    offset_k, reference_c = k["surface_offset_k"] + variation.mount_offset_k, k["surface_offset_ref_c"]
    anneal_c, anneal_s = expected_plateau(
        recipe, BENCH, offset_k + variation.anneal_offset_k, reference_c, k["carbonate_removal_ea_ev"]
    )
    return Conditions(
        atoms_arriving=arriving.atoms,
        fluence_j_cm2=fluence,
        rate_nm_s=arriving.thickness_nm / seconds,
        deposition_s=seconds,
        substrate_c=surface_c(recipe.substrate_c, offset_k, reference_c),
        o2_pa=recipe.o2_pa,
        distance_mm=recipe.distance_mm,
        pulses=recipe.pulses,
        anneal_c=anneal_c,
        anneal_s=anneal_s,
        anneal_atmosphere=recipe.anneal_atmosphere,
        air_exposure_min=recipe.air_exposure_min * variation.air_factor,
        interlayer=recipe.interlayer,
        interlayer_nm=recipe.interlayer_nm * k["interlayer_bias"],
        cell_temperature_c=25.0 + variation.cell_offset_k,
        spot_area_cm2=spot_cm2,
    )


def deposition_seconds(recipe: Recipe, shares: tuple[tuple[int, float], ...]) -> float:
    """Time from first to last pulse of the film, s: firing and carousel moves, as the edge's own plan expects them."""
    return _deposition_seconds(shares, recipe.pulses, counts(recipe.rep_rate_hz, 1000))


@lru_cache(maxsize=4096)
def _deposition_seconds(shares: tuple[tuple[int, float], ...], pulses: int, rate_mhz: int) -> float:
    settle_ms = counts(BENCH.process.carousel_settle_s, 1000)
    return firing_ms(bursts_over(shares, pulses), rate_mhz, settle_ms, 1000 // BENCH.tick_hz) / 1000.0


def sample_of(recipe: Recipe, envelope: dict[str, Any], world: World, variation: RunVariation) -> Sample:
    """The sample that a recipe gives in a run of a world."""
    conditions = estimated_conditions(recipe, envelope, world, variation)
    return make_sample(conditions, world.values, variation.sigma_factor, variation.contact_factor)
