"""From rows of losses to a fitted process: its scale, how it is bent, and its hyper-parameters.

What was found once can be given again, so that most tells need no search. Must not know of objectives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.hyper import covariance, log_prior
from adatom.cloud.optimize.model.kernels import lower_factor, solved
from adatom.cloud.optimize.model.outputs import POWERS, STRAIGHT, Output
from adatom.cloud.optimize.model.process import GaussianProcess
from adatom.cloud.optimize.model.rows import Rows

LEAST_ROWS = 15  # before a scale is bent: fewer show no skew that chance would not
LEAST_GAIN = 2.0  # nats of evidence that a bend must bring


@dataclass(frozen=True)
class Learnt:
    """A process of unit values, and the scale between them and losses."""

    process: GaussianProcess
    output: Output

    @property
    def settings(self) -> tuple[Array, float]:
        """What a search found: (theta, power of the bend)."""
        return self.process.theta_, self.output.power


def learnt(
    rows: Rows, groups: Sequence[int] | None, *, fold: bool = False, settings: tuple[Array, float] | None = None
) -> Learnt:
    """The process of rows of losses, replicates already pooled.

    `fold`: see Output.of. `settings`: those of an earlier fit are taken over instead of a search.
    """
    if settings is not None:
        theta, power = settings
        return _fitted(rows, Output.of(rows.targets, fold=fold, power=power), groups, theta, optimise=False)
    straight = _fitted(rows, Output.of(rows.targets, fold=fold), groups, None, optimise=True)
    if len(rows) < LEAST_ROWS:
        return straight
    power = _likely_power(rows, straight, fold)
    if power == STRAIGHT:
        return straight
    output = Output.of(rows.targets, fold=fold, power=power)
    bent = _fitted(rows, output, groups, straight.process.theta_, optimise=True)
    return bent if _evidence(rows, bent) > _evidence(rows, straight) + LEAST_GAIN else straight


def _fitted(rows: Rows, output: Output, groups: Sequence[int] | None, theta: Array | None, *, optimise: bool) -> Learnt:
    process = GaussianProcess(groups, theta, optimise=optimise)
    variances = rows.variances * output.slope(rows.targets) ** 2
    process.fit(rows.features, output.to_unit(rows.targets), variances, rows.counts, rows.samples)
    return Learnt(process, output)


def _evidence(rows: Rows, model: Learnt) -> float:
    """log p(losses, theta) of a fitted model: that of unit values times the volume they take of losses."""
    process = model.process
    own = float(process.log_marginal_likelihood())
    return own + log_prior(process.theta_) + model.output.log_slope(rows.targets)


def _likely_power(rows: Rows, straight: Learnt, fold: bool) -> float:
    """The power of the highest evidence when kernel and noise stay those of the straight fit and the variance is free.

    -n/2 log(uᵀ K⁻¹ u) + log volume: no factor but one is needed for all powers.
    """
    process = straight.process
    factor = lower_factor(covariance(process.rows_, process.hyper_))
    outputs = [Output.of(rows.targets, fold=fold, power=power) for power in POWERS]
    units = np.asfortranarray(np.column_stack([output.to_unit(rows.targets) for output in outputs]))
    squares = (solved(factor, units) ** 2).sum(axis=0)
    volumes = np.array([output.log_slope(rows.targets) for output in outputs])
    return POWERS[int(np.argmax(volumes - 0.5 * len(rows) * np.log(squares)))]
