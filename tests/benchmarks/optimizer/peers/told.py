"""What adapters without a memory of their own keep: points, losses, failures; and small things that several need."""

from collections.abc import Sequence

import numpy as np

from ..problem import Problem, Result
from ..space import Array, Point

Candidates = list[Point]


class Told:
    """Everything told so far, as losses."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.points: list[Point] = []
        self.losses: list[Array | None] = []

    def add(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        self.points += points
        self.losses += [self.problem.told_losses(result) for result in results]

    @property
    def good(self) -> list[int]:
        """Numbers of the points with a value."""
        return [i for i, losses in enumerate(self.losses) if losses is not None]

    def values(self) -> Array:
        """(good, goals) losses of the points with a value."""
        found = [losses for losses in self.losses if losses is not None]
        return np.array(found).reshape(len(found), len(self.problem.goals))

    def filled(self) -> Array:
        """(n, goals) losses, a failure with the worst seen: what most guides advise where failures are no concept."""
        worst = self.values().max(axis=0) if self.good else np.zeros(len(self.problem.goals))
        return np.array([worst if losses is None else losses for losses in self.losses])

    def open(self) -> Candidates:
        """Candidates of the pool that nobody measured yet."""
        known = {self.problem.space.key(point) for point in self.points}
        return [p for p in self.problem.pool or () if self.problem.space.key(p) not in known]


def nearest(problem: Problem, wanted: Point, candidates: Candidates) -> Point:
    """The candidate nearest to a point, by the space's features."""
    features = np.array([problem.space.features(point) for point in candidates])
    return candidates[int(((features - problem.space.features(wanted)) ** 2).sum(axis=1).argmin())]


def chebyshev(losses: Array, rng: np.random.Generator) -> Array:
    """(n,) augmented Chebyshev scalars of (n, goals) losses under random weights (ParEGO); one goal: itself."""
    if losses.shape[1] == 1:
        return losses[:, 0]
    low, high = losses.min(axis=0), losses.max(axis=0)
    weighted = rng.dirichlet(np.ones(losses.shape[1])) * (losses - low) / np.maximum(high - low, 1e-12)
    scalars: Array = weighted.max(axis=1) + 0.05 * weighted.sum(axis=1)
    return scalars
