"""The two regressions of a study and how well each says samples that it has not seen: a Gaussian process, a ridge line.

Must not know of files or pages.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats, Indices
from adatom.cloud.measure.influence.study import Study
from adatom.cloud.optimize.model.process import GaussianProcess

CONFIDENCE = 0.95
TAILS = ((1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0)
DRAWS = 2000
LINE_DRAWS = 500
SEED = 20_261
ALPHAS = np.logspace(-2, 4, 25)  # penalties tried, of factors with unit variance


@dataclass(frozen=True)
class Interval:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Slope:
    """What a straight line makes of a factor: change of the modelled target from its lowest to its highest value.

    `option`: of a choice, against the mean over the options; `against`: the part of a mixture that gives way.
    """

    factor: str
    option: str
    against: str
    change: Interval


@dataclass(frozen=True)
class LeftOut:
    """Each sample's target (n,) and what the others say of it, with the standard deviation where there is one.

    `explained`: 1 - squared error / that of the mean of the others; at or below 0 the mean is as good.
    """

    target: Floats
    predicted: Floats
    sd: Floats | None
    explained: Interval

    @property
    def error(self) -> float:
        """Root mean square of prediction - target, on the modelled scale."""
        return float(np.sqrt(((self.predicted - self.target) ** 2).mean()))


@dataclass(frozen=True)
class Line:
    """Ridge regression: penalty by cross-validation, slopes, left-out samples with the penalty chosen without them."""

    alpha: float
    slopes: list[Slope]
    left_out: LeftOut


# --- Gaussian process -----------------------------------------------------------------------------------------------


def fitted(study: Study, theta: Floats | None = None) -> GaussianProcess:
    """The process of a study, hyper-parameters by likelihood and prior, or `theta`."""
    process = GaussianProcess(study.groups, theta, optimise=theta is None, normalize_y=True)
    return process.fit(study.features(study.values), study.target, study.variances, study.counts)


def left_out(study: Study, process: GaussianProcess) -> LeftOut:
    """Closed form (Sundararajan and Keerthi 2001), hyper-parameters and mean staying those of all samples.

    The mean of all is in the predictions as it is in what they are compared with, so that a process that knows nothing
    explains 0.
    """
    predicted, sd = process.left_out()
    ground = np.full(len(study), study.target.mean())
    return LeftOut(study.target, predicted, sd, _explained(study.target, predicted, ground))


def _explained(target: Floats, predicted: Floats, ground: Floats) -> Interval:
    """1 - error² / error² of `ground`, with a bootstrap interval over samples."""
    at = _drawn(len(target), DRAWS)
    error, base = (predicted - target) ** 2, (ground - target) ** 2
    drawn = 1.0 - error[at].sum(axis=1) / np.maximum(base[at].sum(axis=1), np.finfo(float).tiny)
    low, high = np.quantile(drawn, TAILS)
    return Interval(float(1.0 - error.sum() / base.sum()), float(low), float(high))


def _drawn(count: int, draws: int) -> Indices:
    """(draws, count) samples with replacement."""
    return np.random.default_rng(SEED).integers(0, count, (draws, count))


# --- straight line --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Design:
    """Columns (n, p) of unit variance; `reach`: what a column's coefficient counts for over its factor's range."""

    columns: Floats
    reach: Floats
    labels: list[tuple[str, str, str]]  # factor, option, against


def line_of(study: Study) -> Line:
    """Ridge regression on standardised factors, with a bootstrap over samples at the penalty chosen.

    The penalty shrinks slopes towards 0 and the intervals know nothing of that; of a mixture the balance is left out.
    """
    design = _design(study)
    alpha = _alpha(design.columns, study.target, study.counts)
    slopes = _coefficients(design.columns, study.target, study.counts, alpha)
    at = _drawn(len(study), LINE_DRAWS)
    drawn = _coefficients(design.columns[at], study.target[at], study.counts[at], alpha)
    low, high = np.quantile(drawn, TAILS, axis=0)
    changes = zip(*(np.round(one * design.reach, 12).tolist() for one in (slopes, low, high)), strict=True)
    made = [Slope(*label, change=Interval(*one)) for label, one in zip(design.labels, changes, strict=True)]
    return Line(alpha, made, _line_left_out(study, design.columns))


def _design(study: Study) -> _Design:
    features, groups = study.features(study.values), np.array(study.groups)
    balances = study.balances
    kept = np.flatnonzero(~np.isin(groups, balances))
    spread = features[:, kept].std(axis=0)
    scale = [features[:, g].max() - features[:, g].min() for g in kept]
    return _Design(features[:, kept] / spread, np.array(scale) / spread, [_label(study, int(g)) for g in kept])


def _label(study: Study, feature: int) -> tuple[str, str, str]:
    place = study.groups[feature]
    factor = study.factors[place]
    option = factor.options[feature - study.groups.index(place)] if factor.options else ""
    mixture = next((i for i, parts in enumerate(study.mixtures) if place in parts), None)
    return factor.name, option, "" if mixture is None else study.names[study.balances[mixture]]


def _alpha(columns: Floats, target: Floats, counts: Floats) -> float:
    from sklearn.linear_model import RidgeCV

    return float(RidgeCV(ALPHAS).fit(columns, target, counts).alpha_)


def _coefficients(columns: Floats, target: Floats, counts: Floats, alpha: float) -> Floats:
    """(..., p) of ridge regressions with columns (..., n, p), target and counts (..., n)."""
    share = (counts / counts.sum(axis=-1, keepdims=True))[..., None]
    x = columns - (share * columns).sum(axis=-2, keepdims=True)
    y = target[..., None] - (share * target[..., None]).sum(axis=-2, keepdims=True)
    weighted = np.swapaxes(x * counts[..., None], -1, -2)
    return np.asarray(np.linalg.solve(weighted @ x + alpha * np.eye(columns.shape[-1]), weighted @ y)[..., 0])


def _line_left_out(study: Study, columns: Floats) -> LeftOut:
    """Each sample by a line through the others, whose penalty is chosen without it."""
    from sklearn.linear_model import RidgeCV

    predicted = np.empty(len(study))
    for place in range(len(study)):
        others = np.arange(len(study)) != place
        line = RidgeCV(ALPHAS).fit(columns[others], study.target[others], study.counts[others])
        predicted[place] = line.predict(columns[~others])[0]
    count = len(study)
    ground = (study.target.sum() - study.target) / (count - 1)
    return LeftOut(study.target, predicted, None, _explained(study.target, predicted, ground))
