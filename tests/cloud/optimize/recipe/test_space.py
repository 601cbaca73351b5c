"""Every vector of a space is a recipe that the bench allows, and the way there and back loses nothing."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.optimize.recipe.space import RecipeSpace
from adatom.protocol.envelope import check
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import arriving_lithium_per_12_o, recipe_from_dict
from hypothesis import given, settings
from hypothesis import strategies as st

from ..spaces import ENVELOPE, FULL, REFERENCE, SMALL, space_of

NB_ENVELOPE = {
    **ENVELOPE,
    "bench": "nb",
    "targets": [
        *ENVELOPE["targets"][:3],
        {"slot": 4, "material": "Li5La3Nb2O12", "cations": {"Li": 5, "La": 3, "Nb": 2}, "units_e12_cm2": 14.0},
        *ENVELOPE["targets"][4:],
    ],
}
THREE_ON_A_SITE = {
    **{key: value for key, value in FULL.items() if key not in ("interlayer", "interlayer_nm")},
    "cations": {"La": 3.0, "Zr": [0.4, 2.0], "Ta": [0.1, 0.9], "Nb": [0.0, 0.7], "Ga": [0.0, 0.3]},
    "sites": [{"elements": ["Zr", "Ta", "Nb"], "total": 2.0}],
}
SPACES = {
    "full": space_of(FULL),
    "limited": space_of(FULL, {"arriving_lithium": [7.5, 9.0], "deposition_max_min": 20.0}),
    "small": space_of(SMALL),
    "lithium from cations alone": space_of({"cations": FULL["cations"], "sites": FULL["sites"]}),
    "three on a site": RecipeSpace.from_campaign(
        {"space": THREE_ON_A_SITE, "reference": REFERENCE | {"cations": {"La": 3, "Zr": 1.5, "Ta": 0.5}}}, [NB_ENVELOPE]
    ),
}


def refusals(space: RecipeSpace, recipe: dict[str, Any]) -> list[str]:
    return list(check(recipe_from_dict(recipe), NB_ENVELOPE if "Nb" in space.layout.elements else ENVELOPE))


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_repair_of_anything_is_allowed_canonical_and_stays(name: str, seed: int) -> None:
    space = SPACES[name]
    vectors = space.repair(np.random.default_rng(seed).uniform(-0.5, 1.5, (8, space.dimension)))
    recipes = space.points(vectors)
    assert (space.repair(vectors) == vectors).all()
    assert (space.vectors(recipes) == vectors).all()
    for recipe in recipes:
        assert refusals(space, recipe) == []
        assert space.covers(recipe)
        amounts = dict(recipe["cations"])
        for site in space.spec.sites:
            assert sum(amounts.get(e, 0.0) for e in site.elements) == pytest.approx(site.total, abs=1e-9)
        for element, (low, high) in space.spec.cations.items():
            assert low - 1e-9 <= amounts.get(element, 0.0) <= high + 1e-9


@pytest.mark.parametrize("name", SPACES)
def test_samples_are_allowed_and_seeded(name: str) -> None:
    space = SPACES[name]
    sample = space.sobol(16, 3)
    assert (sample == space.sobol(16, 3)).all()
    assert (sample[:5] == space.sobol(5, 3)).all()
    assert not (sample == space.sobol(16, 4)).all()
    random = space.random(16, np.random.default_rng(3))
    assert (random == space.random(16, np.random.default_rng(3))).all()
    for recipe in space.points(np.vstack([sample, random])):
        assert refusals(space, recipe) == []


def test_constraints_hold() -> None:
    recipes = SPACES["limited"].points(SPACES["limited"].sobol(64, 0))
    for recipe in recipes:
        assert 7.5 - 1e-9 <= arriving_lithium_per_12_o(recipe_from_dict(recipe)) <= 9.0 + 1e-9
        assert recipe["pulses"] / recipe["rep_rate_hz"] <= 20 * 60


def test_inactive_variables_do_not_tell_recipes_apart() -> None:
    space = SPACES["full"]
    bare = {**REFERENCE, "interlayer": "none", "interlayer_nm": 0.0, "anneal_min": 0.0}
    same = {**bare, "interlayer": "ZnO", "anneal_c": 500.0, "anneal_atmosphere": "o2", "measurements": []}
    assert (space.vector(bare) == space.vector(same)).all()
    assert space.key(bare) == space.key(same)
    assert space.key(bare) != space.key({**bare, "substrate_c": 601.0})


def test_a_recipe_that_differs_in_what_is_fixed_is_not_covered() -> None:
    space = SPACES["small"]
    assert space.covers(REFERENCE)
    assert space.covers({**REFERENCE, "substrate_c": 400.0})
    assert not space.covers({**REFERENCE, "distance_mm": 60.0})
    assert not space.covers({**REFERENCE, "anneal_min": 30.0})
    assert not space.covers({**REFERENCE, "interlayer": "ZnO", "interlayer_nm": 5.0})
    assert not space.covers({**REFERENCE, "cations": [["Al", 0.2], ["La", 3.0], ["Ta", 0.5], ["Zr", 1.5]]})


def test_log_scales_spread_small_values() -> None:
    space = SPACES["full"]
    at = space.layout.column["air_exposure_min"]
    minutes = [space.vector({**REFERENCE, "air_exposure_min": m})[at] for m in (0.0, 3.0, 60.0, 1440.0)]
    assert minutes == sorted(minutes)
    assert minutes[0] == 0.0
    assert minutes[1] > 0.1
    assert minutes[3] == 1.0


def test_sampling_of_a_site_is_uniform_on_its_simplex() -> None:
    space = SPACES["full"]
    ta = space.sobol(512, 1)[:, space.layout.column["Ta"]]
    assert abs(ta.mean() - 0.5) < 0.05
    assert np.histogram(ta, 4, (0.0, 1.0))[0].min() > 80


def test_features_follow_arriving_lithium_and_drop_what_is_said_twice() -> None:
    space = SPACES["full"]
    features = space.features(space.sobol(64, 1))
    assert features.shape[1] == space.dimension - 2  # Zr + Ta = 2, vacuum or o2
    assert features.min() >= -0.3
    assert features.max() <= 1.3


@pytest.mark.parametrize(
    ("change", "constraints", "where"),
    [
        ({"fluence_j_cm2": [0.6, 9.0]}, {}, "space.fluence_j_cm2"),
        ({"substrate_c": "hot"}, {}, "space.substrate_c"),
        ({"substrate_c": [700.0, 500.0]}, {}, "space.substrate_c"),
        ({"pulses": True}, {}, "space.pulses"),
        ({"temperature": 3}, {}, "space.temperature"),
        ({"cations": {"La": 3.0, "Xx": 1.0}}, {}, "space.cations.Xx"),
        ({"cations": {"La": 3.0, "Li": 7.0}}, {}, "space.cations.Li"),
        ({"cations": {"La": 1.0, "Zr": 2.0}, "sites": []}, {}, "space.cations"),
        ({"cations": {"La": 3.0, "Zr": [1.0, 2.0], "Nb": [0.5, 1.0]}, "sites": []}, {}, "space.cations"),
        ({"sites": [{"elements": ["Zr", "Ta"], "total": 4.0}]}, {}, "space.sites[0].total"),
        ({"sites": [{"elements": ["Zr", "Hf"], "total": 2.0}]}, {}, "space.sites[0].elements"),
        ({"sites": [{"elements": ["Zr", "Ta"], "total": 2.0}, {"elements": ["Zr"], "total": 1.0}]}, {},
         "space.sites[1].elements"),
        ({"interlayer": ["none", "Ge"]}, {}, "space.interlayer"),
        ({"interlayer_nm": 0.0}, {}, "space.interlayer_nm"),
        ({"anneal_atmosphere": "li"}, {}, "space.anneal_atmosphere"),
        ({}, {"deposition_max_min": 0.1}, "constraints.deposition_max_min"),
        ({}, {"arriving_lithium": [30.0, 40.0]}, "space.cations"),
        ({}, {"speed": 1}, "constraints.speed"),
    ],
)  # fmt: skip
def test_an_impossible_space_is_refused_by_key(change: dict[str, Any], constraints: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as error:
        space_of({**FULL, **change}, constraints)
    assert error.value.where == where
