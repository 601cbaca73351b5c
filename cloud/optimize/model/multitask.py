"""Learning from other tasks: another bench, another substrate, published data. They help where they are alike.

Intrinsic coregionalisation (Bonilla 2008): covariance B[task, task'] k(x, x'), B = L Lᵀ, L = [rho | diag √(1 - rho²)]
and one correlation rho a task with the task of interest, number 0. Each task has its own offset and noise. The evidence
decides whether the others are learnt from at all. Must not know of spaces.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.hyper import (
    JITTER,
    STARTS,
    Prior,
    hyper_of,
    length_gradient,
    log_density,
    most_probable,
    subset,
)
from adatom.cloud.optimize.model.kernels import inverse, lower_factor, matern_and_slope, squared_distances
from adatom.cloud.optimize.model.posterior import Posterior
from adatom.cloud.optimize.model.process import GaussianProcess
from adatom.cloud.optimize.model.rows import Labels, Rows, checked_features
from numpy.typing import NDArray

RELATION_PRIOR = (0.5, 1.0)  # (mean, sd) of artanh rho: other data are added because somebody thinks them alike
RELATION_STARTS = (1.5, 0.0)
LEAST_ROWS = 3  # of a task: below, it has no scale of its own
# Nats by which the others must make the targets more probable. Of 60 sources of pure noise with 5, 10 and 20 own values
# 8, 12 and 3 % pass 1 nat, 2 % pass 2; of 60 that are alike 93, 100, 100 % pass 1 and 83, 98, 100 % pass 2
LEAST_GAIN = 2.0


class TaskEvidence:
    """log p(targets of all tasks | theta), with its gradient.

    theta is that of task 0 (hyper.py), then log noise and then artanh rho of each other task. Offsets of the tasks are
    at their most probable values, so that the gradient needs none of theirs.
    """

    def __init__(self, rows: Rows, tasks: NDArray[np.intp], groups: NDArray[np.intp]) -> None:
        """`tasks` (n,): 0 is the one of interest."""
        self.rows, self.groups, self.count = rows, groups, int(tasks.max()) + 1
        self.member = np.eye(self.count)[tasks]  # (n, t)
        same = rows.same_sample(rows)
        self._same = np.zeros((len(rows), len(rows))) if same is None else same.astype(float)
        self._features = np.eye(int(groups.max()) + 1)[groups]

    def parts(self, theta: Array) -> tuple[Array, Array, Array]:
        """(theta of task 0, noise variances (t,), correlations (t,)) of theta."""
        others, first = self.count - 1, len(self._features[0]) + 3
        noises = np.exp(np.concatenate([theta[first - 2 : first - 1], theta[first : first + others]]))
        return theta[:first], noises, np.concatenate([[1.0], np.tanh(theta[first + others :])])

    def covariance(self, theta: Array) -> tuple[Array, Array, Array]:
        """(of the targets, of their functions, the functions' slope) at theta, (n, n) each."""
        own, noises, rho = self.parts(theta)
        hyper = hyper_of(own, self.groups)
        scaled = self.rows.features / hyper.lengths
        kernel, slope = matern_and_slope(squared_distances(scaled, scaled))
        related = self.member @ relations(rho) @ self.member.T
        kernel *= hyper.signal
        slope *= hyper.signal * related
        noise = self.rows.variances + self.member @ noises / self.rows.counts + JITTER
        return kernel * related + hyper.sample * self._same + np.diag(noise), kernel, slope

    def solution(self, covariance: Array) -> tuple[Array, Array, Array, Array]:
        """(factor, inverse, offsets (t,), covariance⁻¹ (targets - offsets)): generalised least squares offsets."""
        factor = lower_factor(covariance)
        inverted = inverse(factor)
        seen = inverted @ self.member
        offsets = np.asarray(np.linalg.solve(self.member.T @ seen, seen.T @ self.rows.targets), dtype=np.float64)
        return factor, inverted, offsets, inverted @ (self.rows.targets - self.member @ offsets)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """(log likelihood, gradient)."""
        covariance, kernel, slope = self.covariance(theta)
        own, noises, rho = self.parts(theta)
        hyper = hyper_of(own, self.groups)
        factor, inverted, offsets, weights = self.solution(covariance)
        residuals = self.rows.targets - self.member @ offsets
        pull = np.multiply.outer(weights, weights) - inverted
        blocks = self.member.T @ (pull * kernel) @ self.member  # (t, t) sums over pairs of tasks
        by_length = length_gradient(self.rows.features / hyper.lengths, pull * slope) @ self._features
        by_noise = noises * ((pull.diagonal() / self.rows.counts) @ self.member)
        others = blocks * (1.0 - np.eye(self.count))
        by_relation = 2.0 * (others @ rho) * (1.0 - rho**2)
        by_sample = hyper.sample * float(np.vdot(pull, self._same))
        by_signal = float((blocks * relations(rho)).sum())
        gradient: list[Any] = [[by_signal], by_length, by_noise[:1], [by_sample], by_noise[1:], by_relation[1:]]
        return log_density(factor, float(weights @ residuals)), 0.5 * np.concatenate(gradient)


def relations(rho: Array) -> Array:
    """B (t, t) of correlations with task 0: rho rhoᵀ with ones on the diagonal."""
    matrix = np.multiply.outer(rho, rho)
    np.fill_diagonal(matrix, 1.0)
    return matrix


class TransferProcess(GaussianProcess):
    """A process of one task that learns from others where the evidence says that they are alike.

    After `fit`: rho_ (correlation of each other task; empty when they are not learnt from), joint_ (log
    hyper-parameters of all tasks; empty likewise), and what a GaussianProcess has. theta_ is that of
    the task of interest; its likelihood is that of this task alone.
    """

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any,
        variances: Any = None,
        counts: Any = None,
        samples: Labels | None = None,
        *,
        others: Sequence[Rows] = (),
        joint: Array | None = None,
    ) -> Self:
        """As `GaussianProcess.fit`; `others`: the rows of each other task, on any scale of its own.

        `joint`: the `joint_` of an earlier fit with the same tasks, taken over instead of a search.
        """
        super().fit(X, y, variances, counts, samples)
        self.rho_, self.joint_ = np.zeros(0), np.zeros(0)
        usable = [_standard(rows) for rows in others if len(rows) >= LEAST_ROWS]
        for rows in usable:
            checked_features("others", rows.features, self.n_features_in_)
        if usable and len(self.rows_) >= LEAST_ROWS:
            self._learn_from(usable, joint)
        return self

    def _learn_from(self, others: Sequence[Rows], joint: Array | None) -> None:
        own = _named(self._bent(self.rows_), 0)
        rows, tasks = own, [np.zeros(len(own), dtype=np.intp)]
        for task, other in enumerate(others, 1):
            few = _named(self._bent(other.taken(subset(len(other)))), task)
            rows = rows.joined(few)
            tasks.append(np.full(len(few), task, dtype=np.intp))
        groups = self._numbered_groups()
        evidence = TaskEvidence(rows, np.concatenate(tasks), groups)
        if joint is not None and len(joint):
            self._adopt(evidence, joint)
        elif joint is None:
            theta = _fitted(evidence, self.theta_, self.prior)
            if self._gain(evidence, theta, len(own)) > LEAST_GAIN:
                self._adopt(evidence, theta)

    def _gain(self, evidence: TaskEvidence, theta: Array, own: int) -> float:
        """log p(targets | other tasks) less log p(targets) of the process by itself."""
        rest = np.arange(own, len(evidence.rows))
        tasks = evidence.member.argmax(axis=1)
        alone = TaskEvidence(self._bent(self.rows_), tasks[:own], evidence.groups)(self.theta_)[0]
        without = _of_others(evidence, theta, rest)
        return evidence(theta)[0] - without - alone

    def _adopt(self, evidence: TaskEvidence, theta: Array) -> None:
        """Takes over the joint posterior; the rows of other tasks come first in it, the own ones last."""
        own = self.rows_
        covariance, _, _ = evidence.covariance(theta)
        _, _, offsets, _ = evidence.solution(covariance)
        first, _, rho = evidence.parts(theta)
        order = np.roll(np.arange(len(evidence.rows)), -len(own))
        residuals = evidence.rows.targets - evidence.member @ offsets
        samples = own.samples or (None,) * len(own)  # never None: rows added later must not have all factored anew
        self.joint_ = theta
        self.theta_, self.hyper_, self.rho_ = first, hyper_of(first, evidence.groups), rho[1:]
        self._centre += self._spread * float(offsets[0])
        self.rows_ = Rows(own.features, own.targets - offsets[0], own.variances, own.counts, samples)
        self.posterior_ = Posterior.related(
            evidence.rows.features[order],
            residuals[order],
            covariance[np.ix_(order, order)],
            self.hyper_.lengths,
            self.hyper_.signal,
            (evidence.member @ rho)[order],
        )


def _of_others(evidence: TaskEvidence, theta: Array, rest: NDArray[np.intp]) -> float:
    """log p(targets of the other tasks | theta)."""
    covariance, _, _ = evidence.covariance(theta)
    part = TaskEvidence(evidence.rows.taken(rest), evidence.member[rest, 1:].argmax(axis=1), evidence.groups)
    factor, _, offsets, weights = part.solution(covariance[np.ix_(rest, rest)])
    return log_density(factor, float(weights @ (part.rows.targets - part.member @ offsets)))


def _fitted(evidence: TaskEvidence, own: Array, prior: Prior) -> Array:
    """theta of all tasks at the maximum a posteriori, from the process's own and from short length scales."""
    others = evidence.count - 1
    means, widths = prior.normals(len(own) - 3)
    noise_mean, noise_width = means[-2], widths[-2]
    all_means = np.concatenate([means, np.full(others, noise_mean), np.full(others, RELATION_PRIOR[0])])
    all_widths = np.concatenate([widths, np.full(others, noise_width), np.full(others, RELATION_PRIOR[1])])
    fresh = means.copy()
    fresh[1:-2] += STARTS[0][0]
    starts = [
        np.concatenate([base, np.full(others, noise_mean), np.full(others, relation)])
        for base, relation in zip((fresh, own), RELATION_STARTS, strict=True)
    ]
    return most_probable(evidence, all_means, all_widths, starts)


def _named(rows: Rows, task: int) -> Rows:
    """Rows whose samples are told apart from those of other tasks."""
    labels = rows.samples or (None,) * len(rows)
    names = tuple(None if label is None else (task, label) for label in labels)
    return Rows(rows.features, rows.targets, rows.variances, rows.counts, names)


def _standard(rows: Rows) -> Rows:
    """Rows with targets of zero mean and unit variance."""
    spread = max(float(rows.targets.std()), 1e-9)
    targets = (rows.targets - rows.targets.mean()) / spread
    return Rows(rows.features, targets, rows.variances / spread**2, rows.counts, rows.samples)
