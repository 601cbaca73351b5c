"""Change of a cell during its sweep, measured at frequencies that came twice, and taken out.

    ln Z(f, t) = ln Z(f) + (t - t_middle) / duration · change(f)

change(f) is complex and piecewise linear over ln f; how many pieces BIC decides, none where nothing is seen. Without
repeated frequencies a slow change cannot be told from the cell itself except by kramers_kronig.py: nothing is done.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats, Indices
from adatom.cloud.measure.eis.smooth import robust_sd
from adatom.cloud.measure.eis.table import Spectrum
from scipy.stats import f as f_distribution

SAME = 1e-3  # of the frequency: instruments repeat theirs to 1e-6, files round to four digits
LEAST_REPEATED = 3  # frequencies
CHANCE = 0.001  # of seeing a drift where there is none, by an F test
LEAST_NOISE = 1e-5  # of |Z|: exact data
ROUNDS, OUTLIER_SD = 3, 6.0  # of the pairs' robust misfit
# Where no times are stated: a point lasts some periods and some time to settle. Knobs; only their ratio matters
POINT_PERIODS, POINT_S = 3.0, 1.0


Numbers = TypeVar("Numbers", Floats, Complexes)


@dataclass(frozen=True)
class Pairs:
    """All points (N,): ln f, the share of the time that passed (-1/2 to 1/2), ln Z, number of the frequency, taken."""

    x: Floats
    passed: Floats
    log_z: Complexes
    group: Indices
    kept: Flags

    @property
    def rows(self) -> Flags:
        """Those taken whose frequency came more than once."""
        return self.kept & (np.bincount(self.group[self.kept], minlength=int(self.group.max()) + 1)[self.group] > 1)

    @property
    def repeated(self) -> int:
        """How many frequencies those have."""
        return int(np.unique(self.group[self.rows]).size)


@dataclass(frozen=True)
class Change:
    """A change (N,) in pieces with its standard error, what it leaves over of the pairs (N,), cost and BIC."""

    pieces: int
    change: Complexes
    sd: Floats
    misfit: Complexes
    cost: float
    bic: float


@dataclass(frozen=True)
class Drift:
    """What ln Z changes from the first point to the last, (N,), its standard error for either part (N,), and Z freed.

    `repeated` is the number of frequencies that came more than once; duration_s None: the times were assumed.
    """

    change: Complexes
    change_sd: Floats
    corrected_ohm: Complexes
    repeated: int
    duration_s: float | None


def steady(spectrum: Spectrum) -> Spectrum:
    """The spectrum as it was in the middle of its sweep, with a note; unchanged where no drift is seen."""
    found = measure_drift(spectrum.freq_hz, spectrum.z_ohm, spectrum.time_s)
    if found is None:
        return spectrum
    return replace(spectrum, z_ohm=found.corrected_ohm, notes=(*spectrum.notes, _note(spectrum, found)))


def both(raw: Spectrum) -> list[Spectrum]:
    """The spectrum as measured and, where a drift is seen, behind it the one without."""
    other = steady(raw)
    return [raw] if other is raw else [raw, replace(other, name=f"{raw.name}, without drift")]


def _note(spectrum: Spectrum, found: Drift) -> str:
    most = int(np.abs(found.change).argmax())
    change, sd = found.change[most], found.change_sd[most]
    during = "the sweep (its times are assumed)" if found.duration_s is None else f"{found.duration_s:.4g} s"
    return (
        f"drift during {during}: |Z| {100 * change.real:+.3g} ± {100 * sd:.1g} % at {spectrum.freq_hz[most]:.4g} Hz, "
        f"where it is largest, phase {np.rad2deg(change.imag):+.2g} ± {np.rad2deg(sd):.1g}°; measured at "
        f"{found.repeated} repeated frequencies and taken out, to the middle of the sweep"
    )


def measure_drift(freq_hz: Floats, z_ohm: Complexes, time_s: Floats | None = None) -> Drift | None:
    """The drift of points in the order measured (N,), or None where too few frequencies came twice or none is seen."""
    time = _assumed_times(freq_hz) if time_s is None else time_s
    duration = float(np.ptp(time))
    if duration <= 0:
        return None
    passed = (time - 0.5 * (time.max() + time.min())) / duration
    pairs = Pairs(
        np.log(freq_hz), passed, _log(freq_hz, z_ohm), _groups(freq_hz), np.ones(freq_hz.size, dtype=np.bool_)
    )
    best = _best(pairs)
    for _ in range(ROUNDS):
        if best is None:
            return None
        off = np.abs(best.misfit)
        bad = pairs.rows & (off > OUTLIER_SD * robust_sd(off[pairs.rows]))
        if not bad.any():
            break
        pairs = replace(pairs, kept=pairs.kept & ~bad)
        best = _best(pairs)
    if best is None:
        return None
    corrected = np.asarray(z_ohm * np.exp(-passed * best.change), dtype=np.complex128)
    return Drift(best.change, best.sd, corrected, pairs.repeated, None if time_s is None else duration)


def _log(freq_hz: Floats, z_ohm: Complexes) -> Complexes:
    """ln Z (N,) without jumps of the phase."""
    order = np.argsort(freq_hz, kind="stable")
    phase = np.empty(freq_hz.size)
    phase[order] = np.unwrap(np.angle(z_ohm[order]))
    return np.asarray(np.log(np.abs(z_ohm)) + 1j * phase, dtype=np.complex128)


def _assumed_times(freq_hz: Floats) -> Floats:
    return np.asarray(np.cumsum(POINT_S + POINT_PERIODS / freq_hz), dtype=np.float64)


def _groups(freq_hz: Floats) -> Indices:
    """The number (N,) of each point's frequency; those nearer than SAME are one."""
    order = np.argsort(freq_hz, kind="stable")
    group = np.empty(freq_hz.size, dtype=np.intp)
    group[order] = np.cumsum(np.diff(np.log(freq_hz[order]), prepend=np.log(freq_hz[order[0]])) > SAME)
    return group


def _best(pairs: Pairs) -> Change | None:
    """The change with the number of pieces that BIC prefers; None where it may be nothing."""
    rows = pairs.rows
    free = 2 * (int(rows.sum()) - pairs.repeated)
    if pairs.repeated < LEAST_REPEATED:
        return None
    target = _apart(pairs.log_z[rows], pairs.group[rows])
    nothing = float((np.abs(target) ** 2).sum())
    span = float(pairs.x[rows].min()), float(pairs.x[rows].max())
    most = min(pairs.repeated // LEAST_REPEATED, 1 + int(np.ceil((span[1] - span[0]) / np.log(10.0))))
    tried = [_change(pairs, _hats(pairs.x, span, count), target, free) for count in range(1, most + 1)]
    best = min(tried, key=lambda one: one.bic)
    used, left = 2 * best.pieces, free - 2 * best.pieces
    gain = (nothing - best.cost) / used / (best.cost / left)
    return best if float(f_distribution.sf(gain, used, left)) < CHANCE else None


def _change(pairs: Pairs, hats: Floats, target: Complexes, free: int) -> Change:
    """The least-squares change over hat functions (N, C)."""
    rows, count = pairs.rows, hats.shape[1]
    moved = _apart(pairs.passed[rows, None] * hats[rows], pairs.group[rows])
    normal = moved.T @ moved
    normal[np.diag_indices(count)] *= 1.0 + 1e-9  # a piece that no pair reaches stays 0
    found = np.linalg.solve(normal + 1e-12 * np.eye(count), moved.T @ target)
    misfit = np.zeros(pairs.x.size, dtype=np.complex128)
    misfit[rows] = target - moved @ found
    cost = float((np.abs(misfit) ** 2).sum()) + free * LEAST_NOISE**2
    spread = np.linalg.inv(normal + 1e-12 * np.eye(count)) * cost / (free - 2 * count)
    sd = np.sqrt(np.einsum("nk,kl,nl->n", hats, spread, hats))
    bic = free * np.log(cost / free) + 2 * count * np.log(free)
    return Change(count, np.asarray(hats @ found, dtype=np.complex128), sd, misfit, cost, float(bic))


def _hats(x: Floats, span: tuple[float, float], count: int) -> Floats:
    """Hat functions (N, count) over equal parts of the span, constant beyond it."""
    if count == 1:
        return np.ones((x.size, 1))
    knots = np.linspace(*span, count)
    return np.column_stack([np.interp(x, knots, row) for row in np.eye(count)])


def _apart(values: Numbers, group: Indices) -> Numbers:
    """Values (K,) or (K, C) less the mean of their group."""
    weight = np.bincount(group)
    mean = np.zeros((weight.size, *values.shape[1:]), dtype=values.dtype)
    np.add.at(mean, group, values)
    shape = (-1,) + (1,) * (values.ndim - 1)
    apart: Numbers = values - (mean / np.maximum(weight, 1).reshape(shape))[group]
    return apart
