"""Backgrounds under photoelectron lines, found from a spectrum alone."""

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats

MAX_LOOPS = 100  # it converges in 5 to 8 on real spectra
CONVERGED = 1e-6  # largest change in a loop, as a share of the step's height
END_POINTS = 5  # averaged at each end, against their noise


def linear(energy_ev: Floats, counts: Floats) -> Floats:
    """The straight line between the ends of a spectrum, each the mean of END_POINTS points."""
    low, high = ends(counts)
    return np.asarray(low + (high - low) * (energy_ev - energy_ev[0]) / (energy_ev[-1] - energy_ev[0]))


def shirley(energy_ev: Floats, counts: Floats) -> tuple[Floats, bool]:
    """The iterated background of Shirley (Phys. Rev. B 5 (1972) 4709), and whether it converged.

    B(E) = low + (high - low) A(E) / A(end), A(E) the area of counts - B from the end of low binding energy up to E;
    again until B stays. Energies (N,) are binding energies upwards.
    """
    low, high = ends(counts)
    found = linear(energy_ev, counts)
    for _ in range(MAX_LOOPS):
        area = running_area(energy_ev, counts - found)
        if area[-1] <= 0.0:  # no line above the ends
            return linear(energy_ev, counts), False
        fresh = low + (high - low) * area / area[-1]
        change = float(np.abs(fresh - found).max())
        found = fresh
        if change <= CONVERGED * max(abs(high - low), 1e-300):
            return found, True
    return found, False


def ends(counts: Floats) -> tuple[float, float]:
    """Means of the first and the last points."""
    few = min(END_POINTS, counts.size // 4 or 1)
    return float(counts[:few].mean()), float(counts[-few:].mean())


def running_area(energy_ev: Floats, values: Floats) -> Floats:
    """The area under values (..., N) from the first energy up to each, by trapezoids: (..., N)."""
    strips = 0.5 * (values[..., 1:] + values[..., :-1]) * np.diff(energy_ev)
    return np.concatenate([np.zeros_like(values[..., :1]), np.cumsum(strips, axis=-1)], axis=-1)
