"""Sums along rows, column by column: a row's answer is the same bits whatever other rows stand beside it.

A matrix product is not: its order of additions depends on the shape. Resumed and longer sequences must agree.
"""

import numpy as np
from adatom.cloud.optimize.arrays import Array


def total(rows: Array) -> Array:
    """(n,) sums of (n, k) rows."""
    result = np.zeros(rows.shape[0])
    for column in range(rows.shape[1]):
        result += rows[:, column]
    return result


def dot(rows: Array, factors: Array) -> Array:
    """(n,) sums of (n, k) rows times (k,) factors; (n, m) for factors of (k, m)."""
    result = np.zeros((rows.shape[0], *factors.shape[1:]))
    for column, factor in enumerate(factors):
        result += np.multiply.outer(rows[:, column], factor)
    return result
