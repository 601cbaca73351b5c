"""Doubt in the hyper-parameters: processes that are nearly as probable as the most probable one, and their mixture.

A single set of hyper-parameters makes a process too sure of itself where values are few: averaging over them is the old
cure (Snoek et al. 2012). Must not know of losses or spaces.
"""

# ruff: noqa: N803  (X is the name that scikit-learn's callers use)
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.hyper import BOUND_SDS, Evidence, Hyper
from adatom.cloud.optimize.model.process import GaussianProcess
from adatom.cloud.optimize.model.rows import Rows

MEMBERS = 8  # processes of a mixture
MANY = 100  # rows from which the values leave little doubt, and a mixture costs much
STEP = 1e-3  # of theta, for the curvature: gradients are exact to 1e-8


@dataclass(frozen=True)
class Averaged:
    """Equal shares of processes of the same rows, with a process's interface; the first is the most probable."""

    members: tuple[GaussianProcess, ...]

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """The mean (m,) at X (m, f), or (mean, sd) of the mixture: what its members disagree on is doubt."""
        if not return_std:
            return np.mean([member.predict(X) for member in self.members], axis=0)
        features = self.members[0].checked(X)
        moments = np.array([member.moments(features) for member in self.members])
        means = moments[:, 0]
        mean = means.mean(axis=0)
        means -= mean
        means *= means
        return mean, np.sqrt(moments.sum(axis=1).mean(axis=0))

    def draws(self, X: Any, count: int, rng: np.random.Generator) -> Array:
        """(count, m) functions at X (m, f), each member's in turn."""
        shares = np.bincount(np.arange(count) % len(self.members), minlength=len(self.members))
        drawn = [m.draws(X, int(share), rng) for m, share in zip(self.members, shares, strict=True) if share]
        return np.vstack(drawn)

    def updated(self, X: Any, y: Any, *rest: Any) -> Self:
        """With rows more, as `GaussianProcess.updated`."""
        return type(self)(tuple(member.updated(X, y, *rest) for member in self.members))

    def believing(self, X: Any) -> Self:
        """As `GaussianProcess.believing`, each member by its own mean."""
        return type(self)(tuple(member.believing(X) for member in self.members))

    def left_out(self) -> tuple[Array, Array]:
        """(mean, sd) of each row's target given all other rows, (n,) each, of the most probable member."""
        return self.members[0].left_out()

    @property
    def targets(self) -> Array:
        """(n,) the targets fitted."""
        return self.members[0].targets

    @property
    def rows_(self) -> Rows:
        """The rows fitted."""
        return self.members[0].rows_

    @property
    def hyper_(self) -> Hyper:
        """The most probable hyper-parameters."""
        return self.members[0].hyper_


def averaged(process: GaussianProcess, thetas: Sequence[Array]) -> Averaged:
    """The mixture of a process and of the same with other hyper-parameters."""
    return Averaged((process, *(process.with_theta(theta) for theta in thetas)))


def plausible(process: GaussianProcess, count: int, rng: np.random.Generator) -> list[Array]:
    """`count` sets of hyper-parameters theta (g + 3,), drawn from Laplace's approximation around those of `process`."""
    means, widths = process.prior.normals(len(process.theta_) - 3)
    roots = _deviations(process.evidence(), process.theta_, widths)
    drawn = process.theta_ + rng.standard_normal((count, len(means))) @ roots
    return list(np.clip(drawn, means - BOUND_SDS * widths, means + BOUND_SDS * widths))


def _deviations(evidence: Evidence, theta: Array, widths: Array) -> Array:
    """(t, t) whose rows, weighted by standard normals, make deviations from theta; never wider than the prior."""
    size = len(theta)
    curvature = np.empty((size, size))
    for index, step in enumerate(STEP * np.eye(size)):
        curvature[index] = (evidence(theta - step)[1] - evidence(theta + step)[1]) / (2.0 * STEP)
    scaled = 0.5 * (curvature + curvature.T) * np.outer(widths, widths) + np.eye(size)
    values, directions = np.linalg.eigh(scaled)
    return np.asarray((directions / np.sqrt(np.maximum(values, 1.0))).T * widths)
