"""Every score by the same contract, each one's judgement by examples, and their fusion."""

import math
import re
from typing import Any

import pytest
from adatom.cloud.store.known import Material
from adatom.cloud.store.scoring import INPUTS, SCORES, Scored
from adatom.cloud.store.store import Store
from adatom.protocol.envelope import INTERLOCKS
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import CHOICES, NUMBERS, recipe_from_dict
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cloud.store.samples import NOW, add_trial, envelope, recipe

ENVELOPE = envelope()
EXPECTED = ["feasibility", "impact", "logic", "meta", "novelty", "reproducibility"]


def score(store: Store, fields: dict[str, Any] | None = None, **changes: Any) -> Scored:
    return store.score([("x", fields or recipe(**changes))], ENVELOPE)[0]


def known(formula: dict[str, float], sigma: float, family: str = "garnet", number: int = 1) -> Material:
    total = sum(formula.values())
    return Material("test", str(number), "Li-garnet", {e: n / total for e, n in formula.items()}, sigma, False, 25.0,
                    family, "Ia-3d", f"10.1/{number}", "CC BY 4.0")  # fmt: skip


# --- the contract of a score: adding a file puts it under these ---------------------------------------------------


def test_the_folder_holds_the_scores_that_are_fused() -> None:
    assert sorted(SCORES) == EXPECTED


@pytest.mark.parametrize("name", sorted(SCORES))
def test_the_first_line_says_meaning_unit_and_direction(name: str) -> None:
    first = SCORES[name].read_text().splitlines()[0]
    assert re.fullmatch(r"-- \S.*; unit 1 \(0 to 1\); better up", first)


@pytest.mark.parametrize("name", sorted(SCORES))
def test_a_file_is_one_select_with_the_three_columns(store: Store, name: str) -> None:
    sql = SCORES[name].read_text()
    assert sql.count(";\n") == 1  # strings and the header keep theirs inside a line
    store.score([], ENVELOPE)
    assert list(store.columns(sql)) == ["candidate_id", "score", "because"]


@pytest.mark.parametrize("name", sorted(SCORES))
def test_without_candidates_there_is_no_row(store: Store, name: str) -> None:
    store.score([], ENVELOPE)
    assert all(store.rows(f"SELECT count(*) FROM {table}") == [(0,)] for table in INPUTS if table != "interlock")
    assert store.rows(SCORES[name].read_text()) == []


def test_with_nothing_known_and_nothing_tested_every_candidate_is_judged(store: Store) -> None:
    judged = store.score([("b", recipe()), ("a", recipe(substrate_c=650.0))], ENVELOPE)
    assert [row.candidate_id for row in judged] == ["b", "a"]
    for row in judged:
        assert sorted(row.scores) == EXPECTED
        assert all(row.because[name] for name in EXPECTED)


def recipes() -> st.SearchStrategy[dict[str, Any]]:
    numbers = {name: st.floats(low, high) for name, _, low, high in NUMBERS if name != "pulses"}
    choices = {name: st.sampled_from(allowed) for name, allowed in CHOICES}
    amounts = st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 3.0])
    cations = st.dictionaries(st.sampled_from(["Al", "Ga", "La", "Nb", "Ta", "Zr"]), amounts, min_size=1)
    fields = {"pulses": st.integers(1, 200000), "cations": cations, "measurements": st.just(["eis"])}
    return st.fixed_dictionaries(numbers | choices | fields)


@given(recipes())
@settings(max_examples=60, deadline=None)
def test_every_score_lies_in_zero_to_one_for_every_recipe(shared_store: Store, fields: dict[str, Any]) -> None:
    if not shared_store.campaigns():
        shared_store.add_campaign("c", "", 1, NOW)
        add_trial(shared_store, 1, "complete", 150.0)
        add_trial(shared_store, 2, "complete", 1e4, substrate_c=650.0)
        add_trial(shared_store, 3, "failed", substrate_c=700.0)
        shared_store.put_materials([known({"Li": 7, "La": 3, "Zr": 2, "O": 12}, 1e-4)])
    try:
        recipe_from_dict(fields)
    except ValueError:
        return
    judged = score(shared_store, fields)
    assert all(0.0 <= value <= 1.0 for value in judged.scores.values()), judged
    assert all(judged.because.values())
    assert 0.0 < judged.value <= 1.0
    assert 100.0 <= judged.hyperscore <= 1000.0 / 9.0  # sigma is at most 1/3 at V = 1


# --- each judgement -----------------------------------------------------------------------------------------------


def garnet(**cations: float) -> dict[str, Any]:
    return recipe(cations=sorted(cations.items()))


@pytest.mark.parametrize(
    ("cations", "low", "high", "word"),
    [
        ({"La": 3, "Zr": 1.5, "Ta": 0.5}, 0.9, 1.0, "every rule kept"),
        ({"La": 3, "Zr": 2, "Al": 0.25}, 0.9, 1.0, "every rule kept"),
        ({"La": 3, "Zr": 2}, 0.0, 0.2, "dopant is 0 %"),  # tetragonal
        ({"La": 3, "Zr": 1.9, "Ta": 0.1}, 0.2, 0.6, "dopant is 40 %"),
        ({"La": 3, "Ta": 2}, 0.0, 0.05, "lithium 5.00"),
        ({"La": 2, "Zr": 2, "Ta": 0.5}, 0.0, 0.05, "La : (Zr, Ta, Nb) is 0.80"),
        ({"La": 3, "Al": 2}, 0.0, 0.0, "no Zr, Ta or Nb"),
    ],
)
def test_logic(store: Store, cations: dict[str, float], low: float, high: float, word: str) -> None:
    judged = score(store, garnet(**cations))
    assert low <= judged.scores["logic"] <= high
    assert word in judged.because["logic"]


def test_logic_wants_lithium_to_lose_but_not_any_amount(store: Store) -> None:
    by_excess = {x: score(store, li_excess=x).scores["logic"] for x in (0.0, 0.2, 0.4, 1.2)}
    assert by_excess[0.0] < by_excess[0.2] <= by_excess[0.4]
    assert by_excess[1.2] < by_excess[0.4]


def test_what_the_bench_refuses_is_not_feasible_and_says_why(store: Store) -> None:
    judged = score(store, substrate_c=900.0)
    assert judged.scores["feasibility"] == 0.0
    assert "substrate_c = 900.0: this bench allows" in judged.because["feasibility"]


def test_failures_nearby_make_a_recipe_less_feasible_and_successes_more(store: Store) -> None:
    before = score(store).scores["feasibility"]
    assert before == pytest.approx(0.85)
    add_trial(store, 1, "complete")
    after_success = score(store).scores["feasibility"]
    assert after_success == pytest.approx((0.85 * 2 + 1) / 3)
    add_trial(store, 2, "failed")
    judged = score(store)
    assert judged.scores["feasibility"] == pytest.approx((0.85 * 2 + 1) / 4)
    assert "1 failed nearby" in judged.because["feasibility"]
    far = score(store, substrate_c=400.0, distance_mm=40.0, li_excess=1.2)
    assert far.scores["feasibility"] == pytest.approx(0.85, abs=0.01)


def test_little_room_to_an_interlock_costs_feasibility(store: Store) -> None:
    tight = dict(ENVELOPE, interlock=dict(ENVELOPE["interlock"], heater_max_c=610))
    judged = store.score([("x", recipe(substrate_c=600.0))], tight)[0]
    assert judged.scores["feasibility"] == pytest.approx(0.85 * 10 / (0.05 * 610))
    assert "heater_max_c" in judged.because["feasibility"]


def test_a_known_and_tested_recipe_is_not_new(store: Store) -> None:
    assert score(store).scores["novelty"] == 1.0
    store.put_materials([known({"Li": 6.5, "La": 3, "Zr": 1.5, "Ta": 0.5, "O": 12}, 1e-3)])
    published = score(store)
    assert published.scores["novelty"] == pytest.approx(0.5)
    assert "0.0 % of the atoms differ from Li-garnet" in published.because["novelty"]
    add_trial(store, 1, "complete")
    assert score(store).scores["novelty"] == pytest.approx(0.0, abs=1e-9)
    assert score(store, substrate_c=500.0).scores["novelty"] > 0.2
    assert score(store, garnet(La=3, Zr=1, Ta=1)).scores["novelty"] > 0.4


def test_an_aborted_trial_counts_for_nothing(store: Store) -> None:
    before = score(store)
    add_trial(store, 1, "aborted")
    assert score(store) == before


def test_spread_nearby_lowers_reproducibility(store: Store) -> None:
    prior = score(store).scores["reproducibility"]
    assert prior == pytest.approx(0.3 / 0.45)
    add_trial(store, 1, "complete", 100.0)
    add_trial(store, 2, "complete", 100.0)
    agreed = score(store).scores["reproducibility"]
    assert agreed > prior
    add_trial(store, 3, "complete", 10000.0, substrate_c=605.0)
    spread = score(store)
    assert spread.scores["reproducibility"] < prior
    assert "3.0 runs nearby" in spread.because["reproducibility"]


def test_a_censored_outcome_has_no_spread(store: Store) -> None:
    run_id = add_trial(store, 1, "complete", 100.0)
    add_trial(store, 2, "complete", 1e6)
    store.put_quantity("c-2-1", "r_interface_ohm_cm2", 1e6, unit="ohm cm2", simulated=True, censored=True)
    assert run_id == "c-1-1"
    assert score(store).scores["reproducibility"] > 0.3 / 0.45


def test_impact_follows_the_family_of_the_nearest_material(store: Store) -> None:
    assert score(store).scores["impact"] == 0.5
    store.put_materials(
        [
            known({"Li": 6.5, "La": 3, "Zr": 1.5, "Ta": 0.5, "O": 12}, 1e-3, "garnet", 1),
            known({"La": 2, "Zr": 2, "O": 7, "Li": 0.1}, 1e-9, "pyrochlore", 2),
            known({"Li": 1, "Cl": 1}, 1e-8, "halides", 3),
        ]
    )
    good = score(store)
    assert good.because["impact"].startswith("garnet: 1 materials in 1 papers")
    assert good.scores["impact"] == pytest.approx(0.7 * 5 / 6 + 0.3)
    assert score(store, garnet(La=4, Zr=2.5)).because["impact"].startswith("pyrochlore")


def test_one_campaign_can_be_judged_by_itself(store: Store) -> None:
    add_trial(store, 1, "failed")
    candidates = [("x", recipe())]
    assert store.score(candidates, ENVELOPE, campaign="c")[0].scores["feasibility"] < 0.85
    assert store.score(candidates, ENVELOPE, campaign="d")[0].scores["feasibility"] == pytest.approx(0.85)


# --- fusion -------------------------------------------------------------------------------------------------------


def fused(store: Store, scores: dict[str, float]) -> dict[str, Any]:
    store.score([], ENVELOPE)
    return store._fuse({"x": scores})["x"]


def test_v_is_the_weighted_sum(store: Store) -> None:
    scores = {"logic": 0.9, "novelty": 0.4, "impact": 0.7, "reproducibility": 0.6, "meta": 0.8, "feasibility": 0.1}
    expected = 0.3 * 0.9 + 0.1 * 0.4 + 0.1 * math.log(1.7) + 0.2 * 0.6 + 0.3 * 0.8
    assert fused(store, scores)["value"] == pytest.approx(expected)


def test_hyperscore_of_the_published_example_is_104_89_and_144_2_when_kappa_is_a_factor(store: Store) -> None:
    store.step_weights("overrule", {"logic": 1.0}, "V is the logic", {}, NOW)
    row = fused(store, {"logic": 0.91})
    assert row["value"] == pytest.approx(0.91)
    assert row["weights_version"] == 3
    assert round(row["hyperscore"], 2) == 104.89
    assert round(row["hyperscore_linear"], 2) == 144.23


def test_nothing_at_all_still_has_a_hyperscore(store: Store) -> None:
    row = fused(store, dict.fromkeys(EXPECTED, 0.0))
    assert row["hyperscore"] == pytest.approx(100.0)


def test_weights_must_sum_to_one(store: Store) -> None:
    with pytest.raises(Exception, match="CHECK"):
        store.step_weights("ahp", {"logic": 1.0, "meta": 1.0}, "", {}, NOW)


def test_the_linear_reading_is_by_name(store: Store) -> None:
    candidates = [("x", recipe())]
    formula = store.score(candidates, ENVELOPE)[0]
    linear = store.score(candidates, ENVELOPE, reading="linear")[0]
    assert (formula.value, formula.scores) == (linear.value, linear.scores)
    assert linear.hyperscore > formula.hyperscore
    with pytest.raises(InputError, match="formula, linear"):
        store.score(candidates, ENVELOPE, reading="published")


def test_the_same_question_has_the_same_answer_to_the_last_bit(store: Store) -> None:
    for number in range(1, 12):
        add_trial(store, number, "complete" if number % 3 else "failed", 50.0 * number, substrate_c=500.0 + 15 * number)
    candidates = [(str(k), recipe(fluence_j_cm2=1.0 + 0.1 * k)) for k in range(20)]
    first = store.score(candidates, ENVELOPE)
    assert repr(store.score(candidates, ENVELOPE)) == repr(first)
    assert repr(store.score(candidates[7:8], ENVELOPE)) == repr(first[7:8])


def test_what_is_no_recipe_is_refused_by_its_id(store: Store) -> None:
    with pytest.raises(InputError, match=r"candidate x: .*fluence_j_cm2"):
        store.score([("x", recipe(fluence_j_cm2=-1.0))], ENVELOPE)
    with pytest.raises(InputError, match="stands twice"):
        store.score([("x", recipe()), ("x", recipe())], ENVELOPE)


def test_scores_of_a_trial_are_kept(store: Store) -> None:
    judged = score(store)
    store.keep_scores("c", 7, judged, NOW)
    store.keep_scores("c", 7, judged, NOW)
    kept = store.scores("c")
    assert list(kept) == [7]
    assert kept[7] == judged._replace(candidate_id="c/7")
    assert store.scores("d") == {}


def test_the_interlocks_that_feasibility_asks_for_exist() -> None:
    asked = set(re.findall(r"'(\w+_max_\w+)'", SCORES["feasibility"].read_text()))
    assert asked == {"heater_max_c", "energy_max_mj", "pressure_max_pa"}
    assert asked <= {row[0] for row in INTERLOCKS}
