"""One turn of the loop in which the pipeline judges itself and moves the weights of V, each step bounded and noted.

Precedence: an expert's overrule stops every other step. Else the posterior (prior: experts' priorities, likelihood:
outcomes and preferences) draws the weights; then the bandit proposes, and is followed within the posterior alone.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.evaluate.experts.judged import preferences_of, prior_weights
from adatom.cloud.evaluate.fuse.posterior import Posterior, posterior
from adatom.cloud.evaluate.fuse.value import as_array, as_dict
from adatom.cloud.evaluate.meta.bandit import bounded, proposal
from adatom.cloud.evaluate.meta.foretell import Past, past
from adatom.cloud.store.store import Store
from numpy.typing import NDArray

LEAST_OUTCOMES = 10  # or as many answers, before anything moves
LEAST_MOVE = 1e-3  # of the weights: below it nothing is noted
MOST_TURNS = 4  # of the recursion
MOST_SDS = 2.0  # of the posterior, within which the bandit may move


class Step(NamedTuple):
    """A step of this turn: `version` None where it was held back."""

    source: str
    version: int | None
    why: str


def turn(store: Store, utc_s: float, campaign: str | None = None, seed: int = 0) -> list[Step]:
    """The steps taken and held back. `campaign`: outcomes of one alone."""
    if store.weights()["source"] == "overrule":
        return [_held(store, "posterior", "an expert's overrule is in force; take it back with --undo", {}, utc_s)]
    known, answers = past(store, campaign), preferences_of(store)
    if len(known.good) + len(answers.preferences) < LEAST_OUTCOMES:
        return []
    belief = posterior(prior_weights(store), known.terms, known.good, answers.terms, answers.preferences)
    steps = _towards(store, belief, utc_s)
    if len(known.good) >= LEAST_OUTCOMES:
        steps += _recursion(store, known, belief, np.random.default_rng([seed, len(known.good)]), utc_s)
    return steps


def _towards(store: Store, belief: Posterior, utc_s: float) -> list[Step]:
    """A bounded step to the posterior's mode."""
    now = as_array(store.weights())
    there = bounded(now, belief.weights)
    if _distance(now, there) < LEAST_MOVE:
        return []
    evidence = {
        "mode": as_dict(belief.weights),
        "sds": _named(belief.sds),
        "slope": belief.slope,
        "of": belief.evidence,
    }
    return [_taken(store, "posterior", there, f"towards the posterior of {belief.evidence} outcomes and answers",
                   evidence, utc_s)]  # fmt: skip


def _recursion(store: Store, known: Past, belief: Posterior, rng: np.random.Generator, utc_s: float) -> list[Step]:
    """The bandit's steps, until what one gains is within a standard deviation or its doubt does not shrink."""
    steps: list[Step] = []
    doubt = math.inf
    for _ in range(MOST_TURNS):
        now = as_array(store.weights())
        said = proposal(now, known.terms, known.good, rng)
        if _distance(now, said.weights) < LEAST_MOVE:
            break
        far = belief.distance(said.weights)
        evidence = {"gain_nats": said.gain, "sd_nats": _finite(said.gain_sd), "sds_from_posterior": far,
                    "proposed": as_dict(said.weights)}  # fmt: skip
        stop = _why_stop(said.gain, said.gain_sd, doubt, far)
        if stop:
            steps.append(_held(store, "bandit", stop, evidence, utc_s))
            break
        doubt = said.gain_sd
        steps.append(_taken(store, "bandit", said.weights, f"gains {said.gain:.3f} ± {said.gain_sd:.3f} nats a trial",
                            evidence, utc_s))  # fmt: skip
    return steps


def _why_stop(gain: float, sd: float, before: float, far: float) -> str:
    """Why the recursion ends here; '' where it goes on."""
    if gain <= sd:
        return f"gains {gain:.3f} nats a trial, within one standard deviation ({sd:.3f})"
    if sd >= before:
        return f"the doubt does not shrink: {sd:.3f} after {before:.3f} nats"
    if far > MOST_SDS:
        return f"{far:.1f} standard deviations from the posterior"
    return ""


def _taken(
    store: Store, source: str, weights: NDArray[np.float64], why: str, evidence: dict[str, Any], utc_s: float
) -> Step:
    return Step(source, store.step_weights(source, as_dict(weights), why, evidence, utc_s), why)


def _held(store: Store, source: str, why: str, evidence: dict[str, Any], utc_s: float) -> Step:
    store.step_weights(source, None, why, evidence, utc_s)
    return Step(source, None, why)


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return 0.5 * float(np.abs(a - b).sum())


def _named(numbers: NDArray[np.float64]) -> dict[str, float]:
    from adatom.cloud.store.judgement import CRITERIA

    return {name: float(x) for name, x in zip(CRITERIA, numbers, strict=True)}


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
