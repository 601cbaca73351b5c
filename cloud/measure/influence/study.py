"""Factors and a target of samples as arrays, and how a factor changes alone: the parts of a mixture give way.

Must not know of files, models or pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats, Indices
from adatom.cloud.optimize.model.replicates import pooled
from adatom.cloud.optimize.model.rows import Rows
from adatom.protocol.errors import InputError

FEWEST = 8  # different samples with a value: below, no model can be checked on what it has not seen
LOG_FROM = 100.0  # largest over smallest value from which a factor's scale is a log one
LARGEST = 1e100  # and its inverse the smallest: beyond it squares and powers of ten leave the floats
SUM_MISS = 0.005  # of the total, within which parts add up
OPTION = np.sqrt(0.5)  # so that two options lie as far apart as the ends of a number's range


@dataclass(frozen=True)
class Factor:
    """What was varied. `options`: of a choice, whose values are places in it; () for a number. `log`: its scale."""

    name: str
    options: tuple[str, ...] = ()
    log: bool = False


@dataclass(frozen=True)
class Study:
    """Samples (n) with factors (f), replicates pooled.

    `values` (n, f) in the factors' own units (of a choice the place of the option); `target` (n,) on the scale that
    is modelled (log10 with `log`); `variances` (n,) known, of it; `counts` (n,) values that each is the mean of;
    `mixtures`: places of parts that add up to a constant.
    """

    factors: tuple[Factor, ...]
    values: Floats
    target_name: str
    target: Floats
    variances: Floats
    counts: Floats
    log: bool
    mixtures: tuple[tuple[int, ...], ...] = ()
    notes: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def names(self) -> list[str]:
        """The factors' names."""
        return [factor.name for factor in self.factors]

    def __len__(self) -> int:
        return len(self.target)

    # --- how models see it -------------------------------------------------------------------------------------------

    @cached_property
    def groups(self) -> list[int]:
        """(g,) the factor of each feature."""
        return [place for place, factor in enumerate(self.factors) for _ in range(max(1, len(factor.options)))]

    def features(self, values: Floats) -> Floats:
        """(m, g) of values (m, f): numbers from 0 to 1 over the samples' range, choices one feature an option."""
        columns = [self._columns(place, values[:, place]) for place in range(len(self.factors))]
        return np.hstack(columns)

    def _columns(self, place: int, values: Floats) -> Floats:
        factor = self.factors[place]
        if factor.options:
            return np.asarray(OPTION * (values[:, None] == np.arange(len(factor.options))))
        low, high = self.ends(place)
        if factor.log:
            values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
        return np.asarray((values - low) / (high - low))[:, None]

    def ends(self, place: int) -> tuple[float, float]:
        """Smallest and largest value of a factor among the samples."""
        column = self.values[:, place]
        return float(column.min()), float(column.max())

    @cached_property
    def balances(self) -> list[int]:
        """Of each mixture the part that a straight line leaves out, the largest in the mean: the others say it."""
        return [max(parts, key=lambda place: float(self.values[:, place].mean())) for parts in self.mixtures]

    # --- one factor changes alone ------------------------------------------------------------------------------------

    def blended(self, base: Floats, donors: Floats, taken: Flags) -> Floats:
        """(m, f): `base` (m, f) with the factors `taken`, (f,) or (m, f), from `donors` (m, f).

        The parts of a mixture that are not taken keep their ratios and give way, so that the sum stays (the effect
        directions of Cox, Biometrika 58, 155, 1971); where there is none of them they share evenly.
        """
        taken = np.broadcast_to(taken, base.shape)
        made = np.where(taken, donors, base)
        for parts in self.mixtures:
            at = np.array(parts)
            given, others = taken[:, at], ~taken[:, at]
            left = self._total(at) - np.where(given, donors[:, at], 0.0).sum(axis=1, keepdims=True)
            before = np.where(others, base[:, at], 0.0)
            whole = before.sum(axis=1, keepdims=True)
            even = others / np.maximum(others.sum(axis=1, keepdims=True), 1)
            shares = np.divide(before, whole, out=even, where=whole > 0.0)
            closed = np.where(others, np.maximum(left, 0.0) * shares, donors[:, at])
            mixed = given.any(axis=1, keepdims=True) & others.any(axis=1, keepdims=True)
            made[:, at] = np.where(mixed, closed, made[:, at])
        return made

    def _total(self, parts: Indices) -> float:
        return float(self.values[:, parts].sum(axis=1).mean())

    def alone(self, base: Floats, place: int, value: Floats | float) -> Floats:
        """(m, f): `base` with one factor at a value."""
        donors = base.copy()
        donors[:, place] = value
        return self.blended(base, donors, np.arange(len(self.factors)) == place)

    def without(self, place: int) -> Floats:
        """(n, f) the samples' values with one factor at its mean in all; of the parts of a mixture the ratios stay."""
        return self.alone(
            self.values, place, 0.0 if self.factors[place].options else float(self.values[:, place].mean())
        )

    def thinned(self, most: int) -> Self:
        """So many of the samples at most, spread over their order, with a note."""
        if len(self) <= most:
            return self
        at = np.linspace(0, len(self) - 1, most).round().astype(int)
        said = f"{most} of {len(self)} samples are looked at, spread over their order: more take too long"
        return replace(self, values=self.values[at], target=self.target[at], variances=self.variances[at],
                       counts=self.counts[at], notes=(*self.notes, said))  # fmt: skip

    def dealt(self, order: Indices) -> Self:
        """The same samples with the targets of others, by `order` (n,), and what is known of these."""
        return replace(self, target=self.target[order], variances=self.variances[order], counts=self.counts[order])

    def unscaled(self, target: Floats) -> Floats:
        """The target in its own unit, of the modelled scale."""
        return np.asarray(10.0 ** np.minimum(target, 300.0) if self.log else target)


def study_of(
    columns: Mapping[str, Sequence[float] | Sequence[str]],
    target_name: str,
    target: Sequence[float],
    sds: Sequence[float],
    counts: Sequence[float],
    *,
    log: bool,
    mixtures: Sequence[Sequence[str]] = (),
    notes: Sequence[str] = (),
) -> Study:
    """The Study of factors as columns of numbers or texts (N,) and a target (N,) with standard deviations in its unit.

    Replicates become their mean; a factor that does not vary is left out, with a note. Raises InputError for fewer
    than FEWEST different samples, no factor that varies, a target that does not vary, and parts that do not add up.
    """
    factors, kept, same, said = [], [], [], []
    if len(target) < FEWEST:
        raise InputError(target_name, f"{len(target)} samples have a value; at least {FEWEST} are needed")
    for names in mixtures:
        _check_sum(columns, names)
    second = _seconds(columns, mixtures)
    for name, column in columns.items():
        if name in second:
            said.append(f"{name} is what {second[name]} leaves: the two are one factor, {second[name]}")
            continue
        factor, values = _factor(name, column)
        if np.ptp(values) == 0.0:
            same.append(name)
            continue
        factors.append(factor)
        kept.append(values)
    if not factors:
        raise InputError(target_name, "no factor varies: nothing can be learnt of what it depends on")
    said += [f"the same in all samples, so not a factor: {', '.join(same)}"] if same else []
    values, plain, sd = np.column_stack(kept), np.asarray(target, dtype=float), np.asarray(sds, dtype=float)
    _check_size(target_name, plain)
    scaled, variances = (np.log10(plain), (sd / plain / np.log(10.0)) ** 2) if log else (plain, sd**2)
    rows = pooled(Rows(values, scaled, variances, np.asarray(counts, dtype=float), None))
    if len(rows) < FEWEST:
        raise InputError(target_name, f"{len(rows)} different samples have a value; at least {FEWEST} are needed")
    if np.ptp(rows.targets) == 0.0:
        raise InputError(target_name, "is the same in all samples: there is nothing to explain")
    if len(rows) < len(plain):
        said.append(f"{len(plain)} values of {len(rows)} different samples: replicates count as their mean")
    made = Study(tuple(factors), rows.features, target_name, rows.targets, rows.variances, rows.counts, log)
    places = [tuple(made.names.index(name) for name in names if name in made.names) for names in mixtures]
    return replace(made, mixtures=tuple(one for one in places if len(one) > 1), notes=(*notes, *said))


def _check_size(name: str, values: Floats) -> None:
    sizes = np.abs(values[values != 0.0])
    if sizes.size and (sizes.max() > LARGEST or sizes.min() < 1.0 / LARGEST):
        raise InputError(
            name, f"{sizes.min():g} to {sizes.max():g}: sizes from {1 / LARGEST:g} to {LARGEST:g} are allowed"
        )


def _factor(name: str, column: Sequence[float] | Sequence[str]) -> tuple[Factor, Floats]:
    if any(isinstance(value, str) for value in column):
        options = tuple(sorted({str(value) for value in column}))
        return Factor(name, options), np.array([float(options.index(str(value))) for value in column])
    values = np.array(column, dtype=float)
    _check_size(name, values)
    return Factor(name, log=_is_log(values)), values


def _is_log(values: Floats) -> bool:
    """Whether values span decades and lie more evenly on a log scale: a range from nearly 0 alone is none."""
    if values.min() <= 0.0 or values.max() / values.min() < LOG_FROM:
        return False
    return abs(_skew(np.log(values))) < abs(_skew(values))


def _skew(values: Floats) -> float:
    return float(((values - values.mean()) ** 3).mean() / values.std() ** 3)


def _seconds(
    columns: Mapping[str, Sequence[float] | Sequence[str]], mixtures: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Of mixtures in which two parts vary: the second part -> the first."""
    varying = [[name for name in names if len(set(columns.get(name, ()))) > 1] for names in mixtures]
    return {parts[1]: parts[0] for parts in varying if len(parts) == 2}


def _check_sum(columns: Mapping[str, Sequence[float] | Sequence[str]], names: Sequence[str]) -> None:
    for name in names:
        if name not in columns:
            raise InputError("mixture", f"{name!r} is no factor; factors: {', '.join(columns)}")
        if any(isinstance(value, str) for value in columns[name]):
            raise InputError("mixture", f"{name!r} has texts: parts must be numbers")
    sums = np.array([columns[name] for name in names], dtype=float).sum(axis=0)
    if np.ptp(sums) > 2.0 * SUM_MISS * abs(sums.mean()):
        raise InputError("mixture", f"{', '.join(names)}: their sum goes from {sums.min():.4g} to {sums.max():.4g}")


def constant_sums(columns: Mapping[str, Sequence[float]], totals: Sequence[float] = ()) -> list[list[str]]:
    """Runs of neighbouring columns, none below 0, that add up to a constant (to one of `totals`), the longest first."""
    names, found = list(columns), []
    at = 0
    while at < len(names):
        ends = range(len(names), at + 1, -1)
        run = next((names[at:end] for end in ends if _adds_up([columns[n] for n in names[at:end]], totals)), None)
        if run is not None:
            found.append(run)
        at += len(run) if run else 1
    return found


def _adds_up(columns: Sequence[Sequence[float]], totals: Sequence[float]) -> bool:
    values = np.array(columns, dtype=float)
    sums = values.sum(axis=0)
    if values.min() < 0.0 or (np.ptp(values, axis=1) == 0.0).any():
        return False
    goal = [total for total in totals or [float(sums.mean())] if np.abs(sums - total).max() <= SUM_MISS * total]
    return bool(goal) and sums.size > 1


def together(study: Study, least: float) -> list[tuple[str, str, float]]:
    """Pairs of numbers with |Spearman's correlation| at least so large, mixtures aside: their effects are mixed up."""
    from scipy.stats import rankdata

    numbers = [place for place, factor in enumerate(study.factors) if not factor.options]
    if len(numbers) < 2:
        return []
    found = np.atleast_2d(np.corrcoef(rankdata(study.values[:, numbers], axis=0), rowvar=False))
    return [
        (study.names[numbers[i]], study.names[numbers[j]], float(found[i, j]))
        for i in range(len(numbers))
        for j in range(i + 1, len(numbers))
        if abs(found[i, j]) >= least and not _one_mixture(study, numbers[i], numbers[j])
    ]


def _one_mixture(study: Study, first: int, second: int) -> bool:
    return any(first in parts and second in parts for parts in study.mixtures)
