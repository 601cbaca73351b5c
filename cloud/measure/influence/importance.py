"""How much of a target hangs on each factor: permutation importance on samples that the model has not seen.

Must not know of files or pages.
"""

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats, Indices
from adatom.cloud.measure.influence.model import DRAWS, SEED, TAILS, Interval
from adatom.cloud.measure.influence.study import Study
from adatom.cloud.optimize.model.process import GaussianProcess

REPEATS = 20


def partners(count: int, repeats: int = REPEATS) -> Indices:
    """(repeats, count) for each sample another one, whose value it gets: rotations of random orders."""
    rng = np.random.default_rng(SEED + 1)
    made = np.empty((repeats, count), dtype=np.intp)
    for row in made:
        order = rng.permutation(count)
        row[order] = np.roll(order, int(rng.integers(1, count)))
    return made


def losses(study: Study, process: GaussianProcess, donors: Indices) -> Floats:
    """(n, f) half of what each sample's squared error grows by when a factor's value is another sample's, over the
    variance of the target; mean over `donors` (r, n).

    Each sample is predicted by the others alone. Of a perfect model and independent factors the mean over the samples
    is a factor's share of the variance, interactions counted for each partner (the total index of Sobol; Jansen 1999,
    Comput. Phys. Commun. 117, 35; Gregorutti et al. 2017, Stat. Comput. 27, 659).
    """
    count, factors = study.values.shape
    rows = np.tile(np.arange(count), len(donors))
    base, given = study.values[rows], study.values[donors.reshape(-1)]
    plain = (process.left_out()[0] - study.target) ** 2
    grown = np.empty((count, factors))
    for place in range(factors):
        changed = study.blended(base, given, np.arange(factors) == place)
        error = (process.mean_without(study.features(changed), rows) - study.target[rows]) ** 2
        grown[:, place] = error.reshape(len(donors), count).mean(axis=0) - plain
    return np.asarray(0.5 * grown / study.target.var())


def importances(study: Study, process: GaussianProcess) -> list[Interval]:
    """Each factor's share of the variance, with a bootstrap interval over samples; the model stays the same in it."""
    grown = losses(study, process, partners(len(study)))
    at = np.random.default_rng(SEED + 2).integers(0, len(study), (DRAWS, len(study)))
    low, high = np.quantile(grown[at].mean(axis=1), TAILS, axis=0)
    return [Interval(*map(float, one)) for one in zip(grown.mean(axis=0), low, high, strict=True)]
