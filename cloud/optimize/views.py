"""A part of a space that looks like a space: shared columns held, or a box around a point.

A view gives vectors of the whole space: only its samples and repairs differ.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from adatom.cloud.optimize.acquisition.trust import Region
from adatom.cloud.optimize.arrays import Array, Bools, Indices
from adatom.cloud.optimize.domain import Domain, Point
from scipy.spatial import KDTree

SAME = 1e-6  # of a range: vectors of equal points are nearer
CHOICE_SAMPLE = 64  # points that tell which columns are 0 or 1 and nothing between


class View:
    """A domain in all but what a subclass changes: `narrowed` says which vectors remain."""

    def __init__(self, space: Domain) -> None:
        self.space = space

    def narrowed(self, vectors: Array) -> Array:
        """(n, d) feasible vectors of this part for any (n, d)."""
        raise NotImplementedError

    @property
    def dimension(self) -> int:
        """Of the whole space."""
        return self.space.dimension

    @property
    def names(self) -> tuple[str, ...]:
        """Of the whole space."""
        return self.space.names

    @property
    def shared(self) -> Bools:
        """Of the whole space."""
        return self.space.shared

    @property
    def feature_groups(self) -> tuple[int, ...]:
        """Of the whole space."""
        return self.space.feature_groups

    def plain(self, point: Mapping[str, Any]) -> Point:
        """Of the whole space."""
        return self.space.plain(point)

    def vectors(self, points: Sequence[Point]) -> Array:
        """Of the whole space."""
        return self.space.vectors(points)

    def points(self, vectors: Array) -> list[Point]:
        """Of the whole space."""
        return self.space.points(vectors)

    def key(self, point: Point) -> str:
        """Of the whole space."""
        return self.space.key(point)

    def covers(self, point: Point) -> bool:
        """Of the whole space."""
        return self.space.covers(point)

    def features(self, vectors: Array) -> Array:
        """Of the whole space."""
        return self.space.features(vectors)

    def to_dict(self) -> dict[str, Any]:
        """Of the whole space."""
        return self.space.to_dict()

    def with_shared(self, vectors: Array, fixed: Array) -> Array:
        """Of the whole space."""
        return self.space.with_shared(vectors, fixed)

    def repair(self, vectors: Array) -> Array:
        """(n, d) feasible vectors of this part."""
        return self.narrowed(vectors)

    def random(self, count: int, rng: np.random.Generator) -> Array:
        """(count, d) vectors of this part."""
        return self.narrowed(self.space.random(count, rng))

    def sobol(self, count: int, seed: int) -> Array:
        """(count, d) vectors of this part; more of them begin with the same ones."""
        return self.narrowed(self.space.sobol(count, seed))


class Held(View):
    """The space with its shared columns at those of one feasible vector: the rest of a batch."""

    def __init__(self, space: Domain, fixed: Array) -> None:
        super().__init__(space)
        self.fixed = fixed

    def narrowed(self, vectors: Array) -> Array:
        """(n, d) feasible vectors whose shared columns are the fixed ones."""
        return self.space.with_shared(self.space.repair(vectors), self.fixed)


def held_to(space: Domain, pool: Array | None, fixed: Array) -> tuple[Domain, Array | None]:
    """The space and pool that remain for a batch whose first point is the (d,) vector `fixed`."""
    if not space.shared.any():
        return space, pool
    if pool is None:
        return Held(space, fixed), None
    return space, pool[(pool[:, space.shared] == fixed[space.shared]).all(axis=1)]


def room_in_settings(space: Domain, pool: Array) -> Indices:
    """(p,) how many different rows of the pool (p, d) have the shared columns of each, itself included."""
    rows, back = np.unique(pool, axis=0, return_inverse=True)
    if not space.shared.any():
        return np.full(len(pool), len(rows))
    _, setting, sizes = np.unique(rows[:, space.shared], axis=0, return_inverse=True, return_counts=True)
    return np.asarray(sizes[setting.ravel()][back.ravel()])


def no_room(space: Domain, count: int, most: int) -> str:
    """In words that candidates have no room for `count` points at one setting, but for `most`."""
    if not most:
        return "no candidate is left that is new and allowed"
    shared = ", ".join(np.array(space.names)[space.shared])
    setting = f" at any one setting of {shared}, which is hard to change" if shared else ""
    return f"{count} points asked for, but only {most} candidates are left{setting}"


def near(pool: Array, known: Array) -> Bools:
    """(p,) whether a row of the pool (p, d) is one of the known vectors (n, d), but for what rounding makes of them."""
    if not len(pool) or not len(known):
        return np.zeros(len(pool), dtype=bool)
    distances, _ = KDTree(known).query(pool, distance_upper_bound=SAME)
    return np.isfinite(distances)


class Boxed(View):
    """The space within a box around a good point; where that is infeasible, the repair leads out of it."""

    def __init__(self, space: Domain, region: Region) -> None:
        super().__init__(space)
        low, high = region.bounds()
        # half a box between 0 and 1 would hold a choice for good
        choice = np.isin(space.sobol(CHOICE_SAMPLE, 0), (0.0, 1.0)).all(axis=0)
        self.low, self.high = np.where(choice, 0.0, low), np.where(choice, 1.0, high)

    def narrowed(self, vectors: Array) -> Array:
        """(n, d) feasible vectors in the box, or as near as the space allows."""
        return self.space.repair(np.clip(vectors, self.low, self.high))

    def random(self, count: int, rng: np.random.Generator) -> Array:
        """(count, d) vectors of this part: the spread of the space, shrunk into the box."""
        return self.narrowed(self.low + self.space.random(count, rng) * (self.high - self.low))
