"""Weights from pairwise comparisons: the Analytic Hierarchy Process (Saaty 1980, McGraw-Hill).

An entry says how many times as important one score is as another, 1 to 9. Weights are the principal eigenvector; the
consistency ratio compares the excess of its eigenvalue with that of random judgements. Must not know of files.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Mean consistency index of random reciprocal matrices of 1 to 10 rows: Saaty 1980 (also 1987, Math. Modelling 9, 161)
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
MOST_RATIO = 0.1  # Saaty: above it judgements should be made again
LARGEST = 9.0


class Triple(NamedTuple):
    """Three scores whose ratios fit together worst: a over b times b over c should be a over c."""

    a: str
    b: str
    c: str
    implied: float  # a over c by way of b
    said: float


class Priorities(NamedTuple):
    """Weights (n,), the principal eigenvalue, the consistency ratio and the worst triple (None for two names)."""

    names: tuple[str, ...]
    weights: Array
    eigenvalue: float
    ratio: float
    worst: Triple | None

    @property
    def consistent(self) -> bool:
        """Whether the ratio is at most Saaty's 0.1."""
        return self.ratio <= MOST_RATIO


def matrix_of(names: Sequence[str], ratios: Mapping[tuple[str, str], float]) -> Array:
    """(n, n) reciprocal matrix of {(a, b): how many times as important a is as b}, each pair once.

    InputError for a pair that is missing, given twice, of unknown names, or outside 1/9 to 9.
    """
    found = np.eye(len(names))
    for (a, b), ratio in ratios.items():
        for name in (a, b):
            if name not in names:
                raise InputError(f"{a} : {b}", f"{name!r} is no score; they are {', '.join(names)}")
        if a == b or (b, a) in ratios:
            raise InputError(f"{a} : {b}", "stands twice" if a != b else "compares a score with itself")
        if not 1.0 / LARGEST - 1e-9 <= ratio <= LARGEST:
            raise InputError(f"{a} : {b}", f"{ratio}: must be in 1/9 to 9")
        i, j = names.index(a), names.index(b)
        found[i, j], found[j, i] = ratio, 1.0 / ratio
    missing = [f"{a} : {b}" for a, b in combinations(names, 2) if (a, b) not in ratios and (b, a) not in ratios]
    if missing:
        raise InputError("comparisons", f"missing: {', '.join(missing)}")
    return found


def priorities(names: Sequence[str], matrix: Array) -> Priorities:
    """What a reciprocal matrix (n, n) says; n is 10 at most."""
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    weights = np.abs(vectors[:, first].real)
    count, largest = len(names), float(values[first].real)
    random = RANDOM_INDEX[count - 1]
    ratio = max(0.0, (largest - count) / (count - 1)) / random if random else 0.0
    return Priorities(tuple(names), weights / weights.sum(), largest, ratio, worst_triple(names, matrix))


def worst_triple(names: Sequence[str], matrix: Array) -> Triple | None:
    """The three whose circle a : b : c : a is farthest from 1 in its logarithm."""
    logs = np.log(matrix)
    far = {t: abs(logs[t[0], t[1]] + logs[t[1], t[2]] - logs[t[0], t[2]]) for t in combinations(range(len(names)), 3)}
    if not far:
        return None
    i, j, k = max(far, key=lambda t: (far[t], t))
    return Triple(names[i], names[j], names[k], float(matrix[i, j] * matrix[j, k]), float(matrix[i, k]))


def merged(matrices: Sequence[Array], trust: Sequence[float] | None = None) -> Array:
    """The geometric mean of several experts' matrices, weighted by `trust`: reciprocal again (Aczel and Saaty 1983)."""
    weights = np.ones(len(matrices)) if trust is None else np.asarray(trust, dtype=float)
    return np.asarray(np.exp(np.tensordot(weights / weights.sum(), np.log(np.asarray(matrices)), axes=1)))


def check_consistent(who: str, found: Priorities) -> None:
    """InputError that names the worst triple unless the consistency ratio is at most 0.1."""
    if found.consistent or found.worst is None:
        return
    t = found.worst
    raise InputError(
        who,
        f"consistency ratio {found.ratio:.2f}, at most {MOST_RATIO} is taken; ask again about {t.a}, {t.b}, {t.c}: "
        f"{t.a} : {t.b} and {t.b} : {t.c} make {t.a} : {t.c} {t.implied:.3g}, said was {t.said:.3g}",
    )
