"""Amounts of a composition on its grid: total, charge, number of parts and ranges all met exactly.

A table counts, part by part, in how many ways the remaining parts can use up what is left of total, charge and number
of parts. Rounding takes the nearest level after which there is a way; sampling takes levels by the number of ways, and
so is uniform over the grid. Must not know of other columns.
"""

from collections.abc import Callable
from fractions import Fraction
from math import lcm

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.space.parameters import ROOM, Composition
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

STATES_MOST = 8_000_000  # of the table: 64 MB
FINEST_CHARGE = 1000  # charges are multiples of 1/1000 or of a simpler fraction
CHUNK = 4096  # rows at a time: the levels of a row are all tried

Counts = NDArray[np.int64]
# (n,) wanted, (l,) levels, (n, l) ways, (n,) carry -> (n,) places of levels, (n,) next carry
Chooser = Callable[[Array, Counts, Array, Array], tuple[Counts, Array]]


class Lattice:
    """The grid of one composition with a step, on its (n, k) amounts."""

    def __init__(self, composition: Composition) -> None:
        self.step = float(composition.step or 1.0)
        self.units = round(composition.total / self.step)
        names = list(composition.parts)
        last = [] if composition.balance is None else [names.index(composition.balance)]
        self.order = [i for i in range(len(names)) if i not in last] + last
        self.levels = [self._levels(composition, names[i]) for i in self.order]
        self.counted = composition.at_most is not None and composition.at_most < len(names)
        self.most = int(composition.at_most or 0) if self.counted else 0
        self._set_charges(composition, names)
        self.ways = self._table(composition.name)

    def _levels(self, composition: Composition, part: str) -> Counts:
        low, high = composition.parts[part]
        room = ROOM * composition.total
        levels = np.arange(self.units + 1)
        amounts = levels * self.step
        fits = (amounts >= low - room) & (amounts <= high + room)
        return np.asarray(levels[fits & ((levels == 0) | (amounts >= composition.least - room))])

    def _set_charges(self, composition: Composition, names: list[str]) -> None:
        """Charges as whole numbers of one small unit, and what they are to add up to."""
        charges = composition.charges or dict.fromkeys(names, 0.0)
        given = [charges[names[i]] for i in self.order]
        shares = [Fraction(charge).limit_denominator(FINEST_CHARGE) for charge in given]
        for share, charge in zip(shares, given, strict=True):
            if abs(float(share) - charge) > ROOM:
                where = f"{composition.name}.charges"
                raise InputError(where, f"{charge!r}: with a step it must be a multiple of 1/{FINEST_CHARGE}")
        unit = lcm(*(share.denominator for share in shares))
        self.charges = [int(share * unit) for share in shares]
        wanted = composition.charge_total * unit / self.step if composition.charges is not None else 0.0
        self.charge = round(wanted)
        if abs(wanted - self.charge) > 1e-6 * max(1.0, abs(wanted)):
            where = f"{composition.name}.charge_total"
            raise InputError(where, f"{composition.charge_total!r}: no amounts on steps of {self.step:g} reach it")

    def _table(self, name: str) -> list[Array]:
        """Per part, the ways (units + 1, charges, most + 1) in which it and the later parts use up what is left."""
        tops = [(int(level.max()) if len(level) else 0, c) for level, c in zip(self.levels, self.charges, strict=True)]
        self.offset = -sum(min(0, top * charge) for top, charge in tops)
        self.span = self.offset + sum(max(0, top * charge) for top, charge in tops) + 1
        shape = (self.units + 1, self.span, self.most + 1)
        if np.prod(shape, dtype=float) * (len(self.order) + 1) > STATES_MOST:
            problem = f"{self.step:g} is too fine to keep total and charge exactly; take a coarser one, or none"
            raise InputError(f"{name}.step", problem)
        last = np.zeros(shape)
        last[0, self.offset, :] = 1.0
        tables = [last]
        for levels, charge in zip(reversed(self.levels), reversed(self.charges), strict=True):
            tables.append(_before(tables[-1], levels, charge, self.counted))
        return tables[::-1]

    @property
    def possible(self) -> bool:
        """Whether any amounts on the grid obey all the rules."""
        place = self.offset + self.charge
        return 0 <= place < self.span and bool(self.ways[0][self.units, place, self.most] > 0.0)

    def __call__(self, amounts: Array) -> Array:
        """(n, k) amounts on the grid near (n, k) amounts that add up to the total.

        What rounding took from one part is handed on to the next; a part that is 0 stays so where it can.
        """
        return self._walked(amounts / self.step, _nearest)

    def spread(self, uniform: Array) -> Array:
        """(n, k) amounts, uniform over the grid, of (n, k) points of the unit cube."""
        return self._walked(uniform, _by_ways)

    def _walked(self, wanted: Array, choose: Chooser) -> Array:
        result = np.zeros(wanted.shape)
        for start in range(0, len(wanted), CHUNK):
            rows = slice(start, start + CHUNK)
            result[rows] = self._walk(wanted[rows], choose)
        return result

    def _walk(self, wanted: Array, choose: Chooser) -> Array:
        count = len(wanted)
        left, charge = np.full(count, self.units), np.full(count, self.offset + self.charge)
        parts, carry = np.full(count, self.most), np.zeros(count)
        amounts = np.zeros(wanted.shape)
        for place, part in enumerate(self.order):
            levels = self.levels[place]
            ways = self._ways_after(place, left, charge, parts)
            picks, carry = choose(wanted[:, part], levels, ways, carry)
            taken = levels[picks]
            left, charge = left - taken, charge - taken * self.charges[place]
            parts = parts - (taken > 0) * self.counted
            amounts[:, part] = taken * self.step
        return amounts

    def _ways_after(self, place: int, left: Counts, charge: Counts, parts: Counts) -> Array:
        """(n, levels) ways to go on after each level of a part; 0 where there is none."""
        levels = self.levels[place]
        rest = left[:, None] - levels
        load = charge[:, None] - levels * self.charges[place]
        members = parts[:, None] - (levels > 0) * self.counted
        inside = (rest >= 0) & (load >= 0) & (load < self.span) & (members >= 0)
        table = self.ways[place + 1]
        found = table[np.where(inside, rest, 0), np.where(inside, load, 0), np.where(inside, members, 0)]
        return np.asarray(np.where(inside, found, 0.0))


def _before(after: Array, levels: Counts, charge: int, counted: bool) -> Array:
    """The table of a part, given the table of the parts after it."""
    result = np.zeros_like(after)
    for level in levels.tolist():
        load = level * charge
        came = after[: after.shape[0] - level]
        if counted and level > 0:
            came = np.concatenate([np.zeros_like(came[..., :1]), came[..., :-1]], axis=2)
        source = slice(max(0, -load), after.shape[1] - max(0, load))
        target = slice(max(0, load), after.shape[1] - max(0, -load))
        if source.start < source.stop:
            result[level:, target] += came[:, source]
    return result


def _nearest(wanted: Array, levels: Counts, ways: Array, carry: Array) -> tuple[Counts, Array]:
    """The place of the level nearest to wanted + carry after which there is a way; the new carry."""
    aim = wanted + np.where(wanted > 0.0, carry, 0.0)
    picks = np.where(ways > 0.0, np.abs(levels - aim[:, None]), np.inf).argmin(axis=1)
    return picks, carry + wanted - levels[picks]


def _by_ways(uniform: Array, levels: Counts, ways: Array, carry: Array) -> tuple[Counts, Array]:
    """The place of a level, drawn by the number of ways that follow it."""
    steps = np.cumsum(ways, axis=1)
    picks = (steps <= uniform[:, None] * steps[:, -1:]).sum(axis=1)
    last = ways.shape[1] - 1 - (ways[:, ::-1] > 0.0).argmax(axis=1)  # should a uniform round up to 1
    return np.minimum(picks, last), carry
