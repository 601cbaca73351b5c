"""Whether samples that failed differ from the others in a factor: they have no value, but they say something."""

from collections.abc import Mapping, Sequence

import numpy as np
from adatom.cloud.measure.cycling.compare import holm
from adatom.cloud.measure.eis.arrays import Flags, Floats
from adatom.cloud.measure.influence.model import SEED
from adatom.cloud.measure.influence.significance import LEVEL
from scipy.stats import rankdata

FEWEST = 4  # of either kind: below, nothing could be clear
DEALS = 1999


def failing_text(columns: Mapping[str, Sequence[float] | Sequence[str]], failed: Sequence[bool]) -> str:
    """In words which factors go with failing, of all samples (n,); "" with fewer than FEWEST failures or others.

    By how far mean ranks (of choices, shares) differ, against the same labels dealt out anew; Holm's correction.
    """
    labels = np.array(failed, dtype=bool)
    varied = {name: values for name, values in columns.items() if len(set(values)) > 1}
    if min(int(labels.sum()), int((~labels).sum())) < FEWEST or not varied:
        return ""
    rng = np.random.default_rng(SEED + 5)
    dealt = rng.permuted(np.tile(labels, (DEALS, 1)), axis=1)
    scores = {name: _scores(values) for name, values in varied.items()}
    p = [_p(score, labels, dealt) for score in scores.values()]
    clear = [
        f"{name} ({_direction(scores[name], labels)}p = {one:.2g})"
        for name, one in zip(scores, holm(p), strict=True)
        if one <= LEVEL
    ]
    return f"failing goes with {', '.join(clear)}" if clear else "no factor goes with failing beyond chance"


def _scores(values: Sequence[float] | Sequence[str]) -> Floats:
    """(n, k) what is averaged: ranks of numbers, one column an option of choices."""
    if any(isinstance(value, str) for value in values):
        texts = np.array([str(value) for value in values])
        return np.asarray(texts[:, None] == np.unique(texts), dtype=np.float64)
    return np.asarray(rankdata(values))[:, None]


def _apart(scores: Floats, labels: Flags) -> Floats:
    """(m,) squared difference between failed and others, of labels (m, n)."""
    share = labels / labels.sum(axis=1, keepdims=True)
    other = ~labels / (~labels).sum(axis=1, keepdims=True)
    return np.asarray((((share - other) @ scores) ** 2).sum(axis=1))


def _p(scores: Floats, labels: Flags, dealt: Flags) -> float:
    least = _apart(scores, labels[None])[0] * (1.0 - 1e-12)  # rounding must not break ties
    return float((1 + (_apart(scores, dealt) >= least).sum()) / (DEALS + 1))


def _direction(scores: Floats, labels: Flags) -> str:
    if scores.shape[1] > 1:
        return ""
    return "higher, " if scores[labels, 0].mean() > scores[~labels, 0].mean() else "lower, "
