"""Circuit elements: impedance and its derivative by the logarithm of each parameter.

One function an element, one row in KINDS. Every function takes log-parameters x of shape (B, K, p), for B circuits with
K elements of this kind, and log of the angular frequency, (N,) or (B, 1, N) where each circuit has its own, and returns
Z (B, K, N) and dZ/dx (B, K, p, N), in ohm.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats

HALF_PI_J = 0.5j * np.pi  # log(j)


@dataclass(frozen=True)
class Parameter:
    """A parameter of an element: its suffix in reports ("" when it is the only one), unit and absolute bounds."""

    suffix: str
    unit: str
    lower: float
    upper: float


@dataclass(frozen=True)
class Kind:
    """A kind of element as the grammar knows it; `scales` says that Z is proportional to its first parameter."""

    name: str
    parameters: tuple[Parameter, ...]
    evaluate: Callable[[Floats, Floats], tuple[Complexes, Complexes]]
    scales: bool = True


def resistor(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """R."""
    z = np.repeat(np.exp(x[..., 0, None]).astype(np.complex128), log_w.shape[-1], axis=-1)
    return z, z[:, :, None, :]


def inductor(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """jωL."""
    z = 1j * np.exp(x[..., 0, None] + log_w)
    return z, z[:, :, None, :]


def capacitor(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """1 / (jωC)."""
    z = -1j * np.exp(-x[..., 0, None] - log_w)
    return z, -z[:, :, None, :]


def constant_phase(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """1 / (Q (jω)^n)."""
    exponent = np.exp(x[..., 1, None]) * (log_w + HALF_PI_J)
    z = np.exp(-x[..., 0, None] - exponent)
    return z, np.stack([-z, -z * exponent], axis=2)


def zarc(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """R / (1 + (jωτ)^n): a resistor beside a constant phase element with Q = τ^n / R."""
    n = np.exp(x[..., 2, None])
    log_wt = log_w + x[..., 1, None]
    turn: Complexes = np.exp(n * HALF_PI_J)  # apart from the modulus: twice as fast as one complex exponential
    share = 1.0 / (1.0 + np.exp(n * log_wt) * turn)
    d = np.empty((*share.shape[:2], 3, share.shape[2]), dtype=np.complex128)
    z, slope = d[:, :, 0], d[:, :, 1]
    np.multiply(np.exp(x[..., 0, None]), share, out=z)
    np.multiply(n * z, share - 1.0, out=slope)
    np.multiply(slope, log_wt + HALF_PI_J, out=d[:, :, 2])
    return z, d


def warburg(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """A (1 - j) / sqrt(ω): semi-infinite diffusion."""
    z = (1.0 - 1.0j) * np.exp(x[..., 0, None] - 0.5 * log_w)
    return z, z[:, :, None, :]


def warburg_open(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """R coth(s) / s, s = sqrt(jωτ): diffusion to a blocking end."""
    s = np.exp(0.5 * (x[..., 1, None] + log_w + HALF_PI_J))
    r, coth = np.exp(x[..., 0, None]), 1.0 / np.tanh(s)
    return r * coth / s, np.stack([r * coth / s, 0.5 * r * (1.0 - coth**2 - coth / s)], axis=2)


def warburg_short(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """R tanh(s) / s, s = sqrt(jωτ): diffusion to a transmitting end."""
    s = np.exp(0.5 * (x[..., 1, None] + log_w + HALF_PI_J))
    r, tanh = np.exp(x[..., 0, None]), np.tanh(s)
    return r * tanh / s, np.stack([r * tanh / s, 0.5 * r * (1.0 - tanh**2 - tanh / s)], axis=2)


def lossy_inductor(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """L (jω)^n: an inductance with losses, as of leads."""
    exponent = np.exp(x[..., 1, None]) * (log_w + HALF_PI_J)
    z = np.exp(x[..., 0, None] + exponent)
    return z, np.stack([z, z * exponent], axis=2)


def gerischer(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """R / sqrt(1 + jωτ): diffusion of what a reaction uses up on its way."""
    jwt = np.exp(x[..., 1, None] + log_w + HALF_PI_J)
    z = np.exp(x[..., 0, None]) / np.sqrt(1.0 + jwt)
    return z, np.stack([z, -0.5 * z * jwt / (1.0 + jwt)], axis=2)


def gerischer_short(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """R / (s tanh(φ s)), s = sqrt(1 + jωτ): the same in a layer of finite thickness."""
    jwt, phi = np.exp(x[..., 1, None] + log_w + HALF_PI_J), np.exp(x[..., 2, None])
    s = np.sqrt(1.0 + jwt)
    tanh = np.tanh(phi * s)
    z = np.exp(x[..., 0, None]) / (s * tanh)
    slope = phi * (1.0 / tanh - tanh)  # of -log tanh(φ s) by s
    return z, np.stack([z, -0.5 * z * (1.0 / s + slope) * jwt / s, -z * slope * s], axis=2)


def porous_electrode(x: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
    """R coth(u) / u, u² = R Q (jω)^n: pores with resistance R and a constant phase element Q along their walls."""
    exponent = np.exp(x[..., 2, None]) * (log_w + HALF_PI_J)
    u = np.exp(0.5 * (x[..., 0, None] + x[..., 1, None] + exponent))
    r, coth = np.exp(x[..., 0, None]), 1.0 / np.tanh(u)
    z, half = r * coth / u, 0.5 * r * (1.0 - coth**2 - coth / u)
    return z, np.stack([z + half, half, half * exponent], axis=2)


# Bounds only keep exponentials finite; what a spectrum can show is narrower and set in fit.py.
_OHM = (1e-12, 1e18)
_SECOND = (1e-15, 1e12)
_EXPONENT = Parameter("n", "", 0.3, 1.0)  # below 0.3 a constant phase element is a slanted resistor
_LENGTHS = Parameter("phi", "", 1e-3, 1e3)  # thickness in diffusion lengths

KINDS = {
    kind.name: kind
    for kind in (
        Kind("R", (Parameter("", "Ω", *_OHM),), resistor),
        Kind("L", (Parameter("", "H", 1e-15, 1e6),), inductor),
        Kind("C", (Parameter("", "F", 1e-18, 1e6),), capacitor, False),
        Kind("CPE", (Parameter("Q", "S·s^n", 1e-18, 1e6), _EXPONENT), constant_phase, False),
        Kind("Zarc", (Parameter("R", "Ω", *_OHM), Parameter("tau", "s", *_SECOND), _EXPONENT), zarc),
        Kind("W", (Parameter("", "Ω·s^-1/2", *_OHM),), warburg),
        Kind("Wo", (Parameter("R", "Ω", *_OHM), Parameter("tau", "s", *_SECOND)), warburg_open),
        Kind("Ws", (Parameter("R", "Ω", *_OHM), Parameter("tau", "s", *_SECOND)), warburg_short),
        Kind("La", (Parameter("L", "Ω·s^n", 1e-15, 1e6), _EXPONENT), lossy_inductor),
        Kind("G", (Parameter("R", "Ω", *_OHM), Parameter("tau", "s", *_SECOND)), gerischer),
        Kind("Gs", (Parameter("R", "Ω", *_OHM), Parameter("tau", "s", *_SECOND), _LENGTHS), gerischer_short),
        Kind(
            "TLMQ",
            (Parameter("R", "Ω", *_OHM), Parameter("Q", "S·s^n", 1e-18, 1e6), _EXPONENT),
            porous_electrode,
            False,
        ),
    )
}
