"""One composition well inside a space: the point towards which infeasible ones are pulled.

In (cations, arriving lithium) every composition rule is linear - ranges, sites, charge neutrality, excess, the cone of
the targets - so the feasible set is a convex polytope and a linear program finds its inside or that there is none.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.recipe.reach import Reach
from adatom.cloud.optimize.recipe.spec import Range, Spec
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import NEGATIVE_CHARGE, VALENCE
from scipy.optimize import linprog

MISS_PRICE = 1e3  # objective per atom missed: a composition that the targets bring always wins
CONE_UNIT = 0.5  # formula units per 12 O that count as well inside the cone
TYPICAL_LITHIUM = 5.0  # scale of the lithium margin, atoms per 12 O


def inner_composition(spec: Spec, excess: Range, reaches: Sequence[Reach], miss_allowed: float) -> tuple[Array, float]:
    """(amounts of spec.cations, arriving lithium), atoms per 12 O, as far from every limit as possible.

    Raises InputError("space.cations", ...) when no composition obeys all the rules.
    """
    program = _Program(spec, reaches)
    program.add_boxes(spec, excess)
    for bench, reach in enumerate(reaches):
        program.add_cone(bench, reach)
    answer = program.solve()
    if answer is None:
        raise InputError("space.cations", "no composition obeys ranges, sites, charge and lithium limits together")
    amounts, lithium = answer[: len(spec.cations)], float(answer[len(spec.cations)])
    wanted = np.append(amounts, lithium)[None, :]
    miss = max(float(reach.mismatch(wanted)[0]) for reach in reaches)
    if miss > miss_allowed:
        raise InputError(
            "space.cations",
            f"impossible with the mounted targets: the nearest composition ({_text(spec, amounts)}, Li {lithium:.2f} "
            f"per 12 O) is missed by {100 * miss:.1f} %, allowed are {100 * miss_allowed:.1f} %",
        )
    return amounts, lithium


def _text(spec: Spec, amounts: Array) -> str:
    return ", ".join(f"{element} {amount:.2f}" for element, amount in zip(spec.cations, amounts, strict=True))


class _Program:
    """min cost x with rows `upper x <= bound`; x = amounts, lithium, formula units per target, misses, two margins."""

    def __init__(self, spec: Spec, reaches: Sequence[Reach]) -> None:
        self.cations = len(spec.cations)
        sizes = [len(reach.yields) for reach in reaches]
        starts = self.cations + 1 + np.cumsum([0, *sizes])
        self.units = [slice(int(a), int(b)) for a, b in pairwise(starts)]
        self.miss = int(starts[-1])
        self.size = self.miss + len(reaches) + 2
        self.box_margin, self.cone_margin = self.size - 2, self.size - 1
        self.upper: list[Array] = []
        self.bound: list[float] = []

    def row(self, bound: float, *terms: tuple[int, float]) -> None:
        """sum(factor * x[index]) <= bound."""
        coefficients = np.zeros(self.size)
        for index, factor in terms:
            coefficients[index] += factor
        self.upper.append(coefficients)
        self.bound.append(bound)

    def add_boxes(self, spec: Spec, excess: Range) -> None:
        """Ranges of the cations and of the lithium excess with the margin, sites, limits of the arriving lithium."""
        elements = list(spec.cations)
        for index, (low, high) in enumerate(spec.cations.values()):
            self.row(-low, (index, -1.0), (self.box_margin, high - low))
            self.row(high, (index, 1.0), (self.box_margin, high - low))
        for site in spec.sites:
            for sign in (1.0, -1.0):
                self.row(sign * site.total, *((elements.index(e), sign) for e in site.elements))
        # L between (1 + excess) * (24 - sum v c)
        for sign, limit in ((-1.0, excess[0]), (1.0, excess[1])):
            charge = [(i, sign * (1.0 + limit) * VALENCE[e]) for i, e in enumerate(elements)]
            margin = (self.box_margin, (excess[1] - excess[0]) * TYPICAL_LITHIUM)
            self.row(sign * (1.0 + limit) * NEGATIVE_CHARGE, (self.cations, sign), *charge, margin)
        self.row(-spec.arriving_lithium[0], (self.cations, -1.0))
        self.row(spec.arriving_lithium[1], (self.cations, 1.0))

    def add_cone(self, bench: int, reach: Reach) -> None:
        """|sum(units * yield) - wanted| <= miss for every element; every unit at least its margin."""
        units = self.units[bench]
        scale = reach.yields.max(axis=1) if len(reach.yields) else np.zeros(0)
        for element in range(self.cations + 1):
            brought = [(units.start + t, reach.yields[t, element] / scale[t]) for t in range(len(scale))]
            for sign in (1.0, -1.0):
                terms = [(index, sign * factor) for index, factor in brought]
                self.row(0.0, *terms, (element, -sign), (self.miss + bench, -1.0))
        for index in range(units.start, units.stop):
            self.row(0.0, (index, -1.0), (self.cone_margin, CONE_UNIT))

    def solve(self) -> Array | None:
        """The optimum, or None when there is no feasible point."""
        cost = np.zeros(self.size)
        cost[self.miss : self.box_margin] = MISS_PRICE
        cost[self.box_margin :] = -1.0
        limits = [(0.0, None)] * (self.size - 2) + [(0.0, 0.5), (0.0, 1.0)]
        result = linprog(cost, A_ub=np.array(self.upper), b_ub=np.array(self.bound), bounds=limits, method="highs")
        return np.asarray(result.x, dtype=float) if result.status == 0 else None
