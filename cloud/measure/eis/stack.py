"""Spectra of different lengths in one array, so that all fits of a series move in the same operations.

Knows circuits and weights, not what is done with them.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, Indices
from adatom.cloud.measure.eis.circuit import Circuit
from adatom.cloud.measure.eis.least_squares import NEAR, Minimum, Model, minimise


class Weighted(Protocol):
    """A spectrum: angular frequencies w (N,), z_ohm (N,), `weights` (N, 2) in 1/sd, points to `keep` (N,)."""

    w: Floats
    z_ohm: Complexes
    weights: Floats
    keep: Flags


class Stack:
    """S spectra padded to the longest; padding and points left out weigh nothing."""

    def __init__(self, spectra: Sequence[Weighted]) -> None:
        size = max(one.w.size for one in spectra)
        self._log_w = np.zeros((len(spectra), 1, size))
        self._z = np.zeros((len(spectra), size), dtype=np.complex128)
        weights = np.zeros((len(spectra), size, 2))
        for i, one in enumerate(spectra):
            n = one.w.size
            self._log_w[i, 0, :n] = np.log(one.w)
            self._z[i, :n] = one.z_ohm
            weights[i, :n] = one.weights * one.keep[:, None]
        self._weights = weights.reshape(len(spectra), 2 * size)

    def model(self, circuit: Circuit, owner: Indices) -> Model:
        """Weighted residuals and Jacobian of the circuit, start b being one of spectrum owner[b]."""

        def residuals(x: Floats, rows: Indices) -> tuple[Floats, Floats]:
            of = owner[rows] if self._z.shape[0] > 1 else slice(None)
            z, jacobian = circuit.evaluate(x, self._log_w[of])
            weights, slope = self._weights[of], jacobian.view(np.float64)
            slope *= weights[:, None]
            return (z - self._z[of]).view(np.float64) * weights, slope

        return residuals

    def minimise(
        self,
        circuit: Circuit,
        x: Floats,
        owner: Indices,
        lower: Floats,
        upper: Floats,
        max_steps: int,
        tolerance: float,
        damping: float,
    ) -> Minimum:
        """The minimum from every start x (B, P) of spectrum owner (B,); bounds are (S, P)."""
        return minimise(
            self.model(circuit, owner),
            x,
            lower[owner],
            upper[owner],
            amplitude=circuit.amplitude,
            max_steps=max_steps,
            tolerance=tolerance,
            damping=damping,
            project=damping <= NEAR,
        )
