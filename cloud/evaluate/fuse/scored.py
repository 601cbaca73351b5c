"""Trials of a store with V by the newest weights, their HyperScores and chances, and why one has its V."""

import math
from typing import Any

import numpy as np
from adatom.cloud.evaluate.experts.judged import scores_by_id
from adatom.cloud.evaluate.fuse.shapley import of_candidate
from adatom.cloud.evaluate.fuse.value import as_array, terms, values
from adatom.cloud.store.judgement import CRITERIA
from adatom.cloud.store.scoring import READINGS
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError


def hyperscore(value: float, beta: float, gamma: float, kappa: float, reading: str = "formula") -> float:
    """100 [1 + sigma(beta ln V + gamma)^kappa]; "linear" takes kappa as a factor.

    With V 0.91, beta 6, gamma -ln 2, kappa 2: 104.89, and 144.23.
    """
    if reading not in READINGS:
        raise InputError("reading", f"{reading!r}: must be one of {', '.join(READINGS)}")
    sigma = 1.0 / (1.0 + math.exp(-(beta * math.log(value) + gamma)))
    return 100.0 * (1.0 + (sigma**kappa if reading == "formula" else kappa * sigma))


def scored_trials(store: Store, reading: str = "formula") -> list[dict[str, Any]]:
    """Every trial with the scores of V, the highest V first: id, v, hyperscore, scores, feasibility, chance, good."""
    kept, weights = scores_by_id(store), store.weights()
    said = {f"{r['campaign']}/{r['trial']}": r for r in store.predictions() if r["said_by"] == "pipeline"}
    found = values(terms(list(kept.values())), as_array(weights))
    shape = (weights["beta"], weights["gamma"], weights["kappa"], reading)
    rows = [
        {"trial": name, "v": float(v), "hyperscore": hyperscore(float(v), *shape), "weights": weights["version"],
         "scores": {c: scores[c] for c in CRITERIA}, "feasibility": scores.get("feasibility"),
         "chance": _chance(said.get(name)), "good": (said.get(name) or {}).get("good")}
        for (name, scores), v in zip(kept.items(), found, strict=True)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["v"], row["trial"]))


def explanation(store: Store, trial: str) -> dict[str, Any]:
    """V of one trial as the mean of all and what each score adds (Shapley values); InputError for an unknown one."""
    kept = scores_by_id(store)
    if trial not in kept:
        raise InputError(
            "TRIAL", f"{trial!r}: no trial with scores of that name; they are named as {next(iter(kept), 'demo/1')}"
        )
    weights, known = as_array(store.weights()), terms(list(kept.values()))
    one = terms([kept[trial]])[0]
    shares = of_candidate(one, known, weights)
    return {
        "trial": trial,
        "v": float(one @ weights),
        "mean_v": float((known @ weights).mean()),
        "adds": {name: float(x) for name, x in zip(CRITERIA, shares, strict=True)},
        "weights": {name: float(x) for name, x in zip(CRITERIA, weights, strict=True)},
        "scores": {name: kept[trial][name] for name in CRITERIA},
        "of": int(np.shape(known)[0]),
    }


def _chance(row: dict[str, Any] | None) -> list[float] | None:
    return None if row is None else [row["probability"], row["low"], row["high"]]
