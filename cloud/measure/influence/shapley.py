"""Shapley attributions: what each factor adds to a sample's prediction beyond the mean prediction, adding up exactly.

Must not know of files or pages.
"""

from itertools import pairwise
from math import factorial

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats, Indices
from adatom.cloud.measure.influence.model import SEED
from adatom.cloud.measure.influence.study import Study
from adatom.cloud.optimize.model.process import GaussianProcess

MOST_EXACT = 10  # factors
MOST_PREDICTIONS = 1_500_000  # of the exact way: a few seconds
ORDERS = 2  # random orders, each with its reverse, for each pair of samples


def attributions(study: Study, process: GaussianProcess) -> tuple[Floats, bool]:
    """((n, f) attributions, whether they are exact): rows sum to prediction - mean prediction of the samples.

    The value of a set of factors at a sample is the mean prediction with these from the sample and the others from
    each of the samples in turn (Lundberg and Lee 2017, interventional). Exact over all sets with few factors; else the
    mean over random orders and their reverses (Castro et al. 2009, Comput. Oper. Res. 36, 1726; Mitchell et al. 2022).
    """
    count, factors = study.values.shape
    if factors <= MOST_EXACT and 2**factors * count**2 <= MOST_PREDICTIONS:
        return _exact(study, process), True
    return _sampled(study, process), False


def _exact(study: Study, process: GaussianProcess) -> Floats:
    factors = len(study.factors)
    sets = (np.arange(2**factors)[:, None] >> np.arange(factors)) & 1 == 1
    worth = np.array([_mean_with(study, process, taken) for taken in sets])  # (2^f, n)
    sizes = sets.sum(axis=1)
    weight = np.array([factorial(s) * factorial(factors - 1 - s) / factorial(factors) for s in range(factors)])
    found = np.empty(study.values.shape)
    for place in range(factors):
        without = np.flatnonzero(~sets[:, place])
        gains = worth[without + 2**place] - worth[without]
        found[:, place] = weight[sizes[without]] @ gains
    return found


def _mean_with(study: Study, process: GaussianProcess, taken: Flags) -> Floats:
    """(n,) mean prediction with the factors `taken` from each sample and the others from all samples in turn."""
    count = len(study)
    base, given = np.tile(study.values, (count, 1)), np.repeat(study.values, count, axis=0)
    predicted = process.predict(study.features(study.blended(base, given, taken)))
    return np.asarray(predicted.reshape(count, count).mean(axis=1))


def _sampled(study: Study, process: GaussianProcess) -> Floats:
    rng = np.random.default_rng(SEED + 4)
    rounds = []
    for _ in range(ORDERS):
        orders = rng.permuted(np.tile(np.arange(len(study.factors)), (len(study) ** 2, 1)), axis=1)
        rounds += [_along(study, process, orders), _along(study, process, orders[:, ::-1])]
    return np.asarray(np.mean(rounds, axis=0))


def _along(study: Study, process: GaussianProcess, orders: Indices) -> Floats:
    """(n, f) what the prediction changes by as factors go over from another sample in an order of each pair (n², f)."""
    count, factors = study.values.shape
    base, given = np.tile(study.values, (count, 1)), np.repeat(study.values, count, axis=0)
    rank = np.argsort(orders, axis=1)
    predicted = [
        process.predict(study.features(study.blended(base, given, rank < step))) for step in range(factors + 1)
    ]
    found = np.zeros((count * count, factors))
    for step, (before, after) in enumerate(pairwise(predicted)):
        found[np.arange(count * count), orders[:, step]] = after - before
    return np.asarray(found.reshape(count, count, factors).mean(axis=1))
