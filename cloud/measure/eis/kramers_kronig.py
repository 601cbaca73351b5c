"""Whether a spectrum is that of a causal, linear, stable cell, by the Kramers-Kronig relations.

Relaxation times of either sign, with R, L and C in series, obey the relations whatever their coefficients (Boukamp
1995, J. Electrochem. Soc. 142, 1885). With a prior of their smoothness whose weight the data choose (relaxations.py),
each disturbance of disturbances.py has a likelihood ratio: as much more probable the spectrum is with it. The same
projection of white noise says how large the ratios of valid spectra become. Knows no circuit.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats
from adatom.cloud.measure.eis.disturbances import Disturbance, disturbances
from adatom.cloud.measure.eis.relaxations import Grid, Spectral, build, decompose

GRID = Grid(points_per_decade=10, beyond_decades=1.5, ends=(0.1, 0.1))  # so no alarm at blocked cells and lossy leads
LEAST_NOISE = 1e-4  # of |Z|: no instrument measures better, nor the grid
CHANCE = 0.005  # of a false alarm, for drifts and for all else
NULL_DRAWS, SEED = 1000, 3
INVALID_SCORE = 1.5  # of the limit
INVALID_SIZE = 0.01  # of |Z|: what is smaller harms no fit much; the usual limit of lin-KK (Schonleber 2014)
SPIKE, MAX_SPIKES = 4.2, 6  # standard deviations of a single bad point that find_outliers left


@dataclass(frozen=True)
class Verdict:
    """What the relations say, and of the likeliest disturbance its kind, size and band; kind "" and None when valid.

    score: its standard deviations over those that CHANCE of valid spectra exceed, 1 is an alarm. size: what share of
    |Z| changes, size_sd its standard error. residuals: (N,) (z - smooth) / |z|, NaN where a point was left out.
    """

    verdict: Literal["valid", "suspect", "invalid"]
    score: float
    size: float
    size_sd: float
    kind: str
    band_hz: tuple[float, float] | None
    residuals: Complexes


@dataclass(frozen=True)
class Ratios:
    """Of each disturbance (K,): strength, the root of twice the log likelihood ratio; size and its standard error."""

    strength: Floats
    size: Floats
    size_sd: Floats


def judge(freq_hz: Floats, z_ohm: Complexes, keep: Flags, time_s: Floats | None = None) -> Verdict:
    """The verdict on the points of `keep` (N,) of a spectrum; freq in Hz > 0, Z in ohm, in any order.

    time_s (N,) is when each point was measured, if that is known.
    """
    order = np.flatnonzero(keep)[np.argsort(-freq_hz[keep], kind="stable")]
    for _ in range(MAX_SPIKES + 1):
        known = decompose(build(freq_hz[order], z_ohm[order], GRID), LEAST_NOISE)
        smooth = _smooth(known, z_ohm[order])
        looked_for = disturbances(freq_hz[order], None if time_s is None else time_s[order])
        directions = _directions(looked_for, smooth)
        found = ratios(known, directions)
        spikes = spike_strength(known)
        if spikes.max() < max(SPIKE, float(found.strength.max())):
            break
        order = np.delete(order, int(spikes.argmax()))
    limits = null_limits(known, directions, np.array([one.is_drift for one in looked_for]))
    residuals = np.full(z_ohm.size, np.nan, dtype=np.complex128)
    residuals[order] = z_ohm[order] / np.abs(z_ohm[order]) - smooth
    return _verdict(found, found.strength / limits, looked_for, freq_hz[order], residuals)


def _verdict(found: Ratios, scores: Floats, looked_for: list[Disturbance], freq: Floats, res: Complexes) -> Verdict:
    worst = int(scores.argmax())
    score, size, sd = float(scores[worst]), abs(float(found.size[worst])), float(found.size_sd[worst])
    if score < 1.0:
        return Verdict("valid", score, size, sd, "", None, res)
    one = looked_for[worst]
    band = float(freq[one.last]), float(freq[one.first])
    invalid = score >= INVALID_SCORE and size >= INVALID_SIZE
    return Verdict("invalid" if invalid else "suspect", score, size, sd, one.kind, band, res)


def _smooth(known: Spectral, z_ohm: Complexes) -> Complexes:
    """The smooth spectrum (N,) over |z| at the most likely λ."""
    data = np.concatenate([z_ohm.real, z_ohm.imag]) / np.tile(np.abs(z_ohm), 2)
    fitted = data - known.data + known.basis @ ((1.0 - known.kept[known.best]) * known.seen)
    return np.asarray(fitted[: z_ohm.size] + 1j * fitted[z_ohm.size :], dtype=np.complex128)


def _directions(looked_for: list[Disturbance], smooth: Complexes) -> Floats:
    """What each disturbance adds to the data: (2N, K)."""
    changes = np.stack([one.factors for one in looked_for], axis=1) * smooth[:, None]
    return np.concatenate([changes.real, changes.imag])


def ratios(known: Spectral, directions: Floats) -> Ratios:
    """The likelihood ratios of directions (2N, K), each with the λ that is best for it."""
    free = known.without_free(directions)
    seen = known.basis.T @ free
    unseen = np.einsum("nk,nk->k", free, free) - np.einsum("nk,nk->k", seen, seen)
    weight = known.kept @ seen**2 + unseen  # (G, K): dᵀ C⁻¹ d
    pull = (known.kept * known.seen) @ seen + known.data @ free - known.seen @ seen  # dᵀ C⁻¹ data
    cost = known.cost[:, None] - pull**2 / weight
    log_p = known.log_det[:, None] - 0.5 * known.dof * np.log(np.maximum(cost, 1e-300))
    best, every = log_p.argmax(axis=0), np.arange(directions.shape[1])
    gain = log_p[best, every] - known.log_p[known.best]
    return Ratios(
        strength=np.sqrt(2.0 * np.maximum(gain, 0.0)),
        size=pull[best, every] / weight[best, every],
        size_sd=np.sqrt(cost[best, every] / known.dof / weight[best, every]),
    )


def spike_strength(known: Spectral) -> Floats:
    """The strength (N,) of each single point being off by any complex number, in standard deviations."""
    (real, imag), (left, right) = _halves(known.basis), _halves(known.free)
    a, b, both = _weight(known, real, left), _weight(known, imag, right), _cross(known, real, imag, left, right)
    data_re, data_im = _halves(known.data)
    pull_re, pull_im = _pull(known, real, data_re), _pull(known, imag, data_im)
    gain = (b * pull_re**2 - 2 * both * pull_re * pull_im + a * pull_im**2) / np.maximum(a * b - both**2, 1e-12)
    cost = np.maximum(known.cost[:, None] - gain, 1e-300)
    log_p = (known.log_det[:, None] - 0.5 * known.dof * np.log(cost)).max(axis=0)
    return np.asarray(np.sqrt(2.0 * np.maximum(log_p - known.log_p[known.best], 0.0)), dtype=np.float64)


def _halves(values: Floats) -> tuple[Floats, Floats]:
    half = values.shape[0] // 2
    return values[:half], values[half:]


def _weight(known: Spectral, rows: Floats, free: Floats) -> Floats:
    """(G, N): C⁻¹ at each point's place on the diagonal, without the free columns."""
    return np.asarray((known.kept - 1.0) @ (rows**2).T + 1.0 - (free**2).sum(axis=1), dtype=np.float64)


def _cross(known: Spectral, a: Floats, b: Floats, free_a: Floats, free_b: Floats) -> Floats:
    return np.asarray((known.kept - 1.0) @ (a * b).T - (free_a * free_b).sum(axis=1), dtype=np.float64)


def _pull(known: Spectral, rows: Floats, data: Floats) -> Floats:
    return np.asarray(((known.kept - 1.0) * known.seen) @ rows.T + data, dtype=np.float64)


def null_limits(known: Spectral, directions: Floats, drifts: Flags) -> Floats:
    """The strength (K,) that the largest of its class, drifts or the rest, exceeds by CHANCE in white noise."""
    free = known.without_free(directions)
    white = free - known.basis @ ((1.0 - np.sqrt(known.kept[known.best]))[:, None] * (known.basis.T @ free))
    white = (white / np.linalg.norm(white, axis=0)).astype(np.float32)  # three digits are enough, in half the time
    noise = known.without_free(np.random.default_rng(SEED).standard_normal((white.shape[0], NULL_DRAWS)))
    projected = np.abs(white.T @ noise.astype(np.float32))
    size = np.linalg.norm(noise, axis=0)
    limits = np.empty(drifts.size)
    for kind in (drifts, ~drifts):
        if kind.any():
            share = (projected[kind].max(axis=0) / size) ** 2
            strength = np.sqrt(-known.dof * np.log(np.maximum(1.0 - share, 1e-30)))
            limits[kind] = np.quantile(strength, 1.0 - CHANCE)
    return limits
