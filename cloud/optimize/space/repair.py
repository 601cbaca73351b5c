"""Any values -> the nearest sensible ones that obey all the rules. No loop here depends on luck or on data to end.

Order: steps, choices and compositions, each for itself (`local`); then the linear rules by projection; and what still
breaks a rule moves straight towards a point that breaks none. Must not know how such points were found.
"""

from collections.abc import Callable, Sequence

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.space.constraints import Linear
from adatom.cloud.optimize.space.flats import Flats
from adatom.cloud.optimize.space.lattice import Lattice
from adatom.cloud.optimize.space.layout import Layout, Mixture
from adatom.cloud.optimize.space.simplex import Simplex
from adatom.cloud.optimize.space.sums import dot, total

ROOM = 1e-10  # relative; a tenth of what `rules.violations` forgives
SWEEPS = 12  # projections onto all the broken linear rules; what is left is pulled
BISECTIONS = 10  # of the pull: 1/1024 of the way

Allowed = Callable[[Array], Bools]


class Repair:
    """The rules of one space. `known`: (m, d) values that obey all of them, none where they cannot be broken."""

    def __init__(self, layout: Layout, linears: Sequence[Linear]) -> None:
        self.layout = layout
        self.blends = [(mixture, Blend(mixture)) for mixture in layout.mixtures]
        self.flats = Flats(layout, linears, [blend.simplex for _, blend in self.blends])
        self.matrix, self.limits = _inequalities(layout, linears)
        self.room = ROOM * _sizes(layout, self.matrix, self.limits)
        self.known: Array = np.zeros((0, layout.dimension))
        self.rules: Allowed | None = None

    def __call__(self, values: Array, held: Bools | None = None, anchors: Array | None = None) -> Array:
        """(n, d) rounded values that obey all the rules; those that do so already come back as they are.

        `held` (d,): columns that stay; `anchors` (n, d): allowed values with the same held columns.
        """
        values = self.local(values, held)
        bad = np.flatnonzero(~self.allowed(values))
        if not len(bad):
            return values
        moved = values[bad] if self.flats.any else self.projected(values[bad], held)
        ends = self._nearest_known(moved) if anchors is None else anchors[bad]
        if self.flats.any:
            # what is on the flats stays there on the way to `ends`, so that inequalities are left to the pull
            moved = self.local(self.flats(moved, held, ends), held)
        still = np.flatnonzero(~self.allowed(moved))
        if len(still):
            moved[still] = self._pulled(moved[still], ends[still], held)
        values[bad] = moved
        return values

    def allowed(self, values: Array) -> Bools:
        """(n,) whether locally good values also obey the linear and the other rules."""
        good = self.linear(values)
        if self.rules is not None and good.any():
            rows = np.flatnonzero(good)
            good[rows] = self.rules(values[rows])
        return good

    def linear(self, values: Array) -> Bools:
        """(n,) whether values obey the linear rules."""
        excess = dot(values, self.matrix.T) - self.limits
        obeyed = excess <= np.minimum(self.room, ROOM)
        # `rules.violations` forgives what is small beside the largest term at the point, which may be below what terms
        # can amount to elsewhere
        for row, rule in zip(*np.nonzero(~obeyed & (excess <= self.room)), strict=True):
            largest = float(np.abs(values[row] * self.matrix[rule]).max())
            obeyed[row, rule] = excess[row, rule] <= ROOM * max(1.0, largest)
        return np.asarray(obeyed.all(axis=1))

    # --- each parameter for itself -----------------------------------------------------------------------------

    def local(self, values: Array, held: Bools | None = None) -> Array:
        """(n, d) rounded values: within ranges, on steps, pure choices, compositions that add up."""
        layout = self.layout
        values = np.clip(values, layout.lows, layout.highs)
        stepped = layout.steps > 0.0
        count = np.rint((values - layout.lows)[:, stepped] / layout.steps[stepped])
        values[:, stepped] = layout.lows[stepped] + np.minimum(count, layout.levels[stepped]) * layout.steps[stepped]
        for choice in layout.choices:
            block = values[:, choice.columns]
            values[:, choice.columns] = block.argmax(axis=1)[:, None] == np.arange(block.shape[1])
        values = np.clip(layout.rounded(values), layout.lows, layout.highs)
        for mixture, blend in self.blends:
            if held is None or not held[mixture.columns.start]:
                values[:, mixture.columns] = self._blended(values, mixture, blend)
        return values

    def _blended(self, values: Array, mixture: Mixture, blend: "Blend") -> Array:
        block = values[:, mixture.columns]
        bad = np.flatnonzero(~blend.good(block))
        if len(bad):
            layout, fresh = self.layout, values[bad].copy()
            fresh[:, mixture.columns] = blend(block[bad])
            fresh = np.clip(layout.rounded(fresh), layout.lows, layout.highs)
            block[bad] = fresh[:, mixture.columns]
        return block

    # --- rules over several ------------------------------------------------------------------------------------

    def projected(self, values: Array, held: Bools | None = None) -> Array:
        """Values moved across the limits of broken linear rules and repaired locally, again and again."""
        layout = self.layout
        scale = layout.widths * ~layout.fixed * layout.numeric
        if held is not None:
            scale = scale * ~held
        normals = self.matrix * scale
        size = np.maximum((normals**2).sum(axis=1), 1e-300)
        aim = self.limits - 0.1 * self.room  # rounding then does not cross it
        for _ in range(SWEEPS if len(aim) else 0):
            bad = np.flatnonzero(~self.linear(values))
            if not len(bad):
                break
            moved = values[bad]
            for row, limit in enumerate(aim):
                miss = np.maximum(dot(moved, self.matrix[row]) - limit, 0.0)
                moved = moved - (miss / size[row])[:, None] * (normals[row] * scale)
            values[bad] = self.local(moved, held)
        return values

    def _nearest_known(self, values: Array) -> Array:
        layout = self.layout
        ours, theirs = layout.encode(values), layout.encode(self.known)
        apart = (theirs**2).sum(axis=1) - 2.0 * ours @ theirs.T
        ends = self.known[apart.argmin(axis=1)]
        if self.rules is None:
            # linear rules see no choices: those stay
            ends[:, ~layout.numeric] = values[:, ~layout.numeric]
        return np.asarray(ends)

    def _pulled(self, values: Array, ends: Array, held: Bools | None) -> Array:
        """The last allowed values found by bisection on the way from allowed `ends` to values."""
        best, low, high = ends.copy(), np.zeros(len(values)), np.ones(len(values))
        for _ in range(BISECTIONS):
            half = 0.5 * (low + high)
            there = self.local(ends + half[:, None] * (values - ends), held)
            good = self.allowed(there)
            best[good] = there[good]
            low, high = np.where(good, half, low), np.where(good, high, half)
        return best


class Blend:
    """One composition: on its grid where it has one, else anywhere on its simplex."""

    def __init__(self, mixture: Mixture) -> None:
        composition = mixture.parameter
        self.simplex = Simplex(composition)
        self.lattice = None if composition.step is None else Lattice(composition)
        self.room = ROOM * max(1.0, composition.total)

    @property
    def possible(self) -> bool:
        """Whether any amounts obey all the rules of the composition."""
        return len(self.simplex.supports) > 0 and (self.lattice is None or self.lattice.possible)

    def __call__(self, amounts: Array) -> Array:
        """(n, k) amounts that obey all the rules of the composition."""
        amounts = self.simplex(amounts)
        return amounts if self.lattice is None else self.lattice(amounts)

    def good(self, amounts: Array) -> Bools:
        """(n,) whether amounts do so already."""
        simplex = self.simplex
        lowest = np.where(amounts > 0.0, np.maximum(simplex.lows, simplex.least), simplex.lows)
        good = (amounts >= lowest - self.room).all(axis=1) & (amounts <= simplex.highs + self.room).all(axis=1)
        good &= np.abs(total(amounts) - simplex.total) <= self.room
        good &= (amounts > 0.0).sum(axis=1) <= simplex.most
        if simplex.charged:
            good &= np.abs(dot(amounts, simplex.charges) - simplex.charge_total) <= self.room
        if self.lattice is not None:
            units = amounts / self.lattice.step
            good &= (np.abs(units - np.rint(units)) <= 1e-9 * np.maximum(1.0, units)).all(axis=1)
        return np.asarray(good)


def _inequalities(layout: Layout, linears: Sequence[Linear]) -> tuple[Array, Array]:
    """(matrix, limits) of matrix @ values <= limits."""
    matrix, limits = [np.zeros((0, layout.dimension))], list[float]()
    for linear in linears:
        row = np.zeros(layout.dimension)
        for name, factor in linear.coefficients.items():
            row[layout.column[name]] = factor
        for sign, limit in ((-1.0, linear.low), (1.0, linear.high)):
            if limit is not None:
                matrix.append(sign * row[None, :])
                limits.append(sign * limit)
    return np.vstack(matrix), np.array(limits)


def _sizes(layout: Layout, matrix: Array, limits: Array) -> Array:
    """(rows,) what the terms of each rule amount to: rounding is relative to it."""
    terms = np.abs(matrix) @ np.maximum(np.abs(layout.lows), np.abs(layout.highs))
    return np.asarray(np.maximum(np.maximum(terms, np.abs(limits)), 1e-300))
