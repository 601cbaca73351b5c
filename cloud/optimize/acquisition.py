"""How much a point is worth trying: log expected improvement, stable in the tails, and chances in logarithms."""

import math

import numpy as np
from adatom.cloud.optimize.arrays import Array
from scipy.special import erfcx, log_ndtr, ndtr

LOG_ROOT_2PI = 0.5 * math.log(2.0 * math.pi)
LOG_ROOT_HALF_PI = 0.5 * math.log(0.5 * math.pi)
FAR = -1.0 / math.sqrt(np.finfo(float).eps)  # beyond, the tail's expansion is exact to double precision
LEAST_SD = 1e-9  # a point known for certain improves on nothing


def log_expected_improvement(mean: Array, sd: Array, best: float) -> Array:
    """(n,) log E[max(best - loss, 0)] of losses ~ N(mean, sd).

    log EI = log h((best - mean) / sd) + log sd with h(z) = phi(z) + z Phi(z) (Ament et al. 2023, LogEI).
    """
    sd = np.maximum(sd, LEAST_SD)
    return np.asarray(_log_h((best - mean) / sd) + np.log(sd))


def log_chance_below(mean: Array, sd: Array, limit: float) -> Array:
    """(n,) log P(loss <= limit)."""
    return np.asarray(log_ndtr((limit - mean) / np.maximum(sd, LEAST_SD)))


def _log_h(z: Array) -> Array:
    near, far = np.maximum(z, -1.0), np.clip(z, FAR, -1.0)
    density = np.exp(-0.5 * near**2 - LOG_ROOT_2PI)
    middle = -0.5 * far**2 - LOG_ROOT_2PI + _log1mexp(np.log(erfcx(-far / math.sqrt(2.0)) * -far) + LOG_ROOT_HALF_PI)
    tail = -0.5 * z**2 - LOG_ROOT_2PI - 2.0 * np.log(np.maximum(-z, 1.0))
    return np.where(z > -1.0, np.log(density + near * ndtr(near)), np.where(z > FAR, middle, tail))


def _log1mexp(x: Array) -> Array:
    """log(1 - exp(x)) for x < 0 without cancellation (Maechler 2012)."""
    x = np.minimum(x, -np.finfo(float).tiny)
    small = np.maximum(x, -math.log(2.0))
    return np.where(x > -math.log(2.0), np.log(-np.expm1(small)), np.log1p(-np.exp(x)))
