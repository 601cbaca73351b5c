"""The X-ray photoelectron spectrum of a film's surface: garnet under carbonate, an interlayer and adventitious carbon.

A modest model, for exercising the way of a file through the loop: homogeneous layers, I = K n s l(E) T(E) exp(-t/l)
(physics.md, section 4), pseudo-Voigt lines, a step background that rises by each line's area, Poisson counts. Not in
it: Auger lines, shake-up beyond lanthanum's, plasmons, an interlayer's own lines.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from .constants import Values
from .film import Film
from .surface import Surface, interlayer_cover

Floats = NDArray[np.float64]

PHOTON_EV = 1486.6  # Al K alpha
FORMULAS_PER_NM3 = 8.0 / 12.97**3 * 1000.0  # garnet: eight formula units of 12 O in a cell of 12.97 A (V)
CARBONATE_PER_NM3 = 2.11 / 73.89 * 602.2  # Li2CO3: density over molar mass, times Avogadro's number in 1/nm3
CARBON_PER_NM3 = 100.0  # K: adventitious carbon
GARNET, CARBONATE, CARBON = "garnet", "carbonate", "carbon"


@dataclass(frozen=True)
class Line:
    """One peak: its layer, element and atoms a formula unit where the film does not say, share of the doublet."""

    layer: str
    element: str
    atoms: float  # a formula unit; 0: as the film has it
    binding_ev: float
    scofield: float  # C 1s = 1, Al K alpha, of the whole doublet
    share: float
    fwhm_ev: float


# Energies, sensitivities and widths: physics.md, section 4 (from memory of the literature unless marked there)
LINES = (
    Line(GARNET, "Li", 0.0, 54.5, 0.0568, 1.0, 1.45),
    Line(CARBONATE, "Li", 2.0, 55.3, 0.0568, 1.0, 1.45),
    Line(CARBONATE, "C", 1.0, 289.9, 1.00, 1.0, 1.35),
    Line(CARBON, "C", 1.0, 284.8, 1.00, 0.85, 1.35),
    Line(CARBON, "C", 1.0, 286.3, 1.00, 0.15, 1.35),
    Line(GARNET, "O", 12.0, 528.7, 2.93, 1.0, 1.55),
    Line(CARBONATE, "O", 3.0, 531.7, 2.93, 1.0, 1.55),
    Line(GARNET, "Zr", 0.0, 181.7, 7.04, 0.6, 1.45),
    Line(GARNET, "Zr", 0.0, 184.1, 7.04, 0.4, 1.45),
    Line(GARNET, "La", 0.0, 833.5, 47.6, 0.33, 2.5),
    Line(GARNET, "La", 0.0, 837.5, 47.6, 0.27, 2.5),  # shake-up
    Line(GARNET, "La", 0.0, 850.3, 47.6, 0.22, 2.5),
    Line(GARNET, "La", 0.0, 854.3, 47.6, 0.18, 2.5),  # shake-up
    Line(GARNET, "Ta", 0.0, 25.9, 8.62, 4 / 7, 1.2),
    Line(GARNET, "Ta", 0.0, 27.8, 8.62, 3 / 7, 1.2),
    Line(GARNET, "Al", 0.0, 73.9, 0.537, 1.0, 1.5),
    Line(GARNET, "Ga", 0.0, 1118.0, 21.4, 1.0, 1.6),
    Line(GARNET, "Nb", 0.0, 206.9, 8.2, 0.6, 1.2),
    Line(GARNET, "Nb", 0.0, 209.6, 8.2, 0.4, 1.2),
)


@dataclass(frozen=True)
class Region:
    """One spectrum: kinetic energies upwards, counts, and how it was taken."""

    species: str
    transition: str
    kinetic_ev: Floats
    counts: Floats
    pass_ev: float
    dwell_s: float
    scans: int


# (species, transition, binding energies from, to, step in eV, pass energy, dwell in s, scans)
REGIONS = (
    ("Survey", "", 0.0, 1200.0, 1.0, 100.0, 0.1, 2),
    ("Li", "1s", 48.0, 62.0, 0.1, 20.0, 0.2, 20),
    ("C", "1s", 280.0, 295.0, 0.1, 20.0, 0.2, 6),
    ("O", "1s", 523.0, 538.0, 0.1, 20.0, 0.2, 4),
    ("La", "3d", 826.0, 864.0, 0.2, 20.0, 0.2, 4),
    ("Zr", "3d", 176.0, 190.0, 0.1, 20.0, 0.2, 4),
)


def xps_regions(film: Film, surface: Surface, rng: np.random.Generator, k: Values) -> list[Region]:
    """The survey and the regions of a surface, with one charging shift, in the order of REGIONS."""
    carbon_nm = rng.uniform(k["xps_carbon_low_nm"], k["xps_carbon_high_nm"])
    shift_ev = k["xps_charging_sd_ev"] * rng.standard_normal()
    areas = [(line, area) for line in LINES if (area := line_area(line, film, surface, carbon_nm, k)) > 0.0]
    regions = []
    for species, transition, low_ev, high_ev, step_ev, pass_ev, dwell_s, scans in REGIONS:
        binding_ev = np.arange(high_ev, low_ev - step_ev / 2, -step_ev)
        rate = k["xps_background_share"] * background(binding_ev, areas, shift_ev)
        for line, area in areas:
            broad = math.hypot(line.fwhm_ev, k["xps_pass_fwhm"] * pass_ev)
            rate = rate + area * pseudo_voigt(binding_ev - line.binding_ev - shift_ev, broad, k["xps_lorentz_share"])
        counts = rng.poisson(k["xps_counts"] * pass_ev * dwell_s * scans * rate).astype(float)
        regions.append(Region(species, transition, PHOTON_EV - binding_ev, counts, pass_ev, dwell_s, scans))
    return regions


def line_area(line: Line, film: Film, surface: Surface, carbon_nm: float, k: Values) -> float:
    """n s l T exp(-t_over/(l cos)) (1 - exp(-t/(l cos))) of a line, in counts of nothing: only ratios mean anything."""
    kinetic_ev = PHOTON_EV - line.binding_ev
    length_nm = escape_length_nm(kinetic_ev, k) * math.cos(math.radians(k["xps_take_off_deg"]))
    interlayer_nm = surface.interlayer_nm * interlayer_cover(surface.interlayer_nm, k)
    over_nm, own_nm, density = {
        CARBON: (0.0, carbon_nm, CARBON_PER_NM3),
        CARBONATE: (carbon_nm + interlayer_nm, surface.carbonate_nm, CARBONATE_PER_NM3),
        GARNET: (carbon_nm + interlayer_nm + surface.carbonate_nm, film.thickness_nm, FORMULAS_PER_NM3 * film.density),
    }[line.layer]
    seen = math.exp(-over_nm / length_nm) * -math.expm1(-own_nm / length_nm)
    atoms = line.atoms or (film.lithium if line.element == "Li" else film.cations.get(line.element, 0.0))
    transmission = (kinetic_ev / 1000.0) ** k["xps_transmission_power"]
    area: float = density * atoms * line.scofield * line.share * length_nm * transmission * seen
    return area


def escape_length_nm(kinetic_ev: float, k: Values) -> float:
    """Attenuation length of electrons in oxides, nm: a E^b."""
    return float(k["xps_length_nm"] * kinetic_ev ** k["xps_length_power"])


def background(binding_ev: Floats, areas: list[tuple[Line, float]], shift_ev: float) -> Floats:
    """Electrons that lost energy: each line lifts what lies at higher binding energy by a share of its area per eV."""
    total = np.full(len(binding_ev), sum(area for _, area in areas) / 1000.0)
    for line, area in areas:
        total = total + area * expit((binding_ev - line.binding_ev - shift_ev) / (line.fwhm_ev / 2.0))
    return np.asarray(total)


def pseudo_voigt(offset_ev: Floats, fwhm_ev: float, lorentz_share: float) -> Floats:
    """A line of area 1 per eV: a Gaussian and a Lorentzian of the same width, mixed."""
    x = offset_ev / fwhm_ev
    gauss = math.sqrt(4.0 * math.log(2.0) / math.pi) * np.exp(-4.0 * math.log(2.0) * x * x)
    lorentz = 2.0 / math.pi / (1.0 + 4.0 * x * x)
    return np.asarray(((1.0 - lorentz_share) * gauss + lorentz_share * lorentz) / fwhm_ev)
