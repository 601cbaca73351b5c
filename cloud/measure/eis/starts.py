"""Start values without a guess: a dictionary of arcs over (τ, n) solved for all singles and pairs at once.

Every arc is linear in its resistance, so for a given (τ, n) the best R, R0 and L follow from linear least squares; with
the Gram matrix of the dictionary all pairs cost one array operation.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats

TAU_PER_DECADE = 5
EXPONENTS = (0.6, 0.78, 0.95)
DISTINCT_DECADES = 0.35  # two starts nearer than this in every τ end in the same minimum
MAX_ATOMS = 180  # all pairs of these are about 16 000


@dataclass(frozen=True)
class Arc:
    """A start value of an arc: ohm, s, exponent."""

    r_ohm: float
    tau_s: float
    n: float


class StartFinder:
    """Finds starts for one spectrum z_ohm (N,) at angular frequencies w; `weights` (N,) are 1/sd of a point."""

    def __init__(self, w: Floats, z_ohm: Complexes, weights: Floats) -> None:
        self._w = w
        self._weights = weights
        self._target = _stack(z_ohm * weights)
        self._tau, self._n, z_atoms = _dictionary(w.tobytes())
        self._atoms = _stack(z_atoms * weights)
        self._known: dict[tuple[Arc, ...], tuple[float, float]] = {}  # series R and L found along with sets of arcs
        self._base = _stack(np.asarray(np.stack([np.ones_like(w), 1j * w]) * weights, dtype=np.complex128))

    def singles(self, known: list[Arc], count: int) -> list[list[Arc]]:
        """Up to `count` sets of arcs, best first: the shapes of `known` and one arc more."""
        fixed = _stack(self._shapes(known)) if known else np.empty((0, self._target.size))
        atoms, target = self._project(np.concatenate([self._base, fixed]))
        norm, overlap = np.einsum("am,am->a", atoms, atoms), atoms @ target
        usable = (overlap > 0) & (norm > 1e-9 * np.einsum("am,am->a", self._atoms, self._atoms))
        gain = np.where(usable, overlap**2 / np.maximum(norm, 1e-300), -1.0)
        best = self._distinct(gain, count)
        return self._solve([[*known, *(self._shape(i) for i in row)] for row in best])

    def pairs(self, count: int) -> list[list[Arc]]:
        """Up to `count` sets of two arcs, best first."""
        atoms, target = self._project(self._base)
        gram, overlap = atoms @ atoms.T, atoms @ target
        norm = np.diag(gram)
        both = np.outer(norm, norm)
        determinant = both - gram**2
        r = overlap[:, None] * norm - gram * overlap  # times the determinant: the first arc's, transposed the second's
        usable = _upper_triangle(norm.size) & (determinant > 1e-9 * both) & (r > 0) & (r.T > 0)
        explained = r * overlap[:, None]
        gain = np.where(usable, explained + explained.T, -1.0) / np.where(usable, determinant, 1.0)
        return self._solve([[self._shape(k) for k in row] for row in self._distinct(gain, count)])

    def series(self, arcs: list[Arc]) -> tuple[float, float]:
        """The series resistance (ohm) and inductance (H) that go with these arcs; either may come out negative."""
        if tuple(arcs) in self._known:
            return self._known[tuple(arcs)]
        known = _stack(self._shapes(arcs)) if arcs else np.empty((0, self._target.size))
        rest = self._target - np.array([arc.r_ohm for arc in arcs]) @ known
        ((r0, inductance),) = _coefficients(self._base[None], rest)
        return float(r0), float(inductance)

    def typical(self, unit: str) -> tuple[float, float]:
        """The range in which a parameter of this unit is plausible for this spectrum; (0.5, 1) for exponents."""
        w_low, w_high = float(self._w.min()), float(self._w.max())
        size = np.abs(self._target.view(np.complex128)) / self._weights
        z_low, z_high = float(size.min()), float(size.max())
        ranges = {
            "Ω": (0.1 * z_low, 2.0 * z_high),
            "H": (1e-3 * z_low / w_high, z_high / w_high),
            "Ω·s^n": (1e-3 * z_low / w_high**0.8, z_high / w_high**0.8),
            "F": (1.0 / (w_high * z_high), 1.0 / (w_low * z_low)),
            "s": (1.0 / w_high, 1.0 / w_low),
            "S·s^n": (1.0 / (w_high**0.8 * z_high), 1.0 / (w_low**0.8 * z_low)),
            "Ω·s^-1/2": (z_low * w_low**0.5, z_high * w_high**0.5),
        }
        return ranges.get(unit, (0.5, 1.0))

    def _shape(self, atom: int) -> Arc:
        return Arc(1.0, float(self._tau[atom]), float(self._n[atom]))

    def _shapes(self, arcs: list[Arc]) -> Complexes:
        """Weighted impedance (K, N) of the arcs at 1 ohm."""
        tau, n = np.array([(arc.tau_s, arc.n) for arc in arcs]).T[:, :, None]
        power = (self._w * tau) ** n * np.exp(0.5j * np.pi * n)
        return np.asarray(self._weights / (1.0 + power), dtype=np.complex128)

    def _project(self, fixed: Floats) -> tuple[Floats, Floats]:
        """Dictionary and target without the part that the rows of `fixed` explain."""
        q, _ = np.linalg.qr(fixed.T)
        return self._atoms - (self._atoms @ q) @ q.T, self._target - q @ (q.T @ self._target)

    def _solve(self, sets: list[list[Arc]]) -> list[list[Arc]]:
        """Sets of equally many arcs with their best resistances, sorted by τ; a negative one starts small instead."""
        if not sets:
            return []
        shapes = _stack(self._shapes([arc for arcs in sets for arc in arcs])).reshape(len(sets), -1, self._target.size)
        base = np.broadcast_to(self._base, (len(sets), *self._base.shape))
        values = _coefficients(np.concatenate([base, shapes], axis=1), self._target)
        return [self._solved(arcs, row) for arcs, row in zip(sets, values, strict=True)]

    def _solved(self, arcs: list[Arc], values: Floats) -> list[Arc]:
        floor = 1e-3 * max(float(np.abs(values[2:]).max()), 1e-300)
        solved = [Arc(max(float(r), floor), arc.tau_s, arc.n) for r, arc in zip(values[2:], arcs, strict=True)]
        solved.sort(key=lambda arc: arc.tau_s)
        if values[2:].min() >= floor:
            self._known[tuple(solved)] = (float(values[0]), float(values[1]))
        return solved

    def _distinct(self, gain: Floats, count: int) -> list[list[int]]:
        """Atoms of highest positive gain (A, …), one an axis, that differ by DISTINCT_DECADES in some τ."""
        gain, decade = gain.copy(), np.log10(self._tau)
        chosen: list[list[int]] = []
        while len(chosen) < count:
            best = np.unravel_index(int(gain.argmax()), gain.shape)
            if gain[best] <= 0:
                break
            chosen.append([int(atom) for atom in best])
            gain[np.ix_(*(np.abs(decade - decade[atom]) < DISTINCT_DECADES for atom in best))] = -1.0
        return chosen


def _coefficients(rows: Floats, target: Floats) -> Floats:
    """Linear least squares coefficients (S, K) of rows (S, K, 2N); a ridge of 1e-12 keeps equal rows from fighting."""
    scale = np.sqrt(np.einsum("skm,skm->sk", rows, rows))
    scaled = rows / scale[:, :, None]
    normal = scaled @ scaled.transpose(0, 2, 1) + 1e-12 * np.eye(rows.shape[1])
    return np.asarray(np.linalg.solve(normal, (scaled @ target)[:, :, None])[:, :, 0] / scale, dtype=np.float64)


def _stack(z: Complexes) -> Floats:
    """Complex rows (..., N) as real rows (..., 2N)."""
    return np.ascontiguousarray(z, dtype=np.complex128).view(np.float64)


@lru_cache(maxsize=16)
def _dictionary(w_bytes: bytes) -> tuple[Floats, Floats, Complexes]:
    """τ, n and impedance (atoms, N) of every arc of the dictionary for these angular frequencies, τ fastest first."""
    w = np.frombuffer(w_bytes, dtype=np.float64)
    low, high = 0.3 / w.max(), 10.0 / w.min()
    count = min(round(TAU_PER_DECADE * np.log10(high / low)), MAX_ATOMS // len(EXPONENTS))
    times = np.geomspace(low, high, count)
    z = np.empty((count, len(EXPONENTS), w.size), dtype=np.complex128)
    for k, e in enumerate(EXPONENTS):  # (jωτ)^n as a product of powers of each: a tenth of the exponentials
        z[:, k] = 1.0 / (1.0 + np.outer(times**e * np.exp(0.5j * np.pi * e), w**e))
    return np.repeat(times, len(EXPONENTS)), np.tile(EXPONENTS, count), z.reshape(-1, w.size)


@lru_cache(maxsize=4)
def _upper_triangle(size: int) -> Flags:
    return np.triu(np.ones((size, size), dtype=np.bool_), 1)
