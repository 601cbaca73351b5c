"""The Matern-5/2 kernel, its slope, and the factor of a covariance. Must not know of hyper-parameters' priors.

Inputs are already divided by their length scales: r is the distance of such rows.
"""

import math

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.protocol.errors import FailedError
from scipy.linalg.blas import dtrsm
from scipy.linalg.lapack import dpotrf, dpotri

RESCUES = (0.0, 1e-10, 1e-8, 1e-6, 1e-4)  # shares of the mean variance added until a covariance is positive definite


def squared_distances(first: Array, second: Array, norms: Array | None = None) -> Array:
    """(n, m) r² of rows (n, f) and (m, f); `norms`: `squared_norms(second)`, where they are known.

    By the binomial formula: its rounding, 1e-16 of a squared norm, is harmless as the kernel is smooth in r².
    """
    squares = (-2.0 * first) @ second.T
    squares += squared_norms(first)[:, None]
    squares += squared_norms(second) if norms is None else norms
    return np.maximum(squares, 0.0, out=squares)


def squared_norms(rows: Array) -> Array:
    """(n,) of rows (n, f)."""
    return np.asarray(np.einsum("ij,ij->i", rows, rows))


def matern(squares: Array) -> Array:
    """(1 + s + s²/3) exp(-s) with s = sqrt(5) r, of the shape of r² (Rasmussen and Williams 2006, eq. 4.17)."""
    root = np.sqrt(5.0 * squares)
    value = root * (1.0 / 3.0)
    value += 1.0
    value *= root
    value += 1.0
    value *= np.exp(np.negative(root, out=root), out=root)
    return np.asarray(value)


def matern_and_slope(squares: Array) -> tuple[Array, Array]:
    """The kernel k and 5/3 (1 + s) exp(-s), which is -2 dk/d(r²): finite at r = 0, where dk/dr / r is not."""
    root = np.sqrt(5.0 * squares)
    decay = np.exp(-root)
    slope = (1.0 + root) * decay
    root *= root
    root *= decay
    root *= 1.0 / 3.0
    root += slope
    slope *= 5.0 / 3.0
    return np.asarray(root), np.asarray(slope)


def lower_factor(covariance: Array) -> Array:
    """L of L Lᵀ = covariance (n, n), symmetric; in Fortran order. Raises FailedError when it is far from definite."""
    for rescue in RESCUES:
        raised = covariance.copy()
        raised[np.diag_indices_from(raised)] += rescue * float(np.trace(covariance)) / max(1, len(covariance))
        factor, trouble = dpotrf(raised.T, lower=1, clean=1, overwrite_a=1)
        if trouble == 0 and math.isfinite(float(factor.sum())):
            return np.asarray(factor)
    raise FailedError("a covariance is not positive definite: values too large or not finite")


def solved(factor: Array, right: Array, *, transposed: bool = False) -> Array:
    """L⁻¹ right, or L⁻ᵀ right: (n, m) of right (n, m). `right` in Fortran order is overwritten."""
    return np.asarray(dtrsm(1.0, factor, right, lower=1, trans_a=int(transposed), overwrite_b=1))


def inverse(factor: Array) -> Array:
    """The whole inverse of L Lᵀ, (n, n)."""
    half, _ = dpotri(factor, lower=1)  # its upper triangle stays the zeros of the factor
    whole = half + half.T
    whole[np.diag_indices_from(whole)] *= 0.5
    return np.asarray(whole)
