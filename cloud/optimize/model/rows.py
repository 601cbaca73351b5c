"""The rows that a process learns from, checked where they enter. Must not know of kernels."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

Label = Hashable | None
Labels = Sequence[Label] | NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """Values at inputs, one row each, replicates already taken as their mean."""

    features: Array  # (n, f)
    targets: Array  # (n,)
    variances: Array  # (n,) known noise variance of each target
    counts: Array  # (n,) how many values each is the mean of: the common noise counts 1 / count
    samples: tuple[Label, ...] | None  # what shares an error (plate, day, film); None in it: a sample of its own

    def __len__(self) -> int:
        return len(self.targets)

    def taken(self, index: NDArray[np.intp]) -> Self:
        """The rows of an index."""
        samples = None if self.samples is None else tuple(self.samples[i] for i in index)
        return type(self)(self.features[index], self.targets[index], self.variances[index], self.counts[index], samples)

    def joined(self, more: Self) -> Self:
        """These rows and then `more`; when one side knows no samples each of its rows is one of its own."""
        both = None
        if self.samples is not None or more.samples is not None:
            both = (self.samples or (None,) * len(self)) + (more.samples or (None,) * len(more))
        return type(self)(
            np.vstack([self.features, more.features]),
            np.concatenate([self.targets, more.targets]),
            np.concatenate([self.variances, more.variances]),
            np.concatenate([self.counts, more.counts]),
            both,
        )

    def same_sample(self, other: Self) -> Bools | None:
        """(n, m) whether rows share a sample, None when neither knows any; a row without one shares with no other."""
        if self.samples is None and other.samples is None:
            return None
        numbers: dict[Label, int] = {}
        first, second = (
            np.array([-1 - i if s is None else numbers.setdefault(s, len(numbers)) for i, s in enumerate(labels)])
            for labels in (self.samples or (None,) * len(self), other.samples or (None,) * len(other))
        )
        same = first[:, None] == second
        return np.asarray(same if self is other else same & (first >= 0)[:, None])


def checked_features(where: str, features: Any, width: int | None = None) -> Array:
    """(n, f) finite floats. Raises InputError for another shape, another width or values that are not finite."""
    try:
        array = np.array(features, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(where, f"must be numbers ({error})") from None
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(where, f"shape {array.shape}: must be (rows, features)")
    if width is not None and array.shape[1] != width:
        raise InputError(where, f"{array.shape[1]} features: the process was fitted with {width}")
    if not np.isfinite(array).all():
        raise InputError(where, "must be finite: a missing value is left out, never a number")
    return array


def checked_rows(
    features: Any, targets: Any, variances: Any = None, counts: Any = None, samples: Labels | None = None
) -> Rows:
    """Rows of what a caller gave. Raises InputError for what does not fit together."""
    inputs = checked_features("X", features)
    count = len(inputs)
    if count == 0:
        raise InputError("X", "no rows: must be one or more")
    labels = None if samples is None else tuple(_plain(label) for label in samples)
    if labels is not None and len(labels) != count:
        raise InputError("samples", f"{len(labels)} for {count} rows")
    return Rows(
        inputs,
        _column("y", targets, count, -np.inf),
        np.zeros(count) if variances is None else _column("variances", variances, count, 0.0),
        np.ones(count) if counts is None else _column("counts", counts, count, 1.0),
        None if labels is None or all(label is None for label in labels) else labels,
    )


def _plain(label: Any) -> Label:
    plain: Label = label.item() if isinstance(label, np.generic) else label
    return plain


def _column(where: str, values: Any, count: int, least: float) -> Array:
    try:
        column = np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(where, f"must be numbers ({error})") from None
    if column.shape != (count,):
        raise InputError(where, f"shape {column.shape}: must be ({count},)")
    if not (np.isfinite(column) & (column >= least)).all():
        raise InputError(where, "must be finite" + (f" and {least:g} or more" if np.isfinite(least) else ""))
    return column
