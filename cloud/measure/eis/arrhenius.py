"""Activation energy of conductivities at temperatures, with the uncertainty of both. Knows nothing of spectra."""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.intervals import Z_95, student
from adatom.protocol.errors import InputError
from scipy.special import chdtrc

BOLTZMANN_EV_K = 8.617333262e-5  # CODATA 2018
ZERO_C_K = 273.15
HOTTEST_K = 5000.0  # above any solid: a slip of the pen
FEWEST = 3
CURVED_P = 0.01  # of chi-squared, below which one activation energy does not describe the points
ROUNDS = 20
LEAST_SD = 1e-9  # of ln(σT): exact points weigh alike


@dataclass(frozen=True)
class Arrhenius:
    """σT = A exp(-Ea / kT), or σ = A exp(-Ea / kT) where not `with_t`. `ea_sd_ev` holds all uncertainty.

    `low`, `high`: 95 % interval of Ea in eV. `log_a`: ln A (of K S/cm or S/cm) with its standard deviation, geometry
    included. `scatter`: root of reduced chi-squared; above 1 it widens the interval. `p`: of chi-squared.
    """

    ea_ev: float
    ea_sd_ev: float
    low: float
    high: float
    log_a: float
    log_a_sd: float
    with_t: bool
    scatter: float
    p: float
    points: int
    residuals: Floats  # (n,) of ln(σT) or ln σ
    sds: Floats  # (n,) their standard deviations, temperature's error included
    covariance: Floats  # (2, 2) of ln A and Ea in eV, shared errors left out
    shift: Floats  # (2,) of ln A and Ea with all temperatures off by one standard deviation
    shared_sd_log: float
    quantile: float  # how many standard deviations every 95 % interval reaches to either side
    notes: tuple[str, ...]

    def log_conductivity(self, temperature_k: Floats) -> tuple[Floats, Floats]:
        """(ln σ, its standard deviation without shared errors), σ in S/cm, at temperatures (m,) in K."""
        design = _design(temperature_k)
        value = design @ np.array([self.log_a, self.ea_ev]) - (np.log(temperature_k) if self.with_t else 0.0)
        return value, np.sqrt(np.einsum("ij,jk,ik->i", design, self.covariance, design))

    def at(self, temperature_c: float) -> tuple[float, float]:
        """(ln σ, its standard deviation with all uncertainty), σ in S/cm, at a temperature."""
        kelvin = np.array([temperature_c + ZERO_C_K])
        value, sd = self.log_conductivity(kelvin)
        offset = float((_design(kelvin) @ self.shift)[0])
        return float(value[0]), float(np.sqrt(sd[0] ** 2 + offset**2 + self.shared_sd_log**2))


def arrhenius(
    temperature_c: Floats,
    s_cm: Floats,
    sd_log: Floats,
    *,
    temperature_sd_c: float = 0.0,
    offset_sd_c: float = 0.0,
    shared_sd_log: float = 0.0,
    with_t: bool = True,
) -> Arrhenius:
    """Weighted least squares of ln(σT) against 1/T, or of ln σ.

    `sd_log` (n,): standard error of each ln σ; `temperature_sd_c`: of each temperature, independent; `offset_sd_c`: of
    all together, such as a thermocouple's calibration; `shared_sd_log`: what all σ share, such as area and thickness,
    which touches A alone. Errors of temperature are carried onto the ordinate with the slope found (effective variance;
    Orear 1982, Am. J. Phys. 50, 912). Points that scatter more than their errors widen the interval, which is
    Student's then. Raises InputError for fewer than three different temperatures or values that are not > 0.
    """
    kelvin = _checked(temperature_c, s_cm, sd_log)
    for name, sd in (("temperature_sd_c", temperature_sd_c), ("offset_sd_c", offset_sd_c)):
        if not (np.isfinite(sd) and sd >= 0.0):
            raise InputError(name, f"{sd}; a value of 0 or more is needed")
    y = np.log(s_cm) + (np.log(kelvin) if with_t else 0.0)
    solution, unit, residuals, sds = _fitted(kelvin, y, sd_log, temperature_sd_c, with_t)
    freedom = y.size - 2
    square = float(((residuals / sds) ** 2).sum())
    known = bool(sds.max() > 10.0 * LEAST_SD)
    scatter = float(np.sqrt(square / freedom))
    widened = unit * (max(scatter, 1.0) if known else scatter) ** 2
    moved = kelvin + offset_sd_c
    shifted = y + (np.log(moved / kelvin) if with_t else 0.0)
    shift = _fitted(moved, shifted, sd_log, temperature_sd_c, with_t)[0] - solution if offset_sd_c else np.zeros(2)
    ea_sd = float(np.hypot(np.sqrt(widened[1, 1]), shift[1]))
    quantile = student(freedom) if scatter > 1.0 or not known else Z_95
    reach = ea_sd * quantile
    log_a_sd = float(np.sqrt(widened[0, 0] + shift[0] ** 2 + shared_sd_log**2))
    p = float(chdtrc(freedom, square)) if known else 1.0
    return Arrhenius(
        float(solution[1]), ea_sd, float(solution[1]) - reach, float(solution[1]) + reach, float(solution[0]), log_a_sd,
        with_t, scatter, p, int(y.size), residuals, sds, widened, shift, shared_sd_log, quantile,
        _notes(p, known, kelvin),
    )  # fmt: skip


def _checked(temperature_c: Floats, s_cm: Floats, sd_log: Floats) -> Floats:
    kelvin = np.asarray(temperature_c, dtype=float) + ZERO_C_K
    if not (kelvin.shape == s_cm.shape == sd_log.shape):
        raise InputError("temperatures", f"{kelvin.size} for {s_cm.size} conductivities")
    if np.unique(kelvin).size < FEWEST:
        raise InputError("temperatures", f"{np.unique(kelvin).size} different ones; at least {FEWEST} are needed")
    if kelvin.max() > HOTTEST_K:
        raise InputError("temperatures", f"{kelvin.max() - ZERO_C_K:g} °C; at most {HOTTEST_K:g} K is taken")
    if not (np.isfinite(kelvin).all() and kelvin.min() > 0.0):
        raise InputError("temperatures", f"{kelvin.min() - ZERO_C_K:g} °C; above -273.15 °C is needed")
    if not (np.isfinite(s_cm).all() and s_cm.min() > 0.0):
        raise InputError("conductivity", f"{s_cm.min():g} S/cm; values > 0 are needed")
    return kelvin


def _design(kelvin: Floats) -> Floats:
    """(n, 2) for ln A and Ea in eV."""
    return np.column_stack([np.ones_like(kelvin), -1.0 / (BOLTZMANN_EV_K * kelvin)])


def _fitted(
    kelvin: Floats, y: Floats, sd_log: Floats, temperature_sd: float, with_t: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """((ln A, Ea), covariance (2, 2) of unit scatter, residuals (n,), standard deviations (n,) of the ordinate)."""
    design, solution = _design(kelvin), np.zeros(2)
    for _ in range(ROUNDS):
        # an error dT moves y by dT / T (with_t) and the line by dT Ea / (k T²)
        by_t = temperature_sd * ((1.0 / kelvin if with_t else 0.0) - solution[1] / (BOLTZMANN_EV_K * kelvin**2))
        sd = np.sqrt(np.maximum(sd_log**2 + by_t**2, LEAST_SD**2))
        unit = np.linalg.inv((design / sd[:, None] ** 2).T @ design)
        solution = unit @ (design.T @ (y / sd**2))
    return solution, unit, y - design @ solution, sd


def _notes(p: float, known: bool, kelvin: Floats) -> tuple[str, ...]:
    notes = []
    if not known:
        notes.append("no uncertainties are given: the interval is from the scatter alone")
    if p < CURVED_P:
        notes.append(f"points scatter or bend more than their errors (p = {p:.2g}): one activation energy may not do")
    if np.ptp(kelvin) < 20.0:
        notes.append(f"{np.ptp(kelvin):.3g} K between the extremes: little lever for an activation energy")
    return tuple(notes)
