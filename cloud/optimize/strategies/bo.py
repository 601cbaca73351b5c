"""Bayesian optimisation: an even start, then the largest log expected improvement, of hypervolume for several losses.

Pending points are taken as they are expected to come out. A batch with shared columns chooses their setting by what
all its points gain together.
"""

import math
from dataclasses import replace

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.proposals import (
    ELITES,
    Gain,
    best_of_a_draw,
    blend_gain,
    elites,
    far_from_all,
    front_gain,
    looked_up,
    scored,
    searched,
    spread_evenly,
    worth_of,
)
from adatom.cloud.optimize.question import Belief, Question
from adatom.cloud.optimize.search import Score
from adatom.cloud.optimize.setting import best_setting

CONFIRMS = True
DRAWN_NOISE = 0.1  # of the spread of tested means, from which draws of a pool pay
DOUBT = 0.5  # share of asks that look elsewhere while the model has nothing to offer


def propose(question: Question) -> Array:
    """The shortlist, best first."""
    if question.starting or not len(question.tested):
        return spread_evenly(question)
    belief = question.believe()
    if not belief.steers or (not belief.trusted and question.rng.random() < DOUBT):
        return spread_evenly(question)
    tested = question.features(question.tested)
    means, _ = belief.blend(tested)
    if question.options.pareto and len(belief.losses(tested[:1])[0][0]) > 1:
        worth = worth_of(question, belief, front_gain(question, belief))
        return _searched_for(question, belief, worth, elites(question, belief.losses(tested)[0]), means)
    if question.pool is not None and _draws(question, belief, means):
        return best_of_a_draw(question, belief, question.pool)
    gain = blend_gain(question, belief)
    found = _searched_for(question, belief, worth_of(question, belief, gain), elites(question, means), means)
    if len(found) and _tells_nothing(question, belief, gain, found[:1]):
        return np.vstack([far_from_all(question), found])
    return found


def _searched_for(question: Question, belief: Belief, worth: Score, starts: Array, means: Array) -> Array:
    """The shortlist of a search from `starts`; `means` (n,) of the tested points."""
    space = searched(question, means)
    found = looked_up(question, worth, starts, space)
    if question.count > 1 and question.space.shared.any():
        space, pool = best_setting(question, belief, worth, found)
        question = replace(question, pool=pool)
        found = looked_up(question, worth, found[:ELITES], space)
    return scored(question, found, worth)


def _draws(question: Question, belief: Belief, means: Array) -> bool:
    """Whether a draw answers this ask of a pool; not where scores or costs have a say, of which draws know nothing.

    Nor where values are exact: there expected improvement leaves a family of candidates soon enough.
    """
    plain = question.scores is None and question.log_cost is None
    noisy = belief.noise_sd > DRAWN_NOISE * float(means.std())
    return plain and noisy and bool(question.rng.random() < question.options.draws)


def _tells_nothing(question: Question, belief: Belief, gain: Gain, best: Array) -> bool:
    """Whether what the best point is expected to gain drowns in the noise of a measurement; every other time it counts.

    Beside the best point a noisy search finds such gains for ever, and if the model is wrong elsewhere it never learns.
    """
    least = question.options.least_gain * belief.noise_sd
    if least <= 0.0 or float(gain(question.features(best))[0]) >= math.log(least):
        return False
    return bool(question.rng.random() < DOUBT)
