"""What the pictures of a spectrum show: Nyquist and Bode with the fit and its band, residuals, relaxation times."""

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, relative
from adatom.cloud.measure.eis.drt import Drt
from adatom.cloud.measure.eis.drt_peaks import Peak
from adatom.cloud.measure.eis.drt_report import with_prefix
from adatom.cloud.measure.eis.intervals import Z_95
from adatom.cloud.measure.eis.kramers_kronig import Verdict
from adatom.cloud.measure.eis.lin_kk import LinKK
from adatom.cloud.measure.eis.panels import Band, Curve, Panel
from adatom.cloud.measure.eis.result import CircuitFit
from adatom.cloud.measure.eis.smooth import robust_sd
from adatom.cloud.web.theme import BLUE, GREY, ORANGE, VERMILLION

MEASURED, OUTLIERS, FIT, BAND = "measured", "outliers", "fit", "95 %"
LINE_POINTS = 400
FREQUENCY = "frequency / Hz"


def fit_panels(freq_hz: Floats, z_ohm: Complexes, fit: CircuitFit) -> list[Panel]:
    """Nyquist, residuals, modulus and phase of a circuit's fit, with the 95 % band of the fitted curve."""
    dense = np.geomspace(freq_hz.min(), freq_hz.max(), LINE_POINTS)
    z, jacobian = fit.circuit.evaluate(fit.log_p[None], np.log(2 * np.pi * dense))
    sd_log, sd_phase = _spread(jacobian[0] / z[0], fit.covariance)
    size, phase = np.abs(z[0]), _degrees(z[0])
    wide = Z_95 * np.rad2deg(sd_phase)
    residuals = relative(fit.impedance(freq_hz) - z_ohm, z_ohm)
    return [
        nyquist(freq_hz, z_ohm, fit.outliers, z[0]),
        residual_panel("fit - measured", freq_hz, residuals, fit.outliers, robust_sd(np.abs(residuals[~fit.outliers]))),
        _bode("modulus", "|Z| / Ω", freq_hz, np.abs(z_ohm), fit.outliers, (dense, size),
              (size * np.exp(-Z_95 * sd_log), size * np.exp(Z_95 * sd_log))),
        _bode("phase", "phase / °", freq_hz, _degrees(z_ohm), fit.outliers, (dense, phase),
              (phase - wide, phase + wide)),
    ]  # fmt: skip


def drt_panels(freq_hz: Floats, z_ohm: Complexes, outliers: Flags, found: Drt, peaks: list[Peak]) -> list[Panel]:
    """The distribution with its band and peaks; Nyquist, residuals and phase of the impedance that it gives."""
    order = np.argsort(freq_hz)
    return [
        _distribution(found, peaks),
        nyquist(freq_hz, z_ohm, outliers, found.fitted_ohm[order]),
        residual_panel("distribution - measured", freq_hz, -found.residuals, outliers, found.noise),
        _bode("phase", "phase / °", freq_hz, _degrees(z_ohm), outliers,
              (freq_hz[order], _degrees(found.fitted_ohm[order]))),
    ]  # fmt: skip


def check_panels(freq_hz: Floats, found: Verdict, other: LinKK) -> list[Panel]:
    """The residuals of our own test, with the band where the relations are broken, and those of lin-KK."""
    left_out = np.isnan(found.residuals)
    noise = robust_sd(np.abs(found.residuals[~left_out]))
    return [
        residual_panel("measured - smooth", freq_hz, found.residuals, left_out, noise, found.band_hz),
        residual_panel(f"measured - lin-KK, M {other.terms}, μ {other.mu:.2f}", freq_hz, other.residuals,
                       np.zeros(freq_hz.size, dtype=np.bool_)),
    ]  # fmt: skip


def _distribution(found: Drt, peaks: list[Peak]) -> Panel:
    mean, (low, high) = found.mean_ohm, found.band_ohm
    inside, tau = found.window, found.tau_s
    labels = []
    for peak in peaks:
        under = (tau >= peak.from_s) & (tau <= peak.to_s)
        top = np.flatnonzero(under)[int(mean[under].argmax())]
        labels.append((float(tau[top]), float(high[top]), with_prefix(peak.r_ohm.value, "Ω")))
    edge = found.tau_s[inside][[0, -1]]
    outside = [Curve("", GREY, tau[side], mean[side]) for side in (tau <= edge[0], tau >= edge[1])]
    return Panel(
        "distribution of relaxation times",
        "τ / s",
        "γ / Ω",
        (Curve("γ", BLUE, tau[inside], mean[inside]), *outside),
        (Band(BAND, BLUE, tau, low, high),),
        tuple(labels),
        log_x=True,
        from_zero=True,
    )


def nyquist(freq_hz: Floats, z_ohm: Complexes, outliers: Flags, line_ohm: Complexes) -> Panel:
    """-Im over Re of the points and of a line."""
    hover = tuple(f"{f:.4g} Hz" for f in freq_hz)
    return Panel(
        "Nyquist",
        "Re Z / Ω",
        "-Im Z / Ω",
        (*_points(z_ohm.real, -z_ohm.imag, outliers, hover), Curve(FIT, BLUE, line_ohm.real, -line_ohm.imag)),
        equal=True,
    )


def residual_panel(
    title: str, freq_hz: Floats, residuals: Complexes, outliers: Flags, noise: float | None = None,
    broken_hz: tuple[float, float] | None = None,
) -> Panel:  # fmt: skip
    """Real and imaginary part in percent of |Z|, without the outliers, over the band of the noise."""
    kept = ~outliers
    parts = (("real", VERMILLION, residuals.real), ("imaginary", ORANGE, residuals.imag))
    curves = tuple(Curve(name, colour, freq_hz[kept], 100 * part[kept], ".") for name, colour, part in parts)
    bands = []
    if noise is not None:
        reach = np.full(2, 100 * Z_95 * noise)
        bands.append(Band(BAND, BLUE, np.array([freq_hz.min(), freq_hz.max()]), -reach, reach))
    if broken_hz is not None:
        tall = np.full(2, 100 * float(np.abs(np.stack([residuals.real, residuals.imag])[:, kept]).max()))
        bands.append(Band("broken here", VERMILLION, np.array(broken_hz), -tall, tall))
    return Panel(title, FREQUENCY, "% of |Z|", curves, tuple(bands), log_x=True)


def _bode(
    title: str, unit: str, freq_hz: Floats, values: Floats, outliers: Flags,
    line: tuple[Floats, Floats], band: tuple[Floats, Floats] | None = None,
) -> Panel:  # fmt: skip
    points = _points(freq_hz, values, outliers, ())
    bands = (Band(BAND, BLUE, line[0], *band),) if band else ()
    return Panel(title, FREQUENCY, unit, (*points, Curve(FIT, BLUE, *line)), bands, log_x=True, log_y="|" in unit)


def _points(x: Floats, y: Floats, outliers: Flags, texts: tuple[str, ...]) -> tuple[Curve, ...]:
    kept = ~outliers
    shown = tuple(text for text, keep in zip(texts, kept, strict=False) if keep)
    measured = Curve(MEASURED, GREY, x[kept], y[kept], ".", shown)
    return (measured, Curve(OUTLIERS, VERMILLION, x[outliers], y[outliers], "x")) if outliers.any() else (measured,)


def _degrees(z_ohm: Complexes) -> Floats:
    return np.asarray(np.rad2deg(np.angle(z_ohm)), dtype=np.float64)


def _spread(relative: Complexes, covariance: Floats) -> tuple[Floats, Floats]:
    """Standard deviations (N,), (N,) of ln |Z| and of the phase in rad, from d ln Z / d log_p (P, N)."""
    parts = (relative.real, relative.imag)
    log_size, phase = (np.sqrt(np.maximum(np.einsum("pn,pq,qn->n", part, covariance, part), 0.0)) for part in parts)
    return log_size, phase
