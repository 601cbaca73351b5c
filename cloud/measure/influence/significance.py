"""Whether what a model found could be chance: targets, or what is left of them, dealt out anew among the samples.

Must not know of files or pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from adatom.cloud.measure.cycling.compare import holm
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.influence.model import CONFIDENCE, SEED, fitted
from adatom.cloud.measure.influence.study import Study
from adatom.cloud.optimize.model.hyper import USUAL, Hyper, covariance, log_density, numbered, refined
from adatom.cloud.optimize.model.kernels import lower_factor, solved
from adatom.cloud.optimize.model.posterior import Posterior
from adatom.cloud.optimize.model.process import GaussianProcess
from adatom.cloud.optimize.model.rows import Rows

LEVEL = 1.0 - CONFIDENCE
SHUFFLES = 199  # of the targets, the model fitted each time
START = (1.2, -4.0)  # of these fits, (shift of the log length scales, log noise): one search, for the samples too
ENOUGH = 20  # shuffles as good as the samples, after which no more are needed (Besag and Clifford 1991)
DEALS = 999  # of residuals, for each factor: its smallest p is 1 in 1000
LENGTHS = (0.3, 1.0, 3.0)  # of the factor, in ranges of it: bent, curved, nearly straight
SCALES = (0.7, 1.5, 3.0)  # of the others' length scales, in the most likely ones before any sample
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


def significance(study: Study, process: GaussianProcess, shuffles: int = SHUFFLES) -> Significance:
    """Of the process fitted to a study and, where that is not chance, of its factors."""
    if _explained(study, process) <= 0.0:
        return Significance(0, None, None, None)
    done, p = _model_p(study, shuffles)
    if p > LEVEL:
        return Significance(done, p, None, None)
    factor_p = [_factor_p(study, process.rows_, place) for place in range(len(study.factors))]
    return Significance(done, p, factor_p, holm(factor_p))


# --- the model ------------------------------------------------------------------------------------------------------


def _model_p(study: Study, most: int) -> tuple[int, float]:
    """(shuffles, p): targets dealt out anew, hyper-parameters found again, left-out errors as small as the samples'."""
    rng = np.random.default_rng(SEED + 3)
    explained, as_good = _explained_quickly(study), 0
    for done in range(1, most + 1):
        as_good += _explained_quickly(study.dealt(rng.permutation(len(study)))) >= explained
        if as_good == ENOUGH:
            return done, as_good / done
    return most, (1.0 + as_good) / (most + 1.0)


def _explained_quickly(study: Study) -> float:
    means = USUAL.normals(len(study.factors))[0]
    start = np.concatenate([means[:1], means[1:-2] + START[0], START[1:], means[-1:]])
    features = study.features(study.values)
    rough = fitted(study, theta=start)
    theta = refined(rough.rows_, numbered(study.groups, features.shape[1]), start)
    return _explained(study, rough.with_theta(theta))


def _explained(study: Study, process: GaussianProcess) -> float:
    error = (process.left_out()[0] - study.target) ** 2
    return float(1.0 - error.mean() / study.target.var())


# --- a factor -------------------------------------------------------------------------------------------------------


def _factor_p(study: Study, rows: Rows, place: int) -> float:
    """p that the other factors suffice, by what the factor adds to the evidence; `rows` standardised.

    What the others leave of each sample, predicted without it, is dealt out anew on top of what they say (Freedman and
    Lane 1983, J. Bus. Econ. Stat. 1, 292): the factors may be correlated. Evidence is the best over the same few noises
    and length scales for the samples and all deals. Hyper-parameters fitted to the samples would favour them: those
    with the factor make false alarms (9 % where 5 % are meant), those without it hide factors.
    """
    without = replace(rows, features=study.features(study.without(place)))
    own = np.array(study.groups) == place
    usual = np.full(len(study.groups), np.exp(USUAL.length[0]) * np.sqrt(len(study.factors)))
    low = [Hyper(1.0, scale * usual, noise, 0.0) for scale, noise in product(SCALES, NOISES)]
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
