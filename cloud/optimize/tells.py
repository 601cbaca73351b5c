"""The record of a search: what was asked and is still open, what was told, in order, and views of both.

Must not know of models or strategies.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.domain import Domain, Point
from adatom.cloud.optimize.model.rows import Rows
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.result import Result, checked_result, entry_of
from adatom.protocol.errors import InputError

Told = tuple[Point, Result]

MISHAPS = 2  # at one point: the second is no accident

ROOM = 1e-6  # of a range: what rounding may put a point beyond its end


def beyond(vectors: Array) -> Array:
    """(n,) how far (n, d) vectors lie outside the ranges, in widths of a range; 0 within."""
    return np.asarray(np.maximum(np.maximum(-vectors, vectors - 1.0), 0.0).max(axis=1, initial=0.0))


@dataclass
class Tells:
    """Points and results, as plain as JSON."""

    space: Domain
    objectives: tuple[Objective, ...]
    told: list[Told] = field(default_factory=list)
    pending: list[Point] = field(default_factory=list)
    _keys: list[str] = field(default_factory=list, repr=False)  # of told points, as far as somebody asked for them
    _fits: list[bool] = field(default_factory=list, repr=False)  # whether they teach, likewise

    def add(self, points: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]]) -> None:
        """All are taken or none. Raises InputError for a result that is none and for a point that is none."""
        if isinstance(points, Mapping) or isinstance(results, Mapping):
            raise InputError("tell", "takes lists: one point is told as tell([point], [result])")
        if len(points) != len(results):
            raise InputError("tell", f"{len(points)} points and {len(results)} results")
        checked = [checked_result(f"results[{i}]", result, self.objectives) for i, result in enumerate(results)]
        plain = [self._plain(f"points[{i}]", point) for i, point in enumerate(points)]
        for pair in zip(plain, checked, strict=True):
            self.told.append(self._judged(*pair))
        self.forget(plain)

    def amend(self, index: int, values: Mapping[str, Any]) -> None:
        """Values join those of a told point. Raises InputError for what is no result, and for a mishap."""
        if not 0 <= index < len(self.told):
            raise InputError("amend", f"{index} is none of the {len(self.told)} points told")
        point, result = self.told[index]
        if "mishap" in result:
            raise InputError("amend", "it was a mishap, which says nothing of the point: tell it as another result")
        fresh = checked_result("amend", values, self.objectives)
        self.told[index] = point, {**result, **fresh}

    def as_list(self) -> list[list[Any]]:
        """[point, result] of each, JSON-ready."""
        return [[dict(point), dict(result)] for point, result in self.told]

    def _judged(self, point: Point, result: Result) -> Told:
        """A mishap says nothing of its point, until the same point has met with MISHAPS of them: then it has failed."""
        if "mishap" not in result:
            return point, result
        key = self.space.key(point)
        before = [other for other, earlier in self.told if "mishap" in earlier and self.space.key(other) == key]
        if len(before) + 1 < MISHAPS:
            return point, result
        return point, {"failed": f"{MISHAPS} mishaps, the last: {result['mishap']}"}

    def _plain(self, where: str, point: Mapping[str, Any]) -> Point:
        try:
            return self.space.plain(point)
        except InputError as error:
            raise InputError(f"{where}.{error.where}".removesuffix(".point"), error.problem) from None

    def forget(self, points: Iterable[Mapping[str, Any]]) -> None:
        """Points that nobody will try are no longer pending."""
        keys = {self.space.key(self.space.plain(point)) for point in points}
        self.pending = [point for point in self.pending if self.space.key(point) not in keys]

    def loss(self, result: Result) -> float:
        """The weighted sum of what was told."""
        return sum(o.weight * o.loss(entry_of(result, o.name).value) for o in self.objectives if o.name in result)

    def steers(self, result: Result) -> bool:
        """Whether a result tells of anything with a weight."""
        return any(objective.weight > 0.0 and objective.name in result for objective in self.objectives)

    @property
    def covered(self) -> list[int]:
        """Indices into `told` of points that teach: a vector of the space describes them, and it was no mishap."""
        fresh = self.told[len(self._fits) :]
        self._fits += ["mishap" not in result and self.space.covers(point) for point, result in fresh]
        return [index for index, fits in enumerate(self._fits) if fits]

    def vectors(self, indices: Sequence[int]) -> Array:
        """(n, d) of told points."""
        return self.space.vectors([self.told[index][0] for index in indices])

    def tested(self, *, inside: bool) -> list[int]:
        """Indices into `told` of covered points whose result steers; `inside`: of those within the ranges alone."""
        indices = [index for index in self.covered if self.steers(self.told[index][1])]
        if not inside:
            return indices
        return [index for index, far in zip(indices, beyond(self.vectors(indices)), strict=True) if far <= ROOM]

    def rows(self, objective: Objective, indices: Sequence[int], features: Array) -> Rows:
        """What was told of an objective at told points `indices`, whose features (n, f) are given: objective.scaled."""
        having = [row for row, index in enumerate(indices) if objective.name in self.told[index][1]]
        results = [self.told[indices[row]][1] for row in having]
        entries = [entry_of(result, objective.name) for result in results]
        samples = tuple(result.get("sample") for result in results)
        return Rows(
            features[having],
            np.array([objective.scaled(entry.value) for entry in entries]),
            np.array([objective.scaled_sd(entry.value, entry.sd) ** 2 for entry in entries]),
            np.array([entry.replicates for entry in entries]),
            None if all(sample is None for sample in samples) else samples,
        )

    def rows_of(self, objective: Objective) -> Rows:
        """What was told of an objective at all covered points."""
        covered = self.covered
        return self.rows(objective, covered, self.space.features(self.vectors(covered)))

    def succeeded(self, indices: Sequence[int]) -> Array:
        """(n,) 1.0 where a told point did not fail, else 0.0."""
        return np.array([0.0 if "failed" in self.told[index][1] else 1.0 for index in indices])

    def times(self, point: Point, others: Iterable[Point] = ()) -> int:
        """How often a point was told (mishaps apart), is pending or stands among others."""
        key = self.space.key(point)
        waiting = [self.space.key(other) for other in (*self.pending, *others)]
        return [*self._told_keys(), *waiting].count(key)

    def known(self, others: Iterable[Point] = ()) -> set[str]:
        """Keys of all points told, pending or among others; a point of a mishap may be tried again."""
        return {*filter(None, self._told_keys()), *(self.space.key(point) for point in (*self.pending, *others))}

    def _told_keys(self) -> list[str]:
        """The key of each told point, none of a mishap."""
        fresh = self.told[len(self._keys) :]
        self._keys += ["" if "mishap" in result else self.space.key(point) for point, result in fresh]
        return self._keys
