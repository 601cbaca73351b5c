"""The search space of any lab: points <-> vectors in [0, 1]^d, samples of it, features for a surrogate.

Every vector that leaves `repair`, `random`, `sobol` or `with_shared` is canonical (equal points have equal vectors) and
its point has no violations. Must not know of objectives, surrogates or trials.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self, get_args

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.space import rules
from adatom.cloud.optimize.space.constraints import AnyConstraint, Constraint, Linear, Rule
from adatom.cloud.optimize.space.features import Features
from adatom.cloud.optimize.space.known import prepare
from adatom.cloud.optimize.space.layout import Layout
from adatom.cloud.optimize.space.parameters import Parameter
from adatom.cloud.optimize.space.records import read_records, records
from adatom.cloud.optimize.space.repair import Repair
from adatom.cloud.optimize.space.sample import Sampler
from adatom.cloud.optimize.space.table import Table
from adatom.protocol.errors import InputError


class Space:
    """Parameters and rules over them. A value: nothing in it changes after construction."""

    def __init__(self, parameters: Sequence[Parameter], constraints: Sequence[AnyConstraint] = ()) -> None:
        """Raises InputError naming the parameter, or the rules that no point can obey together."""
        _check_kinds("space", parameters, Parameter, "Continuous('x', 0, 1)")
        _check_kinds("constraints", constraints, AnyConstraint, "Linear({'x': 1}, high=1)")
        if not parameters:
            raise InputError("space", "has no parameters; at least one is needed")
        self.parameters, self.constraints = tuple(parameters), tuple(constraints)
        self.layout = Layout(self.parameters)
        linears = [c for c in self.constraints if isinstance(c, Linear)]
        self._check_constraints(linears)
        self._table = Table(self.layout)
        self._repair = Repair(self.layout, linears)
        self._sampler = Sampler(self.layout, self._repair)
        prepare(self._repair, linears, [c for c in self.constraints if isinstance(c, Constraint)], self._sampler)
        self._features = Features(self.layout)
        self.dimension = self.layout.dimension
        self.names = self.layout.names
        self.shared: Bools = self.layout.shared
        self.feature_groups = self._features.groups

    def _check_constraints(self, linears: Sequence[Linear]) -> None:
        numeric = [name for name, number in zip(self.layout.names, self.layout.numeric, strict=True) if number]
        for linear in linears:
            for column in linear.coefficients:
                if column not in numeric:
                    raise InputError(linear.name, f"{column!r} is no number or part; allowed are {', '.join(numeric)}")
        names = [constraint.name for constraint in self.constraints]
        for name in names:
            if names.count(name) > 1:
                raise InputError(name, "two constraints of this name; names must differ")

    # --- points <-> vectors ------------------------------------------------------------------------------------

    def plain(self, point: Mapping[str, Any]) -> Point:
        """The point in the order of the columns, texts of numbers as numbers; out of range is no mistake.

        Raises InputError for missing and unknown columns, what is no finite number, and options that there are not.
        """
        return self._table.plain(point)

    def violations(self, point: Mapping[str, Any]) -> list[str]:
        """The rules that a point breaks, in words; [] where it is allowed."""
        return rules.violations(self.parameters, self.constraints, self.plain(point))

    def vectors(self, points: Sequence[Point]) -> Array:
        """(n, d) canonical vectors of plain points; outside [0, 1] where a point is out of range."""
        return self.layout.encode(self._table.values(points))

    def points(self, vectors: Array) -> list[Point]:
        """JSON-ready points of (n, d) canonical vectors."""
        return self._table.points(self.layout.decode(vectors))

    def key(self, point: Point) -> str:
        """A text that is equal for points that are the same experiment."""
        return self._table.key(point)

    def covers(self, point: Point) -> bool:
        """Whether a vector tells all: what the space fixes is the same, compositions add up to about their total."""
        return self._table.covers(point)

    def repair(self, vectors: Array) -> Array:
        """(n, d) feasible canonical vectors; one that is so already comes back bit-identical."""
        return self.layout.encode(self._repair(self.layout.decode(vectors)))

    def with_shared(self, vectors: Array, fixed: Array) -> Array:
        """(n, d) feasible vectors whose `shared` columns are those of the feasible (d,) vector `fixed`."""
        anchors = np.tile(self.layout.decode(fixed[None, :]), (len(vectors), 1))
        values = np.where(self.shared, anchors, self.layout.decode(vectors))
        return self.layout.encode(self._repair(values, self.shared, anchors))

    # --- sampling ----------------------------------------------------------------------------------------------

    def random(self, count: int, rng: np.random.Generator) -> Array:
        """(count, d) feasible vectors, as uniform over what is allowed as can be."""
        return self.layout.encode(self._sampler.random(count, rng))

    def sobol(self, count: int, seed: int) -> Array:
        """(count, d) feasible vectors of a scrambled Sobol sequence; more of it begins with the same ones."""
        return self.layout.encode(self._sampler.sobol(count, seed))

    def features(self, vectors: Array) -> Array:
        """(n, f) inputs of a surrogate; `feature_groups` tells which share a length scale."""
        return self._features(vectors)

    # --- on paper ----------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The space as JSON keeps it; of a constraint that is a function only its name."""
        return records(self.parameters, self.constraints)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], functions: Mapping[str, Rule] | None = None) -> Self:
        """The space of `to_dict` or of the [space] and [[constraints]] of a SPACE.toml; raises InputError.

        `functions`: {name: function} of the constraints that are functions.
        """
        return cls(*read_records(fields, functions or {}))


def _check_kinds(where: str, given: Any, kind: Any, example: str) -> None:
    """InputError unless all that is given is a list of a kind."""
    if isinstance(given, (str, Mapping)) or not isinstance(given, Sequence):
        raise InputError(where, f"{given!r}: must be a list, such as [{example}]")
    for one in given:
        if not isinstance(one, kind):
            raise InputError(
                where, f"{one!r}: must be a {' or '.join(k.__name__ for k in get_args(kind))}, such as {example}"
            )
