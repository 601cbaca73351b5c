"""A bounded step of the weights along the policy gradient: which change would have foretold outcomes better.

The policy is a Gaussian around the log ratios of the weights (Williams 1992, Mach. Learn. 8, 229); its arms are weights
nearby. What came of a trial does not hang on the weights it was judged by, so every arm is played on all of the past.
The reward is the mean log score of the calibrated chance, said before each outcome: it wants both calibration and
sharpness (Gneiting and Raftery 2007, J. Am. Stat. Assoc. 102, 359). Must not know of stores.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from adatom.cloud.evaluate.fuse.calibration import Calibration, foretold
from adatom.cloud.evaluate.fuse.posterior import log_ratios, weights_of
from adatom.cloud.evaluate.fuse.value import values
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_STEP = 0.05  # of the weights, half their L1 distance: one step moves a twentieth of V at most (K)
PAIRS = 6  # of arms, each with its mirror image
ARM_SD = 0.3  # of each log ratio
LEAST_CHANCE = 1e-6
BLOCK = 5  # trials: neighbours of a search are alike, so the doubt is of blocks and not of single ones


class Proposal(NamedTuple):
    """Weights that the gradient leads to, how much reward a trial they gain (nats) and its standard deviation."""

    weights: Array
    gain: float
    gain_sd: float


def log_scores(weights: Array, terms: Array, good: Array) -> Array:
    """(n,) log of the chance that was given to what came, before it came; terms (n, 5), good (n,)."""
    said, _ = foretold(values(terms, weights), [bool(g) for g in good], Calibration.start())
    return np.asarray(np.log(np.maximum(np.where(good > 0.5, said, 1.0 - said), LEAST_CHANCE)))


def proposal(weights: Array, terms: Array, good: Array, rng: np.random.Generator) -> Proposal:
    """The step from `weights` (5,) that the past speaks for; its length is MOST_STEP at most."""
    base, middle = log_scores(weights, terms, good), log_ratios(weights)
    turns = rng.standard_normal((PAIRS, len(weights))) * ARM_SD
    turns -= turns.mean(axis=1, keepdims=True)
    slopes = [_reward(middle + turn, terms, good) - _reward(middle - turn, terms, good) for turn in turns]
    gradient = np.asarray(slopes) @ turns / (2.0 * PAIRS * ARM_SD**2)
    length = float(np.abs(gradient).max())
    if length == 0.0:
        return Proposal(weights, 0.0, 0.0)
    there = bounded(weights, weights_of(middle + gradient / length))
    gains = log_scores(there, terms, good) - base
    return Proposal(there, float(gains.mean()), block_sd(gains))


def bounded(start: Array, end: Array, most: float = MOST_STEP) -> Array:
    """Weights on the way from start to end, at most `most` away: half the L1 distance."""
    far = 0.5 * float(np.abs(end - start).sum())
    share = 1.0 if far <= most else most / far
    return np.asarray(start + share * (end - start))


def block_sd(gains: Sequence[float] | Array) -> float:
    """Standard deviation of the mean of gains in the order of time, by means of blocks; inf for fewer than two."""
    count = len(gains) // BLOCK
    if count < 2:
        return math.inf
    means = np.asarray(gains[: count * BLOCK]).reshape(count, BLOCK).mean(axis=1)
    return float(means.std(ddof=1)) / math.sqrt(count)


def _reward(ratios: Array, terms: Array, good: Array) -> float:
    return float(log_scores(weights_of(ratios), terms, good).mean())
