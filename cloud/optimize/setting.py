"""The setting of the hard-to-change factors that a whole batch shares, chosen by what its points gain together."""

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.batches import joint_gain
from adatom.cloud.optimize.domain import Domain
from adatom.cloud.optimize.proposals import to_beat
from adatom.cloud.optimize.question import Belief, Question
from adatom.cloud.optimize.search import Score
from adatom.cloud.optimize.views import held_to
from scipy.special import logsumexp

SETTINGS = 6  # that are compared; the best ones of single points
MEMBERS = 48  # points that a setting is judged by
DRAWS = 64  # joint ones of their losses


def best_setting(question: Question, belief: Belief, worth: Score, found: Array) -> tuple[Domain, Array | None]:
    """The space (or pool) held at the best setting among those of the `found` vectors (m, d), best first."""
    later = belief.with_belief(question.features(question.open)) if len(question.open) else belief
    best, answer = -np.inf, held_to(question.space, question.pool, found[0])
    for fixed in settings_of(found, question.space.shared):
        space, pool = held_to(question.space, question.pool, fixed)
        members = np.unique(space.repair(found[: 2 * MEMBERS]) if pool is None else pool, axis=0)
        values = worth(members)
        top = np.argsort(-values, kind="stable")[:MEMBERS]
        gain = _gain(question, later, members[top], values[top])
        if gain > best:
            best, answer = gain, (space, pool)
    return answer


def settings_of(found: Array, shared: Bools) -> Array:
    """(s, d) vectors with distinct shared columns, the first of each, in their order."""
    _, first = np.unique(found[:, shared], axis=0, return_index=True)
    return np.asarray(found[np.sort(first)[:SETTINGS]])


def _gain(question: Question, belief: Belief, members: Array, worth: Array) -> float:
    """What the points that are still wanted gain together; a failed one gains nothing."""
    if question.options.pareto:
        return float(logsumexp(worth[: question.count]))
    features = question.features(members)
    chances = np.exp(belief.log_chances(features))
    best = to_beat(question, belief)
    # fixed draws for all settings: what differs is the settings
    draws = belief.draws(features, DRAWS, np.random.default_rng(question.seed))
    gain = joint_gain(best - chances * (best - draws), best, question.count)[0]
    # all of one setting: what it costs to change to is the same
    return gain if question.log_cost is None else gain * float(np.exp(-question.log_cost(members[:1])[0]))
