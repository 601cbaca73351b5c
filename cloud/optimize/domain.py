"""What the optimizer needs of a search space; `space.Space` (any lab) and `recipe.RecipeSpace` (a bench) give it.

A vector is one row of `dimension` numbers, about [0, 1] each; equal points have equal vectors. Must not know of
objectives, surrogates or trials.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools

Point = dict[str, Any]


class Domain(Protocol):
    """Points <-> vectors, feasible ones only, and what a surrogate sees of them."""

    @property
    def dimension(self) -> int:
        """Columns of a vector, d."""

    @property
    def names(self) -> tuple[str, ...]:
        """(d,) of the columns: a state file of another space has others."""

    @property
    def shared(self) -> Bools:
        """(d,) columns of the factors that are hard to change, and so equal within a batch."""

    @property
    def feature_groups(self) -> tuple[int, ...]:
        """(f,) features of one group share a length scale."""

    def plain(self, point: Mapping[str, Any]) -> Point:
        """The point checked and JSON-ready; raises InputError or ProtocolError for what is none."""

    def vectors(self, points: Sequence[Point]) -> Array:
        """(n, d) canonical vectors of points that `covers` accepts; outside [0, 1] where a point is out of range."""

    def points(self, vectors: Array) -> list[Point]:
        """JSON-ready points of (n, d) canonical vectors."""

    def key(self, point: Point) -> str:
        """A text that is equal for points that are the same experiment."""

    def covers(self, point: Point) -> bool:
        """Whether a vector tells all of this point."""

    def repair(self, vectors: Array) -> Array:
        """(n, d) feasible canonical vectors; one that is so already comes back bit-identical."""

    def with_shared(self, vectors: Array, fixed: Array) -> Array:
        """(n, d) feasible vectors whose `shared` columns are those of the feasible (d,) vector `fixed`."""

    def random(self, count: int, rng: np.random.Generator) -> Array:
        """(count, d) feasible vectors, spread over the space by chance."""

    def sobol(self, count: int, seed: int) -> Array:
        """(count, d) feasible vectors, spread evenly; more of them begin with the same ones."""

    def features(self, vectors: Array) -> Array:
        """(n, f) inputs of a surrogate."""

    def to_dict(self) -> dict[str, Any]:
        """What the space is, JSON-ready: a state keeps it, and another one does not go on with that state."""
