"""Circuit fits without start values on synthetic spectra of the cell circuit, by group: success, coverage, time.

    python -m tests.benchmarks.eis [--n 1000] [--group half_decade] [--json docs/benchmark/eis.json]

Of each group: `r2_found`, the share with R2 within max(10 %, 3 Cramer-Rao standard deviations) of the truth;
`at_optimum`, the share whose sum of squares is no worse than that of a fit started at the truth; `covered`, the share
of 95 % intervals of R2 that hold the truth; `median_ms` of a cold fit of one spectrum, outliers and uncertainties
included. Spectra are made without the code under test, but the bound uses its Jacobian.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats
from adatom.cloud.measure.eis.circuit import parse_circuit
from adatom.cloud.measure.eis.fit import Problem, fit_problem
from adatom.cloud.measure.eis.least_squares import covariance
from adatom.cloud.measure.eis.result import CircuitFit

CIRCUIT = parse_circuit("L0-R0-p(R1,CPE1)-p(R2,CPE2)")
R2_AT = 5  # of log_p: L0, R0, R1, tau1, n1, R2, tau2, n2
FOUND_SHARE, FOUND_SDS, SDS_95 = 0.1, 3.0, 1.96
SAME_OPTIMUM = 1e-4  # of the sum of squares: far below what a parameter's 95 % interval spans
POINTS_PER_DECADE = 10
SEED = 6


@dataclass(frozen=True)
class Group:
    """How the spectra of a group are made; apart and reach in decades, noise and spikes as shares of |Z|."""

    apart: tuple[float, float] = (1.5, 2.5)  # between the arcs' tau
    above: float = 2.0  # the sweep begins so far above the faster arc's peak
    below: float = 1.5  # and ends so far below the slower one's; negative: before its peak
    noise: float = 0.003
    spikes: int = 0


GROUPS = {
    "usual": Group(),
    "one_decade": Group(apart=(0.9, 1.1)),
    "half_decade": Group(apart=(0.5, 0.6)),
    "truncated_low": Group(below=-0.2),
    "truncated_high": Group(above=-0.2),
    "noise_0.1": Group(noise=0.001),
    "noise_1": Group(noise=0.01),
    "noise_3": Group(noise=0.03),
    "outliers": Group(spikes=3),
}


@dataclass(frozen=True)
class Made:
    """A spectrum with its truth: log_p (8,), which points are spiked, the noise as a share of |Z| of either part."""

    freq_hz: Floats
    z_ohm: Complexes
    log_p: Floats
    spiked: Flags
    noise: float


@dataclass(frozen=True)
class Result:
    """What became of one spectrum."""

    found: bool
    at_optimum: bool
    covered: bool
    seconds: float


def make(group: Group, rng: np.random.Generator) -> Made:
    """One spectrum of the group."""
    tau1 = 10 ** rng.uniform(-5.5, -4.0)
    tau2 = tau1 * 10 ** rng.uniform(*group.apart)
    inductance, r0, r1 = 10 ** rng.uniform(-7, -6), 10 ** rng.uniform(1, 2), 10 ** rng.uniform(1.5, 2.5)
    r2, n1, n2 = r1 * 10 ** rng.uniform(-0.5, 0.5), rng.uniform(0.8, 0.95), rng.uniform(0.75, 0.95)
    top, bottom = group.above - np.log10(2 * np.pi * tau1), -group.below - np.log10(2 * np.pi * tau2)
    freq_hz = np.logspace(top, bottom, max(20, round((top - bottom) * POINTS_PER_DECADE) + 1))
    jw = 2j * np.pi * freq_hz
    z = jw * inductance + r0 + r1 / (1 + (jw * tau1) ** n1) + r2 / (1 + (jw * tau2) ** n2)
    error = group.noise * (rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size))
    spiked = np.zeros(z.size, dtype=np.bool_)
    spiked[rng.choice(z.size, group.spikes, replace=False)] = True
    spikes = rng.uniform(0.1, 0.3, z.size) * np.exp(2j * np.pi * rng.random(z.size))
    log_p = np.log([inductance, r0, r1, tau1, n1, r2, tau2, n2])
    return Made(freq_hz, z * (1 + error + spiked * spikes), log_p, spiked, group.noise)


def cramer_rao(made: Made) -> float:
    """The least standard deviation of log R2 that any unbiased fit of the unspiked points can have."""
    z, jacobian = CIRCUIT.evaluate(made.log_p[None], np.log(2 * np.pi * made.freq_hz[~made.spiked]))
    rows = (jacobian[0] / (made.noise * np.abs(z[0]))).view(np.float64)
    free = np.ones(CIRCUIT.size, dtype=np.bool_)
    return float(np.sqrt(covariance(rows @ rows.T, free)[R2_AT, R2_AT]))


def check(made: Made) -> Result:
    """Fit one spectrum cold, and beside it from the truth."""
    began = time.perf_counter()
    problem = Problem(made.freq_hz, made.z_ohm)
    fit = fit_problem(problem, CIRCUIT)
    seconds = time.perf_counter() - began
    beside = problem.fit(CIRCUIT, [made.log_p])
    off = abs(float(fit.log_p[R2_AT] - made.log_p[R2_AT]))
    return Result(
        found=off <= max(float(np.log1p(FOUND_SHARE)), FOUND_SDS * cramer_rao(made)),
        at_optimum=fit.chi2 <= beside.chi2 * (1 + SAME_OPTIMUM),
        covered=off <= SDS_95 * _sd_log_r2(fit),
        seconds=seconds,
    )


def _sd_log_r2(fit: CircuitFit) -> float:
    return float(np.sqrt(fit.covariance[R2_AT, R2_AT]))


def measure(name: str, count: int) -> dict[str, float]:
    """The row of a group: the same spectra whichever groups are asked for."""
    rng = np.random.default_rng([SEED, list(GROUPS).index(name)])
    results = [check(make(GROUPS[name], rng)) for _ in range(count)]
    shares = {
        "r2_found": np.mean([one.found for one in results]),
        "at_optimum": np.mean([one.at_optimum for one in results]),
        "covered": np.mean([one.covered for one in results]),
    }
    median_ms = 1e3 * float(np.median([one.seconds for one in results]))
    return {"n": count, **{key: round(float(v), 4) for key, v in shares.items()}, "median_ms": round(median_ms, 2)}


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1000, help="spectra a group")
    parser.add_argument("--group", choices=GROUPS, action="append", help="only this one (may be repeated)")
    parser.add_argument("--json", type=Path, help="write the table here")
    chosen = parser.parse_args()
    rows = {}
    for name in chosen.group or GROUPS:
        rows[name] = measure(name, chosen.n)
        print(name, rows[name], flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps({"circuit": CIRCUIT.text, "groups": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
