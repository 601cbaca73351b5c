"""How hard the search is: random recipes over the demo space in the two variants (physics.md, section 7)."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from adatom.protocol.envelope import check, load_envelope
from adatom.protocol.recipe import Recipe, recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE, truth
from adatom.sim.world import World, space_limits

ENVELOPE = load_envelope((Path(__file__).parents[2] / "sim" / "demo" / "envelope.json").read_text(encoding="utf-8"))
RECIPES = 600
SPACE: dict[str, tuple[float, float]] = {
    "li_excess": (0.0, 1.2),
    "interlayer_nm": (0.0, 30.0),
    "fluence_j_cm2": (0.6, 4.0),
    "rep_rate_hz": (1.0, 20.0),
    "substrate_c": (400.0, 720.0),
    "o2_pa": (1.0, 50.0),
    "distance_mm": (40.0, 75.0),
    "anneal_c": (20.0, 600.0),
    "anneal_min": (0.0, 120.0),
    "air_exposure_min": (1.0, 1440.0),
}


def random_recipe(rng: np.random.Generator, variant: str) -> Recipe:
    """One recipe, uniform over the space; the air exposure logarithmically."""
    limits: dict[str, Any] = {**SPACE, "interlayer": ("none", "Al2O3", "ZnO"), **space_limits(variant)}
    fields: dict[str, Any] = {name: float(rng.uniform(*limits[name])) for name in SPACE}
    fields["air_exposure_min"] = math.exp(rng.uniform(*np.log(limits["air_exposure_min"])))
    fields["interlayer"] = str(rng.choice(limits["interlayer"]))
    fields["pulses"] = int(rng.integers(500, 8001))
    ta = rng.uniform(0.0, 1.0)
    fields["cations"] = {"La": 3.0, "Zr": 2.0 - ta, "Ta": ta, "Al": rng.uniform(0.0, 0.4), "Ga": rng.uniform(0.0, 0.4)}
    made: Recipe = recipe_from_dict({**REFERENCE_RECIPE, **fields})
    return made


def landscape(variant: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """True r_interface of the recipes that the envelope allows, ohm cm2, over eight worlds."""
    rng = np.random.default_rng(5)
    recipes = [random_recipe(rng, variant) for _ in range(RECIPES)]
    allowed = [recipe for recipe in recipes if not check(recipe, ENVELOPE)]
    worlds = [World(seed, variant) for seed in range(8)]
    return np.array([truth(recipe, ENVELOPE, worlds[n % 8])["r_interface_ohm_cm2"] for n, recipe in enumerate(allowed)])


def best_of(values: np.ndarray[Any, np.dtype[np.float64]], trials: int) -> float:
    """Median best of so many random trials."""
    rng = np.random.default_rng(1)
    return float(np.median([rng.choice(values, trials).min() for _ in range(500)]))


@pytest.mark.parametrize(
    ("variant", "share_15", "best_30", "best_100"),
    [("standard", (0.02, 0.10), (2.5, 12.0), (1.5, 4.0)), ("hard", (0.0, 0.02), (30.0, 250.0), (8.0, 150.0))],
)
def test_difficulty(
    variant: str, share_15: tuple[float, float], best_30: tuple[float, float], best_100: tuple[float, float]
) -> None:
    values = landscape(variant)
    report = f"{variant}: P(<15) {(values < 15.0).mean():.4f}, best of 10/30/100 " + "/".join(
        f"{best_of(values, n):.1f}" for n in (10, 30, 100)
    )
    assert len(values) > 0.7 * RECIPES
    assert share_15[0] <= (values < 15.0).mean() <= share_15[1], report
    assert best_30[0] < best_of(values, 30) < best_30[1], report
    assert best_100[0] < best_of(values, 100) < best_100[1], report
    assert values.min() > 1.0
