"""The interface resistance of a cell Li | film | pellet | film | Li from its spectrum, with uncertainty or a reason.

Arcs are told apart by their capacitance: grain boundaries of the pellet, the film and the contact to lithium, and slow
diffusion differ by orders of magnitude (Irvine, Sinclair, West 1990, Adv. Mater. 2, 132). R_interface is the sum of
film and contact arcs per side; their sum is often determined where their split is not.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, relative
from adatom.cloud.measure.eis.circuit import Circuit
from adatom.cloud.measure.eis.film import CIRCUIT, DEFAULT_FILM_NM, FilmCell, fit_film_cell
from adatom.cloud.measure.eis.fit import Problem, check_spectrum
from adatom.cloud.measure.eis.geometry import AREA_CM2, FILM_NM, check_size
from adatom.cloud.measure.eis.least_squares import log_sum
from adatom.cloud.measure.eis.result import MISFIT, CircuitFit
from adatom.cloud.measure.eis.select import Selection, select
from adatom.cloud.measure.eis.smooth import robust_sd

# Capacitance per area of one interface: grain boundaries of a pellet stay below (1e-10 to 1e-8 F, physics of LLZO), a
# film of 1 µm with a permittivity of 50 has 4e-8 F/cm2
PELLET_MAX_F_CM2 = 1e-8
# Double layers and charge transfer stay below 1e-5 F/cm2; what is slower and larger stores lithium
DIFFUSION_MIN_F_CM2, DIFFUSION_MIN_TAU_S = 1e-4, 0.1
SHORT_OHM_CM2 = 2.0  # all of the cell; even a 20 µm electrolyte of 1 mS/cm has as much
SHORT_FLAT = 1.2  # and |Z| changes by less than this over the slower half of the sweep: a metal bridge has no arcs
OPEN_OHM_CM2 = 1e8  # leakage of a cell holder
BLOCKING_PHASE_DEG = -50.0  # at the lowest frequencies: less than half of an arc is seen
MAX_NOISE = 0.1  # of |Z|, for a point: beyond it nothing can be said
ADEQUATE = 1.6  # residuals of the cell circuit over the noise; beyond it the cell is not the usual one
ACCURACY_SD_LOG = 0.004  # gain steps between current ranges and drift in a sweep, which one spectrum does not show
DETECTED_SD_LOG = 0.5  # the resistance exceeds 2 sd
SPLIT_SD_LOG = 0.3

FILM_ROLES = ("interface", "interface", "diffusion")  # of the film model's arcs
REASONS = ("short", "open", "blocking", "noisy", "no_convergence")


@dataclass(frozen=True)
class CellArc:
    """An arc per cm2 of one interface. role: pellet, interface or diffusion."""

    role: str
    r_ohm_cm2: float
    sd_log: float
    tau_s: float
    n: float
    c_f_cm2: float


@dataclass(frozen=True)
class CellModel:
    """The circuit behind the numbers: parameters with covariance, noise, residuals (fit - measured) / |Z|."""

    circuit: Circuit
    log_p: Floats
    covariance: Floats
    sd_point: float
    chi2: float
    residuals: Complexes
    outliers: Flags


@dataclass(frozen=True)
class CellFit:
    """What a cell's spectrum says. `reason` is "" or one of REASONS, and then r_interface_ohm_cm2 is None.

    quality: "good", "below_detection" (the value is the most probable one, its sd_log is wide) or "failed". sd_log is
    the standard error of the natural logarithm, area included.
    """

    r_interface_ohm_cm2: float | None
    sd_log: float | None
    quality: str
    reason: str
    notes: tuple[str, ...]
    arcs: tuple[CellArc, ...]
    r_series_ohm_cm2: float | None
    model: CellModel | None


def fit_cell(
    freq_hz: Floats,
    z_ohm: Complexes,
    *,
    area_cm2: float,
    symmetric: bool,
    film_nm: float | None = DEFAULT_FILM_NM,
    sigma_ohm: Floats | None = None,
    area_sd_log: float = 0.0,
    fitted: tuple[Problem, Selection] | None = None,
) -> CellFit:
    """R_interface in ohm cm2 per side with its uncertainty; an unusable spectrum gives a reason instead of a number.

    `film_nm` is the film's thickness, roughly; None for a cell without a film, where no typical values are assumed (nor
    are they with a measured `sigma_ohm`, the standard deviation of each point). `fitted`: circuits of this spectrum
    that are fitted already; a cell that is not of the film model is then read from the best of them, if it can be.
    Raises InputError for an area or thickness that no cell has or a spectrum that is not one.
    """
    check_size("area_cm2", area_cm2, AREA_CM2)
    if film_nm is not None:
        check_size("film_nm", film_nm, FILM_NM)
    check_spectrum(freq_hz, z_ohm)
    to_side = area_cm2 / (2.0 if symmetric else 1.0)
    reason = _unusable(freq_hz, z_ohm, area_cm2, to_side)
    if reason:
        return _failed(reason)
    problem, selection = fitted or (Problem(freq_hz, z_ohm, sigma_ohm=sigma_ohm), None)
    if problem.noise > MAX_NOISE:
        return _failed("noisy")
    fit = _film_cell(problem, to_side, area_sd_log, film_nm) if film_nm is not None and sigma_ohm is None else None
    if fit is not None:
        return fit
    if selection is None or not _is_readable(problem, selection.best, to_side):
        selection = select(problem, max_arcs=3)
    return _any_cell(problem, selection, to_side, area_sd_log)


def _film_cell(problem: Problem, to_side: float, area_sd_log: float, film_nm: float) -> CellFit | None:
    """The cell as the film model sees it, or None when its residuals say that it is another kind of cell."""
    problem = problem.weighted("modulus")
    cell = fit_film_cell(problem, to_side, film_nm)
    model = _model(problem, CIRCUIT, cell.log_p, cell.covariance, cell.sd_point)
    if robust_sd(np.abs(model.residuals[problem.keep])) > ADEQUATE * max(problem.noise, 1e-4):
        return None
    if cell.blocks:
        return _failed("blocking")
    arcs = tuple(_arc(model, number, to_side, role) for number, role in enumerate(FILM_ROLES))
    sd_log = float(np.sqrt(cell.sd_log**2 + area_sd_log**2 + ACCURACY_SD_LOG**2))
    notes = _notes(model, arcs) + _film_note(cell, arcs)
    return _result(cell.r_ohm_cm2, sd_log, notes, arcs, model, to_side)


def _is_readable(problem: Problem, fit: CircuitFit, to_side: float) -> bool:
    """Whether a circuit tells R_interface: every resistance in sight, and an interface's arc or nothing left over."""
    if not (fit.converged and fit.circuit.is_plain):
        return False
    _, arcs = _arcs_of(problem, fit, to_side)
    return any(arc.role == "interface" for arc in arcs) or fit.noise <= MISFIT * problem.noise


def _any_cell(problem: Problem, selection: Selection, to_side: float, area_sd_log: float) -> CellFit:
    """The cell as the circuit chosen from the nested list sees it."""
    best = selection.best
    if not best.converged:
        return _failed("no_convergence")
    model, arcs = _arcs_of(problem, best, to_side)
    starts = [leaf.start for leaf, arc in zip(best.circuit.arcs(), arcs, strict=True) if arc.role == "interface"]
    chosen = [start for start in starts if not best.is_held(start)]
    _, upper = problem.bounds(best.circuit)
    if any((best.log_p[start : start + 2] >= upper[start : start + 2]).any() for start in starts):  # it never closes
        return _failed("blocking")
    if not chosen:
        limit = _undetected_ohm_cm2(selection, problem, to_side)
        notes = (*_notes(model, arcs), "no interface arc stands out of the noise")
        return _result(limit, 2 * DETECTED_SD_LOG, notes, arcs, model, to_side)
    value, fit_sd = log_sum(best.log_p, best.covariance, chosen)
    sd_log = float(np.sqrt(fit_sd**2 + area_sd_log**2 + ACCURACY_SD_LOG**2))
    notes = _notes(model, arcs) + _split_note(arcs, sd_log)
    return _result(float(np.exp(value)) * to_side, sd_log, notes, arcs, model, to_side)


def _result(
    r_ohm_cm2: float, sd_log: float, notes: tuple[str, ...], arcs: tuple[CellArc, ...], model: CellModel, to_side: float
) -> CellFit:
    quality = "good" if sd_log <= DETECTED_SD_LOG else "below_detection"
    series = [leaf.start for leaf in model.circuit.series() if leaf.kind.name == "R"]
    r_series = float(np.exp(model.log_p[series]).sum()) * to_side
    return CellFit(r_ohm_cm2, sd_log, quality, "", notes, arcs, r_series, model)


def _failed(reason: str) -> CellFit:
    return CellFit(None, None, "failed", reason, (), (), None, None)


def _model(problem: Problem, circuit: Circuit, log_p: Floats, covariance: Floats, sd_point: float) -> CellModel:
    residuals = relative(circuit.impedance(log_p, problem.freq_hz) - problem.z_ohm, problem.z_ohm)
    chi2 = float((np.abs(residuals[problem.keep]) ** 2).sum())
    return CellModel(circuit, log_p, covariance, sd_point, chi2, residuals, problem.outliers)


def _arcs_of(problem: Problem, fit: CircuitFit, to_side: float) -> tuple[CellModel, tuple[CellArc, ...]]:
    """A circuit's fit with its arcs, their roles by capacitance."""
    model = _model(problem, fit.circuit, fit.log_p, fit.covariance, fit.sd_point)
    return model, tuple(_arc(model, number, to_side, "") for number in range(len(fit.circuit.arcs())))


def _arc(model: CellModel, number: int, to_side: float, role: str) -> CellArc:
    """Arc `number` of the circuit; a role of "" is found from its capacitance."""
    leaf = model.circuit.arcs()[number]
    r_ohm, tau_s, n = (float(v) for v in np.exp(model.log_p[leaf.start : leaf.stop]))
    r_side = r_ohm * to_side
    sd_log = float(np.sqrt(model.covariance[leaf.start, leaf.start]))
    return CellArc(role or role_of(tau_s, tau_s / r_side), r_side, sd_log, tau_s, n, tau_s / r_side)


def role_of(tau_s: float, c_f_cm2: float) -> str:
    """What an arc is by its time constant and capacitance per area of one interface: pellet, interface, diffusion."""
    if c_f_cm2 < PELLET_MAX_F_CM2:
        return "pellet"
    return "diffusion" if c_f_cm2 > DIFFUSION_MIN_F_CM2 and tau_s > DIFFUSION_MIN_TAU_S else "interface"


def _undetected_ohm_cm2(selection: Selection, problem: Problem, to_side: float) -> float:
    """What may hide: the largest interface resistance among the refused circuits, at least the noise of a point."""
    hidden = [problem.noise * float(np.median(np.abs(problem.z_ohm))) * to_side]
    for candidate in selection.candidates:
        fit = candidate.fit
        _, arcs = _arcs_of(problem, fit, to_side)
        hidden += [arc.r_ohm_cm2 for arc in arcs if arc.role == "interface" and arc.sd_log < 2.0]
    return max(hidden)


def _unusable(freq_hz: Floats, z_ohm: Complexes, area_cm2: float, to_side: float) -> str:
    """The reason why no circuit needs to be tried, or ""."""
    size = np.abs(z_ohm) * area_cm2
    if size.min() > OPEN_OHM_CM2:
        return "open"
    low = size[freq_hz <= np.quantile(freq_hz, 0.5)]
    if low.max() < SHORT_OHM_CM2 and low.max() < SHORT_FLAT * low.min():
        return "short"
    slowest = np.argsort(freq_hz)[:3]
    phase = float(np.median(np.angle(z_ohm[slowest], deg=True)))
    reactance = np.minimum(z_ohm.imag[slowest], -1e-300)
    c_side = float(np.median(-1.0 / (2 * np.pi * freq_hz[slowest] * reactance * to_side)))
    return "blocking" if phase < BLOCKING_PHASE_DEG and c_side < DIFFUSION_MIN_F_CM2 else ""


def _notes(model: CellModel, arcs: tuple[CellArc, ...]) -> tuple[str, ...]:
    notes = []
    if model.outliers.any():
        notes.append(f"{int(model.outliers.sum())} outlying points left out")
    for role in ("pellet", "diffusion"):
        count = sum(arc.role == role for arc in arcs)
        if count:
            notes.append(f"{count} arc counted as {role} by its capacitance")
    return tuple(notes)


def _film_note(cell: FilmCell, arcs: tuple[CellArc, ...]) -> tuple[str, ...]:
    if cell.integrated:
        return ("the film's own arc is not resolved: it is integrated out, with typical capacitances assumed",)
    return _split_note(arcs, cell.sd_log)


def _split_note(arcs: tuple[CellArc, ...], sd_log: float) -> tuple[str, ...]:
    parts = [arc for arc in arcs if arc.role == "interface"]
    if len(parts) > 1 and max(arc.sd_log for arc in parts) > max(SPLIT_SD_LOG, 2 * sd_log):
        return ("the sum of the interface arcs is determined, their split is not",)
    return ()
