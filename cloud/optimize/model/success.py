"""The chance that a run at a point succeeds, learnt from runs that did and runs that failed.

A Gaussian process classifier by Laplace's approximation (Rasmussen and Williams 2006, 3.4) with a logistic link. On
made-up failure regions with 10, 25, 60 and 150 runs its held-out log loss is 0.54, 0.42, 0.35 and 0.31; the share of
successes nearby has 0.58, 0.50, 0.46 and 0.44. Must not know of losses.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.hyper import subset
from adatom.cloud.optimize.model.kernels import lower_factor, matern, solved, squared_distances
from numpy.typing import NDArray

LEAST_FAILURES = 2  # before the chance counts: one failure is bad luck
LEAST_CHANCE = 0.05  # floor: a wrong guess must stay correctable
LENGTH = 0.5  # usual length scale, times the root of the dimension
# What is tried, best first kept: variances of the log odds, common stretches of the length scales, then one by one
SIGNALS = (1.0, 4.0, 16.0)
STRETCHES = (0.5, 1.0, 2.0)
TURNS = (3.0, 0.6)  # factors on the length scale of one group
PASSES = 2
LOG_SIGNAL_PRIOR = (math.log(4.0), 1.0)  # (mean, sd): log odds of two points differ by 2 or 3 as a rule
LOG_LENGTH_PRIOR_SD = 1.2  # of each length scale around the usual one
NEWTON_STEPS = 50
CONVERGED = 1e-9  # nats a run that a step of Newton's must gain
LEAST_CURVATURE = 1e-12  # of a run that is certain: keeps its row in the factor


@dataclass(frozen=True)
class Laplace:
    """The mode of the log odds given the runs, and their evidence."""

    scaled: Array  # (n, f)
    lengths: Array
    signal: float
    prior: float  # log odds far from all runs
    pull: Array  # (n,) succeeded - chance at the mode
    roots: Array  # (n,) square roots of chance (1 - chance)
    factor: Array  # (n, n) of B = 1 + W½ K W½
    evidence: float

    def odds(self, features: Array) -> tuple[Array, Array]:
        """(mean, variance) of the log odds at (m, f), (m,) each."""
        cross = self.signal * matern(squared_distances(features / self.lengths, self.scaled))
        mean = self.prior + cross @ self.pull
        white = solved(self.factor, (cross * self.roots).T)
        return mean, np.maximum(self.signal - np.einsum("ij,ij->j", white, white), 0.0)

    def chance(self, features: Array) -> Array:
        """(m,) probabilities, averaged over the doubt in the log odds (MacKay 1992)."""
        mean, variance = self.odds(features)
        return logistic(mean / np.sqrt(1.0 + math.pi * variance / 8.0))


def logistic(odds: Array) -> Array:
    """1 / (1 + exp(-odds)) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * odds)))


def laplace(features: Array, succeeded: Array, lengths: Array, signal: float, prior: float) -> Laplace:
    """The classifier of runs (n, f), (n,) of 1.0 and 0.0: Newton's steps to the mode, algorithm 3.1."""
    scaled = features / lengths
    kernel = signal * matern(squared_distances(scaled, scaled))
    signs = 2.0 * succeeded - 1.0
    mode, best = np.full(len(succeeded), prior), -math.inf
    for _ in range(NEWTON_STEPS):
        chance = logistic(mode)
        roots = np.sqrt(np.maximum(chance * (1.0 - chance), LEAST_CURVATURE))
        factor = lower_factor(np.eye(len(mode)) + roots[:, None] * kernel * roots)
        target = roots**2 * (mode - prior) + succeeded - chance
        step = solved(factor, (roots * (kernel @ target))[:, None])
        pull = target - roots * solved(factor, step, transposed=True)[:, 0]
        mode = prior + kernel @ pull
        value = -0.5 * float(pull @ (mode - prior)) - float(np.logaddexp(0.0, -signs * mode).sum())
        if value - best < CONVERGED * len(mode):
            break
        best = value
    evidence = value - float(np.log(factor.diagonal()).sum())
    return Laplace(scaled, lengths, signal, prior, pull, roots, factor, evidence)


class Success:
    """The chance of success at any point, given runs."""

    def __init__(self, features: Array, succeeded: Array, groups: Sequence[int] | None = None) -> None:
        """`features` (n, f); `succeeded` (n,) of 1.0 and 0.0; `groups` (f,) features that share a length scale."""
        numbers = np.arange(features.shape[1]) if groups is None else np.unique(groups, return_inverse=True)[1]
        share = (float(succeeded.sum()) + 1.0) / (len(succeeded) + 1.0)  # with one more that nobody saw: never 0
        odds = math.log(share / (1.0 + 1.0 / len(succeeded) - share))
        few = subset(len(succeeded))
        shape = _most_probable(features[few], succeeded[few], numbers, odds)
        self.model = (
            shape if len(few) == len(succeeded) else laplace(features, succeeded, shape.lengths, shape.signal, odds)
        )

    def chance(self, features: Array) -> Array:
        """(m,) probabilities at (m, f), LEAST_CHANCE or more."""
        return np.maximum(self.model.chance(features), LEAST_CHANCE)


def success_of(features: Array, succeeded: Array, groups: Sequence[int] | None = None) -> Success | None:
    """As `Success`, None while failures are too few to say anything."""
    failures = int((succeeded == 0.0).sum())
    return Success(features, succeeded, groups) if failures >= LEAST_FAILURES else None


def _most_probable(features: Array, succeeded: Array, groups: NDArray[np.intp], odds: float) -> Laplace:
    """The classifier of the best hyper-parameters met: a grid first, then each group's length scale in turn."""
    count = int(groups.max()) + 1
    usual = math.log(LENGTH * math.sqrt(count))

    # the prior of the length scales is a mean and not a sum: a common stretch costs the same in any dimension
    def tried(logs: Array, signal: float) -> tuple[float, Laplace]:
        model = laplace(features, succeeded, np.exp(usual + logs)[groups], signal, odds)
        far = (math.log(signal) - LOG_SIGNAL_PRIOR[0]) / LOG_SIGNAL_PRIOR[1]
        return model.evidence - 0.5 * far**2 - 0.5 * float(((logs / LOG_LENGTH_PRIOR_SD) ** 2).mean()), model

    shapes = [(np.full(count, math.log(stretch)), signal) for stretch in STRETCHES for signal in SIGNALS]
    answers = [tried(*shape) for shape in shapes]
    at = max(range(len(shapes)), key=lambda i: answers[i][0])
    (logs, signal), (worth, model) = shapes[at], answers[at]
    for group in list(range(count)) * PASSES:
        for turn in TURNS:
            other = logs.copy()
            other[group] += math.log(turn)
            worth_there, there = tried(other, signal)
            if worth_there > worth:
                worth, model, logs = worth_there, there, other
    return model
