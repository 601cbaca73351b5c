"""What a fit says: parameters with 95 % intervals, noise, criteria, what is left over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, Indices, relative
from adatom.cloud.measure.eis.circuit import Circuit
from adatom.cloud.measure.eis.intervals import FURTHEST, Wanted, ends, profile_ends, student
from adatom.cloud.measure.eis.least_squares import Minimum, covariance, log_sum
from adatom.cloud.measure.eis.stack import Stack, Weighted

CURVED_SD_LOG = 0.03  # of a resistance; below it the logarithm's parabola holds the coverage (benchmark)
SPLIT_SD_LOG = 0.3  # a part that is known no better
LEAST_SD = 1e-5  # of a weighted residual: below it is rounding, or a bound's least inductance, and no circuit's merit
MISFIT = 3.0  # residuals over the noise: the circuit does not describe the spectrum


@dataclass(frozen=True)
class Fitted:
    """A fitted parameter. sd_log is the standard error of its natural logarithm; 0 at a bound, where `held` is true.

    low and high are the ends of its 95 % interval: 0 and infinite where the data set none, the value itself if held.
    """

    name: str
    unit: str
    value: float
    sd_log: float
    held: bool
    low: float
    high: float

    @property
    def sd(self) -> float:
        """The standard error in the parameter's unit."""
        return self.value * self.sd_log


@dataclass(frozen=True)
class Total:
    """Resistances whose sum in ohm is determined while their split is not; low and high end its 95 % interval."""

    names: tuple[str, ...]
    value: float
    sd_log: float
    low: float
    high: float


@dataclass(frozen=True)
class CircuitFit:
    """A fit: parameters as written in the circuit, and log_p with its covariance as the circuit holds them."""

    circuit: Circuit
    parameters: tuple[Fitted, ...]
    totals: tuple[Total, ...]
    log_p: Floats
    covariance: Floats
    sd_point: float  # noise of a point in units of its weight: 0.003 is 0.3 % with modulus weighting
    noise: float  # of either part of a point as a share of |Z|, whatever the weights, by what the fit leaves over
    chi2: float
    points: int
    bic: float
    aic: float
    residuals: Complexes  # (N,) weighted (fit - measured), outliers included
    outliers: Flags
    converged: bool
    optimum: "Optimum"

    @property
    def dof(self) -> int:
        """Degrees of freedom."""
        return max(2 * self.points - self.circuit.size, 1)

    def is_held(self, column: int) -> bool:
        """Whether a parameter is at its limit: the covariance has nothing of it, and nothing is known of it."""
        return bool(self.covariance[column, column] <= 0.0)

    def remarks(self, noise: float) -> list[str]:
        """What a reader has to know beside the numbers; `noise` of a point is that which the smoother sees."""
        notes = []
        if self.noise > MISFIT * noise:
            ratio = self.noise / noise
            notes.append(
                f"residuals are {ratio:.0f} times the noise: the circuit does not describe all of this spectrum"
            )
        for t in self.totals:
            known = f"{' + '.join(t.names)} = {t.value:.5g} Ω (95 % {t.low:.5g} to {t.high:.5g})"
            notes.append(f"{known} is determined, the split is not")
        if not self.converged:
            notes.append("the fit did not converge: take the values with care")
        return notes

    def impedance(self, freq_hz: Floats) -> Complexes:
        """The fitted Z in ohm at any frequencies."""
        return self.circuit.impedance(self.log_p, freq_hz)


class Fittable(Weighted, Protocol):
    """What of a prepared spectrum a result needs."""

    freq_hz: Floats
    outliers: Flags


@dataclass(frozen=True)
class Optimum:
    """A spectrum's minimum with its arcs sorted: log_p (P,), covariance (P, P) with the noise in it, bounds (P,)."""

    log_p: Floats
    covariance: Floats
    chi2: float
    dof: int
    free: Flags
    converged: bool
    lower: Floats
    upper: Floats

    @cached_property
    def sd(self) -> Floats:
        """The standard errors (P,) of log_p; 0 at a bound."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)), dtype=np.float64)


def results(
    spectra: Sequence[Fittable], circuit: Circuit, minimum: Minimum, lower: Floats, upper: Floats
) -> list[CircuitFit]:
    """The fit of each spectrum from its minimum, the rows of `minimum` and of the bounds (S, P).

    Intervals are those of standard errors: see with_ends.
    """
    rows = range(len(spectra))
    optima = [_optimum(circuit, minimum, i, 2 * int(spectra[i].keep.sum()), lower[i], upper[i]) for i in rows]
    return [_result(spectra[i], circuit, optima[i]) for i in rows]


def with_ends(spectra: Sequence[Fittable], fits: list[CircuitFit]) -> list[CircuitFit]:
    """The fits of these spectra by one circuit, with intervals by profile likelihood where standard errors do not do.

    That takes about as long as the fits: it is for those that somebody will read.
    """
    circuit = fits[0].circuit
    profiled = _profiled(spectra, circuit, [fit.optimum for fit in fits])
    return [
        replace(fit, parameters=_parameters(circuit, fit.optimum, ends)) if ends else fit
        for fit, ends in zip(fits, profiled, strict=True)
    ]


def _optimum(circuit: Circuit, minimum: Minimum, row: int, data: int, lower: Floats, upper: Floats) -> Optimum:
    log_p, order = _sorted_arcs(circuit, minimum.x[row])
    free, chi2, dof = minimum.free[row][order], float(minimum.cost[row]), max(data - circuit.size, 1)
    unit = covariance(minimum.normal[row][np.ix_(order, order)], free)
    converged = bool(minimum.converged[row])
    return Optimum(log_p, unit * max(chi2, 1e-300) / dof, chi2, dof, free, converged, lower, upper)


def _sorted_arcs(circuit: Circuit, log_p: Floats) -> tuple[Floats, Indices]:
    """The parameters with the arcs ordered by τ, and the order of columns that does it."""
    order = np.arange(circuit.size)
    arcs = circuit.arcs()
    for place, leaf in zip(arcs, sorted(arcs, key=lambda a: float(log_p[a.start + 1])), strict=True):
        order[place.start : place.stop] = np.arange(leaf.start, leaf.stop)
    return log_p[order], order


def _profiled(
    spectra: Sequence[Fittable], circuit: Circuit, optima: list[Optimum]
) -> list[dict[int, tuple[float, float]]]:
    """Of each spectrum the ends (log) of the resistances that are known badly enough, by column."""
    wanted = [(i, column) for i, one in enumerate(optima) for column in _curved(circuit, one)]
    found: list[dict[int, tuple[float, float]]] = [{} for _ in optima]
    if wanted:
        owner = np.array([i for i, _ in wanted for _ in range(2)], dtype=np.intp)
        found_ends = profile_ends(Stack(spectra).model(circuit, owner), _wanted(optima, wanted), circuit.amplitude)
        for (i, column), (low, high) in zip(wanted, found_ends.reshape(-1, 2), strict=True):
            found[i][column] = (float(low), np.inf if column in _unclosed(circuit, optima[i]) else float(high))
    return found


def _curved(circuit: Circuit, one: Optimum) -> list[int]:
    """The resistances whose interval a standard error does not tell: badly known, or with an arc at a limit beside."""
    if one.chi2 <= 0:
        return []
    limited = not all(one.free[leaf.start : leaf.stop].all() for leaf in circuit.arcs())
    return [
        column for column in circuit.resistances if one.free[column] and (limited or one.sd[column] > CURVED_SD_LOG)
    ]


def _unclosed(circuit: Circuit, one: Optimum) -> list[int]:
    """The resistances of arcs so slow that their τ is held at its limit: they may be any amount larger."""
    taus = [(leaf.start, leaf.start + 1) for leaf in circuit.arcs()]
    return [column for column, tau in taus if not one.free[tau] and one.log_p[tau] >= one.upper[tau]]


def _wanted(optima: list[Optimum], wanted: list[tuple[int, int]]) -> Wanted:
    """Both ends of each (spectrum, column), the lower one first."""
    of = [optima[i] for i, _ in wanted]
    columns = [column for _, column in wanted]
    sd = np.array([one.sd[column] for one, column in zip(of, columns, strict=True)])
    along = np.stack([one.covariance[column] for one, column in zip(of, columns, strict=True)])
    return Wanted(
        x=np.repeat(np.stack([one.log_p for one in of]), 2, axis=0),
        cost=np.repeat([one.chi2 for one in of], 2),
        column=np.repeat(columns, 2),
        side=np.tile([-1.0, 1.0], len(of)),
        sd=np.repeat(sd, 2),
        slope=np.repeat(along / (sd**2)[:, None], 2, axis=0),
        dof=np.repeat([float(one.dof) for one in of], 2),
        lower=np.repeat(np.stack([one.lower for one in of]), 2, axis=0),
        upper=np.repeat(np.stack([one.upper for one in of]), 2, axis=0),
    )


def _result(spectrum: Fittable, circuit: Circuit, one: Optimum) -> CircuitFit:
    data = one.dof + circuit.size
    fitted = circuit.impedance(one.log_p, spectrum.freq_hz)
    residuals = np.ascontiguousarray(fitted - spectrum.z_ohm).view(np.float64) * spectrum.weights.ravel()
    left_over = np.abs(relative(fitted - spectrum.z_ohm, spectrum.z_ohm)[spectrum.keep])
    spread = data * np.log(max(one.chi2 / data, LEAST_SD**2))
    return CircuitFit(
        circuit=circuit,
        parameters=_parameters(circuit, one, {}),
        totals=_totals(circuit, one),
        log_p=one.log_p,
        covariance=one.covariance,
        sd_point=float(np.sqrt(max(one.chi2, 1e-300) / one.dof)),
        noise=float(np.sqrt((left_over**2).sum() / one.dof)),
        chi2=one.chi2,
        points=int(spectrum.keep.sum()),
        bic=float(spread + circuit.size * np.log(data)),
        aic=float(spread + 2 * circuit.size),
        residuals=residuals.view(np.complex128),
        outliers=spectrum.outliers,
        converged=one.converged,
        optimum=one,
    )


def _parameters(circuit: Circuit, one: Optimum, profiled: dict[int, tuple[float, float]]) -> tuple[Fitted, ...]:
    report = circuit.report(one.log_p)
    variance = ((report.transform @ one.covariance) * report.transform).sum(axis=1)
    sd = np.sqrt(np.maximum(variance, 0.0))
    reach = student(one.dof) * sd
    reach[reach > FURTHEST] = np.inf
    low, high = report.log_values - reach, report.log_values + reach
    for column, end in profiled.items():
        low[column], high[column] = end
    for column, parameter in enumerate(circuit.parameters):
        if parameter.suffix == "n":
            high[column] = min(high[column], np.log(parameter.upper))
    columns = (report.names, report.units, *np.exp([report.log_values]), sd, variance <= 0.0, *np.exp([low, high]))
    return tuple(
        Fitted(name, unit, float(value), float(sd_log), bool(held), float(bottom), float(top))
        for name, unit, value, sd_log, held, bottom, top in zip(*columns, strict=True)
    )


def _totals(circuit: Circuit, one: Optimum) -> tuple[Total, ...]:
    """The shortest runs of neighbouring resistances that are determined together and not apart."""
    columns, names = circuit.resistances, circuit.names
    if not columns or all(one.free[i] and one.sd[i] <= SPLIT_SD_LOG for i in columns):
        return ()
    found: list[tuple[int, ...]] = []
    totals = []
    for size in range(2, len(columns) + 1):
        for first in range(len(columns) - size + 1):
            run = columns[first : first + size]
            if any(set(known) <= set(run) for known in found):
                continue
            total = _total(tuple(names[i] for i in run), list(run), one)
            if total is not None:
                found.append(run)
                totals.append(total)
    return tuple(totals)


def _total(names: tuple[str, ...], at: list[int], one: Optimum) -> Total | None:
    """The sum of these resistances, or None where they are known apart or not even together."""
    value, sd_log = log_sum(one.log_p, one.covariance, at)
    apart = np.where(one.free[at], one.sd[at], np.inf)
    if apart.max() <= SPLIT_SD_LOG or apart.min() <= 2 * sd_log or sd_log > SPLIT_SD_LOG:
        return None
    reach = student(one.dof) * sd_log
    return Total(names, float(np.exp(value)), sd_log, *ends(float(np.exp(value)), reach, reach))
