"""A linear Kramers-Kronig smoother: what of a spectrum no passive, stable cell can show is noise or an outlier.

Every valid spectrum is close to a sum of fixed RC terms, a series resistance, inductance and capacitance (Boukamp 1995,
J. Electrochem. Soc. 142, 1885). Solved with robust weights, its residuals mark single bad points (mains pick-up, range
switching) before any circuit is assumed.
"""

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats

TERMS_PER_DECADE = 3.0  # resolves a CPE arc to about 0.1 %; a single bad point stays unexplained
OUTLIER_SD = 5.0  # of the robust noise, in the modulus of the residual
MAX_OUTLIER_SHARE = 0.15  # beyond this the spectrum is noisy, not spiked
ROUNDS = 6


def smooth_residuals(freq_hz: Floats, z_ohm: Complexes, keep: Flags) -> Complexes:
    """Relative residuals (N,) of the smoother solved on the points of `keep`: (z - smooth) / |z|."""
    basis = _basis(2 * np.pi * freq_hz) / np.abs(z_ohm)[:, None]
    target = z_ohm / np.abs(z_ohm)
    rows = np.concatenate([basis.real[keep], basis.imag[keep]])
    scale = np.linalg.norm(rows, axis=0)
    scaled = rows / scale
    # The ridge keeps neighbouring terms from fighting each other with huge opposite signs
    normal = scaled.T @ scaled + 1e-9 * np.eye(scale.size)
    right = scaled.T @ np.concatenate([target.real[keep], target.imag[keep]])
    coefficients = np.linalg.solve(normal, right) / scale
    return np.asarray(target - basis @ coefficients, dtype=np.complex128)


def find_outliers(freq_hz: Floats, z_ohm: Complexes) -> Flags:
    """Points (N,) whose residual exceeds OUTLIER_SD robust standard deviations; at most MAX_OUTLIER_SHARE of all."""
    n = freq_hz.size
    keep = np.ones(n, dtype=np.bool_)
    limit = int(MAX_OUTLIER_SHARE * n)
    for _ in range(ROUNDS):
        size = np.abs(smooth_residuals(freq_hz, z_ohm, keep))
        threshold = OUTLIER_SD * max(robust_sd(size[keep]), 1e-6)
        bad = size > threshold
        # Only the worst few a round: a spike also bends the smooth curve beside it
        worst = bad & (size > 0.4 * size.max())
        new_keep = ~(worst | (bad & ~keep))
        if np.array_equal(new_keep, keep) or (~new_keep).sum() > limit:
            break
        keep = new_keep
    return ~keep


def robust_sd(size: Floats) -> float:
    """The standard deviation of either part of a complex noise, from the median of its modulus (Rayleigh: 1.177 sd)."""
    return float(np.median(size) / 1.177)


def smoothing(freq_hz: Floats) -> float:
    """How much smaller the smoother's residuals are than the noise, as a factor >= 1 to multiply them by."""
    data, terms = 2 * freq_hz.size, _basis(freq_hz).shape[1]
    return float(np.sqrt(data / max(data - terms, 0.1 * data)))


def _basis(w: Floats) -> Complexes:
    decades = np.log10(w.max() / w.min())
    tau = np.geomspace(0.1 / w.max(), 10.0 / w.min(), round(TERMS_PER_DECADE * (decades + 2)))
    relaxations = 1.0 / (1.0 + 1j * np.outer(w, tau))
    return np.column_stack([np.ones(w.size), 1j * w, -1j / w, relaxations]).astype(np.complex128)
