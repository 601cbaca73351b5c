"""A process given hyper-parameters and rows: means, variances, draws, and rows added without a new factor.

Must not know how hyper-parameters are found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from adatom.cloud.optimize.arrays import Array, Indices
from adatom.cloud.optimize.model.kernels import (
    inverse,
    lower_factor,
    matern,
    solved,
    squared_distances,
    squared_norms,
)

BLOCK = 1024  # inputs predicted at a time: bounds memory at 8 MB per thousand rows
LEAST_VARIANCE = 1e-12  # share of the signal: rounding must not make a variance negative


@dataclass(frozen=True)
class Posterior:
    """Of a latent function with zero mean before the rows, at noise-free inputs of a new sample."""

    scaled: Array  # (n, f) features over length scales
    lengths: Array  # (f,)
    signal: float
    relation: Array  # (n,) correlation of each row's function with the one predicted: 1, unless of another task
    factor: Array  # (n, n) lower Cholesky factor of the covariance of the targets
    half: Array  # (n,) factor⁻¹ targets
    weights: Array  # (n,) covariance⁻¹ targets

    @classmethod
    def of(cls, features: Array, targets: Array, covariance: Array, lengths: Array, signal: float) -> Self:
        """Of rows (n, f), (n,) that are all of the function itself; `covariance` (n, n) of the targets."""
        return cls.related(features, targets, covariance, lengths, signal, np.ones(len(targets)))

    @classmethod
    def related(
        cls, features: Array, targets: Array, covariance: Array, lengths: Array, signal: float, relation: Array
    ) -> Self:
        """As `of`, of rows whose functions have the correlations `relation` (n,) with the one predicted."""
        factor = lower_factor(covariance)
        half = solved(factor, targets[:, None].copy())[:, 0]
        weights = solved(factor, half[:, None].copy(), transposed=True)[:, 0]
        return cls(features / lengths, lengths, signal, relation, factor, half, weights)

    def predict(self, features: Array) -> tuple[Array, Array]:
        """(mean, variance) at (m, f), (m,) each, without measurement noise."""
        mean, variance = np.empty(len(features)), np.empty(len(features))
        for part, scaled in self._blocks(features):
            cross = self._cross(scaled)
            mean[part] = cross @ self.weights
            white = solved(self.factor, cross.T).T
            variance[part] = self.signal - np.einsum("ij,ij->i", white, white)
        return mean, np.maximum(variance, LEAST_VARIANCE * self.signal)

    def mean(self, features: Array) -> Array:
        """(m,) the mean alone, which costs n m."""
        mean = np.empty(len(features))
        for part, scaled in self._blocks(features):
            mean[part] = self._cross(scaled) @ self.weights
        return mean

    def joint(self, features: Array) -> tuple[Array, Array]:
        """(mean (m,), covariance (m, m))."""
        scaled = features / self.lengths
        cross = self._cross(scaled)
        mean = cross @ self.weights
        white = solved(self.factor, cross.T)
        covariance = self.signal * matern(squared_distances(scaled, scaled)) - white.T @ white
        covariance = 0.5 * (covariance + covariance.T)
        at = np.diag_indices_from(covariance)
        covariance[at] = np.maximum(covariance[at], LEAST_VARIANCE * self.signal)
        return mean, covariance

    def draws(self, features: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, m) functions drawn from the posterior, at (m, f)."""
        mean, covariance = self.joint(features)
        factor = lower_factor(covariance)
        return np.asarray(mean + rng.standard_normal((count, len(mean))) @ factor.T)

    def extended(self, features: Array, targets: Array, block: Array, shared: Array | float = 0.0) -> Self:
        """With k rows more, in n² k operations.

        `block` (k, k): covariance of the new targets beyond the kernel (noise on its diagonal); `shared` (k, n): what
        they share with the old targets beyond the kernel.
        """
        scaled = features / self.lengths
        low = solved(self.factor, (self._cross(scaled) + shared).T).T
        corner = self.signal * matern(squared_distances(scaled, scaled)) + block - low @ low.T
        corner_factor = lower_factor(0.5 * (corner + corner.T))
        old, new = len(self.half), len(targets)
        factor = np.zeros((old + new, old + new), order="F")
        factor[:old, :old], factor[old:, :old], factor[old:, old:] = self.factor, low, corner_factor
        tail = solved(corner_factor, (targets - low @ self.half)[:, None])[:, 0]
        half = np.concatenate([self.half, tail])
        return type(self)(
            np.vstack([self.scaled, scaled]),
            self.lengths,
            self.signal,
            np.concatenate([self.relation, np.ones(new)]),
            factor,
            half,
            solved(factor, half[:, None].copy(), transposed=True)[:, 0],
        )

    def left_out(self) -> tuple[Array, Array]:
        """(residual, variance) of each target given all the others, (n,) each; the variance is with the row's noise.

        Sundararajan and Keerthi 2001: residual = [K⁻¹y]ᵢ / [K⁻¹]ᵢᵢ, variance = 1 / [K⁻¹]ᵢᵢ.
        """
        variance = 1.0 / inverse(self.factor).diagonal()
        return self.weights * variance, variance

    def mean_without(self, features: Array, rows: Indices) -> Array:
        """(m,) the mean at features (m, f), each as if row `rows` (m,) had not been told.

        The weights without row i are weights - K⁻¹ᵢ weightsᵢ / [K⁻¹]ᵢᵢ: a block inverse of Sundararajan and Keerthi's.
        """
        mean = np.empty(len(features))
        for part, scaled in self._blocks(features):
            mean[part] = np.einsum("ij,ij->i", self._cross(scaled), self._weights_without[rows[part]])
        return mean

    @cached_property
    def _weights_without(self) -> Array:
        """(n, n) a row for each row left out."""
        inverted = inverse(self.factor)
        return np.asarray(self.weights - inverted * (self.weights / inverted.diagonal())[:, None])

    @cached_property
    def _norms(self) -> Array:
        return squared_norms(self.scaled)

    def _cross(self, scaled: Array) -> Array:
        """(m, n) covariance with the rows."""
        cross = matern(squared_distances(scaled, self.scaled, self._norms))
        cross *= self.signal * self.relation
        return cross

    def _blocks(self, features: Array) -> Iterator[tuple[slice, Array]]:
        for first in range(0, len(features), BLOCK):
            part = slice(first, first + BLOCK)
            yield part, features[part] / self.lengths
