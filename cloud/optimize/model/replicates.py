"""Values of one input told again and again become one row: their mean, and how sure it is."""

from collections.abc import Sequence

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.rows import Label, Rows

SCATTER_RUNS = 4.0  # runs that the usual scatter is worth against what replicates of one input show


def pooled(
    features: Array, losses: Array, variances: Array, samples: Sequence[Label] | None = None, usual: float | None = None
) -> Rows:
    """Rows in the order first told; rows of equal features (n, f) and of one sample are replicates.

    `variances`: (n,) known noise variance of each loss. `usual`: standard deviation by which equal runs usually differ;
    what replicates scatter beyond it counts as noise of their mean: next to a cliff one run is fine and the next is
    not, which says that the input is bad and not that all measurements are.
    """
    members: dict[tuple[bytes, Label], list[int]] = {}
    labels = samples if samples is not None else (None,) * len(losses)
    for row, (values, label) in enumerate(zip(features, labels, strict=True)):
        members.setdefault((values.tobytes(), label), []).append(row)
    groups = list(members.values())
    return Rows(
        features[[group[0] for group in groups]],
        np.array([losses[group].mean() for group in groups]),
        np.array([_variance_of_mean(losses[group], variances[group], usual) for group in groups]),
        np.array([float(len(group)) for group in groups]),
        None if samples is None else tuple(label for _, label in members),
    )


def _variance_of_mean(losses: Array, variances: Array, usual: float | None) -> float:
    """Known variance of the mean of replicates, with what they scatter beyond the usual."""
    count, beyond = len(losses), 0.0
    if usual is not None:
        squares = SCATTER_RUNS * usual**2 + float(((losses - losses.mean()) ** 2).sum())
        beyond = max(0.0, squares / (SCATTER_RUNS + count - 1) - usual**2)
    return (float(variances.mean()) + beyond) / count
