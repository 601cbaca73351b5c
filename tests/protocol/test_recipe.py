"""Recipes, the envelope's check and the pulse shares that bring a composition."""

import json
from pathlib import Path
from typing import Any

import pytest
from adatom.protocol import envelope as env
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.recipe import (
    arriving_lithium_per_12_o,
    lithium_per_12_o,
    recipe_from_dict,
    recipe_to_dict,
    replaced,
)
from adatom.protocol.targets import interlayer_target, nonnegative_least_squares, pulse_shares
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.examples import RECIPE

TEXT = (Path(env.__file__).parents[1] / "sim" / "demo" / "envelope.json").read_text()
ENVELOPE = env.load_envelope(TEXT)


def recipe(**changes: Any) -> Any:
    return recipe_from_dict(RECIPE | changes)


def test_recipe_round_trip() -> None:
    assert recipe_to_dict(recipe()) == RECIPE
    assert recipe_from_dict(RECIPE | {"cations": {"Zr": 1.5, "La": 3, "Ta": 0.5}}) == recipe()


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("substrate_c", 5000, "20.0 to 1000.0 °C"),
        ("substrate_c", "hot", "must be a number"),
        ("pulses", 10.5, "whole number"),
        ("pulses", True, "must be a number"),
        ("interlayer", "Unobtainium", "must be one of"),
        ("cations", {"Xx": 1}, "Xx is not one of"),
        ("cations", {"La": -1}, "0 to 12"),
        ("cations", {"La": 9}, "no lithium"),
        ("cations", [["La", 1], ["La", 2]], "stands twice"),
        ("cations", "La3Zr2", "must be an object"),
        ("cations", {}, "1 to 8"),
        ("measurements", ["taste"], "not one of"),
        ("li_excess", float("nan"), "must be a number"),
    ],
)
def test_bad_fields_are_named_with_value_and_range(field: str, value: Any, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        recipe(**{field: value})


def test_unknown_and_missing_fields_are_named() -> None:
    with pytest.raises(ProtocolError, match="speed: unknown field"):
        recipe_from_dict(RECIPE | {"speed": 1})
    with pytest.raises(ProtocolError, match="o2_pa: missing"):
        recipe_from_dict({key: value for key, value in RECIPE.items() if key != "o2_pa"})


@pytest.mark.parametrize(
    ("cations", "lithium"),
    [({"La": 3, "Zr": 2}, 7), ({"La": 3, "Zr": 1.5, "Ta": 0.5}, 6.5), ({"La": 3, "Zr": 2, "Al": 0.25}, 6.25)],
)
def test_lithium_follows_from_charge_neutrality(cations: dict[str, float], lithium: float) -> None:
    assert lithium_per_12_o(sorted(cations.items())) == pytest.approx(lithium)
    assert arriving_lithium_per_12_o(recipe(cations=cations, li_excess=0.5)) == pytest.approx(1.5 * lithium)


def test_the_reference_recipe_is_allowed() -> None:
    assert env.check(recipe(), ENVELOPE) == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"substrate_c": 750}, "this bench allows 400 to 720 °C"),
        ({"interlayer": "Au", "interlayer_nm": 5}, "interlayer = Au"),
        ({"anneal_atmosphere": "li"}, "anneal_atmosphere = li"),
        ({"cations": {"La": 3, "Zr": 2, "Al": 0.3}, "li_excess": 0.0}, "mounted targets miss"),
        ({"cations": {"La": 2, "Zr": 3}}, "mounted targets miss"),
    ],
)
def test_the_envelope_refuses_with_a_reason(changes: dict[str, Any], text: str) -> None:
    assert any(text in reason for reason in env.check(recipe(**changes), ENVELOPE))


def test_fluence_near_the_energy_limit_is_refused() -> None:
    tight = json.loads(TEXT)
    tight["interlock"]["energy_max_mj"] = 130
    assert any("fluence" in reason for reason in env.check(recipe(), tight))


@pytest.mark.parametrize(
    "damage",
    [
        lambda e: e.pop("lease"),
        lambda e: e.update(extra=1),
        lambda e: e.update(version=2),
        lambda e: e["interlock"].update(heater_max_c="hot"),
        lambda e: e["interlock"].pop("frozen_s"),
        lambda e: e["lease"].update(gate_ms=5000),
        lambda e: e["recipe"].update(o2_pa=[50, 1]),
        lambda e: e["safe_sequence"].pop(),
        lambda e: e["targets"][0].update(slot=2),
        lambda e: e["targets"][0].update(slot=9),
        lambda e: e["targets"][0]["cations"].update(Kr=1),
        lambda e: e["targets"][0]["cations"].update(Li="much"),
        lambda e: e["targets"][0].update(slot=[1]),
        lambda e: e["targets"][0].update(slot=None),
        lambda e: e["targets"][0].update(units_e12_cm2="1"),
        lambda e: e["targets"][0].update(nm_per_pulse=[]),
        lambda e: e["targets"][0].update(material={}),
        lambda e: e.update(interlayers=3),
        lambda e: e.update(interlayers=[["none"]]),
        lambda e: e.update(anneal_atmospheres="vacuum"),
        lambda e: e.update(safe_sequence=7),
        lambda e: e.update(safe_sequence=[1, None, "gate"]),
    ],
)
def test_a_damaged_envelope_is_refused(damage: Any) -> None:
    broken = json.loads(TEXT)
    damage(broken)
    with pytest.raises(InputError, match="envelope"):
        env.load_envelope(json.dumps(broken))


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(InputError, match="not JSON"):
        env.load_envelope("{")
    with pytest.raises(InputError, match="not JSON"):
        env.load_envelope("[" * 16000)
    with pytest.raises(InputError, match="at most"):
        env.load_envelope(" " * (env.MAX_BYTES + 1))


@given(st.floats(0, 1), st.floats(0, 0.3), st.floats(0.2, 1.2))
def test_pulse_shares_bring_the_wanted_atoms(tantalum: float, aluminium: float, excess: float) -> None:
    one = recipe(cations={"La": 3, "Zr": 2 - tantalum, "Ta": tantalum, "Al": aluminium}, li_excess=excess)
    shares, mismatch = pulse_shares(one, ENVELOPE["targets"])
    if mismatch > 1e-6:
        return  # outside the cone; `check` refuses it
    arriving: dict[str, float] = {}
    targets = {target["slot"]: target for target in ENVELOPE["targets"]}
    for slot, share in shares:
        for element, amount in targets[slot]["cations"].items():
            arriving[element] = arriving.get(element, 0) + share * amount * targets[slot]["units_e12_cm2"]
    assert sum(share for _, share in shares) == pytest.approx(1)
    assert arriving["Li"] / arriving["La"] == pytest.approx(arriving_lithium_per_12_o(one) / 3, rel=1e-5)
    assert arriving.get("Ta", 0) / arriving["La"] == pytest.approx(tantalum / 3, rel=1e-5, abs=1e-7)


@given(st.lists(st.lists(st.floats(0, 10), min_size=3, max_size=3), min_size=1, max_size=6), st.data())
def test_nonnegative_least_squares_is_optimal(columns: list[list[float]], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.floats(0, 10), min_size=3, max_size=3))
    counts, residual = nonnegative_least_squares(columns, wanted)
    assert min(counts) >= 0
    for count, column in zip(counts, columns, strict=True):
        gradient = sum(c * r for c, r in zip(column, residual, strict=True))
        scale = sum(c * c for c in column) + sum(c for c in column) * 10 + 1
        assert gradient >= -1e-3 * scale  # no descent direction is left
        assert count * gradient <= 1e-3 * scale * max(1, count)


def test_the_interlayer_comes_from_its_mounted_target() -> None:
    target = interlayer_target(replaced(recipe(), interlayer="ZnO"), ENVELOPE["targets"])
    assert target is not None
    assert target["slot"] == 6
    assert interlayer_target(replaced(recipe(), interlayer="Au"), ENVELOPE["targets"]) is None
