"""Small formulas that several arrows of the chain share. No constants of materials here."""

import math

from .constants import BOLTZMANN_EV_K


def sigmoid(x: float) -> float:
    """1/(1+exp(-x)), without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-min(x, 700.0)))
    grown = math.exp(max(x, -700.0))
    return grown / (1.0 + grown)


def arrhenius(ea_ev: float, temperature_k: float, reference_k: float) -> float:
    """exp(-Ea/k (1/T - 1/T_ref)): a rate at T over that at the reference temperature."""
    return math.exp(-ea_ev / BOLTZMANN_EV_K * (1.0 / temperature_k - 1.0 / reference_k))
