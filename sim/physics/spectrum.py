"""The impedance spectrum of a cell or a witness film, as an instrument records it. Never hands out R_int itself."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cell import Cell
from .constants import Values

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

FREQ_HIGH_HZ = 200e3  # EmStat Pico
FREQ_LOW_HZ = 0.1
POINTS_PER_DECADE = 10
STATUS_OK = 0
STATUS_OVERLOAD = 2  # bit of the PalmSens status nibble


@dataclass(frozen=True)
class Leads:
    """What the leads of one connection add: series resistance and inductance, parallel capacitance."""

    ohm: float
    henry: float
    farad: float


def frequencies_hz(high_hz: float = FREQ_HIGH_HZ, low_hz: float = FREQ_LOW_HZ) -> Real:
    """The sweep, highest frequency first, 10 points a decade, both ends included."""
    count = round(math.log10(high_hz / low_hz) * POINTS_PER_DECADE) + 1
    return np.geomspace(high_hz, low_hz, count)


def arc(freq_hz: Real, resistance: Real | float, capacitance: float, n: float) -> Complex:
    """R parallel to a CPE of effective capacitance C: R/(1 + (j w R C)^n) (Brug: C = (Q R^(1-n))^(1/n))."""
    return np.asarray(resistance / (1.0 + (2j * np.pi * freq_hz * resistance * capacitance) ** n))


def diffusion(freq_hz: Real, resistance: float, tau_s: float) -> Complex:
    """Finite-length diffusion to a permeable end: R tanh(sqrt(j w tau))/sqrt(j w tau), R at zero frequency."""
    root = np.sqrt(2j * np.pi * freq_hz * tau_s)
    return np.asarray(resistance * np.tanh(root) / root)


def cell_impedance_ohm(cell: Cell, freq_hz: Real, k: Values, relaxation: Real | float = 1.0) -> Complex:
    """Noise-free impedance of the symmetric cell, ohm: pellet + 2 (film arc + interface arc + diffusion), over area.

    `relaxation` scales R_int point by point (drift within a sweep).
    """
    side = arc(freq_hz, cell.r_film_ohm_cm2, cell.film_f_cm2, k["film_cpe_n"])
    side = side + arc(freq_hz, cell.r_int_ohm_cm2 * relaxation, cell.interface_f_cm2, k["interface_cpe_n"])
    side = side + diffusion(freq_hz, k["diffusion_ohm_cm2"], k["diffusion_tau_s"])
    return np.asarray((cell.r_pellet_ohm_cm2 + 2.0 * side) / cell.area_cm2)


def witness_impedance_ohm(resistance_ohm: float, freq_hz: Real, k: Values) -> Complex:
    """Noise-free impedance of a film on blocking interdigitated electrodes, ohm: (R + CPE) || the substrate."""
    omega = 2j * np.pi * freq_hz
    blocking = 1.0 / (k["witness_blocking_f"] * omega ** k["witness_blocking_n"])
    return np.asarray(1.0 / (1.0 / (resistance_ohm + blocking) + omega * k["witness_f"]))


def measured_cell_ohm(cell: Cell, freq_hz: Real, rng: np.random.Generator, k: Values) -> Complex:
    """Spectrum of a cell with leads, drift and noise, ohm."""
    drift = 1.0 + rng.normal(0.0, k["eis_drift_sd"]) * _elapsed_share(freq_hz)
    clean = through_leads(cell_impedance_ohm(cell, freq_hz, k, drift), freq_hz, draw_leads(rng, k))
    return noisy(clean, freq_hz, rng, k)


def measured_witness_ohm(resistance_ohm: float, freq_hz: Real, rng: np.random.Generator, k: Values) -> Complex:
    """Spectrum of a witness film with leads and noise, ohm."""
    clean = through_leads(witness_impedance_ohm(resistance_ohm, freq_hz, k), freq_hz, draw_leads(rng, k))
    return noisy(clean, freq_hz, rng, k)


def draw_leads(rng: np.random.Generator, k: Values) -> Leads:
    """The leads of one connection."""
    return Leads(
        ohm=rng.uniform(k["lead_low_ohm"], k["lead_high_ohm"]),
        henry=rng.uniform(k["inductance_low_h"], k["inductance_high_h"]),
        farad=rng.uniform(k["stray_low_f"], k["stray_high_f"]),
    )


def through_leads(z_ohm: Complex, freq_hz: Real, leads: Leads) -> Complex:
    """What the instrument sees of z: R + j w L in series, stray capacitance in parallel to the cell."""
    omega = 2j * np.pi * freq_hz
    return np.asarray(leads.ohm + omega * leads.henry + z_ohm / (1.0 + omega * leads.farad * z_ohm))


def noisy(z_ohm: Complex, freq_hz: Real, rng: np.random.Generator, k: Values) -> Complex:
    """z with the instrument's errors: contour noise, phase error, mains spikes, steps between current ranges."""
    size = len(freq_hz)
    magnitude = 1.0 + contour_noise(np.abs(z_ohm), freq_hz, k) * rng.standard_normal(size)
    phase = np.deg2rad(k["eis_phase_sd_deg"]) * rng.standard_normal(size)
    spike = 1.0 + k["eis_mains_sd"] * near_mains(freq_hz, k["eis_mains_hz"]) * rng.standard_normal(size)
    ranges = np.floor(np.log10(np.abs(z_ohm))).astype(int)
    _, place = np.unique(ranges, return_inverse=True)
    gain = 1.0 + k["eis_range_step"] * rng.standard_normal(place.max() + 1)[place]
    return np.asarray(z_ohm * magnitude * spike * gain * np.exp(1j * phase))


def contour_noise(size_ohm: Real, freq_hz: Real, k: Values) -> Real:
    """Relative noise of |Z|: sqrt(0.002^2 + (0.02 f/f_hi)^2 + (|Z|/Z_max)^2 + (Z_min/|Z|)^2)."""
    total = k["eis_noise"] ** 2 + (k["eis_noise_high_f"] * freq_hz / k["eis_f_high_hz"]) ** 2
    return np.sqrt(total + (size_ohm / k["eis_z_max_ohm"]) ** 2 + (k["eis_z_min_ohm"] / size_ohm) ** 2)


def near_mains(freq_hz: Real, mains_hz: float) -> Real:
    """1.0 where a point lies within 3 % of the mains frequency or its first two harmonics, else 0.0."""
    hit = np.zeros(len(freq_hz))
    for harmonic in (1.0, 2.0, 3.0):
        hit[np.abs(freq_hz / (harmonic * mains_hz) - 1.0) < 0.03] = 1.0
    return hit


def _elapsed_share(freq_hz: Real) -> Real:
    """Share of the sweep's time gone at each point: three periods or 0.3 s a point."""
    passed = np.cumsum(np.maximum(0.3, 3.0 / freq_hz))
    return np.asarray(passed / passed[-1])
