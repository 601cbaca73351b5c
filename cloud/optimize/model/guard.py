"""A watch on a process: when rows left out are clearly better foretold by a constant or by trees, their means mix in.

The score is the log density of each row given the others, in closed form for the process (Sundararajan and Keerthi
2001) and out of the bag for trees. Must not know of scales or acquisitions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.doubt import Averaged
from adatom.cloud.optimize.model.forest import Forest
from adatom.cloud.optimize.model.process import GaussianProcess

LEAST_ROWS = 8  # below, scores of rows left out say nothing
CLEAR = 2.0  # standard errors by which a rival's score must be ahead
CLEAR_NATS = 2.0  # and how far in all: two rows that it got better are no proof
ROOM = 0.4  # share of the variance that the process must leave open before trees are grown: they cost more than a fit
TURNS = 200  # of the iteration to the stacking weights, which gains little after 50
LEAST_WEIGHT = 0.01  # a rival below is left out
LEAST_SD = 1e-6

Predictor = Callable[[Array], Array]


@dataclass(frozen=True)
class Rival:
    """Another way to foretell a target: its mean at any point, and how far out it was at rows left out."""

    mean: Predictor
    sd: float
    scores: Array  # (n,) log density of each row left out


@dataclass(frozen=True)
class Guarded:
    """A process, or a mixture of it and its rivals, with the process's interface.

    `origin` is the process as fitted: where points have since been believed or told, the doubt of the rivals shrinks as
    that of the process does.
    """

    process: GaussianProcess | Averaged
    origin: GaussianProcess | Averaged
    rivals: tuple[tuple[float, Rival], ...] = ()  # (weight, rival); the process has the rest

    def predict(self, X: Any, return_std: bool = False) -> Any:  # noqa: N803
        """The mean (m,) at X (m, f), or (mean, sd) of the mixture: what its parts disagree on is doubt."""
        if not self.rivals:
            return self.process.predict(X, return_std=return_std)
        mean, sd, _, _ = self._mixed(np.asarray(X, dtype=float))
        return (mean, sd) if return_std else mean

    def draws(self, X: Any, count: int, rng: np.random.Generator) -> Array:  # noqa: N803
        """(count, m) functions at X (m, f): the process's, moved and stretched to the mixture's means and sds."""
        drawn = self.process.draws(X, count, rng)
        if not self.rivals:
            return drawn
        own_mean, own_sd = self.process.predict(X, return_std=True)
        mean, sd = self.predict(X, return_std=True)
        return np.asarray(mean + (drawn - own_mean) / own_sd * sd)

    def updated(self, X: Any, y: Any, *rest: Any) -> Self:  # noqa: N803
        """With rows more, as `GaussianProcess.updated`; rivals and weights stay."""
        return replace(self, process=self.process.updated(X, y, *rest))

    def believing(self, X: Any) -> Self:  # noqa: N803
        """As `GaussianProcess.believing`."""
        return replace(self, process=self.process.believing(X))

    def _mixed(self, features: Array) -> tuple[Array, Array, list[Array], Array]:
        """(mean, sd, means of the parts, share of the process's first doubt that is left)."""
        own_mean, own_sd = self.process.predict(features, return_std=True)
        ratio = np.ones(len(own_mean))
        if self.origin is not self.process:
            ratio = np.minimum((own_sd / self.origin.predict(features, return_std=True)[1]) ** 2, 1.0)
        weights = np.array([1.0, *(weight for weight, _ in self.rivals)])
        weights[0] = 2.0 - weights.sum()
        means = [own_mean, *(rival.mean(features) for _, rival in self.rivals)]
        variances = [own_sd**2, *(rival.sd**2 * ratio for _, rival in self.rivals)]
        mean = weights @ np.array(means)
        variance = weights @ (np.array(variances) + (np.array(means) - mean) ** 2)
        return mean, np.sqrt(variance), means, ratio


def guarded(process: GaussianProcess | Averaged) -> Guarded:
    """The fitted process alone, or mixed with rivals whose scores are clearly better."""
    targets = process.targets
    if len(targets) < LEAST_ROWS:
        return Guarded(process, process)
    mean, sd = process.left_out()
    scores = log_densities(targets - mean, sd)
    rivals = [constant(targets)]
    if float(((targets - mean) ** 2).mean()) > ROOM * float(targets.var()):
        rivals.append(trees(process.rows_.features, targets))
    better = [rival for rival in rivals if clearly_better(rival.scores, scores)]
    if not better:
        return Guarded(process, process)
    weights = stacked(np.array([scores, *(rival.scores for rival in better)]))[1:]
    kept = tuple((float(w), rival) for w, rival in zip(weights, better, strict=True) if w > LEAST_WEIGHT)
    return Guarded(process, process, kept)


def log_densities(residuals: Array, sds: Array | float) -> Array:
    """log N(residual; 0, sd²), (n,)."""
    return np.asarray(-0.5 * (residuals / sds) ** 2 - np.log(sds) - 0.5 * math.log(2.0 * math.pi))


def clearly_better(rival: Array, own: Array) -> bool:
    """Whether scores (n,) are ahead of `own` by more than chance, paired row by row."""
    ahead = rival - own
    error = float(ahead.std(ddof=1)) * math.sqrt(len(ahead))
    return float(ahead.sum()) > max(CLEAR * error, CLEAR_NATS)


def stacked(scores: Array) -> Array:
    """(k,) weights of predictors with log densities (k, n) that make the mixture foretell best (Yao 2018)."""
    densities = np.exp(scores - scores.max(axis=0))
    weights = np.full(len(scores), 1.0 / len(scores))
    for _ in range(TURNS):
        weights = weights * (densities / (weights @ densities)).mean(axis=1)
    return np.asarray(weights)


def constant(targets: Array) -> Rival:
    """The mean of the others."""
    count = len(targets)
    residuals = (targets - targets.mean()) * count / (count - 1.0)
    sd = max(float(np.sqrt((residuals**2).mean())), LEAST_SD)
    middle = float(targets.mean())
    return Rival(lambda features: np.full(len(features), middle), sd, log_densities(residuals, sd))


def trees(features: Array, targets: Array) -> Rival:
    """Extremely randomised trees, judged by the rows outside of their samples."""
    forest = Forest.grown(features, targets)
    residuals = targets - forest.left_out
    sd = max(float(np.sqrt((residuals**2).mean())), LEAST_SD)
    return Rival(forest.mean, sd, log_densities(residuals, sd))
