"""The resistance of a witness film on blocking interdigitated electrodes: (R + CPE) beside the substrate's C."""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.circuit import parse_circuit
from adatom.cloud.measure.eis.fit import Problem
from adatom.cloud.measure.eis.result import CircuitFit

CIRCUIT = parse_circuit("p(R1-CPE1,C1)")
STARTS = 8  # resistances over the range of |Z|; one of them is near
DETERMINED_SD_LOG = 0.5
MOST_OVER_Z = 30.0  # a larger R shifts the phase by less than 2 degrees anywhere
LEAST_C_F = 1e-13  # below the stray capacitance of any wiring


@dataclass(frozen=True)
class WitnessFit:
    """The film's resistance in ohm with the standard error of its logarithm; reason "" or why there is none."""

    r_ohm: float | None
    sd_log: float | None
    reason: str
    fit: CircuitFit


def fit_witness(freq_hz: Floats, z_ohm: Complexes) -> WitnessFit:
    """Fit the film's resistance. Raises InputError for a spectrum that is not one."""
    problem = Problem(freq_hz, z_ohm)
    fit = problem.fit(CIRCUIT, _starts(freq_hz, z_ohm))
    resistance = fit.parameters[0]
    beyond = resistance.value > MOST_OVER_Z * float(np.abs(z_ohm).max())
    if resistance.held or beyond or resistance.sd_log > DETERMINED_SD_LOG:
        return WitnessFit(None, None, "resistance_not_determined", fit)
    return WitnessFit(resistance.value, resistance.sd_log, "", fit)


def _starts(freq_hz: Floats, z_ohm: Complexes) -> list[Floats]:
    """Starts over the film's resistance, with the capacitances that the two ends of the sweep show."""
    w = 2 * np.pi * freq_hz
    fastest, slowest = int(w.argmax()), int(w.argmin())
    farad = max(float((1.0 / z_ohm[fastest]).imag / w[fastest]), LEAST_C_F)
    blocking = max(float(-1.0 / (w[slowest] * min(z_ohm[slowest].imag, -1e-12))), 10 * LEAST_C_F)
    size = np.abs(z_ohm)
    resistances = np.geomspace(size.min(), size.max(), STARTS)
    return [np.log(np.array([r, blocking, 0.9, c])) for r in resistances for c in (farad, 0.1 * farad)]
