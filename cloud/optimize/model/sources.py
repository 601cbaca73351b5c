"""A model of one objective that also learns from values of other sources, where the evidence says they are alike.

Must not know of tells, points or strategies.
"""

from collections.abc import Sequence
from dataclasses import replace

from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.learning import Learnt
from adatom.cloud.optimize.model.multitask import TransferProcess
from adatom.cloud.optimize.model.outputs import Output
from adatom.cloud.optimize.model.rows import Rows


def with_sources(
    model: Learnt, rows: Rows, others: Sequence[Rows], groups: Sequence[int] | None, joint: Array | None = None
) -> Learnt:
    """The model of `rows` (losses, replicates pooled), or one that learns from `others` (each source's losses) too.

    `joint`: what an earlier fit of the same sources found, taken over instead of a search; empty where they were not
    learnt from. Losses of all are bent alike: what is skewed here is there.
    """
    if not others or (joint is not None and not len(joint)):
        return model
    process = TransferProcess(
        groups, model.process.theta_, optimise=False, warp=model.process.warp, prior=model.process.prior
    )
    own, units = _in_units(rows, model.output), [_in_units(other, model.output) for other in others]
    process.fit(own.features, own.targets, own.variances, own.counts, own.samples, others=units, joint=joint)
    return replace(model, process=process) if len(process.rho_) else model


def joint_of(model: Learnt) -> Array | None:
    """What `with_sources` can take over; None where the model learnt from its own rows alone."""
    return model.process.joint_ if isinstance(model.process, TransferProcess) else None


def correlations(model: Learnt) -> list[float]:
    """With each source; [] where the model learnt from its own rows alone."""
    return model.process.rho_.tolist() if isinstance(model.process, TransferProcess) else []


def _in_units(rows: Rows, output: Output) -> Rows:
    variances = rows.variances * output.slope(rows.targets) ** 2
    return Rows(rows.features, output.to_unit(rows.targets), variances, rows.counts, rows.samples)
