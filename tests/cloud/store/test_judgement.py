"""Weights and their steps, predictions beside outcomes, answers of experts: what is kept, and what is refused."""

from pathlib import Path

import duckdb
import pytest
from adatom.cloud.store import migrate
from adatom.cloud.store.judgement import CRITERIA
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

from tests.cloud.store.samples import NOW, add_trial, envelope, recipe

EVEN = dict.fromkeys(CRITERIA, 0.2)
NUMBERS = (*CRITERIA, "feasibility", "beta", "gamma", "kappa", "formula", "source")


def numbers(store: Store) -> list[object]:
    row = store.weights()
    return [row[name] for name in NUMBERS]


def test_every_step_is_a_version_and_undo_restores_to_the_last_bit(store: Store) -> None:
    states = [numbers(store)]
    for k, source in enumerate(("ahp", "posterior", "bandit", "overrule")):
        raw = [1.0 + 0.1 * k * (i + 1) / 3.0 for i in range(5)]
        store.step_weights(source, {n: x / sum(raw) for n, x in zip(CRITERIA, raw, strict=True)}, "w", {"k": k}, NOW)
        states.append(numbers(store))
    held = store.step_weights("bandit", None, "held back", {}, NOW)
    assert held is None
    assert numbers(store) == states[-1]
    for k in range(4, 0, -1):
        undone, _ = store.undo_weights("", NOW)
        assert undone == k
        assert numbers(store) == states[k - 1]
    with pytest.raises(InputError, match="no step"):
        store.undo_weights("", NOW)
    assert [row["undoes"] for row in store.weight_steps()][-4:] == [4, 3, 2, 1]
    assert len(store.weights_history()) == 2 + 4 + 4


def test_a_step_after_an_undo_can_be_undone_too(store: Store) -> None:
    first = numbers(store)
    store.step_weights("ahp", EVEN, "", {}, NOW)
    store.undo_weights("", NOW)
    store.step_weights("bandit", EVEN, "", {}, NOW)
    assert store.undo_weights("", NOW)[0] == 3
    assert numbers(store) == first


def test_a_target_is_the_lower_quartile_of_what_was_measured(store: Store) -> None:
    store.add_campaign("c", "", 1, NOW)
    for number, value in enumerate((100.0, 200.0, 300.0), 1):
        add_trial(store, number, "complete", value)
    assert store.target("c") is None
    add_trial(store, 4, "failed")
    assert store.target("c") is None
    add_trial(store, 5, "complete", 500.0)
    assert store.target("c") == pytest.approx(175.0)


def test_predictions_stand_beside_what_came(store: Store) -> None:
    store.add_campaign("c", "", 1, NOW)
    for number in (1, 2, 3, 4):
        store.propose("c", number, recipe(), "bo", "", NOW)
        store.put_prediction("c", number, "pipeline", 150.0, (0.4, 0.2, 0.6), "", NOW + number)
    store.rows("DELETE FROM trial")
    add_trial(store, 1, "complete", 150.0)
    add_trial(store, 2, "complete", 151.0)
    add_trial(store, 3, "failed")
    store.propose("c", 4, recipe(), "bo", "", NOW)
    assert [row["good"] for row in store.predictions("c")] == [True, False, False, None]
    with pytest.raises(InputError, match="nothing can be foretold"):
        store.put_prediction("c", 1, "ada", 150.0, (0.4, 0.2, 0.6), "", NOW)
    with pytest.raises(InputError, match="no such trial"):
        store.put_prediction("c", 9, "ada", 150.0, (0.4, 0.2, 0.6), "", NOW)


def test_the_meta_score_is_how_well_predictions_nearby_held(store: Store) -> None:
    store.add_campaign("c", "", 1, NOW)
    prior = store.score([("x", recipe())], envelope(), "c")[0]
    assert prior.scores["meta"] == pytest.approx(0.75)
    store.propose("c", 1, recipe(), "bo", "", NOW)
    store.put_prediction("c", 1, "pipeline", 150.0, (0.9, 0.8, 1.0), "", NOW)
    store.rows("DELETE FROM trial")
    add_trial(store, 1, "complete", 100.0)
    after = store.score([("x", recipe())], envelope(), "c")[0]
    assert after.scores["meta"] == pytest.approx((0.75 * 2 + 0.99) / 3)
    assert "1.0 predictions nearby" in after.because["meta"]
    far = store.score([("x", recipe(substrate_c=400.0, distance_mm=40.0, li_excess=1.2))], envelope(), "c")[0]
    assert far.scores["meta"] == pytest.approx(0.75, abs=0.01)


def test_a_comparison_is_one_row_whichever_way_round_it_is_given(store: Store) -> None:
    store.put_comparison("c/2", "c/1", "ada", "left", "", NOW)
    assert [(r["left"], r["right"], r["answer"]) for r in store.comparisons()] == [("c/1", "c/2", "right")]
    store.put_comparison("c/1", "c/2", "ada", "equal", "", NOW)
    assert [r["answer"] for r in store.comparisons()] == ["equal"]


def test_priorities_replace_the_ones_before(store: Store) -> None:
    store.put_priorities("ada", {("logic", "meta"): 3.0, ("impact", "logic"): 0.5}, NOW)
    store.put_priorities("ada", {("logic", "meta"): 2.0}, NOW)
    assert store.priorities() == {"ada": {("logic", "meta"): 2.0}}


def test_weights_of_an_older_database_stay_readable_and_their_scores_too(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    old = duckdb.connect(str(path))
    for migration in migrate.migrations()[:7]:
        old.execute(migration.sql())
        old.execute("INSERT INTO schema_migration (version, name) VALUES (?, ?)", [migration.version, migration.name])
    old.execute("INSERT INTO weights VALUES (2, 0.2, 0.2, 0.2, 0.2, 0.2, 6, 0, 2, 'mine')")
    old.execute("INSERT INTO fused_score VALUES ('c', 1, 0.7, 103.0, 'formula', 2, 0)")
    old.execute("INSERT INTO score VALUES ('c', 1, 'feasibility', 0.8, 'x')")
    old.close()
    with Store(path) as store:
        rows = store.weights_history()
        assert [(r["version"], r["formula"]) for r in rows] == [(1, 1), (2, 1), (3, 2)]
        assert store.weights(2)["feasibility"] == 0.2
        assert store.weights(2)["why"] == "mine"
        assert store.weights()["meta"] == 0.30
        assert store.scores("c")[1].weights_version == 2
        with pytest.raises(InputError, match="no version 9"):
            store.weights(9)
