"""False alarms of the Kramers-Kronig verdict on valid spectra, and what it misses of spoilt ones, by group.

    python -m tests.benchmarks.kramers_kronig [--n 200] [--json docs/benchmark/kramers_kronig.json]

The spectra are those of tests.benchmarks.eis with another seed, and valid ones of other cells. An alarm is any verdict
but valid. `bound_…` is what the best possible test misses that has 2 % false alarms, knows the circuit, the noise and
the course of the one disturbance that it looks for (Neyman and Pearson, parameters free): no test of a spectrum alone
can miss less, ours looks for a few hundred disturbances and knows no circuit.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.kramers_kronig import judge
from adatom.cloud.measure.eis.smooth import find_outliers
from scipy.stats import norm

from tests.benchmarks.eis import CIRCUIT, GROUPS, Made, make

SEED = 11
FALSE_ALARMS = 0.02


def drifted(z_ohm: Complexes, passed: Floats) -> Complexes:
    """All of Z grows by 10 % evenly from the first point to the last."""
    return np.asarray(z_ohm * (1 + 0.1 * passed), dtype=np.complex128)


def drifted_slow(z_ohm: Complexes, passed: Floats) -> Complexes:
    """All of Z grows by 10 % evenly in a time that goes with the period: nearly all of it at the last few points."""
    periods = np.cumsum(10 ** (passed * passed.size / 10))  # ten points a decade
    return np.asarray(z_ohm * (1 + 0.1 * periods / periods[-1]), dtype=np.complex128)


def stepped(z_ohm: Complexes, passed: Floats) -> Complexes:
    """Z is 5 % larger in the second half."""
    return np.asarray(z_ohm * np.where(passed > 0.5, 1.05, 1.0), dtype=np.complex128)


def shifted(z_ohm: Complexes, passed: Floats) -> Complexes:
    """The phase is 3 degrees off in the faster 40 %, as of another current range."""
    return np.asarray(z_ohm * np.exp(1j * np.deg2rad(3.0) * (passed < 0.4)), dtype=np.complex128)


SPOILT: dict[str, Callable[[Complexes, Floats], Complexes]] = {
    "drifted": drifted,
    "drifted_slow": drifted_slow,
    "stepped": stepped,
    "shifted": shifted,
}


@dataclass(frozen=True)
class Cell:
    """A valid spectrum's part behind R + one arc, Z(jω, R, rng), over `freq_hz`."""

    name: str
    tail: Callable[[Complexes, float, np.random.Generator], Complexes]
    freq_hz: tuple[float, float, int] = (1e6, 1e-2, 81)


OTHERS = {
    "warburg": Cell("a Warburg element", lambda jw, r, rng: r * 10 ** rng.uniform(-1, 0) * jw**-0.5),
    "blocking_cpe": Cell(
        "a blocking constant phase element",
        lambda jw, r, rng: jw ** -rng.uniform(0.7, 0.95) / 10 ** rng.uniform(-5, -3),
    ),
    "bounded_diffusion": Cell(
        "diffusion through a layer", lambda jw, r, rng: r * _tanh(jw * 10 ** rng.uniform(-1, 1.5))
    ),
    "inductive_loop": Cell(
        "an inductive loop at low frequency", lambda jw, r, rng: -0.4 * r / (1 + jw * 10 ** rng.uniform(-1, 0))
    ),
    "lossy_leads": Cell(
        "an inductance with losses",
        lambda jw, r, rng: 1 / (1 / (jw * 10 ** rng.uniform(-6, -5)) + 10 ** rng.uniform(-3, -1)),
    ),
    "sharp_arc": Cell("R beside C", lambda jw, r, rng: r / (1 + jw * 10 ** rng.uniform(-3, -1))),
    "gerischer": Cell("a Gerischer element", lambda jw, r, rng: r / np.sqrt(1 + jw * 10 ** rng.uniform(-2, 0))),
    "few_points": Cell("nothing, 25 points", lambda jw, r, rng: 0 * jw, (1e5, 10.0, 25)),
}
NOISES = (0.0003, 0.003, 0.01)


def _tanh(x: Complexes) -> Complexes:
    return np.asarray(np.tanh(np.sqrt(x)) / np.sqrt(x), dtype=np.complex128)


def valid_cell(name: str, noise: float, rng: np.random.Generator) -> tuple[Floats, Complexes]:
    """Frequencies and the noisy impedance of another cell."""
    top, bottom, count = OTHERS[name].freq_hz
    freq_hz = np.geomspace(top, bottom, count)
    jw, r = 2j * np.pi * freq_hz, 10 ** rng.uniform(1, 3)
    arc = r / (1 + (jw * 10 ** rng.uniform(-5, -3.5)) ** rng.uniform(0.75, 1))
    z = 10 ** rng.uniform(0, 2) + arc + OTHERS[name].tail(jw, r, rng)
    return freq_hz, z * (1 + noise * (rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size)))


def measure_others(name: str, count: int) -> dict[str, float]:
    """False alarms on `count` spectra of another cell at each noise."""
    rng = np.random.default_rng([SEED + 1, list(OTHERS).index(name)])
    shares = {f"false_alarms_{100 * noise:g}": _alarms(name, noise, count, rng) for noise in NOISES}
    return {"n": count, **shares}


def _alarms(name: str, noise: float, count: int, rng: np.random.Generator) -> float:
    return round(float(np.mean([is_alarm(*valid_cell(name, noise, rng)) for _ in range(count)])), 4)


def best_possible(made: Made, spoil: Callable[[Complexes, Floats], Complexes]) -> float:
    """The chance that the best test of tests misses this disturbance, circuit and noise known, its parameters free."""
    fine = ~made.spiked
    z, jacobian = CIRCUIT.evaluate(made.log_p[None], np.log(2 * np.pi * made.freq_hz))
    size = made.noise * np.abs(z[0][fine])
    change = _stacked((spoil(z[0], np.linspace(0.0, 1.0, z[0].size)) - z[0])[fine] / size)
    free, _ = np.linalg.qr(_stacked(jacobian[0][:, fine].T / size[:, None]))
    seen = float(np.linalg.norm(change - free @ (free.T @ change)))
    return float(norm.cdf(norm.isf(FALSE_ALARMS) - seen))


def _stacked(values: Complexes) -> Floats:
    return np.concatenate([values.real, values.imag])


def measure(name: str, count: int) -> dict[str, float]:
    """The row of a group: shares of `count` spectra, each judged valid and spoilt in each way."""
    rng = np.random.default_rng([SEED, list(GROUPS).index(name)])
    alarms: dict[str, list[bool]] = {kind: [] for kind in ("valid", *SPOILT)}
    bounds: dict[str, list[float]] = {kind: [] for kind in SPOILT}
    for _ in range(count):
        made = make(GROUPS[name], rng)
        passed = np.linspace(0.0, 1.0, made.z_ohm.size)
        alarms["valid"].append(is_alarm(made.freq_hz, made.z_ohm))
        for kind, spoil in SPOILT.items():
            alarms[kind].append(is_alarm(made.freq_hz, spoil(made.z_ohm, passed)))
            bounds[kind].append(best_possible(made, spoil))
    missed = {f"missed_{kind}": round(1 - float(np.mean(alarms[kind])), 4) for kind in SPOILT}
    bound = {f"bound_{kind}": round(float(np.mean(bounds[kind])), 4) for kind in SPOILT}
    return {"n": count, "false_alarms": round(float(np.mean(alarms["valid"])), 4), **missed, **bound}


def is_alarm(freq_hz: Floats, z_ohm: Complexes) -> bool:
    """Whether the verdict is not valid, with the outliers left out as in a fit."""
    return judge(freq_hz, z_ohm, ~find_outliers(freq_hz, z_ohm)).verdict != "valid"


NAMES = {
    "usual": "two arcs 1.5 to 2.5 decades apart, 0.3 % noise",
    "one_decade": "one decade apart",
    "half_decade": "half a decade apart",
    "truncated_low": "sweep ends before the slow arc's peak",
    "truncated_high": "sweep begins below the fast arc's peak",
    "noise_0.1": "0.1 % noise",
    "noise_1": "1 % noise",
    "noise_3": "3 % noise",
    "outliers": "three points off by 10 to 30 %",
}


def table(rows: dict[str, dict[str, float]]) -> list[str]:
    """The lines of the table in docs/how-to/impedance.md; in brackets the bound where it is not 0."""
    lines = [
        "| | false alarms | even drift missed | slow drift missed | step missed | shift missed |",
        "|---" * 6 + "|",
    ]
    for name, row in rows.items():
        cells = [f"{100 * row['false_alarms']:.1f} %"]
        for kind in SPOILT:
            bound = 100 * row[f"bound_{kind}"]
            cells.append(f"{100 * row[f'missed_{kind}']:.0f} %" + (f" ({bound:.0f} %)" if bound >= 0.5 else ""))
        lines.append(f"| {NAMES[name]} | {' | '.join(cells)} |")
    return lines


def table_of_others(rows: dict[str, dict[str, float]]) -> list[str]:
    """The lines of the table of false alarms at other cells."""
    lines = [f"| | {' | '.join(f'{100 * noise:g} % noise' for noise in NOISES)} |", "|---" * (len(NOISES) + 1) + "|"]
    for name, row in rows.items():
        cells = (f"{100 * row[f'false_alarms_{100 * noise:g}']:.1f} %" for noise in NOISES)
        lines.append(f"| {OTHERS[name].name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=200, help="spectra a group")
    parser.add_argument("--json", type=Path, help="write the table here")
    chosen = parser.parse_args()
    found: dict[str, dict[str, dict[str, float]]] = {"groups": {}, "other_cells": {}}
    for part, names, run in (("groups", GROUPS, measure), ("other_cells", OTHERS, measure_others)):
        for name in names:
            found[part][name] = run(name, chosen.n)
            print(name, found[part][name], flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
