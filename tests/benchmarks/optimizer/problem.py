"""A problem: what varies, its true values, and how measuring it goes wrong (noise, failures, shared errors).

The errors are drawn from (problem, seed, number of the evaluation) alone, so that every method meets the same ones.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .space import Array, Point, Space

STARTS = 5  # common to all methods; rounded up to whole batches, at least two, where a batch is more than one
Truth = Callable[[Point], Mapping[str, float]]
Result = dict[str, Any]  # {objective: value} or {"failed": reason}, and "sample": id where an error is shared


@dataclass(frozen=True)
class Goal:
    """One objective. A `log` one is positive, its noise multiplies, and its loss is log10 of it."""

    name: str
    direction: str = "minimise"
    log: bool = False

    def loss(self, value: float) -> float:
        """Lower is better."""
        value = float(np.log10(value)) if self.log else value
        return -value if self.direction == "maximise" else value

    def noisy(self, value: float, error: float) -> float:
        return float(value * 10.0**error) if self.log else value + error


@dataclass(frozen=True)
class Problem:
    """`noise` and `sample_noise` are standard deviations in the unit of a loss, one a goal.

    `fails`: the reason for which a point gives no value, or "". `sample_size`: evaluations in a row that share an
    error. `pool`: the only points allowed. `corner`: losses (one a goal) that bound the hypervolume. `best`: the least
    loss, or largest hypervolume, where it is known; what is not known is searched for (problems/scales.py).
    """

    name: str
    family: str
    space: Space
    truth: Truth
    goals: tuple[Goal, ...] = (Goal("y"),)
    noise: tuple[float, ...] = (0.0,)
    sample_noise: float = 0.0
    sample_size: int = 1
    fails: Callable[[Point], str] = lambda point: ""
    batch: int = 1
    pool: tuple[Point, ...] | None = None
    corner: tuple[float, ...] = ()
    best: float | None = None
    source: str = ""

    @property
    def starts(self) -> int:
        return STARTS if self.batch == 1 else self.batch * max(2, -(-STARTS // self.batch))

    def rng(self, seed: int, *rest: int) -> np.random.Generator:
        return np.random.default_rng([zlib.crc32(self.name.encode()), seed, *rest])

    def start(self, seed: int) -> list[Point]:
        """The common first points of a seed, in batches that keep shared factors equal."""
        rng = self.rng(seed, 0)
        if self.pool is not None:
            return [self.pool[i] for i in rng.choice(len(self.pool), self.starts, replace=False)]
        points = self.space.random(self.starts, rng)
        batches = [points[i : i + self.batch] for i in range(0, len(points), self.batch)]
        return [point for batch in batches for point in self.space.held(batch)]

    def losses(self, point: Point) -> Array:
        """(goals,) true losses: what a method is judged by, never what it is told."""
        values = self.truth(point)
        return np.array([goal.loss(values[goal.name]) for goal in self.goals])

    def measure(self, point: Point, seed: int, number: int) -> Result:
        """What evaluation `number` of a search gives."""
        sample = number // self.sample_size
        shared = {"sample": f"sample-{sample}"} if self.sample_noise else {}
        if reason := self.fails(point):
            return {"failed": reason} | shared
        errors = self.rng(seed, 1, number).normal(size=len(self.goals)) * np.array(self.noise)
        errors = errors + self.rng(seed, 2, sample).normal(0.0, self.sample_noise or 0.0)
        values = self.truth(point)
        return {g.name: g.noisy(values[g.name], float(e)) for g, e in zip(self.goals, errors, strict=True)} | shared

    def told_losses(self, result: Result) -> Array | None:
        """(goals,) losses of a told result; None for a failure."""
        if "failed" in result:
            return None
        return np.array([goal.loss(result[goal.name]) for goal in self.goals])


def check(problem: Problem, points: Sequence[Point]) -> None:
    """Raises ValueError for points that the problem does not allow: no method may win by leaving the space."""
    for point in points:
        if problem.pool is not None and point not in problem.pool:
            raise ValueError(f"{problem.name}: {point} is not of the pool")
        if not problem.space.allows(point):
            raise ValueError(f"{problem.name}: {point} is not allowed")
    for batch in (points[i : i + problem.batch] for i in range(0, len(points), problem.batch)):
        if any(p[c.name] != batch[0][c.name] for c in problem.space.shared for p in batch):
            raise ValueError(f"{problem.name}: a shared factor differs within a batch")
