"""R_interface of a cell whose film may hide: L + R_s + film arc + contact arc + diffusion, with weak physical priors.

A film of some ohm cm2 relaxes at or above the top of the sweep, where series resistance and lead inductance take its
place: no fit without prior knowledge sees it, and one that ignores it is sure of a wrong number. What is known of any
such cell (capacitances, inductance of a metre of lead) is given as log-normal priors, wide enough to be overruled by
data, and the film's resistance is integrated out. Capacitances: Irvine, Sinclair, West 1990, Adv. Mater. 2, 132.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats, Indices
from adatom.cloud.measure.eis.circuit import parse_circuit
from adatom.cloud.measure.eis.fit import Problem
from adatom.cloud.measure.eis.least_squares import Minimum, Model, covariance, log_sum, minimise
from adatom.cloud.measure.eis.starts import Arc

CIRCUIT = parse_circuit("L0-R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)")  # film, contact, diffusion
L, R_SERIES, FILM, CONTACT, DIFFUSION = 0, 1, 2, 5, 8  # first columns
BOTH = (FILM, CONTACT)  # of R_interface

VACUUM_F_CM = 8.854e-14
PERMITTIVITY = 50.0  # LLZO, relative
DEFAULT_FILM_NM = 400.0  # middle of 150 nm to 1 µm

# (median, standard deviation of the logarithm)
INDUCTANCE_H = (0.5e-6, 0.7)
FILM_C_SD_LOG = 0.85  # permittivity, thickness and roughness together
FILM_EXPONENT = (0.92, 0.04)
CONTACT_F_CM2 = (1.5e-6, 1.4)  # from 1e-7 (SEI-like) to 1e-5 (charge transfer)
CONTACT_EXPONENT = (0.87, 0.06)
DIFFUSION_OHM_CM2, DIFFUSION_S, DIFFUSION_EXPONENT = (2.0, 1.5), (3.0, 1.2), (0.75, 0.15)

SLOW_S, STORING_F_CM2 = 0.1, 1e-4  # an arc slower and of more capacitance than this starts as diffusion
RESOLVED_SD_LOG = 0.12  # of the film's resistance: below it the Gaussian approximation holds
LEAST_FILM_OHM_CM2 = 0.05  # 0.5 µm at 1 mS/cm, the best bulk conductivity
GRID = 10


@dataclass(frozen=True)
class FilmCell:
    """R_film + R_contact per side with the standard error of its logarithm, and the most probable parameters.

    `blocks`: the contact's resistance or τ is at its upper limit: its arc never closes, and may be any amount larger.

    log_p (P,) with its covariance belongs to CIRCUIT; `integrated` says that the film's resistance was integrated out,
    so that r_ohm_cm2 is the mean over what the film may be, not the sum of the two arcs in log_p.
    """

    r_ohm_cm2: float
    sd_log: float
    integrated: bool
    blocks: bool
    log_p: Floats
    covariance: Floats
    sd_point: float


def film_capacitance_f_cm2(thickness_nm: float) -> float:
    """Capacitance of a film per area, eps eps0 / d."""
    return PERMITTIVITY * VACUUM_F_CM / (thickness_nm * 1e-7)


def fit_film_cell(problem: Problem, to_side: float, film_nm: float = DEFAULT_FILM_NM) -> FilmCell:
    """Fit the cell; `to_side` is ohm cm2 of one interface per ohm. Needs modulus weights in the problem."""
    noise = max(problem.noise, 1e-5)
    model = _with_priors(problem, to_side, film_nm, noise)
    lower, upper = problem.bounds(CIRCUIT)
    lower[[FILM, CONTACT]] = np.log(1e-3 / to_side)
    rough = minimise(
        model,
        _starts(problem, to_side, film_nm),
        lower,
        upper,
        amplitude=CIRCUIT.amplitude,
        project=False,
        max_steps=40,
        tolerance=1e-4,
    )
    best = rough.x[int(rough.cost.argmin())][None]
    fine = minimise(model, best, lower, upper, amplitude=CIRCUIT.amplitude, project=False, max_steps=80, tolerance=1e-7)
    x, sd_point = fine.x[0], _sd_point(problem, fine.x[:1])
    scale = max(sd_point, noise)
    cov = covariance(fine.normal[0], fine.free[0]) * scale**2
    film_sd = float(np.sqrt(cov[FILM, FILM])) if fine.free[0][FILM] else np.inf
    value, sd_log = log_sum(x, cov, BOTH)
    integrated = film_sd > RESOLVED_SD_LOG
    if integrated:
        value, sd_log = _mixture(_profile(model, x, film_sd, lower, upper, to_side), scale)
    blocks = bool((x[CONTACT : CONTACT + 2] >= upper[CONTACT : CONTACT + 2]).any())
    r_ohm_cm2 = float(np.exp(value)) * to_side
    return FilmCell(r_ohm_cm2, sd_log, integrated, blocks, x, cov, sd_point)


def _profile(model: Model, x: Floats, film_sd: float, lower: Floats, upper: Floats, to_side: float) -> Minimum:
    """The best fit for each of a grid of film resistances, from negligible to four standard errors above the best."""
    low = np.log(LEAST_FILM_OHM_CM2 / to_side)
    reach = 4.0 * min(film_sd, 1.0)
    total = log_sum(x, np.eye(x.size), BOTH)[0]
    top = max(min(x[FILM] + reach, total + 1.0), low + 3.0)
    grid = np.linspace(max(low, min(x[FILM] - reach, top - 3.0)), top, GRID)
    starts = np.repeat(x[None], GRID, axis=0)
    starts[:, FILM + 1] += grid - x[FILM]  # same capacitance
    starts[:, FILM] = grid
    low_grid, high_grid = np.repeat(lower[None], GRID, axis=0), np.repeat(upper[None], GRID, axis=0)
    low_grid[:, FILM] = high_grid[:, FILM] = grid
    return minimise(
        model, starts, low_grid, high_grid, amplitude=CIRCUIT.amplitude, project=False, max_steps=30, tolerance=1e-5
    )


def _mixture(profile: Minimum, scale: float) -> tuple[float, float]:
    """Mean and standard deviation of log(R_film + R_contact) over the grid, each weighted by its evidence (Laplace)."""
    log_evidence, means, variances = [], [], []
    for x, cost, normal, free in zip(profile.x, profile.cost, profile.normal, profile.free, strict=True):
        cov = covariance(normal, free) * scale**2
        mean, sd = log_sum(x, cov, BOTH)
        _, log_det = np.linalg.slogdet(cov[np.ix_(free, free)])
        log_evidence.append(-0.5 * cost / scale**2 + 0.5 * log_det)
        means.append(mean)
        variances.append(sd**2)
    weight = np.exp(np.array(log_evidence) - max(log_evidence))
    weight /= weight.sum()
    mean = float(weight @ np.array(means))
    return mean, float(np.sqrt(weight @ (np.array(variances) + (np.array(means) - mean) ** 2)))


def _sd_point(problem: Problem, x: Floats) -> float:
    """The noise of a point from the residuals alone, priors aside."""
    residuals, _ = problem.model(CIRCUIT)(x, np.zeros(1, dtype=np.intp))
    return float(np.sqrt((residuals**2).sum() / max(2 * int(problem.keep.sum()) - CIRCUIT.size, 1)))


def _with_priors(problem: Problem, to_side: float, film_nm: float, noise: float) -> Model:
    """The residuals of the circuit with one row more for each prior, in units of the noise."""
    capacitance = (film_capacitance_f_cm2(film_nm) * to_side, FILM_C_SD_LOG)
    contact = (CONTACT_F_CM2[0] * to_side, CONTACT_F_CM2[1])
    diffusion = (DIFFUSION_OHM_CM2[0] / to_side, DIFFUSION_OHM_CM2[1])
    rows = (  # columns with their sign, (median, standard deviation of the logarithm)
        ({L: 1.0}, INDUCTANCE_H),
        ({FILM + 1: 1.0, FILM: -1.0}, capacitance),
        ({FILM + 2: 1.0}, FILM_EXPONENT),
        ({CONTACT + 1: 1.0, CONTACT: -1.0}, contact),
        ({CONTACT + 2: 1.0}, CONTACT_EXPONENT),
        ({DIFFUSION: 1.0}, diffusion),
        ({DIFFUSION + 1: 1.0}, DIFFUSION_S),
        ({DIFFUSION + 2: 1.0}, DIFFUSION_EXPONENT),
    )
    slope = np.zeros((CIRCUIT.size, len(rows)))
    for number, (columns, (_, sd_log)) in enumerate(rows):
        for column, sign in columns.items():
            slope[column, number] = sign * noise / sd_log
    offset = np.array([np.log(median) * noise / sd_log for _, (median, sd_log) in rows])
    data = problem.model(CIRCUIT)

    def residuals(x: Floats, rows: Indices) -> tuple[Floats, Floats]:
        r, jacobian = data(x, rows)
        prior = np.broadcast_to(slope, (x.shape[0], *slope.shape))
        return np.concatenate([r, x @ slope - offset], axis=1), np.concatenate([jacobian, prior], axis=2)

    return residuals


def _starts(problem: Problem, to_side: float, film_nm: float) -> Floats:
    """Starts (B, P): the dictionary's arcs as film, contact and diffusion, with typical values for the rest."""
    starts = []
    found = problem.finder.singles([], 1) + problem.finder.pairs(3)
    typical_tau_s = CONTACT_F_CM2[0] * LEAST_FILM_OHM_CM2
    for arcs in found or [[Arc(LEAST_FILM_OHM_CM2 / to_side, typical_tau_s, CONTACT_EXPONENT[0])]]:
        slow = [arc for arc in arcs[1:] if arc.tau_s > SLOW_S and arc.tau_s > STORING_F_CM2 * arc.r_ohm * to_side]
        quick = arcs[: len(arcs) - len(slow)]
        r0, inductance = problem.finder.series(arcs)
        series = (max(inductance, 1e-7), max(r0, 1e-3))
        r = quick[0].r_ohm
        diffusion = slow[0] if slow else Arc(DIFFUSION_OHM_CM2[0] / to_side, DIFFUSION_S[0], DIFFUSION_EXPONENT[0])
        film_tau, contact_tau = film_capacitance_f_cm2(film_nm) * to_side, CONTACT_F_CM2[0] * to_side  # of 1 ohm
        if len(quick) > 1:
            pairs = [(quick[0], quick[1])]
        else:  # one arc may be the film or the contact
            pairs = [
                (Arc(0.1 * r, 0.1 * r * film_tau, FILM_EXPONENT[0]), quick[0]),
                (quick[0], Arc(0.1 * r, 0.1 * r * contact_tau, CONTACT_EXPONENT[0])),
                (Arc(0.5 * r, 0.5 * r * film_tau, FILM_EXPONENT[0]), Arc(0.5 * r, quick[0].tau_s, CONTACT_EXPONENT[0])),
            ]
        starts += [[*series, *(v for a in (*pair, diffusion) for v in (a.r_ohm, a.tau_s, a.n))] for pair in pairs]
    log_p: Floats = np.log(np.array(starts))
    return log_p
