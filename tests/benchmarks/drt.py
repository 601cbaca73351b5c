"""Distributions of relaxation times of synthetic spectra whose own is known: what of it the intervals hold, by group.

    python -m tests.benchmarks.drt [--n 100] [--group blocking] [--json docs/benchmark/drt.json]

Of each group: `band`, the share of the grid points within the frequencies where the true γ lies in the band, and
`band_high` of those where it exceeds a tenth of its maximum. `r_series`, `r_polarisation`, `elastance`, `peak_r` and
`peak_tau`: the share of 95 % intervals that hold the truth, of peaks the true integral between the same bounds.
`two_found`: the share of spectra with two peaks (an arc each), `more_found`: with more; `median_ms` of a
spectrum, of one core.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.drt import Drt, solve_drt
from adatom.cloud.measure.eis.drt_peaks import Interval, elastance, find_peaks, interval

from tests.benchmarks import eis

SEED = 7
FINE = 200  # points of the truth a decade
Gamma = Callable[[Floats], Floats]  # γ in ohm over ln τ


@dataclass(frozen=True)
class Known:
    """A spectrum with its truth: γ and what stands in series with it."""

    freq_hz: Floats
    z_ohm: Complexes
    gamma: Gamma
    r0_ohm: float
    elastance_per_f: float | None = 0.0  # None: nothing that a capacitance could be compared with


def arc(r_ohm: float, tau_s: float, n: float) -> Gamma:
    """γ of a resistance beside a constant phase element (Boukamp 2015, Electrochim. Acta 154, 35)."""

    def gamma(log_tau: Floats) -> Floats:
        x = n * (log_tau - np.log(tau_s))
        turn = (1 - n) * np.pi
        return np.asarray(r_ohm / (2 * np.pi) * np.sin(turn) / (np.cosh(x) - np.cos(turn)), dtype=np.float64)

    return gamma


def normal(r_ohm: float, tau_s: float, width: float) -> Gamma:
    """A normal distribution of ln τ."""

    def gamma(log_tau: Floats) -> Floats:
        x = (log_tau - np.log(tau_s)) / width
        return np.asarray(r_ohm / (width * np.sqrt(2 * np.pi)) * np.exp(-0.5 * x**2), dtype=np.float64)

    return gamma


def of_arcs(made: eis.Made) -> Known:
    """The spectrum of tests.benchmarks.eis with the distribution behind it."""
    _, r0, r1, tau1, n1, r2, tau2, n2 = np.exp(made.log_p)
    first, second = arc(r1, tau1, n1), arc(r2, tau2, n2)
    return Known(made.freq_hz, made.z_ohm, lambda x: first(x) + second(x), float(r0))


def blocked(made: eis.Made, rng: np.random.Generator) -> Known:
    """Blocking electrodes: a capacitance in series, whose |Z| at the lowest frequency is 1 to 30 times R1 + R2."""
    known = of_arcs(made)
    total = float(np.exp(made.log_p[2]) + np.exp(made.log_p[eis.R2_AT]))
    elastance_per_f = 2 * np.pi * known.freq_hz.min() * total * 10 ** rng.uniform(0.0, 1.5)
    tail = elastance_per_f / (2j * np.pi * known.freq_hz)
    clean = eis.CIRCUIT.impedance(made.log_p, made.freq_hz)
    z = (clean + tail) * (made.z_ohm / clean)
    return Known(known.freq_hz, np.asarray(z, dtype=np.complex128), known.gamma, known.r0_ohm, elastance_per_f)


def blocked_cpe(made: eis.Made, rng: np.random.Generator) -> Known:
    """Blocking electrodes with a constant phase element, n of 0.7 to 0.95: its γ grows with τ without end."""
    known = of_arcs(made)
    w, n = 2 * np.pi * known.freq_hz, rng.uniform(0.7, 0.95)
    total = float(np.exp(made.log_p[2]) + np.exp(made.log_p[eis.R2_AT]))
    size = total * 10 ** rng.uniform(0.0, 1.5) * w.min() ** n
    clean = eis.CIRCUIT.impedance(made.log_p, made.freq_hz)
    z = (clean + size / (1j * w) ** n) * (made.z_ohm / clean)

    def gamma(log_tau: Floats) -> Floats:
        return np.asarray(known.gamma(log_tau) + size * np.sin(np.pi * n) / np.pi * np.exp(n * log_tau))

    return Known(known.freq_hz, np.asarray(z, dtype=np.complex128), gamma, known.r0_ohm, None)


def two_normals(rng: np.random.Generator, noise: float) -> Known:
    """Two normal distributions of ln τ, 1.5 to 2.5 decades apart, standard deviations of 0.3 to 0.8 in ln τ."""
    tau = 10 ** rng.uniform(-5.5, -4.0)
    apart = 10 ** rng.uniform(1.5, 2.5)
    r0, r1 = 10 ** rng.uniform(1, 2), 10 ** rng.uniform(1.5, 2.5)
    first = normal(r1, tau, rng.uniform(0.3, 0.8))
    second = normal(r1 * 10 ** rng.uniform(-0.5, 0.5), tau * apart, rng.uniform(0.3, 0.8))
    freq_hz = np.logspace(2 - np.log10(2 * np.pi * tau), -1.5 - np.log10(2 * np.pi * tau * apart), 60)
    x = np.linspace(np.log(tau) - 8, np.log(tau * apart) + 8, 4000)
    density = (first(x) + second(x)) * (x[1] - x[0])
    z = r0 + (density / (1 + 2j * np.pi * np.outer(freq_hz, np.exp(x)))).sum(axis=1)
    error = noise * (rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size))
    return Known(freq_hz, np.asarray(z * (1 + error)), lambda x: first(x) + second(x), float(r0))


def make(name: str, rng: np.random.Generator) -> Known:
    """One spectrum of the group."""
    if name == "normal":
        return two_normals(rng, 0.003)
    if name == "blocking":
        return blocked(eis.make(eis.GROUPS["usual"], rng), rng)
    if name == "blocking_cpe":
        return blocked_cpe(eis.make(eis.GROUPS["usual"], rng), rng)
    return of_arcs(eis.make(eis.GROUPS[name], rng))


GROUPS = (*(name for name in eis.GROUPS if name != "outliers"), "normal", "blocking", "blocking_cpe")


NAMES = {
    "usual": "1.5 to 2.5 decades apart, 0.3 % noise",
    "one_decade": "one decade apart",
    "half_decade": "half a decade apart",
    "truncated_low": "sweep ends before the slow arc's peak",
    "truncated_high": "sweep begins below the fast arc's peak",
    "noise_0.1": "0.1 % noise",
    "noise_1": "1 % noise",
    "noise_3": "3 % noise",
    "normal": "normal distributions for arcs",
    "blocking": "with a blocking capacitance",
    "blocking_cpe": "with a blocking constant phase element",
}


def measure(name: str, count: int) -> dict[str, float]:
    """The row of a group: the same spectra whichever groups are asked for."""
    rng = np.random.default_rng([SEED, GROUPS.index(name)])
    held: dict[str, list[bool]] = {}
    peaks, seconds = [], []
    for _ in range(count):
        known = make(name, rng)
        began = time.process_time()
        found = solve_drt(known.freq_hz, known.z_ohm, np.ones(known.freq_hz.size, dtype=np.bool_))
        listed = find_peaks(found)
        seconds.append(time.process_time() - began)
        peaks.append(len(listed))
        for key, values in check(known, found).items():
            held.setdefault(key, []).extend(values)
    shares = {key: round(float(np.mean(values)), 4) for key, values in held.items() if values}
    two, more = np.mean(np.array(peaks) == 2), np.mean(np.array(peaks) > 2)
    return {"n": count, **shares, "two_found": round(float(two), 4), "more_found": round(float(more), 4),
            "median_ms": round(1e3 * float(np.median(seconds)))}  # fmt: skip


def check(known: Known, found: Drt) -> dict[str, list[bool]]:
    """Which intervals of a spectrum hold the truth."""
    log_tau = np.log(found.tau_s)
    low, high = found.band_ohm
    truth = known.gamma(log_tau)
    inside = ((low <= truth) & (truth <= high))[found.window]
    tall = (truth > 0.1 * truth.max())[found.window]
    first, last = log_tau[found.window][[0, -1]] + np.array([-0.5, 0.5]) * found.step
    held = {
        "band": list(inside),
        "band_high": list(inside[tall]),
        "r_series": [holds(interval(found.r_series_ohm), known.r0_ohm + integral(known, -np.inf, first)[0])],
        "r_polarisation": [holds(interval(found.r_polarisation_ohm), integral(known, first, last)[0])],
        "elastance": [] if known.elastance_per_f is None else [holds(elastance(found), known.elastance_per_f)],
        "peak_r": [],
        "peak_tau": [],
    }
    for peak in find_peaks(found):
        area, middle = integral(known, np.log(peak.from_s), np.log(peak.to_s))
        held["peak_r"].append(holds(peak.r_ohm, area))
        held["peak_tau"].append(holds(peak.tau_s, float(np.exp(middle))))
    return held


def integral(known: Known, low: float, high: float) -> tuple[float, float]:
    """The true resistance between two ln τ, and the mean of ln τ under it."""
    ends = -np.log(2 * np.pi * known.freq_hz.max()) - 15.0, -np.log(2 * np.pi * known.freq_hz.min()) + 15.0
    low, high = max(low, ends[0]), min(high, ends[1])
    x = np.linspace(low, high, max(round((high - low) * FINE), 50))
    density = known.gamma(x)
    area = float(np.trapezoid(density, x))
    return area, float(np.trapezoid(density * x, x)) / area


def holds(given: Interval, truth: float) -> bool:
    """Whether the interval holds the truth."""
    return given.low <= truth <= given.high


def table(rows: dict[str, dict[str, float]]) -> list[str]:
    """The lines of the table in docs/how-to/impedance.md."""
    columns = ("band", "band_high", "r_series", "r_polarisation", "elastance", "peak_r", "peak_tau", "two_found")
    heads = ("γ", "γ above a tenth", "series R", "polarisation R", "1/C", "peaks' R", "peaks' τ", "two peaks")
    lines = [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for name, row in rows.items():
        cells = (f"{100 * row[key]:.0f} %" if key in row else "" for key in columns)
        lines.append(f"| {NAMES[name]} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100, help="spectra a group")
    parser.add_argument("--group", choices=GROUPS, action="append", help="only this one (may be repeated)")
    parser.add_argument("--json", type=Path, help="write the rows into this table")
    chosen = parser.parse_args()
    rows = {}
    for name in chosen.group or GROUPS:
        rows[name] = measure(name, chosen.n)
        print(name, rows[name], flush=True)
        if chosen.json:
            keep_rows(chosen.json, rows)


def keep_rows(path: Path, rows: dict[str, dict[str, float]]) -> None:
    """Write the groups' rows into the table; rows of other groups stay, in the order of GROUPS."""
    table = (json.loads(path.read_text("utf-8")) if path.exists() else {}) | rows
    ordered = {name: table[name] for name in GROUPS if name in table}
    path.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
