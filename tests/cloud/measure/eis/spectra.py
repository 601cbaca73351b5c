"""Synthetic spectra of the symmetric cell Li | film | pellet | film | Li, made without the code under test."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

AREA_CM2 = 0.785
FREQ_HZ = np.geomspace(2e5, 0.1, 64)


@dataclass(frozen=True)
class Made:
    """A spectrum with what it was made of: the truth per side in ohm cm2."""

    r_interface_ohm_cm2: float
    z_ohm: npt.NDArray[np.complex128]


def arc(w: npt.NDArray[np.float64], r: float, farad: float, n: float) -> npt.NDArray[np.complex128]:
    """R beside a constant phase element of effective capacitance C."""
    return np.asarray(r / (1 + (1j * w * r * farad) ** n), dtype=np.complex128)


def make_cell(
    rng: np.random.Generator, contact: float, film: float, *, noise: float = 0.003, inductance_h: float | None = None
) -> Made:
    """A noisy spectrum; contact and film are ohm cm2 per side."""
    w = 2 * np.pi * FREQ_HZ
    side = arc(w, contact, 10 ** rng.uniform(-6.5, -5.3), rng.uniform(0.8, 0.93))
    side = side + arc(w, film, 9e-8 * rng.uniform(0.6, 1.6), rng.uniform(0.88, 0.96))
    side = side + arc(w, rng.uniform(0.8, 4.0), 10 ** rng.uniform(-0.5, 0.5), rng.uniform(0.6, 0.9))
    inductance_h = rng.uniform(0.2e-6, 1e-6) if inductance_h is None else inductance_h
    z = (10 ** rng.uniform(1.5, 2.3) + 2 * side) / AREA_CM2 + 1j * w * inductance_h
    error = rng.standard_normal(w.size) + 1j * rng.standard_normal(w.size)
    return Made(contact + film, np.asarray(z * (1 + noise * error), dtype=np.complex128))
