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


class Smoother:
    """The smoother of one spectrum, solved on any of its points; freq in Hz (N,), Z in ohm (N,)."""

    def __init__(self, freq_hz: Floats, z_ohm: Complexes) -> None:
        size = np.abs(z_ohm)
        basis = _basis(2 * np.pi * freq_hz) / size[:, None]
        rows = np.stack([basis.real, basis.imag])  # (2, N, T)
        self._rows = rows / np.sqrt(np.einsum("pnt,pnt->t", rows, rows))
        target = z_ohm / size
        self._target = np.stack([target.real, target.imag])
        self.terms: int = basis.shape[1]

    def residuals(self, keep: Flags) -> Complexes:
        """Relative residuals (N,) of the smoother solved on the points of `keep`: (z - smooth) / |z|."""
        rows = self._rows[:, keep].reshape(-1, self.terms)
        # The ridge keeps neighbouring terms from fighting each other with huge opposite signs
        normal = rows.T @ rows + 1e-9 * np.eye(self.terms)
        off = self._target - self._rows @ np.linalg.solve(normal, rows.T @ self._target[:, keep].ravel())
        return np.asarray(off[0] + 1j * off[1], dtype=np.complex128)

    def outliers(self) -> tuple[Flags, Complexes]:
        """Points (N,) whose residual exceeds OUTLIER_SD robust sd, at most MAX_OUTLIER_SHARE; the residuals without."""
        keep = np.ones(self._target.shape[1], dtype=np.bool_)
        limit = int(MAX_OUTLIER_SHARE * keep.size)
        residuals = self.residuals(keep)
        for _ in range(ROUNDS):
            size = np.abs(residuals)
            bad = size > OUTLIER_SD * max(robust_sd(size[keep]), 1e-6)
            # Only the worst few a round: a spike also bends the smooth curve beside it
            worst = bad & (size > 0.4 * size.max())
            new_keep = ~(worst | (bad & ~keep))
            if np.array_equal(new_keep, keep) or (~new_keep).sum() > limit:
                break
            keep = new_keep
            residuals = self.residuals(keep)
        return ~keep, residuals


def find_outliers(freq_hz: Floats, z_ohm: Complexes) -> Flags:
    """Points (N,) that the smoother shows to be outliers."""
    return Smoother(freq_hz, z_ohm).outliers()[0]


def robust_sd(size: Floats) -> float:
    """The standard deviation of either part of a complex noise, from the median of its modulus (Rayleigh: 1.177 sd)."""
    return float(np.median(size) / 1.177)


def smoothing(points: int, terms: int) -> float:
    """How much smaller the smoother's residuals are than the noise, as a factor >= 1 to multiply them by."""
    data = 2 * points
    return float(np.sqrt(data / max(data - terms, 0.1 * data)))


def _basis(w: Floats) -> Complexes:
    decades = np.log10(w.max() / w.min())
    tau = np.geomspace(0.1 / w.max(), 10.0 / w.min(), round(TERMS_PER_DECADE * (decades + 2)))
    basis = np.empty((w.size, 3 + tau.size), dtype=np.complex128)
    basis[:, 0], basis[:, 1], basis[:, 2] = 1.0, 1j * w, -1j / w
    basis[:, 3:] = 1.0 / (1.0 + 1j * np.outer(w, tau))
    return basis
