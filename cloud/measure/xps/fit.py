"""A level's lines and background fitted to its spectrum by least squares, with the covariance of the areas.

The counts are modelled as c0 + c1 x + sum a_j (P_j(E) + k S_j(E)): lines of area a_j, each a doublet where the level is
one, and the step S_j that the line's own scattered electrons make (the Shirley background, fitted with the lines rather
than taken off before: so its uncertainty is in that of the areas; Herrera-Gomez et al., Surf. Interface Anal. 46 (2014)
897). Doublets and the states' order are built in, so scipy's least squares serves; no constraint language is needed.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.xps.background import linear, running_area, shirley
from adatom.cloud.measure.xps.covariance import covariance_of
from adatom.cloud.measure.xps.levels import Level, State
from adatom.cloud.measure.xps.shapes import SHAPES
from adatom.cloud.measure.xps.spectra import Spectrum
from scipy.optimize import least_squares, nnls

# "shirley": the step is fitted with the lines; "shirley-iterated": found from the counts first, then taken off
BACKGROUNDS = ("shirley", "shirley-iterated", "linear")
WIDTH_SD_LOG, SURVEY_SD_LOG = 0.15, 0.40  # of the table's widths, in narrow spectra and surveys
LORENTZ, LORENTZ_SD = 0.3, 0.15  # GL(30) is what most laboratories start from
STEP_PER_EV, STEP_MAX = 0.02, 0.3  # share of a line's area that is scattered, per eV
OPTIONAL_CHI2 = 12.0  # by which an optional state must lower the sum of squares: a chance of 5e-4
GRID_EV, GRID_SDS = 0.1, 3.0  # step and reach of the search for a shift
REFINEMENTS = 3  # fits, each with the variances of the one before
POISSON_CHI2, POISSON_POINTS = 0.5, 40  # below this reduced sum of squares, of enough points, nobody counted
FIXED = 5  # parameters before the states': shift, ln width, Lorentz share, step, slope; then constant


class Charging(NamedTuple):
    """Where the spectrum is expected: shift against the table in eV, and how well it is known."""

    shift_ev: float
    sd_ev: float


@dataclass(frozen=True)
class Component:
    """One state as fitted: position of its main line, width, area in counts eV and its curve in counts (N,)."""

    state: State
    binding_ev: float
    fwhm_ev: float
    area: float
    area_sd: float
    curve: Floats


@dataclass(frozen=True)
class LevelFit:
    """A fitted level. Energies (N,), counts (N,); areas (S,) with covariance (S, S), in counts eV, a component each.

    `chi2`: reduced sum of squares against counting noise, None where the noise is not known; it has gone into the
    covariance where it is above 1.
    """

    level: Level
    spectrum: Spectrum
    binding_ev: Floats
    counts: Floats
    background: Floats
    components: tuple[Component, ...]
    covariance: Floats
    shift_ev: float
    shift_sd_ev: float
    chi2: float | None
    notes: tuple[str, ...] = ()

    @property
    def fitted(self) -> Floats:
        """Background and lines (N,)."""
        return self.background + sum((c.curve for c in self.components), np.zeros_like(self.counts))


@dataclass(frozen=True)
class _Model:
    level: Level
    states: tuple[State, ...]
    energy: Floats
    counts: Floats
    sigma: Floats
    offset: Floats  # a background taken off before
    shape: str
    background: str
    charging: Charging
    width_sd: float
    scale: float  # counts eV: areas are fitted in units of it

    @property
    def x(self) -> Floats:
        """Energies from -1 to 1."""
        return np.asarray(2.0 * (self.energy - self.energy[0]) / (self.energy[-1] - self.energy[0]) - 1.0)

    def lines(self, p: Floats) -> Floats:
        """Lines of area 1, (S, N)."""
        shape, share, n = SHAPES[self.shape], self.level.minor_share, len(self.states)
        made = []
        for state, moved in zip(self.states, p[FIXED + 1 : FIXED + 1 + n], strict=True):
            at = self.energy - state.binding_ev - p[0] - moved
            width = state.fwhm_ev * float(np.exp(p[1]))
            line = (1.0 - share) * shape(at, width, p[2])
            made.append(line + share * shape(at - self.level.splitting_ev, width, p[2]) if share else line)
        return np.array(made)

    def parts(self, p: Floats) -> tuple[Floats, Floats]:
        """(background (N,), components (S, N)) in counts."""
        areas = p[FIXED + 1 + len(self.states) :] * self.scale
        lines = self.lines(p) * areas[:, None]
        step = p[3] * running_area(self.energy, lines.sum(axis=0))
        return self.offset + (p[5] + p[4] * self.x) * self.level_height + step, lines

    @property
    def level_height(self) -> float:
        """Unit of the background's constant and slope, counts."""
        return self.scale / float(self.energy[-1] - self.energy[0])

    def residuals(self, p: Floats) -> Floats:
        """Of the counts in sd, then of what is known beforehand in sd: (N + 3 + S,)."""
        background, lines = self.parts(p)
        known = [(p[0] - self.charging.shift_ev) / self.charging.sd_ev, p[1] / self.width_sd,
                 (p[2] - LORENTZ) / LORENTZ_SD]  # fmt: skip
        moved = p[FIXED + 1 : FIXED + 1 + len(self.states)] / np.array([state.sd_ev for state in self.states])
        return np.concatenate([(background + lines.sum(axis=0) - self.counts) / self.sigma, known, moved])

    def bounds(self) -> tuple[Floats, Floats]:
        """Of the parameters; a kind of background that has no step or slope holds it at 0."""
        n = len(self.states)
        free = 1.0 if self.background != "shirley-iterated" else 0.0
        step = STEP_MAX if self.background == "shirley" else 0.0
        low = [-20.0, -1.0, 0.0, 0.0, -1e6 * free, -1e6 * free, *[-2.0] * n, *[0.0] * n]
        high = [20.0, 1.2, 1.0, step, 1e6 * free, 1e6 * free, *[2.0] * n, *[np.inf] * n]
        tiny = 1e-9  # least_squares wants room between its bounds
        return np.array(low) - tiny, np.array(high) + tiny


def fit_level(
    level: Level, spectrum: Spectrum, charging: Charging, shape: str = "sum", background: str = "shirley"
) -> LevelFit:
    """The fit of a level in a spectrum that covers its window; optional states only where they are seen."""
    states = tuple(state for state in level.states if not state.optional)
    plain, cost = _fit(level, states, spectrum, charging, shape, background)
    if len(states) == len(level.states) or not spectrum.narrow:
        return plain
    richer, lower = _fit(level, level.states, spectrum, charging, shape, background)
    return richer if cost - lower > OPTIONAL_CHI2 * max(plain.chi2 or 1.0, 1.0) else plain


def _fit(
    level: Level, states: tuple[State, ...], spectrum: Spectrum, charging: Charging, shape: str, background: str
) -> tuple[LevelFit, float]:
    """(fit, sum of squares)."""
    model, notes = _prepare(level, states, spectrum, charging, shape, background)
    low, high = model.bounds()
    p = np.clip(_start(model), low, high)
    for _ in range(REFINEMENTS):
        found = least_squares(model.residuals, p, bounds=(low, high), x_scale="jac", max_nfev=200)
        p = found.x
        expected = model.parts(p)
        model = replace(model, sigma=np.sqrt(np.maximum(expected[0] + expected[1].sum(axis=0), 1.0)))
    squares = float((model.residuals(p)[: model.counts.size] ** 2).sum())
    free = max(model.counts.size - 4 - 2 * len(states), 1)
    chi2 = squares / free
    poisson = spectrum.poisson and (chi2 >= POISSON_CHI2 or free < POISSON_POINTS)
    if spectrum.poisson and not poisson:
        notes += (f"{spectrum.name}: noise below that of counting; taken from the scatter",)
    covariance = covariance_of(np.asarray(found.jac, dtype=np.float64)) * (max(chi2, 1.0) if poisson else chi2)
    return _result(model, spectrum, p, covariance, chi2 if poisson else None, notes), squares


def _prepare(
    level: Level, states: tuple[State, ...], spectrum: Spectrum, charging: Charging, shape: str, background: str
) -> tuple[_Model, tuple[str, ...]]:
    """The model of the part of a spectrum that lies in the level's window."""
    moved = charging.shift_ev
    inside = (spectrum.binding_ev >= level.low_ev + moved) & (spectrum.binding_ev <= level.high_ev + moved)
    energy, counts = spectrum.binding_ev[inside], spectrum.counts[inside]
    offset = np.zeros_like(counts)
    notes: tuple[str, ...] = ()
    if background == "shirley-iterated":
        offset, converged = shirley(energy, counts)
        notes = () if converged else (f"{spectrum.name}: the Shirley background did not converge",)
    above = float(np.trapezoid(counts - linear(energy, counts), energy))
    scale = max(abs(above), float(np.sqrt(counts.sum() + 1.0)))
    width_sd = WIDTH_SD_LOG if spectrum.narrow else SURVEY_SD_LOG
    sigma = np.sqrt(np.maximum(counts, 1.0))
    return _Model(level, states, energy, counts, sigma, offset, shape, background, charging, width_sd, scale), notes


def _start(model: _Model) -> Floats:
    """Parameters at the shift that fits best, with areas and background linear at each shift (non-negative)."""
    reach = GRID_SDS * model.charging.sd_ev
    shifts = model.charging.shift_ev + np.arange(-reach, reach + GRID_EV / 2, GRID_EV)
    return min((_at_shift(model, float(shift)) for shift in shifts), key=lambda tried: tried[0])[1]


def _at_shift(model: _Model, shift_ev: float) -> tuple[float, Floats]:
    n = len(model.states)
    width = 0.0 if model.width_sd < SURVEY_SD_LOG else SURVEY_SD_LOG
    step = STEP_PER_EV if model.background == "shirley" else 0.0
    p = np.array([shift_ev, width, LORENTZ, step, 0.0, 0.0, *[0.0] * n, *[1.0] * n])
    lines = model.lines(p)
    with_steps = lines + step * running_area(model.energy, lines)
    columns = [model.scale * line for line in with_steps]
    if model.background != "shirley-iterated":
        columns += [np.full(model.energy.size, model.level_height), model.level_height * model.x,
                    -model.level_height * model.x]  # fmt: skip
    found, rest = nnls(np.array(columns).T / model.sigma[:, None], (model.counts - model.offset) / model.sigma)
    p[FIXED + 1 + n :] = np.maximum(found[:n], 1e-6)
    if len(found) > n:
        p[5], p[4] = found[n], found[n + 1] - found[n + 2]
    return rest**2 + ((shift_ev - model.charging.shift_ev) / model.charging.sd_ev) ** 2, p


def _result(
    model: _Model, spectrum: Spectrum, p: Floats, covariance: Floats, chi2: float | None, notes: tuple[str, ...]
) -> LevelFit:
    n = len(model.states)
    background, lines = model.parts(p)
    of_areas = covariance[-n:, -n:] * model.scale**2
    moved, areas = p[FIXED + 1 : FIXED + 1 + n], p[FIXED + 1 + n :] * model.scale
    components = tuple(
        Component(
            state, float(state.binding_ev + p[0] + moved[k]), float(state.fwhm_ev * np.exp(p[1])), float(areas[k]),
            float(np.sqrt(max(of_areas[k, k], 0.0))), lines[k],
        )
        for k, state in enumerate(model.states)
    )  # fmt: skip
    return LevelFit(
        model.level, spectrum, model.energy, model.counts, background, components, of_areas, float(p[0]),
        float(np.sqrt(max(covariance[0, 0], 0.0))), chi2, notes,
    )  # fmt: skip
