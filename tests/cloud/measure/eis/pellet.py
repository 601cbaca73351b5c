"""Spectra of a made-up pellet between blocking electrodes at temperatures: bulk and grain boundary, each with an
activation energy of its own. Not a test.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.arrhenius import BOLTZMANN_EV_K, ZERO_C_K
from adatom.cloud.measure.eis.film import VACUUM_F_CM

from .spectra import arc

AREA_CM2, THICKNESS_CM = 0.785, 0.12
FREQ_HZ = np.logspace(6.3, 0.0, 64)


@dataclass(frozen=True)
class Pellet:
    """σ in S/cm at 25 °C with activation energies (of σT), relative permittivity; capacitances in F/cm²."""

    bulk_s_cm: float = 5e-6
    bulk_ev: float = 0.35
    grains_s_cm: float = 4e-6
    grains_ev: float = 0.35
    permittivity: float = 50.0
    grains_f_cm2: float = 3e-9
    q_blocking: float = 4e-6
    n_blocking: float = 0.9

    def resistances(self, temperature_c: float) -> tuple[float, float]:
        """Of bulk and grain boundaries in ohm."""
        kelvin, room = temperature_c + ZERO_C_K, 25.0 + ZERO_C_K
        lever = (1.0 / kelvin - 1.0 / room) / BOLTZMANN_EV_K
        at_25 = ((self.bulk_s_cm, self.bulk_ev), (self.grains_s_cm, self.grains_ev))
        bulk, grains = (
            THICKNESS_CM / AREA_CM2 / (s_cm * room / kelvin * float(np.exp(-ev * lever))) for s_cm, ev in at_25
        )
        return bulk, grains

    def spectrum(self, temperature_c: float, noise: float, seed: int) -> Complexes:
        """Z (64,) in ohm at FREQ_HZ."""
        bulk, grains = self.resistances(temperature_c)
        w: Floats = 2.0 * np.pi * FREQ_HZ
        c_bulk = self.permittivity * VACUUM_F_CM * AREA_CM2 / THICKNESS_CM
        z = arc(w, bulk, c_bulk, 1.0) + arc(w, grains, self.grains_f_cm2 * AREA_CM2, 0.93)
        z = z + 1.0 / (self.q_blocking * AREA_CM2 * (1j * w) ** self.n_blocking)
        return np.asarray(z * (1.0 + noise * (np.random.default_rng(seed).standard_normal((2, w.size)).T @ [1.0, 1j])))
