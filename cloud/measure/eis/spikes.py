"""Points that a circuit shows to be outliers where the circuit-free smoother could not: at the ends of a sweep.

The smoother has terms that fit a lone last point whatever it is; a circuit that describes all others does not. Found by
a fit with Cauchy's robust loss at the noise that the smoother sees (Huber & Ronchetti 2009, Robust Statistics, 7.8).
"""

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, Indices
from adatom.cloud.measure.eis.circuit import Circuit
from adatom.cloud.measure.eis.least_squares import Model, minimise
from adatom.cloud.measure.eis.smooth import MAX_OUTLIER_SHARE, OUTLIER_SD, robust_sd

CAUCHY_SD = 2.4  # where the loss bends: 95 % of least squares' efficiency in normal noise
DESCRIBED = 1.4  # residuals over the noise, robust both; beyond it the circuit is wrong, not a few points
NEIGHBOUR_SD = 2.5  # a neighbour as far off in the same direction makes a bend of the curve, not a spike
STEPS, TOLERANCE = 40, 1e-4


def has_spikes(residuals: Complexes, noise: float, keep: Flags) -> bool:
    """Whether relative residuals (N,) of a fit ask for a look: some beyond what noise does, or all too large."""
    size = np.abs(residuals)
    return bool(size[keep].max() > OUTLIER_SD * noise) or robust_sd(size[keep]) > DESCRIBED * noise


def robust_fit(model: Model, circuit: Circuit, x: Floats, lower: Floats, upper: Floats, noise: Floats) -> Floats:
    """The parameters (B, P) from starts x (B, P), each spectrum's own, that a few points far off hardly pull.

    `model` gives the circuit's residuals in units of |Z| over all points; noise (B,), bounds (B, P).
    """
    loss = _cauchy(model, CAUCHY_SD * noise)
    found = minimise(
        loss, x, lower, upper, amplitude=circuit.amplitude, max_steps=STEPS, tolerance=TOLERANCE, project=False
    )
    return found.x


def find_spikes(residuals: Complexes, noise: float) -> Flags | None:
    """The spiked points (N,) by a robust fit's relative residuals, or None where it is not a few that are far off."""
    size = np.abs(residuals)
    spiked = size > OUTLIER_SD * max(robust_sd(size), 1e-6)
    described = spiked.sum() <= MAX_OUTLIER_SHARE * size.size and robust_sd(size[~spiked]) <= DESCRIBED * noise
    return None if not described or _bends(residuals, spiked, noise) else spiked


def _cauchy(model: Model, bend: Floats) -> Model:
    """The model with residuals whose squares are Cauchy's loss, and the Jacobian that gives its gradient; bend (B,)."""

    def residuals(x: Floats, rows: Indices) -> tuple[Floats, Floats]:
        r, jacobian = model(x, rows)
        square = np.repeat((np.abs(r.view(np.complex128)) / bend[rows, None]) ** 2, 2, axis=1)
        factor = np.sqrt(np.log1p(square) / np.maximum(square, 1e-12))
        return r * factor, jacobian * (1.0 / (1.0 + square) / np.maximum(factor, 1e-12))[:, None]

    return residuals


def _bends(residuals: Complexes, spiked: Flags, noise: float) -> bool:
    """Whether a spiked point has a neighbour that goes with it."""
    for i in np.flatnonzero(spiked):
        direction = residuals[i] / abs(residuals[i])
        beside = residuals[[k for k in (i - 1, i + 1) if 0 <= k < residuals.size]]
        if ((beside * direction.conjugate()).real > NEIGHBOUR_SD * noise).any():
            return True
    return False
