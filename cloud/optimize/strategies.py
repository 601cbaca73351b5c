"""How the next recipe is chosen, by name. A strategy gets a Question and gives vectors, best first.

Adding one is adding a function and its line in STRATEGIES.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.belief import Belief
from adatom.cloud.optimize.domain import Domain, Point
from adatom.cloud.optimize.search import best_points

START_MOST = 10  # first points by Sobol before the surrogate leads
START_LEAST = 4
START_SHARE = 0.3  # of a small budget
CONFIRM_EVERY = 8  # asks
CONFIRM_LAST = 0.05  # and this share of the budget at its end
CONFIRMED = 3  # values after which the best recipe needs no further repetition
SPARES = 32  # further points, should the first be refused or known
# What counts as improvement, in standard deviations of the tested losses below the best: a margin makes the search look
# further. Tuned on worlds 1 to 20 of the twin, 60 trials, geometric mean of the incumbents' true resistance in ohm cm2:
# hard variant 21 without, 10 and 14 with 0.7 and 1.2 decades (one deviation is 0.5 to 1); standard 2.9, 2.9 and 2.6.
AMBITION = 1.0
ELITES = 16  # tested points among the starts of the search
SHORTLIST = 24  # candidates that the scores see: they may cost a query each
SCORE_WEIGHT = 0.5  # nats of acquisition per nat of score before anything is known
SCORE_HALF = 20.0  # tells after which it weighs half
LEAST_SCORE = 0.05  # a low score delays a candidate and never forbids it

Scores = Callable[[list[Point]], Sequence[float]]


@dataclass(frozen=True)
class Question:
    """All that a strategy may know."""

    space: Domain
    rng: np.random.Generator
    seed: int
    drawn: int  # recipes given out so far, this batch included
    budget: int | None
    told: int  # recipes of this space told so far, failures included
    tested: Array  # (n, d) vectors of those with a value
    open: Array  # (m, d) vectors pending, this batch included
    believe: Callable[[], Belief]
    features: Callable[[Array], Array]
    scores: Scores | None


def random(question: Question) -> Array:
    """Uniform over the space."""
    return question.space.random(SPARES, question.rng)


def sobol(question: Question) -> Array:
    """The next points of one scrambled Sobol sequence."""
    return question.space.sobol(question.drawn + SPARES, question.seed)[question.drawn :]


def bayesian(question: Question) -> Array:
    """Sobol start, then the largest log expected improvement on clearly less than the best posterior mean tested."""
    belief = question.believe()
    if question.told + len(question.open) < start_points(question.budget) or not belief.steers:
        return sobol(question)
    tested = question.features(question.tested)
    mean, _ = belief.blend(tested)
    best = float(mean.min()) - AMBITION * float(mean.std())
    if len(question.open):
        belief = belief.with_belief(question.features(question.open))
    elites = question.tested[np.argsort(mean, kind="stable")[:ELITES]]

    def worth(vectors: Array) -> Array:
        return belief.worth(question.features(vectors), best)

    found = best_points(worth, question.space, np.clip(elites, 0.0, 1.0), question.rng)
    return _scored(question, found[:SHORTLIST], worth)


def confirms(strategy: str, drawn: int, budget: int | None) -> bool:
    """Whether this is the turn to repeat the best recipe so far rather than to try a new one.

    Beside a cliff a single good run is luck, and the luckiest of many looks best: only a repetition tells.
    """
    if strategy not in CONFIRMING or drawn < START_MOST:
        return False
    last = budget is not None and budget - max(1, round(CONFIRM_LAST * budget)) <= drawn < budget
    return last or drawn % CONFIRM_EVERY == CONFIRM_EVERY - 1


def start_points(budget: int | None) -> int:
    """How many points, the reference recipe included, come before the surrogate leads."""
    if budget is None:
        return START_MOST
    return min(START_MOST, max(START_LEAST, round(START_SHARE * budget)))


def _scored(question: Question, vectors: Array, worth: Callable[[Array], Array]) -> Array:
    """The shortlist in the order of acquisition and score together; the score fades as results come in."""
    if question.scores is None:
        return vectors
    weight = SCORE_WEIGHT * SCORE_HALF / (SCORE_HALF + question.told)
    given = np.asarray(question.scores(question.space.points(vectors)), dtype=float)
    value = worth(vectors) + weight * np.log(np.clip(given, LEAST_SCORE, 1.0))
    return vectors[np.argsort(-value, kind="stable")]


CONFIRMING = ("bo",)
STRATEGIES: dict[str, Callable[[Question], Array]] = {"bo": bayesian, "random": random, "sobol": sobol}
