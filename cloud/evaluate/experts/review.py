"""Asks experts, takes their answers and overrules, and says what became of them; everything is in the store."""

import math
from typing import Any

import numpy as np
from adatom.cloud.evaluate.experts.judged import Answers, preferences_of, prior_weights, scores_by_id, trusts
from adatom.cloud.evaluate.experts.questions import MOST_CANDIDATES, Question, questions
from adatom.cloud.evaluate.experts.trust import Trust, trust_of
from adatom.cloud.evaluate.fuse.posterior import posterior
from adatom.cloud.evaluate.fuse.value import as_dict, terms
from adatom.cloud.evaluate.meta.foretell import past
from adatom.cloud.store.judgement import CRITERIA, PIPELINE
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

ANSWERS = ("left", "right", "equal")


def next_questions(store: Store, expert: str, count: int = 1) -> list[Question]:
    """The pairs whose comparison by this expert is expected to tell most, best first."""
    known, scores = preferences_of(store), scores_by_id(store)
    ids = tuple(list(scores)[-MOST_CANDIDATES:])
    if len(ids) < 2:
        raise InputError("DATABASE", "holds fewer than two trials with the scores that V is made of")
    ended = past(store)
    belief = posterior(prior_weights(store), ended.terms, ended.good, known.terms, known.preferences)
    found = terms([scores[name] for name in ids])
    trust = trusts(store).get(expert, trust_of([]))
    return questions(ids, found, belief, trust.sharpness, _answered(store, expert), _split(store, expert), count)


def answer(store: Store, left: str, right: str, said: str, expert: str, why: str, utc_s: float) -> Answers:
    """Keep an answer; all preferences as they are now. InputError for unknown trials or answers."""
    if said not in ANSWERS:
        raise InputError("ANSWER", f"{said!r}: must be one of {', '.join(ANSWERS)}")
    scores = scores_by_id(store)
    for name in (left, right):
        if name not in scores:
            raise InputError(
                "TRIAL",
                f"{name!r}: no trial with scores of that name; they are named as {next(iter(scores), 'demo/1')}",
            )
    if left == right:
        raise InputError("TRIAL", f"{left} is compared with itself")
    store.put_comparison(left, right, expert, said, why, utc_s)
    return preferences_of(store)


def overrule_trial(store: Store, trial: str, chance: float, expert: str, why: str, utc_s: float) -> dict[str, Any]:
    """Keep an expert's own chance that a trial is good, before it ends; beside it what the pipeline says.

    InputError without a reason, for a trial that is unknown, has ended, or was not foretold.
    """
    _reasoned(why)
    if not 0.0 <= chance <= 1.0:
        raise InputError("CHANCE", f"{chance}: must be in 0 to 1")
    campaign, _, number = trial.rpartition("/")
    said = [r for r in store.predictions(campaign) if f"{campaign}/{r['trial']}" == trial and r["said_by"] == PIPELINE]
    if not said or not number.isdigit():
        raise InputError("TRIAL", f"{trial!r}: was not foretold; a trial is foretold when its campaign proposes it, "
                                  "from the fourth value on")  # fmt: skip
    one = said[0]
    store.put_prediction(campaign, int(number), expert, one["target"], (chance, chance, chance), why, utc_s)
    return {"trial": trial, "expert": expert, "chance": chance, "pipeline": one["probability"], "target": one["target"]}


def overrule_weights(store: Store, weights: dict[str, float], expert: str, why: str, utc_s: float) -> int:
    """The new version of the weights that an expert sets; it holds against every other step until it is undone."""
    _reasoned(why)
    if unknown := set(weights) - set(CRITERIA):
        raise InputError("--weight", f"{min(unknown)!r}: must be one of {', '.join(CRITERIA)}")
    if any(not math.isfinite(value) or value < 0.0 for value in weights.values()) or not sum(weights.values()) > 0.0:
        raise InputError("--weight", "weights must be numbers of 0 or more, one of them above 0")
    full = np.array([weights.get(name, 0.0) for name in CRITERIA])
    version = store.step_weights("overrule", as_dict(full), f"{expert}: {why}", {"expert": expert}, utc_s)
    assert version is not None
    return version


def review_log(store: Store) -> dict[str, Any]:
    """Answers, overrules beside what came of them, and how far each expert is right."""
    overrules = []
    said = store.predictions()
    by_pipeline = {(r["campaign"], r["trial"]): r["probability"] for r in said if r["said_by"] == PIPELINE}
    for row in said:
        if row["said_by"] == PIPELINE:
            continue
        theirs, ours, good = row["probability"], by_pipeline[row["campaign"], row["trial"]], row["good"]
        better = None if good is None else abs(theirs - float(good)) < abs(ours - float(good))
        overrules.append({"trial": f"{row['campaign']}/{row['trial']}", "expert": row["said_by"], "chance": theirs,
                          "pipeline": ours, "good": good, "expert_was_nearer": better, "why": row["why"]})  # fmt: skip
    return {
        "answers": store.comparisons(),
        "overrules": overrules,
        "experts": {name: _trust(one) for name, one in trusts(store).items()},
    }


def _trust(one: Trust) -> dict[str, float]:
    return {"right": one.right, "checked": one.checked, "chance": one.chance, "sd": one.sd}


def _reasoned(why: str) -> None:
    if not why.strip():
        raise InputError("--why", "an overrule needs a reason")


def _answered(store: Store, expert: str) -> set[tuple[str, str]]:
    return {(row["left"], row["right"]) for row in store.comparisons() if row["expert"] == expert}


def _split(store: Store, expert: str) -> dict[tuple[str, str], float]:
    """Pair -> share of the answers of others in the minority."""
    votes: dict[tuple[str, str], list[float]] = {}
    for row in store.comparisons():
        if row["expert"] != expert:
            votes.setdefault((row["left"], row["right"]), []).append(
                {"left": 1.0, "right": 0.0, "equal": 0.5}[row["answer"]]
            )
    return {pair: min(sum(v) / len(v), 1.0 - sum(v) / len(v)) for pair, v in votes.items() if len(v) > 1}
