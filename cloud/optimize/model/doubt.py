"""Processes that are nearly as probable as the most probable one: what is not sure of the hyper-parameters.

A single set of them makes a process too sure of itself where values are few (Benjamins et al. 2022 and others average).
Must not know of losses or spaces.
"""

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.hyper import BOUND_SDS, Evidence, priors
from adatom.cloud.optimize.model.process import GaussianProcess

STEP = 1e-3  # of theta, for the curvature: gradients are exact to 1e-8


def plausible(process: GaussianProcess, count: int, rng: np.random.Generator) -> list[GaussianProcess]:
    """`count` fitted processes with hyper-parameters drawn from Laplace's approximation around those of `process`."""
    means, widths = priors(len(process.theta_) - 3)
    roots = _deviations(process.evidence(), process.theta_, widths)
    drawn = process.theta_ + rng.standard_normal((count, len(means))) @ roots
    drawn = np.clip(drawn, means - BOUND_SDS * widths, means + BOUND_SDS * widths)
    return [process.with_theta(theta) for theta in drawn]


def _deviations(evidence: Evidence, theta: Array, widths: Array) -> Array:
    """(t, t) whose rows, weighted by standard normals, make deviations from theta; never wider than the prior."""
    size = len(theta)
    curvature = np.empty((size, size))
    for index, step in enumerate(STEP * np.eye(size)):
        curvature[index] = (evidence(theta - step)[1] - evidence(theta + step)[1]) / (2.0 * STEP)
    scaled = 0.5 * (curvature + curvature.T) * np.outer(widths, widths) + np.eye(size)
    values, directions = np.linalg.eigh(scaled)
    return np.asarray((directions / np.sqrt(np.maximum(values, 1.0))).T * widths)
