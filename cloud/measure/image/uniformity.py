"""How even a film is over the image: the smooth part of its thickness or brightness, apart from grain and noise."""

import math

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats
from adatom.cloud.measure.image.estimate import CONFIDENCE, Estimate
from adatom.cloud.measure.image.tiles import tile_sums
from scipy import ndimage
from scipy.stats import norm

DEGREE = 4  # of the polynomials in x and y together: a plume's profile, centred or not, to better than 1 % of itself
SIDE = 16  # tiles a side: many more than polynomials
NEIGHBOURS = (0.5, 1.0, 0.5)


def unevenness(values: Floats, keep: Flags) -> Estimate | None:
    """Standard deviation of the smooth part over its mean (0 is even), with its 95 % interval; None for a mean of 0.

    The smooth part is a polynomial of degree 4, orthonormal over the kept pixels. Its coefficients' variances come from
    tiles' residuals, so grain that is correlated over a few per cent of the image does not pass as unevenness; what
    chance alone makes is taken off: V = sum b^2 - sum var b.
    """
    basis, weights = _orthonormal(values.shape, keep), keep / max(int(keep.sum()), 1)
    coefficients = np.array([np.sum(weights * values * one) for one in basis])
    mean = coefficients[0]
    if not abs(mean) > 0.0:
        return None
    rest = values - np.tensordot(coefficients, basis, axes=1)
    scores = np.stack([tile_sums(weights * rest * one, values.shape, SIDE) for one in basis[1:]])  # (k, tiles)
    # each polynomial took its share out of the residuals, and out of products with neighbours as well
    left = SIDE**2 - sum(NEIGHBOURS) ** 2 * len(basis)
    chance = _variance(scores.reshape(-1, SIDE, SIDE)) * SIDE**2 / left
    power = float((coefficients[1:] ** 2).sum())
    spread = math.sqrt(4.0 * float((coefficients[1:] ** 2 * chance).sum()) + 2.0 * float((chance**2).sum()))
    half = float(norm.ppf(0.5 + CONFIDENCE / 2.0)) * spread
    variance = power - float(chance.sum())
    low, value, high = (math.sqrt(max(one, 0.0)) / abs(mean) for one in (variance - half, variance, variance + half))
    return Estimate(value, low, high)


def _variance(scores: Floats) -> Floats:
    """Variances (k,) of sums over all tiles of scores (k, side, side), of which neighbours may be alike.

    Products with neighbours count by half along each axis (Bartlett's weights, so no variance is negative).
    """
    near = scores
    for axis in (1, 2):
        near = ndimage.convolve1d(near, NEIGHBOURS, axis=axis, mode="constant")
    return np.asarray((scores * near).sum(axis=(1, 2)))


def _orthonormal(shape: tuple[int, ...], keep: Flags) -> Floats:
    """Polynomials (k, rows, columns) up to DEGREE, orthonormal in the mean over kept pixels."""
    y, x = (np.polynomial.legendre.legvander(np.linspace(-1.0, 1.0, n), DEGREE) for n in shape)
    pairs = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    raw = np.stack([np.outer(y[:, i], x[:, j]) for i, j in pairs])
    at = raw[:, keep]
    triangle = np.linalg.cholesky(at @ at.T / at.shape[1])
    return np.asarray(np.linalg.solve(triangle, raw.reshape(len(pairs), -1)).reshape(raw.shape))
