"""Complex least squares of a circuit to a spectrum, without start values, with standard errors on the log scale.

Knows circuits and noise, not cells: what an arc means is decided in cell.py.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, Indices
from adatom.cloud.measure.eis.circuit import Circuit, parse_circuit
from adatom.cloud.measure.eis.elements import Parameter
from adatom.cloud.measure.eis.guess import find_starts
from adatom.cloud.measure.eis.least_squares import Minimum, Model, covariance, minimise
from adatom.cloud.measure.eis.smooth import find_outliers, robust_sd, smooth_residuals, smoothing
from adatom.cloud.measure.eis.starts import StartFinder
from adatom.protocol.errors import InputError

WEIGHTINGS = ("modulus", "unit", "proportional")
STEPS, POLISH_STEPS = 40, 120
TOLERANCE, POLISH_TOLERANCE = 1e-5, 1e-10
MIN_POINTS = 6  # an arc beside R and L has five parameters


@dataclass(frozen=True)
class Fitted:
    """A fitted parameter. sd_log is the standard error of its natural logarithm; 0 at a bound, where `held` is true."""

    name: str
    unit: str
    value: float
    sd_log: float
    held: bool

    @property
    def sd(self) -> float:
        """The standard error in the parameter's unit."""
        return self.value * self.sd_log


@dataclass(frozen=True)
class CircuitFit:
    """A fit: parameters as written in the circuit, and log_p with its covariance as the circuit holds them."""

    circuit: Circuit
    parameters: tuple[Fitted, ...]
    log_p: Floats
    covariance: Floats
    sd_point: float  # noise of a point in units of its weight: 0.003 is 0.3 % with modulus weighting
    chi2: float
    points: int
    bic: float
    aic: float
    residuals: Complexes  # (N,) weighted (fit - measured), outliers included
    outliers: Flags
    converged: bool

    def impedance(self, freq_hz: Floats) -> Complexes:
        """The fitted Z in ohm at any frequencies."""
        return self.circuit.impedance(self.log_p, freq_hz)


class Problem:
    """One spectrum made ready: weights, outliers, bounds, starts. Fitted by any number of circuits."""

    def __init__(
        self,
        freq_hz: Floats,
        z_ohm: Complexes,
        *,
        weighting: str = "modulus",
        sigma_ohm: Floats | None = None,
        outliers: Flags | None = None,
    ) -> None:
        check_spectrum(freq_hz, z_ohm)
        self.freq_hz, self.z_ohm = freq_hz, z_ohm
        self.outliers = find_outliers(freq_hz, z_ohm) if outliers is None else outliers
        self.keep = ~self.outliers
        # Noise of a point relative to |Z|, whatever the circuit
        self.noise = robust_sd(np.abs(smooth_residuals(freq_hz, z_ohm, self.keep))[self.keep]) * smoothing(freq_hz)
        self.w = 2 * np.pi * freq_hz
        self.weights = _weights(z_ohm, weighting, sigma_ohm)
        kept = self.keep
        scalar = np.sqrt(0.5 * (self.weights**2).sum(axis=1))
        self.finder = StartFinder(np.ascontiguousarray(self.w[kept]), z_ohm[kept], scalar[kept])
        self._log_w, self._z, self._kept_weights = np.log(self.w[kept]), z_ohm[kept], self.weights[kept].ravel()

    def fit(self, circuit: Circuit, starts: list[Floats]) -> CircuitFit:
        """The best fit of the circuit from these starts (log-parameters as the circuit holds them)."""
        lower, upper = self.bounds(circuit)

        model = self.model(circuit)
        rough = minimise(
            model, np.stack(starts), lower, upper, scales=circuit.scales, max_steps=STEPS, tolerance=TOLERANCE
        )
        best = rough.x[int(rough.cost.argmin())][None]
        fine = minimise(
            model, best, lower, upper, scales=circuit.scales, max_steps=POLISH_STEPS, tolerance=POLISH_TOLERANCE
        )
        return self._report(circuit, fine)

    def model(self, circuit: Circuit) -> Model:
        """Weighted residuals (B, 2N) and Jacobian (B, P, 2N) of the circuit over the points kept."""

        def residuals(x: Floats) -> tuple[Floats, Floats]:
            z, jacobian = circuit.evaluate(x, self._log_w)
            difference = np.ascontiguousarray(z - self._z).view(np.float64)
            return difference * self._kept_weights, jacobian.view(np.float64) * self._kept_weights

        return residuals

    def bounds(self, circuit: Circuit) -> tuple[Floats, Floats]:
        """Bounds (P,), (P,): the element's own, narrowed to what this spectrum could show with a wide margin."""
        lower, upper = circuit.bounds()
        parameters = [p for leaf in circuit.leaves for p in leaf.kind.parameters]
        for i, parameter in enumerate(parameters):
            low, high = self._visible(parameter)
            lower[i], upper[i] = max(lower[i], np.log(low)), min(upper[i], np.log(high))
        return lower, upper

    def _visible(self, parameter: Parameter) -> tuple[float, float]:
        size = np.abs(self._z)
        z_low, z_high = float(size.min()), float(size.max())
        w_low, w_high = float(np.exp(self._log_w.min())), float(np.exp(self._log_w.max()))
        ranges = {
            "Ω": (1e-5 * z_low, 1e4 * z_high),
            "H": (1e-5 * z_low / w_high, 1e2 * z_high / w_low),
            "F": (1e-4 / (w_high * z_high), 1e5 / (w_low * z_low)),
            "s": (0.01 / w_high, 300.0 / w_low),
            "S·s^n": (1e-4 / (max(w_high, 1.0) * z_high), 1e5 / (min(w_low, 1.0) * z_low)),
            "Ω·s^-1/2": (1e-5 * z_low * w_low**0.5, 1e4 * z_high * w_high**0.5),
        }
        return ranges.get(parameter.unit, (parameter.lower, parameter.upper))

    def _report(self, circuit: Circuit, minimum: Minimum) -> CircuitFit:
        data, size = 2 * self._z.size, circuit.size
        chi2, dof = float(minimum.cost[0]), max(data - size, 1)
        log_p, order = _sorted_arcs(circuit, minimum.x[0])
        unit = covariance(minimum.normal[0][np.ix_(order, order)], minimum.free[0][order])
        sd_point = float(np.sqrt(max(chi2, 1e-300) / dof))
        report = circuit.report(log_p)
        variance = np.diag(report.transform @ unit @ report.transform.T) * sd_point**2
        parameters = tuple(
            Fitted(name, unit_, float(np.exp(value)), float(np.sqrt(max(v, 0.0))), v <= 0.0)
            for name, unit_, value, v in zip(report.names, report.units, report.log_values, variance, strict=True)
        )
        fitted = circuit.impedance(log_p, self.freq_hz)
        residuals = np.ascontiguousarray(fitted - self.z_ohm).view(np.float64) * self.weights.ravel()
        spread = data * np.log(max(chi2, 1e-300) / data)
        return CircuitFit(
            circuit=circuit,
            parameters=parameters,
            log_p=log_p,
            covariance=unit * sd_point**2,
            sd_point=sd_point,
            chi2=chi2,
            points=self._z.size,
            bic=float(spread + size * np.log(data)),
            aic=float(spread + 2 * size),
            residuals=residuals.view(np.complex128),
            outliers=self.outliers,
            converged=bool(minimum.converged[0]),
        )


def check_spectrum(freq_hz: Floats, z_ohm: Complexes) -> None:
    """Raise InputError unless both are 1-D, equally long, finite, with positive frequencies and impedances."""
    if freq_hz.ndim != 1 or freq_hz.shape != z_ohm.shape:
        raise InputError("spectrum", f"shapes {freq_hz.shape} and {z_ohm.shape}; two equally long columns are needed")
    if freq_hz.size < MIN_POINTS:
        raise InputError("spectrum", f"{freq_hz.size} points; at least {MIN_POINTS} are needed for a fit")
    bad = ~(np.isfinite(freq_hz) & (freq_hz > 0) & np.isfinite(z_ohm.real) & np.isfinite(z_ohm.imag) & (z_ohm != 0))
    if bad.any():
        i = int(bad.argmax())
        raise InputError(
            f"spectrum point {i + 1}", f"{freq_hz[i]} Hz, {z_ohm[i]} ohm; finite values and a frequency > 0 are needed"
        )
    different = np.unique(freq_hz).size
    if different < MIN_POINTS:
        raise InputError("spectrum", f"{different} different frequencies; at least {MIN_POINTS} are needed")


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


def fit_problem(problem: Problem, circuit: Circuit) -> CircuitFit:
    """Fit one compiled circuit to a prepared spectrum. Raises InputError when it has too many parameters."""
    points = int(problem.keep.sum())
    if circuit.size >= 2 * points:
        raise InputError(f"circuit {circuit.text!r}", f"{circuit.size} parameters for {points} points; take fewer")
    return problem.fit(circuit, find_starts(problem.finder, circuit, *problem.bounds(circuit)))


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


def _sorted_arcs(circuit: Circuit, log_p: Floats) -> tuple[Floats, Indices]:
    """The parameters with the arcs ordered by τ, and the order of columns that does it."""
    order = np.arange(circuit.size)
    arcs = circuit.arcs()
    for place, leaf in zip(arcs, sorted(arcs, key=lambda a: float(log_p[a.start + 1])), strict=True):
        order[place.start : place.stop] = np.arange(leaf.start, leaf.stop)
    return log_p[order], order
