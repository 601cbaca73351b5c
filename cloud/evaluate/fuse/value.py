"""V as a function of scores and weights: the same sum as fused.sql, for many candidates and many weights at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from adatom.cloud.store.judgement import CRITERIA
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST_VALUE = 1e-6  # as fused.sql: ln V needs more than nothing


def terms(rows: Sequence[Mapping[str, Any]]) -> Array:
    """(n, 5) what the weights multiply: Logic, Novelty, ln(Impact + 1), Reproducibility, Meta.

    A score that is missing is 0, as in fused.sql.
    """
    found = np.array([[float(row.get(name) or 0.0) for name in CRITERIA] for row in rows]).reshape(-1, len(CRITERIA))
    place = CRITERIA.index("impact")
    found[:, place] = np.log1p(found[:, place])
    return found


def values(found: Array, weights: Array) -> Array:
    """(n,) V of terms (n, 5) under weights (5,)."""
    return np.asarray(np.maximum(found @ weights, LEAST_VALUE))


def as_array(weights: Mapping[str, Any]) -> Array:
    """(5,) of a row of the weights, in the order of CRITERIA; of formula 1 without feasibility, made to sum to 1."""
    found = np.array([float(weights[name]) for name in CRITERIA])
    return np.asarray(found / found.sum())


def as_dict(weights: Array) -> dict[str, float]:
    """Name -> weight; the sum is 1 to the last bits."""
    shares = weights / weights.sum()
    return {name: float(share) for name, share in zip(CRITERIA, shares, strict=True)}
