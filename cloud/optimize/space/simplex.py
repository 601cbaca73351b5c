"""Any amounts -> the nearest sensible ones of a composition without a step: total, charge, ranges, few parts.

The parts that may be above 0 are its support. Given a support, all rules are linear, and a point inside them has a
closed form, so that no program is solved here. Must not know of other columns.
"""

from itertools import combinations
from math import comb

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.space.parameters import Composition
from adatom.cloud.optimize.space.sums import dot, total

SUPPORTS_MOST = 4096  # known ones; of more, a sample of this size
TIGHT = 1e-12  # relative to the total: a hundredth of what the sum and the charge may miss
ALTERNATIONS = 40  # between ranges and equalities; what is left is pulled to the inside


class Simplex:
    """The rules of one composition on its (n, k) amounts."""

    def __init__(self, composition: Composition) -> None:
        ranges = np.array(list(composition.parts.values()))
        self.lows, self.highs = ranges[:, 0], ranges[:, 1]
        self.total = composition.total
        self.tight = TIGHT * max(1.0, self.total)
        self.least = composition.least
        self.always: Bools = self.lows > 0.0
        self.parts = len(self.lows)
        self.most = min(composition.at_most or self.parts, self.parts)
        self.sparse = self.most < self.parts or self.least > 0.0
        names = list(composition.parts)
        self.balance = None if composition.balance is None else names.index(composition.balance)
        self.charged = composition.charges is not None
        charges = composition.charges or dict.fromkeys(names, 0.0)
        self.charges = np.array([float(charges[name]) for name in names])
        self.charge_total = float(composition.charge_total) if self.charged else 0.0
        self.supports = self._known_supports()

    # --- supports ----------------------------------------------------------------------------------------------

    def bounds(self, support: Bools) -> tuple[Array, Array]:
        """(lowest, highest) amounts (n, k) under (n, k) supports."""
        lowest = np.where(support, np.maximum(self.lows, self.least), 0.0)
        return lowest, np.where(support, self.highs, 0.0)

    def possible(self, support: Bools) -> Bools:
        """(n,) whether some amounts of these (n, k) supports obey all the rules."""
        lowest, highest = self.bounds(support)
        good = (lowest <= highest + self.tight).all(axis=1) & (support.sum(axis=1) <= self.most)
        good &= (support | ~self.always).all(axis=1)
        good &= total(lowest) <= self.total + self.tight
        good &= total(highest) >= self.total - self.tight
        if self.charged:
            room = self.tight * (1.0 + np.abs(self.charges).max())
            good &= dot(self._extreme(lowest, highest, 1), self.charges) <= self.charge_total + room
            good &= dot(self._extreme(lowest, highest, -1), self.charges) >= self.charge_total - room
        return np.asarray(good)

    def _known_supports(self) -> Bools:
        """(m, k) supports that are possible; all there are up to SUPPORTS_MOST."""
        if not self.sparse:
            every = np.ones((1, self.parts), dtype=bool)
            return every[self.possible(every)]
        optional = np.flatnonzero(~self.always & (self.highs > 0.0))
        sizes = range(max(0, min(self.most - int(self.always.sum()), len(optional))) + 1)
        if sum(comb(len(optional), size) for size in sizes) <= SUPPORTS_MOST:
            chosen = [list(c) for size in sizes for c in combinations(optional.tolist(), size)]
        else:
            rng = np.random.default_rng(0)
            chosen = [rng.permutation(optional)[: rng.integers(len(sizes))].tolist() for _ in range(SUPPORTS_MOST)]
        supports = np.tile(self.always, (len(chosen), 1))
        for row, members in enumerate(chosen):
            supports[row, members] = True
        supports = np.unique(supports, axis=0)
        return np.asarray(supports[self.possible(supports)])

    def learn(self, support: Bools) -> None:
        """One more (k,) possible support, found by a program; at construction only."""
        self.supports = np.vstack([self.supports, support[None, :]])

    def support(self, amounts: Array) -> Bools:
        """(n, k) possible supports: the largest amounts, or the known ones that keep most of them."""
        if not self.sparse:
            return np.ones(amounts.shape, dtype=bool)
        order = np.argsort(-np.where(self.always, np.inf, amounts), axis=1, kind="stable")
        rank = np.argsort(order, axis=1, kind="stable")
        support = (rank < self.most) & (self.always | ((amounts >= 0.5 * self.least) & (amounts > 0.0)))
        bad = np.flatnonzero(~self.possible(support))
        if len(bad):
            worth = dot(amounts[bad] - 0.5 * self.least, self.supports.T.astype(float))
            support[bad] = self.supports[worth.argmax(axis=1)]
        return support

    # --- amounts -----------------------------------------------------------------------------------------------

    def __call__(self, amounts: Array) -> Array:
        """(n, k) amounts that obey all the rules."""
        return self.within(amounts, self.support(amounts))

    def within(self, amounts: Array, support: Bools) -> Array:
        """(n, k) amounts that obey all the rules, of possible (n, k) supports."""
        lowest, highest = self.bounds(support)
        amounts = np.clip(amounts, lowest, highest)
        if self.balance is not None:
            rest = self.total - total(np.delete(amounts, self.balance, axis=1))
            amounts[:, self.balance] = np.clip(rest, lowest[:, self.balance], highest[:, self.balance])
        if not self.charged:
            return onto_sum(amounts, lowest, highest, self.total)
        return self._onto_both(amounts, lowest, highest)

    def inner(self, lowest: Array, highest: Array) -> Array:
        """(n, k) amounts that obey total and charge, as far as simple from the ranges' ends.

        All parts at one share of their range; a charge that misses is mended by mixing in the amounts of most or least
        charge.
        """
        room = np.maximum(total(highest - lowest), 1e-300)
        share = np.clip((self.total - total(lowest)) / room, 0.0, 1.0)
        middle = lowest + share[:, None] * (highest - lowest)
        if not self.charged:
            return np.asarray(middle)
        miss = self.charge_total - dot(middle, self.charges)
        far = np.where(miss[:, None] > 0.0, self._extreme(lowest, highest, -1), self._extreme(lowest, highest, 1))
        reach = dot(far, self.charges) - dot(middle, self.charges)
        mix = np.clip(miss / np.where(reach == 0.0, 1.0, reach), 0.0, 1.0)
        return np.asarray(middle + mix[:, None] * (far - middle))

    def _extreme(self, lowest: Array, highest: Array, sign: int) -> Array:
        """(n, k) amounts of least (sign 1) or most (-1) charge: parts filled up one after the other."""
        order = np.argsort(sign * self.charges, kind="stable")
        room = np.maximum(highest - lowest, 0.0)[:, order]
        left = (self.total - total(lowest))[:, None] - (np.cumsum(room, axis=1) - room)
        amounts = lowest.copy()
        amounts[:, order] += np.clip(left, 0.0, room)
        return amounts

    def equalities(self, movable: Bools) -> "Equalities":
        """Total and charge, for rows of which only the (n, k) movable parts may change."""
        return Equalities(self, movable.astype(float))

    def _onto_both(self, amounts: Array, lowest: Array, highest: Array) -> Array:
        """Total and charge by Dykstra's alternating projections, the remainder by a pull to the inside."""
        equal = self.equalities(highest > lowest)
        drift = np.zeros_like(amounts)
        for _ in range(ALTERNATIONS):
            flat = equal(amounts)
            clipped = np.clip(flat + drift, lowest, highest)
            drift = flat + drift - clipped
            amounts = clipped
        return pulled(equal(amounts), self.inner(lowest, highest), lowest, highest)


class Equalities:
    """Orthogonal projection of rows onto total and charge, moving only the columns of weight 1."""

    def __init__(self, simplex: Simplex, weights: Array) -> None:
        self.rows = np.vstack([np.ones(simplex.parts), simplex.charges])
        self.wanted = np.array([simplex.total, simplex.charge_total])
        self.weights = weights
        gram = dot(weights, np.einsum("ai,bi->iab", self.rows, self.rows))
        self.inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)

    def __call__(self, amounts: Array) -> Array:
        return np.asarray(amounts - self._undo(dot(amounts, self.rows.T) - self.wanted))

    def direction(self, steps: Array) -> Array:
        """(n, k) steps without what would change total or charge."""
        steps = steps * self.weights
        return np.asarray(steps - self._undo(dot(steps, self.rows.T)))

    def _undo(self, miss: Array) -> Array:
        first = self.inverse[:, 0, 0] * miss[:, 0] + self.inverse[:, 0, 1] * miss[:, 1]
        second = self.inverse[:, 1, 0] * miss[:, 0] + self.inverse[:, 1, 1] * miss[:, 1]
        return np.asarray(self.weights * (np.outer(first, self.rows[0]) + np.outer(second, self.rows[1])))


def pulled(amounts: Array, inside: Array, lowest: Array, highest: Array) -> Array:
    """(n, k) the points of the lines from `inside` to `amounts` that are last within the ranges."""
    step = amounts - inside
    ends = np.where(step > 0.0, highest, lowest) - inside
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # what hardly moves reaches no end
        reach = np.where(step == 0.0, np.inf, ends / step)
    share = np.clip(reach.min(axis=1), 0.0, 1.0)
    return np.asarray(np.clip(inside + share[:, None] * step, lowest, highest))


def onto_sum(amounts: Array, lowest: Array, highest: Array, wanted: float) -> Array:
    """(n, k) amounts minus one shift a row, clipped to their ranges, so that each row adds up to what is wanted."""
    amounts = amounts.copy()
    off = np.flatnonzero(np.abs(total(amounts) - wanted) > TIGHT * max(1.0, wanted))
    free, bottom, top = amounts[off], lowest[off], highest[off]
    # the sum falls with the shift, in straight pieces between the shifts at which a part meets a limit
    shifts = np.sort(np.concatenate([free - top, free - bottom], axis=1), axis=1)
    sums = np.zeros_like(shifts)
    for part in range(free.shape[1]):
        column = slice(part, part + 1)
        sums += np.clip(free[:, column] - shifts, bottom[:, column], top[:, column])
    piece = np.clip((sums >= wanted).sum(axis=1) - 1, 0, shifts.shape[1] - 2)[:, None]
    ends = np.take_along_axis(shifts, piece, 1)[:, 0], np.take_along_axis(shifts, piece + 1, 1)[:, 0]
    values = np.take_along_axis(sums, piece, 1)[:, 0], np.take_along_axis(sums, piece + 1, 1)[:, 0]
    fall = values[0] - values[1]
    share = np.clip((values[0] - wanted) / np.where(fall > 0.0, fall, 1.0), 0.0, 1.0)
    shift = ends[0] + share * (ends[1] - ends[0])
    amounts[off] = np.clip(free - shift[:, None], bottom, top)
    return amounts
