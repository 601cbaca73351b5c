"""Any vector -> the nearest sensible one that a bench may make. No loop here depends on luck or on data to end.

Order: pure choices, site sums, steps of the numbers, composition within the targets' cone and the lithium limits,
length of the deposition, inactive variables.
"""

from collections.abc import Sequence

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.recipe.layout import Layout
from adatom.cloud.optimize.recipe.reach import Reach
from adatom.cloud.optimize.recipe.spec import ATOM_STEP, COARSE_RANGE
from adatom.protocol.targets import MISMATCH_ALLOWED

MISS_ALLOWED = 0.5 * MISMATCH_ALLOWED  # half of what the edge allows: two ways of solving must agree
PULL_MISS = 0.5 * MISS_ALLOWED  # pulled compositions stop earlier, so that rounding cannot carry them back
PULL_LITHIUM = 0.02  # atoms per 12 O inside the lithium limits, for the same reason
LEAST_LITHIUM = 0.05  # atoms per 12 O; protocol.recipe refuses cations that leave none
BISECTIONS = 12  # of the pull: 1/4096 of the way
WATER_STEPS = 45  # of the site projection: 12 atoms / 2^45 is below 1e-12


class Repair:
    """The rules of one space; `anchor` = (amounts, lithium) of a composition well inside them."""

    def __init__(self, layout: Layout, reaches: Sequence[Reach], anchor: tuple[Array, float]) -> None:
        self.layout = layout
        self.reaches = tuple(reaches)
        self.anchor = anchor

    def __call__(self, vectors: Array) -> Array:
        """(n, d) canonical feasible vectors; a vector that is so already comes back bit-identical."""
        values = self.rounded(self.projected(self.layout.decode(np.clip(vectors, 0.0, 1.0))))
        values = self.layout.quiet(self.shortened(self.pulled(values)))
        return self.layout.encode(values)

    def projected(self, values: Array) -> Array:
        """Choices made pure, cations of each site shifted together until their sum fits (Euclidean projection)."""
        values = values.copy()
        for columns in (self.layout.interlayers, self.layout.atmospheres):
            block = values[:, columns]
            if block.shape[1]:
                values[:, columns] = block.argmax(axis=1)[:, None] == np.arange(block.shape[1])
        for site, total in self.layout.sites:
            values[:, site] = _onto_sum(values[:, site], *self.layout.site_bounds(site), total)
        return values

    def rounded(self, values: Array) -> Array:
        """Numbers at their steps; the cation of a site with most room takes what rounding left over."""
        values = values.copy()
        for column, index in enumerate(self.layout.free):
            low, high = self.layout.lows[index], self.layout.highs[index]
            if high - low > COARSE_RANGE:
                values[:, column] = np.clip(np.round(values[:, column] / ATOM_STEP) * ATOM_STEP, low, high)
        for site, total in self.layout.sites:
            self._balance(values, site, total)
        cations = len(self.layout.free)
        values[:, :cations] = np.round(values[:, :cations], 9)
        for number in self.layout.numbers:
            column = self.layout.column[number.name]
            stepped = np.round(np.round(values[:, column] / number.step) * number.step, 9)
            values[:, column] = np.clip(stepped, number.low, number.high)
        return values

    def _balance(self, values: Array, site: list[int], total: float) -> None:
        lows, highs = self.layout.site_bounds(site)
        block = values[:, site]
        roomiest = np.minimum(block - lows, highs - block).argmax(axis=1)
        values[np.arange(len(values)), np.array(site)[roomiest]] += total - block.sum(axis=1)

    def reachable(self, values: Array) -> Bools:
        """(n,) whether the targets bring the composition and the arriving lithium is within its limits."""
        return self._allowed(self.layout.amounts(values), self.layout.lithium(values), MISS_ALLOWED, 0.0)

    def _allowed(self, amounts: Array, lithium: Array, miss: float, margin: float) -> Bools:
        low, high = self.layout.spec.arriving_lithium
        good = self.layout.neutral_lithium(amounts) >= LEAST_LITHIUM
        good &= (lithium >= low + margin - 1e-9) & (lithium <= high - margin + 1e-9)
        wanted = np.column_stack([amounts, np.maximum(lithium, LEAST_LITHIUM)])
        for reach in self.reaches:
            good &= reach.mismatch(wanted) <= miss
        return np.asarray(good)

    def pulled(self, values: Array) -> Array:
        """Compositions out of reach moved straight to the anchor until they are allowed.

        The allowed set is convex in (amounts, arriving lithium), the line stays within ranges, sites and excess.
        """
        bad = np.flatnonzero(~self.reachable(values))
        if not len(bad):
            return values
        amounts, lithium = self._towards_anchor(values[bad])
        moved = values[bad]
        moved[:, : len(self.layout.free)] = amounts[:, self.layout.free]
        if "li_excess" in self.layout.column:
            excess = lithium / self.layout.neutral_lithium(amounts) - 1.0
            moved[:, self.layout.column["li_excess"]] = excess
        values = values.copy()
        values[bad] = self.rounded(moved)
        return values

    def _towards_anchor(self, values: Array) -> tuple[Array, Array]:
        middle, middle_lithium = self.anchor
        step = self.layout.amounts(values) - middle
        step_lithium = self.layout.lithium(values) - middle_lithium
        low, high = np.zeros(len(values)), np.ones(len(values))
        for _ in range(BISECTIONS):
            half = 0.5 * (low + high)
            there = middle + half[:, None] * step, middle_lithium + half * step_lithium
            good = self._allowed(*there, PULL_MISS, PULL_LITHIUM)
            low, high = np.where(good, half, low), np.where(good, high, half)
        return middle + low[:, None] * step, middle_lithium + low * step_lithium

    def shortened(self, values: Array) -> Array:
        """Fewer pulses until the deposition is short enough, then a higher rate."""
        seconds = 60.0 * self.layout.spec.deposition_max_min
        if not np.isfinite(seconds):
            return values
        values = values.copy()
        pulses, rate = self.layout.of(values, "pulses"), self.layout.of(values, "rep_rate_hz")
        if "pulses" in self.layout.column:
            fewest = self.layout.by_name["pulses"].low
            pulses = np.maximum(np.minimum(pulses, np.floor(seconds * rate + 1e-9)), fewest)
            values[:, self.layout.column["pulses"]] = pulses
        if "rep_rate_hz" in self.layout.column:
            number = self.layout.by_name["rep_rate_hz"]
            needed = np.round(np.ceil(pulses / seconds / number.step - 1e-9) * number.step, 9)
            values[:, self.layout.column["rep_rate_hz"]] = np.minimum(np.maximum(rate, needed), number.high)
        return values


def _onto_sum(amounts: Array, lows: Array, highs: Array, total: float) -> Array:
    """(n, k) amounts minus one shift a row, clipped to their ranges, so that each row adds up to `total`."""
    low = (amounts - highs).min(axis=1)
    high = (amounts - lows).max(axis=1)
    for _ in range(WATER_STEPS):
        shift = 0.5 * (low + high)
        too_much = np.clip(amounts - shift[:, None], lows, highs).sum(axis=1) > total
        low, high = np.where(too_much, shift, low), np.where(too_much, high, shift)
    return np.asarray(np.clip(amounts - (0.5 * (low + high))[:, None], lows, highs))
