"""Which compositions the mounted targets can bring: protocol.targets' answer for thousands of points at once.

A GA asks this some ten thousand times per suggestion; the coordinate descent of `pulse_shares` takes a millisecond a
recipe. Must not know of recipes or envelopes beyond the list of targets.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from adatom.cloud.optimize.arrays import Array

NEGATIVE_COUNT_ALLOWED = 1e-12  # rounding of a count that is zero
UNREACHABLE = 1.0  # mismatch of a composition for which no target serves


class Reach:
    """The cone of arriving compositions that non-negative pulse counts on one bench's targets span."""

    def __init__(self, elements: Sequence[str], targets: Sequence[Mapping[str, Any]]) -> None:
        """`elements`: the columns of every later query, lithium among them; `targets`: as in the envelope."""
        self.elements = tuple(elements)
        useful = [t for t in targets if all(e in self.elements for e in t["cations"])]
        self.yields: Array = np.array(
            [[t["cations"].get(e, 0.0) * t["units_e12_cm2"] for e in self.elements] for t in useful], dtype=float
        ).reshape(len(useful), len(self.elements))
        self._prepare()

    def _prepare(self) -> None:
        """Projection of every independent subset of targets, stacked; the optimum is one of them (Caratheodory)."""
        size, columns = self.yields.shape
        solve, leave, needs = [], [], []
        for count in range(1, min(size, columns) + 1):
            for subset in combinations(range(size), count):
                matrix = self.yields[list(subset)].T
                if np.linalg.matrix_rank(matrix) < count:
                    continue
                inverse = np.linalg.pinv(matrix)
                padded = np.zeros((size, columns))
                padded[list(subset)] = inverse
                solve.append(padded)
                leave.append(matrix @ inverse - np.eye(columns))
                needs.append((matrix > 0).any(axis=1))
        self.subsets = len(solve)
        self._solve = np.array(solve).reshape(self.subsets * size, columns).T
        self._leave = np.array(leave).reshape(self.subsets * columns, columns).T
        self._needs = np.array(needs, dtype=float).reshape(self.subsets, columns).T

    def mismatch(self, wanted: Array) -> Array:
        """(n,) largest miss as a fraction of the largest amount, for (n, elements) wanted atoms >= 0.

        The non-negative least-squares optimum is the best among the least-squares solutions of the subsets of targets
        that need no negative count; a target that brings an unwanted element does not serve (protocol.targets).
        """
        rows, columns = wanted.shape
        if self.subsets == 0:
            return np.full(rows, UNREACHABLE)
        counts = (wanted @ self._solve).reshape(rows, self.subsets, -1)
        residual = (wanted @ self._leave).reshape(rows, self.subsets, columns)
        unwanted = (wanted <= 0.0).astype(float) @ self._needs
        allowed = (counts >= -NEGATIVE_COUNT_ALLOWED).all(axis=2) & (unwanted == 0.0)
        squares = np.where(allowed, (residual**2).sum(axis=2), np.inf)
        best = squares.argmin(axis=1)
        miss = np.abs(residual[np.arange(rows), best]).max(axis=1) / wanted.max(axis=1)
        return np.where(allowed.any(axis=1), miss, UNREACHABLE)
