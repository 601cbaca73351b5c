"""The distribution of relaxation times of a spectrum: non-negative, its smoothness chosen by the data, with a band.

The linear problem of relaxations.py with γ, R0, L, 1/C >= 0. The weight λ of the smoothness comes from its marginal
likelihood and is averaged over rather than fixed; Maradesa, Py, Wan, Effat, Ciucci 2023 (J. Electrochem. Soc. 170,
030502) compare the other ways to choose it. Knows no circuit.
"""

from dataclasses import dataclass, replace

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, relative
from adatom.cloud.measure.eis.relaxations import Grid, System, build, columns, decompose
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls

# At 6 points a decade the band misses sharp arcs, at 20 nothing changes but the time. More than half a decade beyond
# lets noise put resistance where nothing is seen; slow tails need not end where the grid does (all by the benchmark).
GRID = Grid(points_per_decade=15, beyond_decades=0.5, ends=(1.0, 0.1))
DRAWS, SEED = 300, 5
BAND = (0.025, 0.975)
LOSSY = (1.0, 0.3)  # L/R of inductances beside a resistance (eddy currents in leads), of the fastest 1/ω
STRAINED = 1.25  # of the cost by non-negativity: valid spectra have up to 1.17 (benchmark)


@dataclass(frozen=True)
class Evidence:
    """The marginal likelihood over λ (K,): share (K,) of each, cost (K,) such that cost / dof is the noise squared."""

    lambdas: Floats
    share: Floats
    cost: Floats
    dof: int

    @property
    def best(self) -> int:
        """The place of the most likely λ."""
        return int(self.share.argmax())

    @property
    def noise(self) -> float:
        """The standard deviation of either part of a point as a share of |Z|."""
        return float(np.sqrt(self.cost[self.best] / self.dof))


@dataclass(frozen=True)
class Drt:
    """γ and what stands beside it, as draws from the posterior: gamma_ohm (D, M), the others (D,).

    window (M,) says where τ lies within the frequencies; elsewhere γ is the prior's guess. lambda_ is the most likely
    one, for γ over |Z|. lossy says that the inductance has losses, as leads have. fitted_ohm (N,) and residuals (N,),
    the latter of |Z|, are those of the mean.
    """

    tau_s: Floats
    window: Flags
    step: float
    gamma_ohm: Floats
    r0_ohm: Floats
    inductance_h: Floats
    lossy: bool
    elastance_per_f: Floats
    lambda_: float
    noise: float
    fitted_ohm: Complexes
    residuals: Complexes

    @property
    def mean_ohm(self) -> Floats:
        """The curve (M,)."""
        return np.asarray(self.gamma_ohm.mean(axis=0), dtype=np.float64)

    @property
    def band_ohm(self) -> tuple[Floats, Floats]:
        """The 95 % band (M,), (M,), point by point."""
        low, high = np.quantile(self.gamma_ohm, BAND, axis=0)
        return low, high

    @property
    def r_series_ohm(self) -> Floats:
        """(D,): R0 and all that relaxes faster than the highest frequency shows; only their sum is determined."""
        fast = self.tau_s < self.tau_s[self.window].min()
        return np.asarray(self.r0_ohm + self.area(fast), dtype=np.float64)

    @property
    def slow_elastance_per_f(self) -> Floats:
        """(D,): what relaxes slower than the lowest frequency shows looks like this much more of 1/C."""
        slow = self.tau_s > self.tau_s[self.window].max()
        return np.asarray((self.gamma_ohm[:, slow] / self.tau_s[slow]).sum(axis=1) * self.step, dtype=np.float64)

    @property
    def r_polarisation_ohm(self) -> Floats:
        """(D,): the integral of γ within the frequencies."""
        return self.area(self.window)

    def area(self, where: Flags) -> Floats:
        """The resistance (D,) of the grid points `where` (M,), in ohm."""
        return np.asarray(self.gamma_ohm[:, where].sum(axis=1) * self.step, dtype=np.float64)


def solve_drt(freq_hz: Floats, z_ohm: Complexes, keep: Flags, *, draws: int = DRAWS) -> Drt:
    """The distribution from the points of `keep` (N,); freq in Hz > 0, Z in ohm, in any order.

    A draw is the solution with noise of the found size on data and prior, non-negative: the Gaussian posterior
    projected on what is allowed, in its own metric (Bardsley, Hansen 2020, SIAM J. Sci. Comput. 42, A1269).
    """
    system, known = _prepared(freq_hz[keep], z_ohm[keep])
    values = draw(system, known, np.random.default_rng(SEED), draws) * system.unit
    fitted = columns(freq_hz, system.log_tau, system.step, system.lossy_s) @ values.mean(axis=0)
    inside = _window(system.log_tau, freq_hz[keep])
    r0, inductance, elastance, *lossy = values[:, system.log_tau.size :].T
    return Drt(
        tau_s=np.exp(system.log_tau),
        window=inside,
        step=system.step,
        gamma_ohm=values[:, system.curve],
        r0_ohm=r0,
        inductance_h=np.asarray(inductance + sum(r * tau for r, tau in zip(lossy, system.lossy_s, strict=True))),
        lossy=bool(lossy),
        elastance_per_f=elastance,
        lambda_=float(known.lambdas[known.best]),
        noise=known.noise,
        fitted_ohm=fitted,
        residuals=relative(z_ohm - fitted, z_ohm),
    )


def _window(log_tau: Floats, freq_hz: Floats) -> Flags:
    """The grid points (M,) between 1/ω of the highest and the lowest frequency, one at least."""
    fastest, slowest = -np.log(2 * np.pi * freq_hz.max()), -np.log(2 * np.pi * freq_hz.min())
    inside = np.asarray((log_tau >= fastest) & (log_tau <= slowest))
    inside[int(np.abs(log_tau - 0.5 * (fastest + slowest)).argmin())] = True
    return inside


def _prepared(freq_hz: Floats, z_ohm: Complexes) -> tuple[System, Evidence]:
    """The problem with a pure inductance; with lossy ones where no positive γ describes the data else."""
    system = build(freq_hz, z_ohm, GRID)
    plain = weigh(system)
    known = strained(system, plain)
    if known.noise**2 < STRAINED * plain.noise**2:
        return system, known
    other = build(freq_hz, z_ohm, GRID, np.array(LOSSY) / (2 * np.pi * freq_hz.max()))
    better = strained(other, weigh(other))
    return (other, better) if better.noise**2 * STRAINED < known.noise**2 else (system, known)


def weigh(system: System) -> Evidence:
    """The marginal likelihood of λ, for a γ of either sign."""
    found = decompose(system)
    share = np.exp(found.log_p - found.log_p.max())
    return Evidence(found.lambdas, share / share.sum(), found.cost, found.dof)


def strained(system: System, known: Evidence) -> Evidence:
    """The evidence with the costs that non-negativity leaves; 1 to 10 % more where a positive γ describes the data."""
    lambda_ = float(known.lambdas[known.best])
    x = _solve(system, lambda_, _factor(system, lambda_), system.data, np.zeros(system.log_tau.size))
    misfit, slopes = system.data - system.rows @ x, system.smooth @ x[system.curve]
    cost = float(misfit @ misfit + lambda_ * slopes @ slopes)
    return replace(known, cost=known.cost * max(cost / float(known.cost[known.best]), 1.0))


def draw(system: System, known: Evidence, rng: np.random.Generator, count: int) -> Floats:
    """Draws (count, P) of the coefficients, with λ and noise drawn as well."""
    factors: dict[int, Floats] = {}
    found = np.empty((count, system.rows.shape[1]))
    for i, place in enumerate(rng.choice(known.share.size, count, p=known.share)):
        noise = np.sqrt(known.cost[place] / rng.chisquare(known.dof))
        data = system.data + noise * rng.standard_normal(system.data.size)
        prior = noise * rng.standard_normal(system.log_tau.size)
        if place not in factors:
            factors[place] = _factor(system, float(known.lambdas[place]))
        found[i] = _solve(system, float(known.lambdas[place]), factors[place], data, prior)
    return found


def _factor(system: System, lambda_: float) -> Floats:
    """The upper triangle (P, P) whose square is the normal matrix; a touch on the diagonal keeps it regular."""
    normal = system.rows.T @ system.rows
    normal[system.curve, system.curve] += lambda_ * system.smooth.T @ system.smooth
    return cholesky(normal + 1e-13 * np.diag(np.diag(normal)))


def _solve(system: System, lambda_: float, factor: Floats, data: Floats, prior: Floats) -> Floats:
    """The non-negative x (P,) that minimises |rows x - data|² + λ |smooth γ - prior / √λ|²."""
    right = system.rows.T @ data
    right[system.curve] += np.sqrt(lambda_) * system.smooth.T @ prior
    return nnls(factor, solve_triangular(factor, right, trans="T"), maxiter=30 * right.size)[0]
