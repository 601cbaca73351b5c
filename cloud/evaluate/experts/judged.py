"""Experts as the store knows them: their trust, what they hold important, and whom they prefer to whom."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.evaluate.experts.trust import Trust, trust_of
from adatom.cloud.evaluate.fuse.ahp import matrix_of, merged, priorities
from adatom.cloud.evaluate.fuse.posterior import Preference
from adatom.cloud.evaluate.fuse.value import as_array, as_dict, terms
from adatom.cloud.store.judgement import CRITERIA, PIPELINE
from adatom.cloud.store.store import Store
from numpy.typing import NDArray


class Answers(NamedTuple):
    """Terms (m, 5) of the candidates that anybody compared, by id, and the preferences among them."""

    ids: tuple[str, ...]
    terms: NDArray[np.float64]
    preferences: list[Preference]


def trusts(store: Store) -> dict[str, Trust]:
    """Expert -> trust, of everyone who gave priorities, answered or overruled.

    An answer is checked when both trials have ended: the lower resistance is the better one, a failure the worst. An
    overrule counts as one minus its squared error.
    """
    found: dict[str, list[float]] = {name: [] for name in store.priorities()}
    ends = _ends(store)
    for row in store.comparisons():
        right = _right(ends.get(row["left"]), ends.get(row["right"]), row["answer"])
        found.setdefault(row["expert"], []).extend([] if right is None else [right])
    for row in store.predictions():
        if row["said_by"] != PIPELINE:
            hit = [] if row["good"] is None else [1.0 - (row["probability"] - float(row["good"])) ** 2]
            found.setdefault(row["said_by"], []).extend(hit)
    return {name: trust_of(hits) for name, hits in sorted(found.items())}


def prior_weights(store: Store) -> NDArray[np.float64]:
    """(5,) of the experts' priorities, each by trust; where nobody gave any, the first guess."""
    given = store.priorities()
    if not given:
        guesses = [row for row in store.weights_history() if row["formula"] == 2]
        return as_array(guesses[0])
    trust = trusts(store)
    both = merged([matrix_of(CRITERIA, ratios) for ratios in given.values()], [trust[name].chance for name in given])
    return priorities(CRITERIA, both).weights


def preferences_of(store: Store) -> Answers:
    """Every answer as a preference of one candidate over another; those whose scores were not kept are left out."""
    scores = scores_by_id(store)
    rows = [row for row in store.comparisons() if row["left"] in scores and row["right"] in scores]
    ids = tuple(sorted({row[side] for row in rows for side in ("left", "right")}))
    place, trust = {name: i for i, name in enumerate(ids)}, trusts(store)
    preferences = []
    for row in rows:
        left, right = place[row["left"]], place[row["right"]]
        better, worse = (right, left) if row["answer"] == "right" else (left, right)
        preferences.append(Preference(better, worse, trust[row["expert"]].sharpness, row["answer"] == "equal"))
    return Answers(ids, terms([scores[name] for name in ids]), preferences)


def scores_by_id(store: Store) -> dict[str, dict[str, float]]:
    """campaign/trial -> its scores, of every trial that was judged with the scores that V is made of now."""
    found: dict[str, dict[str, float]] = {}
    for row in store.campaigns():
        for judged in store.scores(row["campaign"]).values():
            if set(CRITERIA) <= set(judged.scores):
                found[judged.candidate_id] = judged.scores
    return found


def _ends(store: Store) -> dict[str, float]:
    """campaign/trial -> log10 of its resistance, inf for a failure; trials that ended alone."""
    found = {}
    for campaign in store.campaigns():
        for row in store.trials(campaign["campaign"]):
            if row["state"] in ("complete", "failed"):
                found[f"{campaign['campaign']}/{row['trial']}"] = _loss(row)
    return found


def _loss(row: dict[str, Any]) -> float:
    values = [run["quantities"].get("r_interface_ohm_cm2", {}).get("value") for run in row["runs"]]
    known = [math.log10(value) for value in values if value]
    return sum(known) / len(known) if known and row["state"] == "complete" else math.inf


EQUAL_DECADES = 0.1  # resistances that differ by less are alike: equal cells scatter so (physics of the twin)


def _right(left: float | None, right: float | None, answer: str) -> float | None:
    """1.0, 0.0 or 0.5; None while one of them is open."""
    if left is None or right is None:
        return None
    if left == right or abs(left - right) < EQUAL_DECADES:
        return 1.0 if answer == "equal" else 0.5
    truth = "left" if left < right else "right"
    return 0.5 if answer == "equal" else float(answer == truth)


def set_priorities(store: Store, given: Mapping[str, Mapping[tuple[str, str], float]], utc_s: float) -> int | None:
    """Keep experts' priorities. The new version of the weights; None where more than first guesses holds them."""
    with store.transaction():
        for expert, ratios in given.items():
            store.put_priorities(
                expert, {_ordered(pair): _turned(pair, ratio) for pair, ratio in ratios.items()}, utc_s
            )
        if store.weights()["source"] not in ("first guess", "ahp"):
            return None
        why = f"pairwise comparisons by {', '.join(sorted(store.priorities()))}"
        return store.step_weights("ahp", as_dict(prior_weights(store)), why, {}, utc_s)


def _ordered(pair: tuple[str, str]) -> tuple[str, str]:
    return (pair[0], pair[1]) if pair[0] < pair[1] else (pair[1], pair[0])


def _turned(pair: tuple[str, str], ratio: float) -> float:
    return ratio if pair[0] < pair[1] else 1.0 / ratio
