"""Where a score is largest in a space: evenly spread starts, recombination, shrinking clouds, projected ascent.

All of it in whole arrays, for a score costs microseconds a point and a call milliseconds. Must not know what the score
means. Budgets count evaluations, never seconds: resume is bit-identical.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.optimize.arrays import Array, Indices
from adatom.cloud.optimize.domain import Domain

Score = Callable[[Array], Array]  # (n, d) canonical feasible vectors -> (n,), higher is better

JUMP = 0.3  # chance that a cloud point moves one coordinate only: process windows are narrow along some
PROBE = 1e-4  # of a range: the difference that a slope is taken from, far below a step of any column
STRIDES = (0.1, 0.03, 0.01, 0.003, 0.001)  # of the ranges, tried at once along a slope
CHUNK = 8192  # rows of a pool scored at once: some megabytes of covariances at n = 100


@dataclass(frozen=True)
class Effort:
    """How many points each stage of a search looks at."""

    spread: int = 512  # by chance over the space
    parents: int = 48  # that recombine
    children: int = 256  # a round of recombination
    rounds: int = 6
    clouds: Sequence[float] = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005)  # standard deviations, in units of the ranges
    cloud: int = 256  # points of a cloud
    centres: int = 12  # that a cloud surrounds and a slope is climbed from
    climbs: int = 6  # steps along slopes


def best_points(
    score: Score, space: Domain, starts: Array, rng: np.random.Generator, effort: Effort | None = None
) -> Array:
    """(m, d) distinct feasible vectors, highest score first: all that the search has looked at.

    `starts`: (s, d) good points known already.
    """
    effort = effort or Effort()
    vectors = space.repair(np.vstack([starts, space.random(effort.spread, rng)]))
    seen = _Seen(vectors, score(vectors))
    for _ in range(effort.rounds):
        seen.add(score, space.repair(_children(seen.best(effort.parents), vectors, effort.children, rng)))
    for width in effort.clouds:
        seen.add(score, space.repair(_cloud(seen.best(effort.centres), width, effort.cloud, rng)))
    for _ in range(effort.climbs):
        seen.add(score, space.repair(_uphill(score, seen.best(effort.centres))))
    return seen.ranked()


def best_of_pool(score: Score, candidates: Array, count: int, chunk: int = CHUNK) -> Indices:
    """(count,) row numbers of the (m, d) candidates with the highest scores, best first; of equal ones the earlier."""
    starts = range(0, len(candidates), chunk)
    scores = np.concatenate([score(candidates[at : at + chunk]) for at in starts]) if len(candidates) else np.zeros(0)
    return np.argsort(-scores, kind="stable")[:count]


class _Seen:
    """Vectors looked at and their scores."""

    def __init__(self, vectors: Array, scores: Array) -> None:
        self.vectors, self.scores = vectors, scores

    def add(self, score: Score, vectors: Array) -> None:
        self.vectors = np.vstack([self.vectors, vectors])
        self.scores = np.concatenate([self.scores, score(vectors)])

    def best(self, count: int) -> Array:
        """Up to `count` distinct vectors, highest score first."""
        # twice as many, for clouds and strides find the same point again on the grid of a space
        top = self.vectors[np.argsort(-self.scores, kind="stable")[: 2 * count]]
        _, first = np.unique(top, axis=0, return_index=True)
        return np.asarray(top[np.sort(first)[:count]])

    def ranked(self) -> Array:
        vectors, first = np.unique(self.vectors, axis=0, return_index=True)
        return np.asarray(vectors[np.argsort(-self.scores[first], kind="stable")])


def _children(parents: Array, pool: Array, count: int, rng: np.random.Generator) -> Array:
    """Columns of a good point mixed with those of another one, or of one by chance: choices change in no other way."""
    mothers = parents[rng.integers(len(parents), size=count)]
    fathers = parents[rng.integers(len(parents), size=count)]
    strangers = pool[rng.integers(len(pool), size=count)]
    fathers = np.where(rng.random((count, 1)) < 0.5, fathers, strangers)
    share = rng.random((count, 1))  # from a single column to half of them
    return np.where(rng.random(mothers.shape) < 0.5 * share, fathers, mothers)


def _cloud(centres: Array, width: float, count: int, rng: np.random.Generator) -> Array:
    points = np.repeat(centres, max(1, count // len(centres)), axis=0)
    steps = width * rng.standard_normal(points.shape)
    single = rng.random(len(points)) < JUMP
    kept = rng.integers(points.shape[1], size=len(points))
    mask = np.arange(points.shape[1]) == kept[:, None]
    return points + np.where(single[:, None] & ~mask, 0.0, steps)


def _uphill(score: Score, centres: Array) -> Array:
    """Points along the slope of the score at each centre, all strides at once; the repair projects them."""
    count, dimension = centres.shape
    probes = (centres[:, None, :] + PROBE * np.eye(dimension)).reshape(-1, dimension)
    scores = score(np.vstack([centres, probes]))
    slopes = scores[count:].reshape(count, dimension) - scores[:count, None]
    slopes /= np.maximum(np.abs(slopes).max(axis=1, keepdims=True), np.finfo(float).tiny)
    return np.concatenate([centres + stride * slopes for stride in STRIDES])
