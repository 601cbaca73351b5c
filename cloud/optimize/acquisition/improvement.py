"""Log expected improvement, stable in the tails, and its average when the best point is uncertain.

Losses are minimised. A variance of 0 is a point known for certain.
"""

import math

import numpy as np
from adatom.cloud.optimize.arrays import Array
from scipy.special import erfcx, log_ndtr, logsumexp, ndtr

LOG_ROOT_2PI = 0.5 * math.log(2.0 * math.pi)
LOG_ROOT_HALF_PI = 0.5 * math.log(0.5 * math.pi)
FAR = -1.0 / math.sqrt(np.finfo(float).eps)  # beyond, the tail's expansion is exact to double precision
LEAST_SD = 1e-9  # a point known for certain improves on nothing
STRONG_NOISE = 0.3  # noise over spread of the tested losses above which the best tested point is a guess
DRAWS = 48  # joint draws of the incumbent; the average of log EI moves by less than 0.1 nats between 32 and 64


def log_expected_improvement(mean: Array, sd: Array, best: float | Array) -> Array:
    """(n,) log E[max(best - loss, 0)] of losses ~ N(mean, sd); the three arguments broadcast.

    log EI = log h((best - mean) / sd) + log sd with h(z) = phi(z) + z Phi(z) (Ament et al. 2023, LogEI).
    """
    sd = np.maximum(sd, LEAST_SD)
    return np.asarray(log_h((best - mean) / sd) + np.log(sd))


def noisy_log_expected_improvement(means: Array, sd: Array, bests: Array) -> Array:
    """(n,) log of the expected improvement averaged over draws of what is true at the tested points.

    `bests`: (s,) the least loss of each draw; `means`: (n,), or (s, n) conditioned on each draw; `sd`: (n,) likewise
    (the same for every draw). Letham et al. 2019, noisy EI.
    """
    logs = log_expected_improvement(np.atleast_2d(means), sd[None, :], bests[:, None])
    return np.asarray(logsumexp(logs, axis=0) - math.log(len(bests)))


def noise_is_strong(noise_sd: float, tested_means: Array) -> bool:
    """Whether the noise of one measurement hides which tested point is best: against the spread of their means."""
    return noise_sd > STRONG_NOISE * float(np.std(tested_means))


def log_chance_below(mean: Array, sd: Array, limit: float) -> Array:
    """(n,) log P(loss <= limit)."""
    return np.asarray(log_ndtr((limit - mean) / np.maximum(sd, LEAST_SD)))


def log_h(z: Array) -> Array:
    """log(phi(z) + z Phi(z)), any z: three branches, each evaluated where it keeps its digits."""
    near, far = np.maximum(z, -1.0), np.clip(z, FAR, -1.0)
    density = np.exp(-0.5 * near**2 - LOG_ROOT_2PI)
    middle = -0.5 * far**2 - LOG_ROOT_2PI + log1mexp(np.log(erfcx(-far / math.sqrt(2.0)) * -far) + LOG_ROOT_HALF_PI)
    tail = -0.5 * z**2 - LOG_ROOT_2PI - 2.0 * np.log(np.maximum(-z, 1.0))
    return np.where(z > -1.0, np.log(density + near * ndtr(near)), np.where(z > FAR, middle, tail))


def log1mexp(x: Array) -> Array:
    """log(1 - exp(x)) for x < 0 without cancellation (Maechler 2012)."""
    x = np.minimum(x, -np.finfo(float).tiny)
    near, far = np.maximum(x, -math.log(2.0)), np.minimum(x, -math.log(2.0))
    return np.where(x > -math.log(2.0), np.log(-np.expm1(near)), np.log1p(-np.exp(far)))
