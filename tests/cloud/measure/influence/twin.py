"""Samples of the twin at random recipes, and how much each factor truly matters in its world. Not a test."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.campaign.file import Campaign, load_campaign
from adatom.cloud.measure.influence.study import Study, constant_sums, study_of
from adatom.cloud.measure.reduce import reduce
from adatom.cloud.web.values import flat_recipe
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import run_direct, truth
from adatom.sim.world import World

DEMO = Path(__file__).parents[4] / "sim" / "demo" / "campaign.toml"
PRIMARY = "r_interface_ohm_cm2"


def measured(seed: int, trials: int) -> tuple[list[dict[str, Any]], list[tuple[float, float] | None]]:
    """Random recipes of the demo's space made in a world, and (value, sd) of each, None where the run failed."""
    campaign, world = load_campaign(DEMO), World(seed)
    recipes = random_recipes(campaign, trials, seed)
    return recipes, [_value(campaign, world, recipe, f"influence/{k}") for k, recipe in enumerate(recipes)]


def random_recipes(campaign: Campaign, count: int, seed: int) -> list[dict[str, Any]]:
    space = campaign.space
    return [{**p, "measurements": ["eis"]} for p in space.points(space.random(count, np.random.default_rng(seed)))]


def _value(campaign: Campaign, world: World, recipe: dict[str, Any], key: str) -> tuple[float, float] | None:
    result = run_direct(recipe_from_dict(recipe), campaign.envelopes[0], world, key)
    for record in result.measurements if result.outcome == "complete" else []:
        for quantity in reduce(record):
            if quantity.name == PRIMARY and quantity.value is not None:
                return quantity.value, (quantity.sd_log or 0.0) * quantity.value
    return None


def study(recipes: Sequence[dict[str, Any]], values: Sequence[tuple[float, float] | None]) -> Study:
    kept = [(flat_recipe(recipe), value) for recipe, value in zip(recipes, values, strict=True) if value is not None]
    names = dict.fromkeys(name for flat, _ in kept for name in flat)
    columns = {name: [flat.get(name, 0.0) for flat, _ in kept] for name in names}
    mixtures = constant_sums({name: columns[name] for name in ("Ta", "Zr")})
    target, sds = zip(*(value for _, value in kept), strict=True)
    return study_of(columns, PRIMARY, target, sds, [1.0] * len(kept), log=True, mixtures=mixtures)


def true_shares(made: Study, recipes: Sequence[dict[str, Any]], seed: int) -> dict[str, float]:
    """By factor: half the mean square that log10 of the twin's true resistance changes by when the factor becomes that
    of another recipe, over its variance: the same quantity as the importance, without model and noise.
    """
    campaign, world = load_campaign(DEMO), World(seed)
    plain = np.array([_true(campaign, world, recipe) for recipe in recipes])
    flats = [flat_recipe(recipe) for recipe in recipes]
    values = np.array([[_number(made, place, flat) for place in range(len(made.factors))] for flat in flats])
    found = {}
    for place, name in enumerate(made.names):
        donors = np.roll(values, 1 + place, axis=0)
        changed = made.blended(values, donors, np.arange(len(made.factors)) == place)
        moved = [
            _true(campaign, world, _recipe(made, recipe, row)) for recipe, row in zip(recipes, changed, strict=True)
        ]
        found[name] = float(0.5 * ((np.array(moved) - plain) ** 2).mean() / plain.var())
    return found


def _number(made: Study, place: int, flat: dict[str, Any]) -> float:
    factor = made.factors[place]
    value = flat.get(factor.name, 0.0)
    return float(factor.options.index(value)) if factor.options else float(value)


def _recipe(made: Study, recipe: dict[str, Any], row: np.ndarray[Any, Any]) -> dict[str, Any]:
    changed = dict(recipe, cations=dict(recipe["cations"]))  # Zr follows Ta below
    for factor, value in zip(made.factors, row, strict=True):
        plain = factor.options[int(value)] if factor.options else float(value)
        if factor.name in ("Al", "Ga", "Ta", "Zr"):
            changed["cations"][factor.name] = plain
        else:
            changed[factor.name] = int(plain) if factor.name == "pulses" else plain
    changed["cations"]["Zr"] = 2.0 - changed["cations"].get("Ta", 0.0)
    return changed


def _true(campaign: Campaign, world: World, recipe: dict[str, Any]) -> float:
    return float(np.log10(truth(recipe_from_dict(campaign.space.plain(recipe)), campaign.envelopes[0], world)[PRIMARY]))
