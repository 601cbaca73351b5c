"""Complex least squares of a circuit to spectra, without start values, with 95 % intervals.

Knows circuits and noise, not cells: what an arc means is decided in cell.py. A series of spectra is fitted in the same
array operations as one.
"""

from collections.abc import Sequence
from copy import copy
from functools import cached_property

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, Indices, relative
from adatom.cloud.measure.eis.circuit import Circuit, parse_circuit
from adatom.cloud.measure.eis.guess import find_starts
from adatom.cloud.measure.eis.least_squares import FAR, NEAR, Minimum, Model
from adatom.cloud.measure.eis.result import CircuitFit, results, with_ends
from adatom.cloud.measure.eis.smooth import Smoother, robust_sd, smoothing
from adatom.cloud.measure.eis.spikes import find_spikes, has_spikes, robust_fit
from adatom.cloud.measure.eis.stack import Stack
from adatom.cloud.measure.eis.starts import StartFinder
from adatom.protocol.errors import InputError

WEIGHTINGS = ("modulus", "unit", "proportional")
FIRST_STEPS, STEPS = 8, 120
TOLERANCE, POLISH_TOLERANCE = 1e-5, 1e-8
CONTENDERS = 4  # one in so many starts goes on after FIRST_STEPS, two at least
TOGETHER = 64  # spectra in one array: fewer spend more on calls, more no longer fit into a core's cache
MIN_POINTS = 6  # an arc beside R and L has five parameters


class Problem:
    """One spectrum made ready: weights, outliers, bounds, starts. Fitted by any number of circuits."""

    def __init__(
        self,
        freq_hz: Floats,
        z_ohm: Complexes,
        *,
        weighting: str = "modulus",
        sigma_ohm: Floats | None = None,
        where: str = "spectrum",
    ) -> None:
        check_spectrum(freq_hz, z_ohm, where)
        self.freq_hz, self.z_ohm = freq_hz, z_ohm
        smoother = Smoother(freq_hz, z_ohm)
        self.outliers, residuals = smoother.outliers()
        self.keep = ~self.outliers
        # Noise of a point relative to |Z|, whatever the circuit
        self.noise = robust_sd(np.abs(residuals)[self.keep]) * smoothing(freq_hz.size, smoother.terms)
        self.w = 2 * np.pi * freq_hz
        self.weighting = weighting if sigma_ohm is None else "sigma"
        self.weights = _weights(z_ohm, weighting, sigma_ohm)

    @cached_property
    def finder(self) -> StartFinder:
        """Where start values come from."""
        scalar = np.sqrt(0.5 * (self.weights**2).sum(axis=1))
        return StartFinder(np.ascontiguousarray(self.w[self.keep]), self.z_ohm[self.keep], scalar[self.keep])

    def without(self, outliers: Flags) -> "Problem":
        """The same spectrum with other points left out."""
        other = copy(self)
        other.outliers, other.keep = outliers, ~outliers
        for made in ("finder", "_visible"):
            other.__dict__.pop(made, None)
        return other

    def weighted(self, weighting: str) -> "Problem":
        """The same spectrum, weighted so."""
        if weighting == self.weighting:
            return self
        other = self.without(self.outliers)
        other.weighting, other.weights = weighting, _weights(self.z_ohm, weighting, None)
        return other

    def whole(self) -> "Problem":
        """The same spectrum with all points, weighted by |Z|."""
        return self.without(np.zeros(self.w.size, dtype=np.bool_)).weighted("modulus")

    def fit(self, circuit: Circuit, starts: list[Floats]) -> CircuitFit:
        """The best fit of the circuit from these starts, as fit_from."""
        return fit_from([self], circuit, [starts])[0]

    def model(self, circuit: Circuit) -> Model:
        """Weighted residuals (B, 2N) and Jacobian (B, P, 2N) of the circuit, whatever the start; 0 at outliers."""
        stack = Stack([self])
        return lambda x, rows: stack.model(circuit, np.zeros(rows.size, dtype=np.intp))(x, np.arange(rows.size))

    def bounds(self, circuit: Circuit) -> tuple[Floats, Floats]:
        """Bounds (P,), (P,): the element's own, narrowed to what this spectrum could show with a wide margin."""
        low, high = circuit.bounds()
        seen = [self._visible.get(p.unit, (p.lower, p.upper)) for p in circuit.parameters]
        least, most = np.log(seen).T
        return np.maximum(low, least), np.minimum(high, most)

    @cached_property
    def _visible(self) -> dict[str, tuple[float, float]]:
        """By unit the range beyond which a parameter shows in no point."""
        size, w = np.abs(self.z_ohm[self.keep]), self.w[self.keep]
        z_low, z_high, w_low, w_high = float(size.min()), float(size.max()), float(w.min()), float(w.max())
        return {
            "Ω": (1e-5 * z_low, 1e4 * z_high),
            "H": (1e-5 * z_low / w_high, 1e2 * z_high / w_low),
            "Ω·s^n": (1e-5 * z_low / max(w_high, 1.0), 1e2 * z_high / min(w_low, 1.0)),
            "F": (1e-4 / (w_high * z_high), 1e5 / (w_low * z_low)),
            "s": (0.01 / w_high, 300.0 / w_low),
            "S·s^n": (1e-4 / (max(w_high, 1.0) * z_high), 1e5 / (min(w_low, 1.0) * z_low)),
            "Ω·s^-1/2": (1e-5 * z_low * w_low**0.5, 1e4 * z_high * w_high**0.5),
        }


def check_spectrum(freq_hz: Floats, z_ohm: Complexes, where: str = "spectrum") -> None:
    """Raise InputError unless both are 1-D, equally long, finite, with positive frequencies and impedances; `where` is
    the spectrum's name in it.
    """
    if freq_hz.ndim != 1 or freq_hz.shape != z_ohm.shape:
        raise InputError(where, f"shapes {freq_hz.shape} and {z_ohm.shape}; two equally long columns are needed")
    if freq_hz.size < MIN_POINTS:
        raise InputError(where, f"{freq_hz.size} points; at least {MIN_POINTS} are needed for a fit")
    bad = ~(np.isfinite(freq_hz) & (freq_hz > 0) & np.isfinite(z_ohm.real) & np.isfinite(z_ohm.imag) & (z_ohm != 0))
    if bad.any():
        i = int(bad.argmax())
        raise InputError(
            f"{where}, point {i + 1}", f"{freq_hz[i]} Hz, {z_ohm[i]} ohm; finite values and a frequency > 0 are needed"
        )
    different = np.unique(freq_hz).size
    if different < MIN_POINTS:
        raise InputError(where, f"{different} different frequencies; at least {MIN_POINTS} are needed")


def fit_circuit(
    freq_hz: Floats,
    z_ohm: Complexes,
    circuit: str | Circuit,
    *,
    weighting: str = "modulus",
    sigma_ohm: Floats | None = None,
) -> CircuitFit:
    """Fit one circuit to a spectrum (freq in Hz, Z in ohm, same length), without start values.

    `sigma_ohm` (N,) is a measured standard deviation and replaces the weighting. Raises InputError for a bad circuit,
    weighting or spectrum, or when the circuit has more parameters than the spectrum has values.
    """
    compiled = parse_circuit(circuit) if isinstance(circuit, str) else circuit
    return fit_problem(Problem(freq_hz, z_ohm, weighting=weighting, sigma_ohm=sigma_ohm), compiled)


def fit_series(
    spectra: Sequence[tuple[Floats, Complexes]], circuit: str | Circuit, *, weighting: str = "modulus"
) -> list[CircuitFit]:
    """Fit one circuit to each of many spectra (freq in Hz, Z in ohm), of any lengths, each without start values.

    They share array operations, not parameters: each comes out as from fit_circuit. Raises InputError as fit_circuit.
    """
    compiled = parse_circuit(circuit) if isinstance(circuit, str) else circuit
    problems = [Problem(freq_hz, z_ohm, weighting=weighting) for freq_hz, z_ohm in spectra]
    parts = [problems[i : i + TOGETHER] for i in range(0, len(problems), TOGETHER)]
    return [fit for part in parts for fit in fit_problems(part, compiled)]


def fit_problem(problem: Problem, circuit: Circuit) -> CircuitFit:
    """Fit one compiled circuit to a prepared spectrum. Raises InputError when it has too many parameters."""
    return fit_problems([problem], circuit)[0]


def fit_problems(problems: list[Problem], circuit: Circuit) -> list[CircuitFit]:
    """Fit one compiled circuit to each prepared spectrum. Raises InputError when it has too many parameters."""
    for problem in problems:
        points = int(problem.keep.sum())
        if circuit.size >= 2 * points:
            raise InputError(f"circuit {circuit.text!r}", f"{circuit.size} parameters for {points} points; take fewer")
    starts = [find_starts(problem.finder, circuit, *problem.bounds(circuit)) for problem in problems]
    fits = fit_from(problems, circuit, starts)
    cleared = without_spikes(problems, fits)
    if cleared:
        again = fit_from(list(cleared.values()), circuit, [[fits[i].log_p] for i in cleared])
        for i, fit in zip(cleared, again, strict=True):
            fits[i] = fit
    return with_ends([cleared.get(i, problem) for i, problem in enumerate(problems)], fits)


def without_spikes(problems: list[Problem], fits: list[CircuitFit]) -> dict[int, Problem]:
    """By number the spectra whose fits show other points to be outliers than are left out, without these points.

    All fits are of the same circuit.
    """
    asked = [i for i, (one, fit) in enumerate(zip(problems, fits, strict=True)) if _asks(one, fit)]
    if not asked:
        return {}
    circuit, whole = fits[asked[0]].circuit, [problems[i].whole() for i in asked]
    lower, upper = (np.stack(rows) for rows in zip(*(one.bounds(circuit) for one in whole), strict=True))
    model = Stack(whole).model(circuit, np.arange(len(whole)))
    noise = np.array([one.noise for one in whole])
    x = robust_fit(model, circuit, np.stack([fits[i].log_p for i in asked]), lower, upper, noise)
    found = {}
    for i, log_p in zip(asked, x, strict=True):
        spiked = find_spikes(_relative(problems[i], circuit, log_p), problems[i].noise)
        if spiked is not None and not np.array_equal(spiked, problems[i].outliers):
            found[i] = problems[i].without(spiked)
    return found


def _asks(problem: Problem, fit: CircuitFit) -> bool:
    """Whether the fit leaves over what should be looked at for spikes."""
    parts = fit.residuals.view(np.float64).reshape(-1, 2) / (problem.weights * np.abs(problem.z_ohm)[:, None])
    return has_spikes(parts[:, 0] + 1j * parts[:, 1], problem.noise, problem.keep)


def _relative(problem: Problem, circuit: Circuit, log_p: Floats) -> Complexes:
    """Residuals (N,) of the circuit as shares of |Z|."""
    return relative(circuit.impedance(log_p, problem.freq_hz) - problem.z_ohm, problem.z_ohm)


def fit_from(problems: list[Problem], circuit: Circuit, starts: list[list[Floats]]) -> list[CircuitFit]:
    """The best fit of the circuit to each spectrum from its starts (log-parameters as the circuit holds them).

    Intervals are those of standard errors: see with_ends.
    """
    stack = Stack(problems)
    bounds = [problem.bounds(circuit) for problem in problems]
    lower, upper = (np.stack(rows) for rows in zip(*bounds, strict=True))
    return results(problems, circuit, _search(stack, circuit, starts, lower, upper), lower, upper)


def _search(stack: Stack, circuit: Circuit, starts: list[list[Floats]], lower: Floats, upper: Floats) -> Minimum:
    """The best minimum of each spectrum, in rows. Few of its starts go on after the first steps."""
    counts = [len(some) for some in starts]
    owner = np.repeat(np.arange(len(starts)), counts)
    x = np.concatenate([np.stack(some) for some in starts])
    contenders = max(2, max(counts) // CONTENDERS)
    for max_steps, damping, kept in ((FIRST_STEPS, FAR, contenders), (STEPS, NEAR, 1)):
        found = stack.minimise(circuit, x, owner, lower, upper, max_steps, TOLERANCE, damping)
        chosen = _best(found.cost, owner, kept)
        owner, x = owner[chosen], found.x[chosen]
    return stack.minimise(circuit, x, owner, lower, upper, STEPS, POLISH_TOLERANCE, NEAR)


def _best(cost: Floats, owner: Indices, kept: int) -> Indices:
    """The `kept` rows of lowest cost of each owner, by owner."""
    order = np.lexsort((cost, owner))
    rank = np.arange(order.size) - np.searchsorted(owner[order], owner[order])
    return np.asarray(order[rank < kept], dtype=np.intp)


def _weights(z_ohm: Complexes, weighting: str, sigma_ohm: Floats | None) -> Floats:
    """1/sd of the real and imaginary part of each point, (N, 2)."""
    if sigma_ohm is not None:
        if sigma_ohm.shape != z_ohm.shape or not (np.isfinite(sigma_ohm) & (sigma_ohm > 0)).all():
            raise InputError("sigma", "one finite value > 0 ohm for every point is needed")
        return np.repeat(1.0 / sigma_ohm[:, None], 2, axis=1)
    size = np.abs(z_ohm)
    if weighting == "modulus":
        return np.repeat(1.0 / size[:, None], 2, axis=1)
    if weighting == "unit":
        return np.full((size.size, 2), 1.0 / float(np.median(size)))
    if weighting == "proportional":  # floored: a part that crosses zero would weigh without limit
        parts = np.abs(np.column_stack([z_ohm.real, z_ohm.imag]))
        return np.asarray(1.0 / np.maximum(parts, 0.01 * size[:, None]), dtype=np.float64)
    raise InputError("weighting", f"{weighting!r}; allowed: {', '.join(WEIGHTINGS)}")
