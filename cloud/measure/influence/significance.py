"""Whether what a model found could be chance: targets, or what is left of them, dealt out anew among the samples.

Must not know of files or pages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from adatom.cloud.measure.cycling.compare import holm
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.influence.model import CONFIDENCE, SEED, fitted
from adatom.cloud.measure.influence.study import Study
from adatom.cloud.optimize.model.hyper import Hyper, covariance, log_density
from adatom.cloud.optimize.model.kernels import lower_factor, solved
from adatom.cloud.optimize.model.posterior import Posterior
from adatom.cloud.optimize.model.process import GaussianProcess
from adatom.cloud.optimize.model.rows import Rows

LEVEL = 1.0 - CONFIDENCE
SHUFFLES = 199  # of the targets, the model fitted each time
ENOUGH = 20  # shuffles as good as the samples, after which no more are needed (Besag and Clifford 1991)
DEALS = 1999  # of residuals, for each factor: its smallest p is 1 in 2000
LENGTHS = (0.3, 1.0, 3.0)  # of a factor, in ranges of it: bent, curved, nearly straight
NOISES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # variances, of that of the target


@dataclass(frozen=True)
class Significance:
    """p of the model (None: it explains nothing) and of each factor (None: nor does the model beyond chance)."""

    shuffles: int
    model_p: float | None
    factor_p: list[float] | None
    holm_p: list[float] | None

    def clear(self, place: int) -> bool:
        """Whether a factor matters beyond chance, all factors considered."""
        return self.holm_p is not None and self.holm_p[place] <= LEVEL


def significance(
    study: Study,
    shuffles: int = SHUFFLES,
    watch: Callable[[int, int], None] = lambda done, of: None,
) -> Significance:
    """Of a model and, where that is not chance, of its factors. `watch(done, of)` hears of each shuffle."""
    explained = _explained(study)
    if explained <= 0.0:
        return Significance(0, None, None, None)
    done, p = _model_p(study, explained, shuffles, watch)
    if p > LEVEL:
        return Significance(done, p, None, None)
    factor_p = [_factor_p(study, fitted(study), place) for place in range(len(study.factors))]
    return Significance(done, p, factor_p, holm(factor_p))


# --- the model ------------------------------------------------------------------------------------------------------


def _model_p(study: Study, explained: float, most: int, watch: Callable[[int, int], None]) -> tuple[int, float]:
    """(shuffles, p): targets dealt out anew, hyper-parameters found again, left-out errors as small as the samples'."""
    rng = np.random.default_rng(SEED + 3)
    as_good = 0
    for done in range(1, most + 1):
        as_good += _explained(study.dealt(rng.permutation(len(study)))) >= explained
        watch(done, most)
        if as_good == ENOUGH:
            return done, as_good / done
    return most, (1.0 + as_good) / (most + 1.0)


def _explained(study: Study) -> float:
    error = (fitted(study).left_out()[0] - study.target) ** 2
    return float(1.0 - error.mean() / study.target.var())


# --- a factor -------------------------------------------------------------------------------------------------------


def _factor_p(study: Study, process: GaussianProcess, place: int) -> float:
    """p that the other factors suffice, by what the factor adds to the evidence of the fitted process.

    What the others leave of each sample, predicted without it, is dealt out anew on top of what they say (Freedman and
    Lane 1983, J. Bus. Econ. Stat. 1, 292): the factors may be correlated. Evidence: the best over a few noises and, of
    the factor, length scales, the same ones for all deals; the rest as fitted.
    """
    rows, hyper = process.rows_, process.hyper_
    without = replace(rows, features=study.features(study.without(place)))
    own = np.array(study.groups) == place
    apart = fitted(study, study.without(place)).hyper_
    low = [replace(one, noise=noise) for one in (hyper, apart) for noise in NOISES]
    high = [replace(one, lengths=np.where(own, length, one.lengths)) for one, length in product(low, LENGTHS)]
    likely = low[int(np.argmax([_evidence(without, one, rows.targets[:, None])[0] for one in low]))]
    targets = np.column_stack([rows.targets, _dealt(without, likely, np.random.default_rng(SEED + 4 + place))])
    gains = _best(rows, high, targets) - _best(without, low, targets)
    return float((1 + (gains[1:] >= gains[0]).sum()) / (DEALS + 1))


def _dealt(rows: Rows, hyper: Hyper, rng: np.random.Generator) -> Floats:
    """(n, DEALS) what the process says of the rows and, of others, what it leaves of them when they are left out."""
    posterior = Posterior.of(rows.features, rows.targets, covariance(rows, hyper), hyper.lengths, hyper.signal)
    order = rng.permuted(np.tile(np.arange(len(rows)), (DEALS, 1)), axis=1)
    return np.asarray((posterior.mean(rows.features) + posterior.left_out()[0][order]).T)


def _best(rows: Rows, tried: Sequence[Hyper], targets: Floats) -> Floats:
    """(k,) the highest log evidence of each column of targets (n, k)."""
    return np.asarray(np.max([_evidence(rows, hyper, targets) for hyper in tried], axis=0))


def _evidence(rows: Rows, hyper: Hyper, targets: Floats) -> Floats:
    factor = lower_factor(covariance(rows, hyper))
    squares = (solved(factor, np.array(targets, order="F")) ** 2).sum(axis=0)
    return np.asarray(log_density(factor, 0.0) - 0.5 * squares)
