"""A genetic algorithm on posterior means, made worse where a result would not repeat or would fail.

No gain, no exploration but that of the population. Several losses give a front (NSGA-II, NSGA-III beyond three), of
which the points that add most hypervolume come first.
"""

from collections.abc import Callable

import numpy as np
from adatom.cloud.optimize.acquisition import pareto
from adatom.cloud.optimize.arrays import Array, Indices
from adatom.cloud.optimize.proposals import SHORTLIST, elites, scored, spread_evenly
from adatom.cloud.optimize.question import Belief, Question
from scipy.spatial.distance import cdist

CONFIRMS = False
COPIES = 4  # of each point, moved a little, that tell how well it repeats
WOBBLE = 0.02  # of the ranges, standard deviation of the copies: about what a bench misses its settings by
UNSURE = 0.5  # of a predicted scatter that is added to the mean
RISK = 1.0  # spreads of the losses per nat of the chance to fail
EDGE = 1.0  # spreads of the losses per range that the copies must be moved back by
APART = 0.1  # per root of the features: nearer to a pending point than this comes last


def propose(question: Question) -> Array:
    """The shortlist, best first."""
    if question.starting or not len(question.tested):
        return spread_evenly(question)
    belief = question.believe()
    if not belief.steers:
        return spread_evenly(question)
    losses = _losses(question, belief)
    known, _ = losses(question.features(question.tested))
    fitness = fitness_of(question, belief, losses, np.maximum(known.std(axis=0), np.finfo(float).tiny))
    vectors, values = _population(question, fitness, known)
    order = _by_volume(question, losses, known, values)[:SHORTLIST]
    return scored(question, vectors[_spread(question, vectors, order)], lambda chosen: -fitness(chosen).sum(axis=1))


def _losses(question: Question, belief: Belief) -> Callable[[Array], tuple[Array, Array]]:
    """The losses apart, (n, k), or their blend as the only column."""
    if question.options.pareto:
        return belief.losses

    def blend(features: Array) -> tuple[Array, Array]:
        mean, sd = belief.blend(features)
        return mean[:, None], sd[:, None]

    return blend


def fitness_of(
    question: Question, belief: Belief, losses: Callable[[Array], tuple[Array, Array]], spreads: Array
) -> Callable[[Array], Array]:
    """Vectors (n, d) -> (n, k), lower is better: expected losses plus what speaks against repeating or succeeding.

    The scatter is the posterior's deviation and that of the expectation among copies a little beside; the copies also
    tell the nearness to a limit, by how far the space must move them back.
    """
    wobbles = WOBBLE * np.random.default_rng(question.seed).standard_normal((COPIES, 1, question.space.dimension))

    def fitness(vectors: Array) -> Array:
        features = question.features(vectors)
        mean, sd = losses(features)
        moved = (vectors + wobbles).reshape(-1, vectors.shape[1])
        back = question.space.repair(moved)
        beside = losses(question.features(back))[0].reshape(COPIES, *mean.shape)
        scatter = np.sqrt(sd**2 + ((beside - mean) ** 2).mean(axis=0))
        edge = np.abs(back - moved).reshape(COPIES, *vectors.shape).mean(axis=(0, 2))
        against = EDGE * edge - RISK * belief.log_chances(features)
        return np.asarray(mean + UNSURE * scatter + spreads * against[:, None])

    return fitness


def _population(question: Question, fitness: Callable[[Array], Array], known: Array) -> tuple[Array, Array]:
    """(vectors, fitness) of the last generation, or of the pool."""
    if question.pool is not None:
        return question.pool, fitness(question.pool)
    from adatom.cloud.optimize.genetic import evolved  # pymoo takes most of a second to load

    starts = elites(question, known if known.shape[1] > 1 else known[:, 0])
    starts = question.space.repair(np.clip(starts, 0.0, 1.0))
    return evolved(fitness, question.space, starts, known.shape[1], question.rng)


def _by_volume(
    question: Question, losses: Callable[[Array], tuple[Array, Array]], known: Array, values: Array
) -> Indices:
    """Row numbers, best first: by fitness, or for several losses by what each adds to the tested and pending front."""
    if values.shape[1] == 1:
        return np.argsort(values[:, 0], kind="stable")
    waiting, _ = losses(question.features(question.open))
    front = np.vstack([known, waiting])
    reference = pareto.reference_point(np.vstack([front, values]))
    front = pareto.front_of(front, reference)
    if not pareto.is_exact(front):
        return np.argsort(-cdist(values, front).min(axis=1), kind="stable")
    certain = np.zeros_like(values)
    return np.argsort(-pareto.log_hypervolume_improvement(values, certain, front, reference), kind="stable")


def _spread(question: Question, vectors: Array, order: Indices) -> Indices:
    """The order with what lies close to a pending point at its end."""
    if not len(question.open):
        return order
    features = question.features(vectors[order])
    near = cdist(features, question.features(question.open)).min(axis=1) < APART * np.sqrt(features.shape[1])
    return np.asarray(order[np.argsort(near, kind="stable")])
