"""The linear rules of a space as one mixed-integer program: a point far inside, or the rules that contradict.

Only for construction. Must not know of vectors or of rules that are functions.
"""

from collections.abc import Collection, Sequence

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.space.constraints import Linear
from adatom.cloud.optimize.space.layout import Layout, Mixture
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

DEEP = 0.5  # of a range: the most margin that counts


class Program:
    """Variables: the d columns as shares of their ranges, whole steps, who is present, and two margins."""

    def __init__(self, layout: Layout, linears: Sequence[Linear]) -> None:
        self.layout = layout
        self.lows: list[float] = [0.0] * layout.dimension
        self.highs: list[float] = [0.0 if fixed else 1.0 for fixed in layout.fixed]
        self.whole: list[int] = [0] * layout.dimension
        self.rows: list[tuple[str, dict[int, float], float, float]] = []
        self.limits_margin, self.box_margin = self._variable(DEEP), self._variable(DEEP)
        for column, _ in layout.numbers:
            self._add_number(column)
        for mixture in layout.mixtures:
            self._add_mixture(mixture)
        for linear in linears:
            self._add_linear(linear)

    def _variable(self, high: float, whole: bool = False) -> int:
        self.lows.append(0.0)
        self.highs.append(high)
        self.whole.append(int(whole))
        return len(self.lows) - 1

    def _row(self, rule: str, terms: dict[int, float], low: float, high: float) -> None:
        size = max(map(abs, terms.values())) or 1.0  # the solver's tolerances are absolute
        self.rows.append((rule, {place: factor / size for place, factor in terms.items()}, low / size, high / size))

    def _amount(self, column: int, factor: float = 1.0) -> tuple[dict[int, float], float]:
        """factor * value of a column as (terms, constant)."""
        return {column: factor * float(self.layout.widths[column])}, factor * float(self.layout.lows[column])

    def _add_number(self, column: int) -> None:
        layout = self.layout
        if layout.fixed[column]:
            return
        if layout.steps[column] > 0.0:
            step = self._variable(float(layout.levels[column]), whole=True)
            self._row("", {column: float(layout.levels[column]), step: -1.0}, 0.0, 0.0)
        else:
            self._row("", {column: 1.0, self.box_margin: -1.0}, 0.0, np.inf)
            self._row("", {column: 1.0, self.box_margin: 1.0}, -np.inf, 1.0)

    def _add_mixture(self, mixture: Mixture) -> None:
        composition, label = mixture.parameter, mixture.parameter.name
        columns = range(mixture.columns.start, mixture.columns.stop)
        if composition.least > 0.0 or (composition.at_most or len(columns)) < len(columns):
            ranges = zip(columns, composition.parts.values(), strict=True)
            present = [
                self._add_part(c, low, high, composition.least, f"least of {label}") for c, (low, high) in ranges
            ]
            self._row(f"at_most of {label}", dict.fromkeys(present, 1.0), 0.0, composition.at_most or len(columns))
        if composition.step is not None:
            for column in columns:
                terms, constant = self._amount(column)
                units = self._variable(np.ceil(self.layout.highs[column] / composition.step), whole=True)
                self._row(f"step of {label}", {**terms, units: -composition.step}, -constant, -constant)
        self._add_sum(f"total of {label}", dict.fromkeys(columns, 1.0), composition.total, composition.total)
        if composition.charges is not None:
            charges = {c: composition.charges[part] for c, part in zip(columns, composition.parts, strict=True)}
            self._add_sum(f"charge of {label}", charges, composition.charge_total, composition.charge_total)

    def _add_part(self, column: int, low: float, high: float, least: float, rule: str) -> int:
        """The variable that is 1 where a part may be above 0."""
        present = self._variable(1.0, whole=True)
        if low > 0.0:
            self.lows[present] = 1.0
        terms, constant = self._amount(column)
        self._row("", {**terms, present: -high}, -np.inf, -constant)
        self._row(rule, {**terms, present: -max(low, least)}, -constant, np.inf)
        return present

    def _add_sum(self, rule: str, factors: dict[int, float], low: float, high: float, margin: float = 0.0) -> None:
        """low <= sum(factor * value) <= high, `margin` inside for every unit of the limits' margin."""
        terms: dict[int, float] = {}
        constant = 0.0
        for column, factor in factors.items():
            more, fixed = self._amount(column, float(factor))
            terms, constant = terms | more, constant + fixed
        self._row(rule, {**terms, self.limits_margin: -margin}, low - constant, np.inf)
        self._row(rule, {**terms, self.limits_margin: margin}, -np.inf, high - constant)

    def _add_linear(self, linear: Linear) -> None:
        layout = self.layout
        factors = {layout.column[name]: factor for name, factor in linear.coefficients.items()}
        low = -np.inf if linear.low is None else linear.low
        high = np.inf if linear.high is None else linear.high
        span = sum(abs(factor) * float(layout.widths[column]) for column, factor in factors.items())
        self._add_sum(linear.name, factors, low, high, 0.0 if low == high else min(span, high - low))

    @property
    def rules(self) -> list[str]:
        """Names of the rules that can be left out."""
        return list(dict.fromkeys(rule for rule, *_ in self.rows if rule))

    def solve(self, without: Collection[str] = ()) -> Array | None:
        """(d,) values of the point farthest inside; None if there is none."""
        cost = np.zeros(len(self.lows))
        cost[[self.limits_margin, self.box_margin]] = -1.0
        return self._cheapest(cost, self.whole, without)

    def corner(self, prices: Array) -> Array | None:
        """(d,) values of the cheapest point by (d,) prices of the shares, steps and numbers of parts aside."""
        cost = np.zeros(len(self.lows))
        cost[: len(prices)] = prices
        return self._cheapest(cost, [0] * len(cost), ())

    def _cheapest(self, cost: Array, whole: list[int], without: Collection[str]) -> Array | None:
        kept = [row for row in self.rows if row[0] not in without]
        size = len(self.lows)
        places = [(row, column) for row, (_, terms, *_) in enumerate(kept) for column in terms]
        factors = [factor for _, terms, *_ in kept for factor in terms.values()]
        rows, columns = np.array(places, dtype=int).reshape(-1, 2).T
        matrix = csr_array((factors, (rows, columns)), shape=(len(kept), size))
        limits = LinearConstraint(matrix, [row[2] for row in kept], [row[3] for row in kept]) if kept else ()
        bounds = Bounds(self.lows, self.highs)
        answer = milp(cost, integrality=np.array(whole), bounds=bounds, constraints=limits)
        if answer.x is None:
            return None
        layout = self.layout
        return np.asarray(layout.lows + np.clip(answer.x[: layout.dimension], 0.0, 1.0) * layout.widths)

    def contradiction(self) -> list[str]:
        """Names of rules that cannot be met together, none of them idle (a deletion filter); [] if all can."""
        if self.solve() is not None:
            return []
        dropped: list[str] = []
        for rule in self.rules:
            if self.solve([*dropped, rule]) is None:
                dropped.append(rule)
        return [rule for rule in self.rules if rule not in dropped]
