"""How far photoelectrons come: effective attenuation lengths in nm for kinetic energies in eV."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats

# a E^b: 2.0 nm at 950 eV, 2.7 nm at 1430 eV. TPP-2M's free path in the garnet to 5 % over 350-1500 eV; in the carbonate
# TPP-2M is 45 % longer, so a thickness by it is the larger one
POWER_NM, POWER = 0.0117, 0.75
LENGTH_SD_LOG = 0.10  # TPP-2M against optical data: 8-10 % (Shinotsuka et al., Surf. Interface Anal. 47 (2015) 871)
ELASTIC = 0.9  # attenuation length over free path along the normal: Jablonski and Powell, Surf. Sci. Rep. 47 (2002) 33


@dataclass(frozen=True)
class Material:
    """What TPP-2M asks for: density, molar mass, valence electrons a formula, band gap."""

    density_g_cm3: float
    molar_g: float
    valence_electrons: float
    gap_ev: float


LLZO = Material(5.1, 839.7, 7 * 1 + 3 * 3 + 2 * 4 + 12 * 6, 6.0)  # Li7La3Zr2O12
LI2CO3 = Material(2.11, 73.89, 2 * 1 + 4 + 3 * 6, 7.5)


def power_law(kinetic_ev: Floats) -> Floats:
    """a E^b."""
    return np.asarray(POWER_NM * kinetic_ev**POWER)


def tpp2m(kinetic_ev: Floats, material: Material) -> Floats:
    """Inelastic mean free path, nm: E / (Ep^2 (beta ln(gamma E) - C/E + D/E^2)), in angstrom.

    Tanuma, Powell and Penn, Surf. Interface Anal. 21 (1994) 165: Ep = 28.8 sqrt(Nv rho / M), U = Nv rho / M,
    beta = -0.10 + 0.944 / sqrt(Ep^2 + Eg^2) + 0.069 rho^0.1, gamma = 0.191 / sqrt(rho), C = 1.97 - 0.91 U,
    D = 53.4 - 20.8 U.
    """
    rho = material.density_g_cm3
    u = material.valence_electrons * rho / material.molar_g
    plasmon2 = 28.8**2 * u
    beta = -0.10 + 0.944 / math.sqrt(plasmon2 + material.gap_ev**2) + 0.069 * rho**0.1
    gamma, c, d = 0.191 / math.sqrt(rho), 1.97 - 0.91 * u, 53.4 - 20.8 * u
    angstrom = kinetic_ev / (plasmon2 * (beta * np.log(gamma * kinetic_ev) - c / kinetic_ev + d / kinetic_ev**2))
    return np.asarray(angstrom / 10.0)


def tpp2m_length(kinetic_ev: Floats) -> Floats:
    """TPP-2M in the mean of garnet and carbonate, shortened by elastic scattering."""
    return ELASTIC * 0.5 * (tpp2m(kinetic_ev, LLZO) + tpp2m(kinetic_ev, LI2CO3))


LENGTHS: dict[str, Callable[[Floats], Floats]] = {"power": power_law, "tpp2m": tpp2m_length}
