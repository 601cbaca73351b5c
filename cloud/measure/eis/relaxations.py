"""A spectrum as a linear problem in its relaxation times, and the marginal likelihood of how smooth they are.

    Z(ω) = R0 + jωL + 1/(jωC) + ∫ γ(ln τ) / (1 + jωτ) d ln τ

γ is piecewise linear over ln τ; its slopes are penalised (ridge regression: Wan, Saccoccio, Chen, Ciucci 2015,
Electrochim. Acta 184, 483). The penalty is the logarithm of a prior (Effat, Ciucci 2017, Electrochim. Acta 247, 1117),
so its weight λ has a marginal likelihood. Knows nothing of signs: drt.py asks for γ >= 0, kramers_kronig.py does not.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from scipy.linalg import cholesky, solve_triangular

QUADRATURE = 8  # parts of a grid step in the integral over a hat function
LAMBDAS = np.logspace(-12.0, 2.0, 57)  # of the largest singular value squared


@dataclass(frozen=True)
class Grid:
    """Points of γ a decade of τ, decades beyond the frequencies, and the penalty on steps at the fast and slow end."""

    points_per_decade: int
    beyond_decades: float
    ends: tuple[float, float]


@dataclass(frozen=True)
class System:
    """The linear problem: rows (2N, P) and data (2N,) divided by |Z|; real parts stand above imaginary ones.

    The P columns are M of γ, then R0, L, 1/C, then a lossy inductance (1 ohm high) for each of lossy_s (L/R).
    log_tau (M,) is the grid, `step` its distance; smooth (M, M) has the integral of the squared slope as |smooth x|².
    unit (P,) turns the columns' coefficients x into ohm, H and 1/F.
    """

    log_tau: Floats
    step: float
    rows: Floats
    data: Floats
    smooth: Floats
    unit: Floats
    lossy_s: Floats

    @property
    def curve(self) -> slice:
        """The columns of γ."""
        return slice(0, self.log_tau.size)


@dataclass(frozen=True)
class Spectral:
    """The problem in the basis where prior and noise are both diagonal, without the free columns R0, L, 1/C.

    free (2N, F) spans those, basis (2N, K) the rest that γ reaches; seen (K,) are the data there, data (2N,) without
    the free part. For each λ (G,): kept (G, K), the share of a data variance that is noise; cost (G,), such that
    cost / dof is the noise squared; log_p (G,), the marginal likelihood with the noise integrated out (prior 1/σ).
    """

    free: Floats
    basis: Floats
    data: Floats
    seen: Floats
    lambdas: Floats
    kept: Floats
    cost: Floats
    dof: int

    @property
    def log_det(self) -> Floats:
        """(G,): what the marginal likelihood has beside the cost."""
        return np.asarray(0.5 * np.log(self.kept).sum(axis=1))

    @property
    def log_p(self) -> Floats:
        """(G,)."""
        return np.asarray(self.log_det - 0.5 * self.dof * np.log(self.cost))

    @property
    def best(self) -> int:
        """The place of the most likely λ."""
        return int(self.log_p.argmax())

    def without_free(self, values: Floats) -> Floats:
        """Values (2N,) or (2N, D) less what R0, L and 1/C give."""
        return np.asarray(values - self.free @ (self.free.T @ values))


def build(freq_hz: Floats, z_ohm: Complexes, grid: Grid, lossy_s: Floats | None = None) -> System:
    """The linear problem of a spectrum; freq in Hz > 0, Z in ohm, in any order."""
    lossy = np.empty(0) if lossy_s is None else lossy_s
    log_tau, step = _grid(freq_hz, grid)
    count, size = log_tau.size, np.abs(z_ohm)
    rows = parts(columns(freq_hz, log_tau, step, lossy) / size[:, None])
    unit = np.ones(rows.shape[1])
    unit[:count] = envelope(freq_hz, size, log_tau)
    unit[count:] = 1.0 / np.linalg.norm(rows[:, count:], axis=0)
    slope = (np.eye(count + 1, count) - np.eye(count + 1, count, k=-1)) / np.sqrt(step)
    slope[[0, -1]] *= np.array(grid.ends)[:, None]
    return System(log_tau, step, rows * unit, parts(z_ohm / size), cholesky(slope.T @ slope), unit, lossy)


def _grid(freq_hz: Floats, grid: Grid) -> tuple[Floats, float]:
    beyond = grid.beyond_decades * np.log(10.0)
    fastest, slowest = -np.log(2 * np.pi * freq_hz.max()) - beyond, -np.log(2 * np.pi * freq_hz.min()) + beyond
    count = round((slowest - fastest) / np.log(10.0) * grid.points_per_decade) + 1
    log_tau, step = np.linspace(fastest, slowest, count, retstep=True)
    return log_tau, float(step)


def envelope(freq_hz: Floats, size: Floats, log_tau: Floats) -> Floats:
    """|Z| (M,) at ω = 1/τ, smoothed over a decade: what γ is measured by, for in a blocked cell it spans decades.

    Beyond the slow end it goes on as a constant phase element of the slope there does.
    """
    order = np.argsort(-freq_hz, kind="stable")
    known, level = -np.log(2 * np.pi * freq_hz[order]), np.log(size[order])
    reach = round(np.log(10.0) / (log_tau[1] - log_tau[0])) // 2
    last = known >= known[-1] - 0.5 * np.log(10.0)
    slope = float(np.polyfit(known[last], level[last], 1)[0]) if np.ptp(known[last]) > 0 else 0.0
    raw = np.interp(log_tau, known, level) + np.clip(slope, 0.0, 1.0) * np.maximum(log_tau - known[-1], 0.0)
    padded = np.pad(raw, reach, mode="reflect", reflect_type="odd")
    return np.asarray(
        np.exp(np.convolve(padded, np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")), dtype=np.float64
    )


def columns(freq_hz: Floats, log_tau: Floats, step: float, lossy_s: Floats) -> Complexes:
    """Z (N, P) of a hat function of height 1 at each grid point, of R0, L and 1/C of one unit, of lossy inductances."""
    jw = 2j * np.pi * freq_hz
    offset = np.arange(1 - QUADRATURE, QUADRATURE) / QUADRATURE
    weight = (1.0 - np.abs(offset)) / QUADRATURE * step
    hats = np.zeros((jw.size, log_tau.size), dtype=np.complex128)
    for share, part in zip(weight, offset, strict=True):
        hats += share / (1.0 + np.outer(jw, np.exp(log_tau + part * step)))
    lossy = np.outer(jw, lossy_s) / (1.0 + np.outer(jw, lossy_s))
    return np.column_stack([hats, np.ones(jw.size), jw, 1.0 / jw, lossy]).astype(np.complex128)


def parts(values: Complexes) -> Floats:
    """Real parts (N, ...) above imaginary ones."""
    return np.concatenate([values.real, values.imag])


def decompose(system: System, least_noise: float = 0.0) -> Spectral:
    """The spectral form; `least_noise` of |Z| is added to what is found, for models and instruments are no better."""
    free, _ = np.linalg.qr(system.rows[:, system.log_tau.size :])
    curve = system.rows[:, system.curve]
    curve, data = curve - free @ (free.T @ curve), system.data - free @ (free.T @ system.data)
    basis, s, _ = np.linalg.svd(solve_triangular(system.smooth, curve.T, trans="T").T, full_matrices=False)
    lambdas = LAMBDAS * float(s.max()) ** 2
    seen, kept = basis.T @ data, 1.0 / (1.0 + s**2 / lambdas[:, None])
    dof = data.size - free.shape[1]
    unseen = max(float(data @ data - seen @ seen), 0.0) + dof * least_noise**2
    cost = np.maximum(kept @ seen**2 + unseen, 1e-300)
    return Spectral(free, basis, data, seen, lambdas, kept, cost, dof)
