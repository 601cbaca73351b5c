"""impedance.py (Murbach et al. 2020, JOSS 5, 2349) on the same spectra; a peer for the benchmark, not of the product.

    python -m tests.benchmarks.eis_peer [--n 200] [--group half_decade] [--json docs/benchmark/eis_peer.json]

It is in the extra `bench`, the environment of `make benchmark-optimizer`; one of its own does as well, by
`pip install impedance pandas` and this checkout's `.path` on PYTHONPATH. It asks for start values and
gets what a script can say of any spectrum: both arcs equal and evenly placed on the sweep. Weighted by the modulus,
intervals by its own standard errors.
"""

import argparse
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats

from tests.benchmarks.eis import GROUPS, R2_AT, SAME_OPTIMUM, Made, Result, draw, is_found, keep_row, least_chi2, shares

TEXT = "L0-R0-p(R1,CPE1)-p(R2,CPE2)"  # impedance.py's own spelling
SDS_95 = 1.96
INDUCTANCE_H, EXPONENT = 1e-6, 0.9


def check(made: Made) -> Result:
    """Fit one spectrum; an error counts as not found."""
    from impedance.models.circuits import CustomCircuit

    began = time.process_time()
    try:
        circuit = CustomCircuit(TEXT, initial_guess=_guess(made))
        circuit.fit(made.freq_hz, made.z_ohm, weight_by_modulus=True)
    except (RuntimeError, ValueError):
        return Result(False, False, False, time.process_time() - began)
    seconds = time.process_time() - began
    values, sds = np.asarray(circuit.parameters_), np.asarray(circuit.conf_)
    at = _slower(values)
    chi2 = float((np.abs((circuit.predict(made.freq_hz) - made.z_ohm) / made.z_ohm) ** 2).sum())
    none = np.zeros(made.freq_hz.size, dtype=np.bool_)
    return Result(
        found=is_found(made, float(np.log(max(values[at], 1e-300)))),
        at_optimum=chi2 <= least_chi2(made, none) * (1 + SAME_OPTIMUM),
        covered=bool(abs(values[at] - np.exp(made.log_p[R2_AT])) <= SDS_95 * sds[at]),
        seconds=seconds,
    )


def _slower(values: Floats) -> int:
    """The column of R of the slower arc; values are L, R0, R, Q, n, R, Q, n."""
    taus = [(max(values[i] * values[i + 1], 1e-300)) ** (1 / values[i + 2]) for i in (2, 5)]
    return 5 if taus[1] >= taus[0] else 2


def _guess(made: Made) -> list[float]:
    """Both arcs of half the fall of the real part, at a third and two thirds of the sweep."""
    w, real = 2 * np.pi * made.freq_hz, made.z_ohm.real
    r = max(float(real[-1] - real[0]) / 2, 1e-3 * float(real[0]))
    taus = [float(w.max() ** (k / 3 - 1) * w.min() ** (-k / 3)) for k in (1, 2)]
    arcs = [value for tau in taus for value in (r, tau**EXPONENT / r, EXPONENT)]
    return [INDUCTANCE_H, float(real[0]), *arcs]


def main() -> None:
    """Measure, print, and write where asked, row by row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=200, help="spectra a group, the first of the benchmark")
    parser.add_argument("--group", choices=GROUPS, action="append", help="only this one (may be repeated)")
    parser.add_argument("--json", type=Path, help="write the rows into this table")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")  # overflows on its way are impedance.py's own affair
    for name in chosen.group or GROUPS:
        row = shares([check(made) for made in draw(name, chosen.n)])
        print(name, row, flush=True)
        if chosen.json:
            keep_row(chosen.json, {"impedance": version("impedance"), "simulated": True}, name, row)


if __name__ == "__main__":
    main()
