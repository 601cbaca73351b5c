"""Circuit fits without start values on synthetic spectra of the cell circuit, by group: success, coverage, time.

    python -m tests.benchmarks.eis [--n 1000] [--group half_decade] [--json docs/benchmark/eis.json]

Of each group: `r2_found`, the share with R2 within max(10 %, 3 Cramer-Rao standard deviations) of the truth;
`at_optimum`, the share whose sum of squares is no worse than that of a fit started at the truth; `covered`, the share
of 95 % intervals of R2 that hold the truth; `totals`, the share where a sum of resistances is said to be determined and
its split not, and `totals_covered`, how many of their intervals hold the sum. `cold_ms` is the median time of a fit of
one spectrum alone, outliers and intervals included; `batch_ms` that of one of all, in one call. Times are CPU time:
other processes count less than in wall time. `step_ms` is a bare step of the fit (model, Jacobian, normal equations,
solution for one start) in the same run. Spectra are made without the code under test; the bound uses its Jacobian.

tests.benchmarks.eis_peer fits the first 200 of each group with impedance.py.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats
from adatom.cloud.measure.eis.circuit import parse_circuit
from adatom.cloud.measure.eis.fit import Problem, fit_circuit, fit_series
from adatom.cloud.measure.eis.least_squares import covariance

CIRCUIT = parse_circuit("L0-R0-p(R1,CPE1)-p(R2,CPE2)")
R2_AT = 5  # of log_p: L0, R0, R1, tau1, n1, R2, tau2, n2
FOUND_SHARE, FOUND_SDS = 0.1, 3.0
SAME_OPTIMUM = 1e-4  # of the sum of squares: far below what a parameter's 95 % interval spans
POINTS_PER_DECADE = 10
SEED = 6
STEPS_TIMED = 2000


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
    """What became of one spectrum; totals are whether each stated sum's interval holds the true one."""

    found: bool
    at_optimum: bool
    covered: bool
    seconds: float
    totals: tuple[bool, ...] = ()


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
    began = time.process_time()
    fit = fit_circuit(made.freq_hz, made.z_ohm, CIRCUIT)
    seconds = time.process_time() - began
    r2 = fit.parameters[R2_AT]
    return Result(
        found=is_found(made, float(fit.log_p[R2_AT])),
        at_optimum=fit.chi2 <= least_chi2(made, fit.outliers) * (1 + SAME_OPTIMUM),
        covered=r2.low <= np.exp(made.log_p[R2_AT]) <= r2.high,
        seconds=seconds,
        totals=tuple(total.low <= true_sum(made, total.names) <= total.high for total in fit.totals),
    )


def is_found(made: Made, log_r2: float) -> bool:
    """Whether R2 is as near to the truth as any fit can be asked to be."""
    return abs(log_r2 - made.log_p[R2_AT]) <= max(float(np.log1p(FOUND_SHARE)), FOUND_SDS * cramer_rao(made))


def least_chi2(made: Made, outliers: Flags) -> float:
    """The sum of squares of a fit from the truth with these points left out."""
    return Problem(made.freq_hz, made.z_ohm).without(outliers).fit(CIRCUIT, [made.log_p]).chi2


def true_sum(made: Made, names: tuple[str, ...]) -> float:
    """The true sum of resistances in ohm."""
    return sum(float(np.exp(made.log_p[CIRCUIT.names.index(name)])) for name in names)


def step_ms() -> float:
    """CPU time of a bare step of one start at 50 points: model and Jacobian, normal equations, solution."""
    made = make(GROUPS["usual"], np.random.default_rng(1))
    log_w, eye = np.log(2 * np.pi * np.geomspace(1e5, 1.0, 50)), np.eye(CIRCUIT.size)
    began = time.process_time()
    for _ in range(STEPS_TIMED):
        z, jacobian = CIRCUIT.evaluate(made.log_p[None], log_w)
        rows = jacobian.view(np.float64)
        np.linalg.solve(rows @ rows.transpose(0, 2, 1) + eye, rows @ z.view(np.float64)[:, :, None])
    return 1e3 * (time.process_time() - began) / STEPS_TIMED


def batch_ms(spectra: list[Made]) -> float:
    """CPU time of a spectrum when all are fitted in one call."""
    began = time.process_time()
    fit_series([(made.freq_hz, made.z_ohm) for made in spectra], CIRCUIT)
    return 1e3 * (time.process_time() - began) / len(spectra)


def measure(name: str, count: int) -> dict[str, float | None]:
    """The row of a group: the same spectra whichever groups are asked for."""
    spectra = draw(name, count)
    results = [check(made) for made in spectra]
    totals = [inside for one in results for inside in one.totals]
    return shares(results) | {
        "totals": round(float(np.mean([bool(one.totals) for one in results])), 4),
        "totals_covered": round(float(np.mean(totals)), 4) if totals else None,
        "batch_ms": round(batch_ms(spectra), 2),
        "step_ms": round(step_ms(), 3),
    }


def draw(name: str, count: int) -> list[Made]:
    """The first spectra of a group."""
    rng = np.random.default_rng([SEED, list(GROUPS).index(name)])
    return [make(GROUPS[name], rng) for _ in range(count)]


def shares(results: list[Result]) -> dict[str, float | None]:
    """What holds of any fit, ours or a peer's."""
    row = {
        key: round(float(np.mean([getattr(one, key) for one in results])), 4)
        for key in ("found", "at_optimum", "covered")
    }
    seconds = [one.seconds for one in results]
    return {
        "n": len(results),
        "r2_found": row["found"],
        "at_optimum": row["at_optimum"],
        "covered": row["covered"],
        "cold_ms": round(1e3 * float(np.median(seconds)), 2),
        "cold_ms_95": round(1e3 * float(np.quantile(seconds, 0.95)), 2),
    }


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1000, help="spectra a group")
    parser.add_argument("--group", choices=GROUPS, action="append", help="only this one (may be repeated)")
    parser.add_argument("--json", type=Path, help="write the rows into this table")
    chosen = parser.parse_args()
    for name in chosen.group or GROUPS:
        row = measure(name, chosen.n)
        print(name, row, flush=True)
        if chosen.json:
            keep_row(chosen.json, {"circuit": CIRCUIT.text, "simulated": True}, name, row)


def keep_row(path: Path, head: dict[str, object], name: str, row: dict[str, float | None]) -> None:
    """Write a group's row into the table; rows of other groups stay, in the order of GROUPS."""
    rows = json.loads(path.read_text("utf-8"))["groups"] if path.exists() else {}
    rows[name] = row
    table = head | {"groups": {group: rows[group] for group in GROUPS if group in rows}}
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
