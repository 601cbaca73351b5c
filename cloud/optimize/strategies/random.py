"""Uniform over the space."""

from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.proposals import SPARES
from adatom.cloud.optimize.question import Question

CONFIRMS = False


def propose(question: Question) -> Array:
    """Points by chance."""
    if question.pool is not None:
        return question.rng.permutation(question.pool)[:SPARES]
    return question.space.random(SPARES, question.rng)
