"""Bayesian optimisation: an even start, then the largest log expected improvement, of hypervolume for several losses.

Pending points are taken as they are expected to come out. A batch with shared columns chooses their setting by what
all its points gain together.
"""

from dataclasses import replace

from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.proposals import (
    ELITES,
    blend_gain,
    elites,
    front_gain,
    looked_up,
    scored,
    searched,
    spread_evenly,
    worth_of,
)
from adatom.cloud.optimize.question import Question
from adatom.cloud.optimize.setting import best_setting

CONFIRMS = True
DOUBT = 0.5  # share of asks spread evenly while the model predicts no better than a constant


def propose(question: Question) -> Array:
    """The shortlist, best first."""
    if question.starting or not len(question.tested):
        return spread_evenly(question)
    belief = question.believe()
    if not belief.steers:
        return spread_evenly(question)
    if not belief.trusted and question.rng.random() < DOUBT:
        return spread_evenly(question)
    tested = question.features(question.tested)
    means, _ = belief.blend(tested)
    if question.options.pareto and belief.losses(tested[:1])[0].shape[1] > 1:
        gain, best = front_gain(question, belief), elites(question, belief.losses(tested)[0])
    else:
        gain, best = blend_gain(question, belief), elites(question, means)
    worth = worth_of(question, belief, gain)
    space = searched(question, means)
    found = looked_up(question, worth, best, space)
    if question.count > 1 and question.space.shared.any():
        space, pool = best_setting(question, belief, worth, found)
        question = replace(question, pool=pool)
        found = looked_up(question, worth, found[:ELITES], space)
    return scored(question, found, worth)
