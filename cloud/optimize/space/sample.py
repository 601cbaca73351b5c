"""Points of the unit cube -> values spread over the space; accepted as they are where that is possible.

A sequence of draws gives the same accepted values in the same order however many are asked for. Must not know of
vectors.
"""

from collections.abc import Callable

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.space.layout import Layout
from adatom.cloud.optimize.space.repair import Repair
from adatom.cloud.optimize.space.simplex import Simplex
from adatom.cloud.optimize.space.sums import total

PILOT = 512  # draws that tell how many are accepted
RARE = 1.0 / 32.0  # share of accepted draws below which all are repaired instead
STIRS = 4  # chords of the walk, a part
PATIENCE = 1024  # draws in a row that may be refused; the last of them is repaired


class Sampler:
    """Draws of one space."""

    def __init__(self, layout: Layout, repair: Repair) -> None:
        self.layout = layout
        self.repair = repair
        # each number and choice reads one coordinate, a composition one per part
        parts = sum(len(mixture.parameter.parts) for mixture in layout.mixtures)
        self.dimension = max(1, len(layout.numbers) + len(layout.choices) + parts)
        self.accepted = 1.0

    def pilot(self) -> None:
        """Learn which share of the draws is accepted: the space is done."""
        if len(self.repair.known):
            draws = self.drawn(np.random.default_rng(0).random((PILOT, self.dimension)))
            self.accepted = float(self.repair.allowed(draws).mean())

    def drawn(self, uniform: Array) -> Array:
        """(n, d) locally good values of (n, dimension) points of the unit cube."""
        layout, at = self.layout, 0
        values = np.tile(layout.lows, (len(uniform), 1))
        for column, _ in layout.numbers:
            values[:, column] = self._number(column, uniform[:, at])
            at += 1
        for choice in layout.choices:
            count = choice.columns.stop - choice.columns.start
            picks = np.minimum((uniform[:, at] * count).astype(int), count - 1)
            values[:, choice.columns] = picks[:, None] == np.arange(count)
            at += 1
        for mixture, blend in self.repair.blends:
            parts = mixture.columns.stop - mixture.columns.start
            block = uniform[:, at : at + parts]
            lattice = blend.lattice
            values[:, mixture.columns] = broken(block, blend.simplex) if lattice is None else lattice.spread(block)
            at += parts
        return self.repair.local(values)

    def _number(self, column: int, uniform: Array) -> Array:
        """Values of one number; of a stepped one every level alike."""
        layout = self.layout
        low, high, levels = layout.lows[column], layout.highs[column], layout.levels[column]
        if layout.log[column]:
            return np.asarray(low * np.exp(uniform * np.log(high / low)))
        if levels:
            return np.asarray(low + np.minimum(np.floor(uniform * (levels + 1)), levels) * layout.steps[column])
        return np.asarray(low + uniform * (high - low))

    def random(self, count: int, rng: np.random.Generator) -> Array:
        """(count, d) allowed values by chance."""

        def more(size: int) -> Array:
            return self._stirred(self.drawn(rng.random((size, self.dimension))), rng)

        return self._collected(count, more)

    def sobol(self, count: int, seed: int) -> Array:
        """(count, d) allowed values of one scrambled Sobol sequence, in its order."""
        from scipy.stats import qmc  # half a second to import

        engine = qmc.Sobol(self.dimension, scramble=True, rng=np.random.default_rng(seed))
        return self._collected(count, lambda size: self.drawn(engine.random(size)))

    def _collected(self, count: int, more: Callable[[int], Array]) -> Array:
        if not count:
            return np.zeros((0, self.layout.dimension))
        size = 1 << int(np.ceil(np.log2(count)))  # Sobol sequences want powers of two
        if self.accepted < RARE:
            return self.repair(more(size))[:count]
        kept, found, waited = list[Array](), 0, 0
        while found < count:
            draws = more(size)
            good = self.repair.allowed(draws)
            taken, waited = _taken(good, waited)
            draws[taken & ~good] = self.repair(draws[taken & ~good])
            kept.append(draws[taken])
            found += int(taken.sum())
        return np.vstack(kept)[:count]

    def _stirred(self, values: Array, rng: np.random.Generator) -> Array:
        """Compositions without a step moved at random within their limits, until they are uniform."""
        moved = False
        for mixture, blend in self.repair.blends:
            if blend.lattice is None:
                block = values[:, mixture.columns]
                values[:, mixture.columns] = stirred(block, blend.simplex, rng)
                moved = True
        return self.repair.local(values) if moved else values


def _taken(good: Bools, waited: int) -> tuple[Bools, int]:
    """(n,) which draws count, in their order: good ones, and the last of PATIENCE refused in a row; `waited` so far.

    Nothing here hangs on how many draws come at once: a longer sequence begins with the shorter one.
    """
    taken = good.copy()
    for at, one in enumerate(good):
        waited = 0 if one else waited + 1
        if waited == PATIENCE:
            taken[at], waited = True, 0
    return taken, waited


def broken(uniform: Array, simplex: Simplex) -> Array:
    """(n, k) amounts that add up to the total: each part takes a share of what the ranges of the others leave it.

    Shares of Beta(1, parts to come) are uniform on a simplex (Devroye 1986, XI.4); a part's upper limit cuts the
    distribution, which favours the later parts a little: every row has another first part. The last coordinate, which
    breaking does not need, picks the support and that part.
    """
    pick = uniform[:, -1] * len(simplex.supports)
    support = np.minimum(pick.astype(int), len(simplex.supports) - 1)
    first = np.minimum(((pick - support) * simplex.parts).astype(int), simplex.parts - 1)
    order = (first[:, None] + np.arange(simplex.parts)) % simplex.parts
    lowest, highest = (np.take_along_axis(b, order, axis=1) for b in simplex.bounds(simplex.supports[support]))
    amounts = np.zeros(uniform.shape)
    np.put_along_axis(amounts, order, _broken(uniform, lowest, highest, simplex.total), axis=1)
    return amounts


def _broken(uniform: Array, lowest: Array, highest: Array, wanted: float) -> Array:
    """(n, k) amounts within (n, k) limits that add up to what is wanted, one part after the other."""
    amounts = np.zeros(uniform.shape)
    left = np.full(len(uniform), wanted)
    for part in range(uniform.shape[1]):
        bottom = left - total(highest[:, part + 1 :])
        top = left - total(lowest[:, part + 1 :])
        low = np.clip(bottom, lowest[:, part], highest[:, part])
        high = np.clip(top, low, highest[:, part])
        later = np.maximum((highest > lowest)[:, part + 1 :].sum(axis=1), 1)
        spread = np.maximum(top - low, 0.0) ** later
        rest = np.maximum(top - high, 0.0) ** later
        draw = uniform[:, part]
        amounts[:, part] = np.clip(top - ((1.0 - draw) * spread + draw * rest) ** (1.0 / later), low, high)
        left = left - amounts[:, part]
    return amounts


def stirred(amounts: Array, simplex: Simplex, rng: np.random.Generator) -> Array:
    """(n, k) amounts after a walk of random chords through what the rules allow (Smith 1984): uniform in the limit."""
    support: Bools = amounts > 0.0 if simplex.sparse else np.ones(amounts.shape, dtype=bool)
    lowest, highest = simplex.bounds(support)
    flat = simplex.equalities(highest > lowest)
    for _ in range(STIRS * simplex.parts):
        step = flat.direction(rng.standard_normal(amounts.shape))
        still = np.abs(step) < 1e-12
        slope = np.where(still, 1.0, step)
        to_high, to_low = (highest - amounts) / slope, (lowest - amounts) / slope
        ahead = np.where(still, np.inf, np.maximum(to_high, to_low)).min(axis=1)
        behind = np.where(still, -np.inf, np.minimum(to_high, to_low)).max(axis=1)
        ends = np.isfinite(ahead) & np.isfinite(behind) & (ahead > behind)
        behind, ahead = np.where(ends, behind, 0.0), np.where(ends, ahead, 0.0)
        way = behind + rng.random(len(amounts)) * (ahead - behind)
        amounts = np.clip(amounts + way[:, None] * step, lowest, highest)
    return amounts
