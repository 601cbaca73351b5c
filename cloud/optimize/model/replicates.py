"""Values of one input told again and again become one row: their mean, and how sure it is."""

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.rows import Label, Rows

SCATTER_RUNS = 4.0  # runs that the usual scatter is worth against what replicates of one input show


def pooled(rows: Rows, usual: float | None = None) -> Rows:
    """Rows in the order first told; those of equal features and of one sample are replicates and become their mean.

    `usual`: standard deviation by which equal runs usually differ; what replicates scatter beyond it counts as noise of
    their mean: next to a cliff one run is fine and the next is not, which says that the input is bad and not that all
    measurements are.
    """
    members: dict[tuple[bytes, Label], list[int]] = {}
    labels = rows.samples if rows.samples is not None else (None,) * len(rows)
    for row, (values, label) in enumerate(zip(rows.features, labels, strict=True)):
        members.setdefault((values.tobytes(), label), []).append(row)
    merged = [_merged(rows, np.array(group), usual) for group in members.values()]
    targets, variances, counts = (np.array(column) for column in zip(*merged, strict=True))
    samples = None if rows.samples is None else tuple(label for _, label in members)
    return Rows(rows.features[[group[0] for group in members.values()]], targets, variances, counts, samples)


def _merged(rows: Rows, group: Array, usual: float | None) -> tuple[float, float, float]:
    """(mean, known variance of it, number of values) of some rows, each weighing by its own number."""
    losses, counts = rows.targets[group], rows.counts[group]
    total = float(counts.sum())
    mean = float(counts @ losses) / total
    variance = float(counts**2 @ rows.variances[group]) / total**2
    if usual is not None:
        squares = SCATTER_RUNS * usual**2 + float(((losses - mean) ** 2).sum())
        variance += max(0.0, squares / (SCATTER_RUNS + len(group) - 1) - usual**2) / len(group)
    return mean, variance, total
