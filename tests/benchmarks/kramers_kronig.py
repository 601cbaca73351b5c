"""False alarms of the Kramers-Kronig verdict on valid spectra, and what it misses of spoilt ones, by group.

    python -m tests.benchmarks.kramers_kronig [--n 200] [--json docs/benchmark/kramers_kronig.json]

The spectra are those of tests.benchmarks.eis with another seed. An alarm is any verdict but valid.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.kramers_kronig import judge
from adatom.cloud.measure.eis.smooth import find_outliers

from tests.benchmarks.eis import GROUPS, make

SEED = 11


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


def measure(name: str, count: int) -> dict[str, float]:
    """The row of a group: shares of `count` spectra, each judged valid and spoilt in each way."""
    rng = np.random.default_rng([SEED, list(GROUPS).index(name)])
    alarms: dict[str, list[bool]] = {kind: [] for kind in ("valid", *SPOILT)}
    for _ in range(count):
        made = make(GROUPS[name], rng)
        passed = np.linspace(0.0, 1.0, made.z_ohm.size)
        alarms["valid"].append(is_alarm(made.freq_hz, made.z_ohm))
        for kind, spoil in SPOILT.items():
            alarms[kind].append(is_alarm(made.freq_hz, spoil(made.z_ohm, passed)))
    missed = {f"missed_{kind}": round(1 - float(np.mean(alarms[kind])), 4) for kind in SPOILT}
    return {"n": count, "false_alarms": round(float(np.mean(alarms["valid"])), 4), **missed}


def is_alarm(freq_hz: Floats, z_ohm: Complexes) -> bool:
    """Whether the verdict is not valid, with the outliers left out as in a fit."""
    return judge(freq_hz, z_ohm, ~find_outliers(freq_hz, z_ohm)).verdict != "valid"


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=200, help="spectra a group")
    parser.add_argument("--json", type=Path, help="write the table here")
    chosen = parser.parse_args()
    rows = {}
    for name in GROUPS:
        rows[name] = measure(name, chosen.n)
        print(name, rows[name], flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
