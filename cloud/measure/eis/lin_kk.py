"""Lin-KK, the linear Kramers-Kronig test that others report: M relaxations, the ratio μ, residuals.

Schönleber, Klotz, Ivers-Tiffée 2014, Electrochim. Acta 131, 20: R0 + L (+ C) + M terms R_k / (1 + jωτ_k), τ_k from
1/ω_max to 1/ω_min in equal steps of the logarithm, solved with the weights 1/|Z|. M grows until
μ = 1 - Σ|R_k < 0| / Σ|R_k >= 0| falls to the cutoff. Our own verdict (kramers_kronig.py) does not use it.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats, relative
from adatom.protocol.errors import InputError

CUTOFF = 0.85  # of μ: the authors' own experience
MAX_TERMS = 50
PARTS = ("complex", "real", "imag")


@dataclass(frozen=True)
class LinKK:
    """M, μ and residuals (N,) (z - fitted) / |z|; over_fitted: μ fell to the cutoff."""

    terms: int
    mu: float
    residuals: Complexes
    over_fitted: bool

    @property
    def chi2(self) -> float:
        """The pseudo chi squared (Boukamp 1995, J. Electrochem. Soc. 142, 1885): the sum of |residual|²."""
        return float((np.abs(self.residuals) ** 2).sum())


def lin_kk(
    freq_hz: Floats, z_ohm: Complexes, *, part: str = "complex", capacitance: bool = False,
    cutoff: float = CUTOFF, max_terms: int = MAX_TERMS,
) -> LinKK:  # fmt: skip
    """The test of a spectrum, fitted to both parts, the real or the imaginary one; freq in Hz > 0, in any order.

    Raises InputError for another part or numbers out of range.
    """
    if part not in PARTS:
        raise InputError("part", f"{part!r}; allowed: {', '.join(PARTS)}")
    if not 0 < cutoff < 1:
        raise InputError("cutoff", f"{cutoff:g}; must be between 0 and 1")
    if not 1 <= max_terms <= 1000:
        raise InputError("max_terms", f"{max_terms}; must be from 1 to 1000")
    for terms in range(1, max_terms + 1):
        columns, coefficients = _fit(freq_hz, z_ohm, terms, part, capacitance)
        mu = _mu(coefficients[1 : terms + 1])
        if mu <= cutoff:
            break
    return LinKK(terms, mu, relative(z_ohm - columns @ coefficients, z_ohm), mu <= cutoff)


def _fit(freq_hz: Floats, z_ohm: Complexes, terms: int, part: str, capacitance: bool) -> tuple[Complexes, Floats]:
    """Columns (N, P) of R0, the terms, L and perhaps 1/C, and their coefficients (P,)."""
    jw = 2j * np.pi * freq_hz
    tau = np.geomspace(1.0, np.abs(jw).max() / np.abs(jw).min(), terms) / np.abs(jw).max()
    series = [jw, 1.0 / jw] if capacitance else [jw]
    columns = np.column_stack([np.ones(jw.size), 1.0 / (1.0 + np.outer(jw, tau)), *series]).astype(np.complex128)
    scaled, target = columns / np.abs(z_ohm)[:, None], z_ohm / np.abs(z_ohm)
    if part == "complex":
        stacked = np.concatenate([scaled.real, scaled.imag])
        return columns, _solve(stacked, np.concatenate([target.real, target.imag]))
    return columns, _fit_one_part(scaled, target, part, terms)


def _fit_one_part(scaled: Complexes, target: Complexes, part: str, terms: int) -> Floats:
    """The terms from one part; what that part does not show (L and C, or R0) from the other one's remainder."""
    found = np.zeros(scaled.shape[1])
    shown = np.zeros(found.size, dtype=np.bool_)
    shown[: terms + 1] = True
    if part == "real":
        found[shown] = _solve(scaled.real[:, shown], target.real)
        found[~shown] = _solve(scaled.imag[:, ~shown], target.imag - scaled.imag @ found)
        return found
    found[1:] = _solve(scaled.imag[:, 1:], target.imag)
    weight = scaled.real[:, 0]
    found[0] = float((weight * (target.real - scaled.real @ found)).sum() / (weight**2).sum())
    return found


def _solve(rows: Floats, data: Floats) -> Floats:
    """Least squares by the pseudoinverse, over columns of one length: L and 1/C are of other orders of magnitude."""
    size = np.maximum(np.linalg.norm(rows, axis=0), 1e-300)
    return np.asarray(np.linalg.lstsq(rows / size, data, rcond=None)[0] / size, dtype=np.float64)


def _mu(resistances: Floats) -> float:
    positive = float(resistances[resistances >= 0].sum())
    return 1.0 + float(resistances[resistances < 0].sum()) / positive if positive > 0 else 0.0
