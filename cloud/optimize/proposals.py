"""What strategies share: where they look, how a gain is made of a belief, and the order that scores give."""

from collections.abc import Callable

import numpy as np
from adatom.cloud.optimize.acquisition import improvement, pareto, trust
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.batches import log_penalty
from adatom.cloud.optimize.domain import Domain
from adatom.cloud.optimize.question import Belief, Question, start_points
from adatom.cloud.optimize.screen import best_rows
from adatom.cloud.optimize.search import Score, best_points
from adatom.cloud.optimize.views import Boxed
from scipy.spatial.distance import cdist

FAR_POINTS = 64  # of an even spread, where the model has nothing to offer
SPARES = 32  # further points, should the first be refused or known
ELITES = 16  # tested points among the starts of a search
SHORTLIST = 24  # candidates that the scores see: they may cost a query each
SCORE_WEIGHT = 0.5  # nats of gain per nat of score before anything is known
LEAST_SCORE = 0.05  # a low score delays a candidate and never forbids it
DRAWN_MOST = 2000  # candidates of a joint draw: it costs their number cubed
LIKELY = 0.5  # chance to keep to all limits from which a tested point may be the one to beat

Gain = Callable[[Array], Array]  # (n, f) features -> (n,) log gain


def spread_evenly(question: Question) -> Array:
    """The next points of the space's Sobol sequence; of a pool, the rows next to them."""
    points = question.space.sobol(question.drawn + SPARES, question.seed)[question.drawn :]
    if question.pool is None or not len(question.pool):
        return points if question.pool is None else question.pool
    nearest = cdist(question.features(points), question.features(question.pool)).argmin(axis=1)
    _, first = np.unique(nearest, return_index=True)
    return np.asarray(question.pool[nearest[np.sort(first)]])


def far_from_all(question: Question) -> Array:
    """Points of an even spread, or rows of the pool, that are farthest from all that was tried, farthest first."""
    pool = question.pool
    if pool is None:
        pool = question.space.sobol(question.drawn + FAR_POINTS, question.seed)[question.drawn :]
    known = question.features(np.vstack([question.tested, question.open]))
    distances = cdist(question.features(pool), known).min(axis=1)
    return np.asarray(pool[np.argsort(-distances, kind="stable")[:SPARES]])


def best_of_a_draw(question: Question, belief: Belief, pool: Array) -> Array:
    """Rows of the pool (p, d), best first in one draw of what the losses may be (Thompson 1933; Russo 2018).

    Candidates come in families that gain alike. An expected improvement asks of the first of two until nothing of it is
    left; draws ask of each as often as it may hold the best.
    """
    rows = np.arange(len(pool))
    if len(pool) > DRAWN_MOST:
        rows = np.sort(question.rng.choice(len(pool), DRAWN_MOST, replace=False))
    features = question.features(pool[rows])
    later = belief.with_belief(question.features(question.open)) if len(question.open) else belief
    drawn = later.draws(features, 1, question.rng)[0]
    alive = question.rng.random(len(rows)) < np.exp(belief.log_chances(features))
    best = np.argsort(np.where(alive, drawn, np.inf), kind="stable")[:SHORTLIST]
    return np.asarray(pool[rows[best]])


def looked_up(question: Question, score: Score, starts: Array, space: Domain | None = None) -> Array:
    """(m, d) vectors with the largest scores, best first: found by a search, or rows of the pool."""
    if question.pool is not None:
        return np.asarray(question.pool[best_rows(score, question.pool, SHORTLIST)])
    space = space or question.space
    return best_points(score, space, space.repair(np.clip(starts, 0.0, 1.0)), question.rng)


def elites(question: Question, losses: Array) -> Array:
    """(e, d) tested vectors of the least losses (n,) or of the front of (n, k) ones."""
    if losses.ndim > 1:
        front = np.flatnonzero(pareto.non_dominated(losses))
        return question.tested[front[:ELITES]]
    return question.tested[np.argsort(losses, kind="stable")[:ELITES]]


def searched(question: Question, means: Array) -> Domain:
    """The space, or the box in it that a wide one is searched in; `means` (n,) of the tested points."""
    groups = len(set(question.space.feature_groups))
    if not (question.options.trust and trust.pays(groups, question.told)):
        return question.space
    first = start_points(question.budget, question.options)
    return Boxed(question.space, trust.region(question.tested, means, first))


def scored(question: Question, vectors: Array, worth: Score) -> Array:
    """The shortlist in the order of gain and score together; the score fades as results come in."""
    shortlist = vectors[:SHORTLIST]
    if question.scores is None:
        return shortlist
    weight = SCORE_WEIGHT / (1.0 + question.told / question.options.score_half)
    given = np.asarray(question.scores(question.space.points(shortlist)), dtype=float)
    value = worth(shortlist) + weight * np.log(np.clip(given, LEAST_SCORE, 1.0))
    return shortlist[np.argsort(-value, kind="stable")]


def worth_of(question: Question, belief: Belief, gain: Gain) -> Score:
    """The gain with the chances to succeed and what the trial costs, as a score of vectors."""
    # nothing of the question but these: a score may be sent to other processes, and a pool of millions with it
    features_of, log_cost = question.features, question.log_cost

    def worth(vectors: Array) -> Array:
        features = features_of(vectors)
        value = gain(features) + belief.log_chances(features)
        return value if log_cost is None else value - log_cost(vectors)

    return worth


def blend_gain(question: Question, belief: Belief) -> Gain:
    """Log expected improvement of the blend, pending points taken as they are expected."""
    tested, waiting = question.features(question.tested), question.features(question.open)
    mean, _ = belief.blend(tested)
    best = to_beat(question, belief)
    later = belief.with_belief(waiting) if len(waiting) else belief
    if question.options.noisy and improvement.noise_is_strong(belief.noise_sd, mean):
        bests = belief.draws(tested, improvement.DRAWS, question.rng).min(axis=1)
        return lambda features: improvement.noisy_log_expected_improvement(*later.blend(features), bests)
    if not len(waiting) or not question.options.penalise:
        return lambda features: improvement.log_expected_improvement(*later.blend(features), best)
    penalty = log_penalty(waiting, *belief.blend(waiting), tested, mean, best)
    return lambda features: improvement.log_expected_improvement(*later.blend(features), best) + penalty(features)


def to_beat(question: Question, belief: Belief) -> float:
    """The least mean of the tested points that likely keep to all limits, less the ambition.

    Pending points count as they are expected: what they will have is no gain any more.
    """
    tested = question.features(question.tested)
    mean, _ = belief.blend(tested)
    ambition = question.options.ambition * float(mean.std())
    likely = belief.log_chances(tested) >= np.log(LIKELY) if question.options.constrained else np.ones(len(mean), bool)
    # nobody keeps to the limits yet: whatever does is worth its chance, and even the worst tested loss will do
    best = float(mean[likely].min() if likely.any() else mean.max())
    expected, _ = belief.blend(question.features(question.open))
    return min(best, float(expected.min(initial=best))) - ambition


def front_gain(question: Question, belief: Belief) -> Gain:
    """Log expected growth of the hypervolume; of a random scalarisation where that is too dear."""
    known = question.features(np.vstack([question.tested, question.open]))
    means, _ = belief.losses(known)
    reference = pareto.reference_point(means)
    front = pareto.front_of(means, reference)
    later = belief.with_belief(question.features(question.open)) if len(question.open) else belief
    doubt = question.options.doubt

    def judged(features: Array) -> tuple[Array, Array]:
        expected, sds = later.losses(features)
        return expected, doubt * sds

    if pareto.is_exact(front):
        return lambda features: pareto.log_hypervolume_improvement(*judged(features), front, reference)
    weights, ideal = pareto.random_weights(means.shape[1], question.rng), front.min(axis=0)
    frame = (weights, ideal, reference - ideal)
    best = float(pareto.scalarised(means, *frame).min())

    def gain(features: Array) -> Array:
        return improvement.log_expected_improvement(*pareto.scalarised_belief(*judged(features), *frame), best)

    return gain
