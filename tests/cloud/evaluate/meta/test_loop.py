"""Turns of the loop: who may move the weights, how far, when it stops, and that all of it is noted and taken back."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.evaluate.experts.judged import set_priorities
from adatom.cloud.evaluate.experts.review import answer, overrule_weights
from adatom.cloud.evaluate.fuse.value import as_array
from adatom.cloud.evaluate.meta import loop
from adatom.cloud.evaluate.meta.bandit import MOST_STEP
from adatom.cloud.evaluate.meta.foretell import past
from adatom.cloud.evaluate.meta.loop import turn
from adatom.cloud.evaluate.meta.report import as_data, report
from adatom.cloud.store.judgement import CRITERIA
from adatom.cloud.store.store import Store

from tests.cloud.evaluate.judged_store import fill, made
from tests.cloud.store.samples import NOW

EQUAL = {(a, b): 1.0 for i, a in enumerate(CRITERIA) for b in CRITERIA[i + 1 :]}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("loop") / "filled.duckdb")


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    with Store(shutil.copy(filled, tmp_path / "copy.duckdb")) as opened:
        yield opened


def test_a_turn_goes_towards_what_tells_in_bounded_steps_and_is_undone_exactly(store: Store) -> None:
    before = as_array(store.weights())
    steps = turn(store, NOW)
    taken = [one for one in steps if one.version is not None]
    assert taken
    assert store.weights()["novelty"] > before[1]
    history = [as_array(row) for row in store.weights_history() if row["formula"] == 2]
    moves = [0.5 * float(np.abs(b - a).sum()) for a, b in itertools.pairwise(history)]
    assert max(moves) <= MOST_STEP + 1e-9
    assert [row["source"] for row in store.weight_steps()] == [one.source for one in steps]
    for _ in taken:
        store.undo_weights("", NOW)
    assert (as_array(store.weights()) == before).all()


def test_the_recursion_ends_and_says_why(store: Store) -> None:
    for _ in range(2):
        steps = turn(store, NOW)
        bandits = [one for one in steps if one.source == "bandit"]
        assert len(bandits) <= loop.MOST_TURNS
        assert all(one.version is not None for one in bandits[:-1])


@pytest.mark.parametrize(
    ("gain", "sd", "before", "far", "word"),
    [
        (0.02, 0.03, 1.0, 0.1, "within one standard deviation"),
        (0.05, 0.03, 0.03, 0.1, "does not shrink"),
        (0.05, 0.03, 0.04, 9.0, "from the posterior"),
        (0.05, 0.03, 0.04, 0.1, ""),
    ],
)
def test_what_stops_the_recursion(gain: float, sd: float, before: float, far: float, word: str) -> None:
    why = loop._why_stop(gain, sd, before, far)
    assert (word in why) if word else why == ""


# Precedence: who set the weights -> whether priorities and a turn may set them anew
@pytest.mark.parametrize(
    ("source", "by_ahp", "by_turn"),
    [
        ("first guess", True, True),
        ("ahp", True, True),
        ("posterior", False, True),
        ("bandit", False, True),
        ("overrule", False, False),
    ],
)
def test_precedence(store: Store, source: str, by_ahp: bool, by_turn: bool) -> None:
    if source == "overrule":
        overrule_weights(store, {"logic": 1.0}, "ada", "little data", NOW)
    elif source != "first guess":
        store.step_weights(source, dict.fromkeys(CRITERIA, 0.2), "", {}, NOW)
    before = store.weights()
    assert (set_priorities(store, {"ada": EQUAL}, NOW) is not None) is by_ahp
    middle = store.weights()
    assert (middle != before) is by_ahp
    steps = turn(store, NOW)
    assert any(one.version is not None for one in steps) is by_turn
    assert (store.weights() != middle) is by_turn


def test_an_overrule_holds_until_it_is_undone(store: Store) -> None:
    overrule_weights(store, {"logic": 1.0}, "ada", "little data", NOW)
    assert [one.version for one in turn(store, NOW)] == [None]
    assert store.weight_steps()[-1]["after"] is None
    store.undo_weights("enough data now", NOW)
    assert any(one.version is not None for one in turn(store, NOW))


def test_answers_alone_move_the_weights_too() -> None:
    with Store(":memory:") as store:
        fill(store, 12, campaign="d")
        assert turn(store, NOW) == []
        kept = store.scores("d")
        for a in range(1, 7):
            b = a + 6
            first = kept[a].scores["impact"] > kept[b].scores["impact"]
            for expert in ("ada", "bo"):
                answer(store, f"d/{a}", f"d/{b}", "left" if first else "right", expert, "", NOW)
        before = store.weights()["impact"]
        turn(store, NOW)
        assert store.weights()["impact"] > before


def test_the_report_tells_the_score_that_tells(store: Store) -> None:
    found = report(past(store))
    by_name = {one.name: one for one in found.scores}
    assert max(by_name.values(), key=lambda one: one.auc).name == "novelty"
    data = as_data(found)
    assert data["said"]["trials"] == len(past(store).good) == found.base.trials
    assert set(data["scores"]) == set(CRITERIA)
