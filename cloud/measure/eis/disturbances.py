"""What breaks the Kramers-Kronig relations, as factors on a spectrum: drift during the sweep, steps, shifted phases.

Each is a relative change of Z by one at full size, over points in falling frequency. Knows no spectrum.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats

PLACES = 100  # of steps, at most
WIDTHS_DECADES = (0.5, 1.0)  # of bumps


@dataclass(frozen=True)
class Disturbance:
    """A kind ("drift", "step", "phase", "bump"), its factors (N,), and where it is: first and last point."""

    kind: str
    factors: Complexes
    first: int
    last: int

    @property
    def is_drift(self) -> bool:
        """Whether it goes on through the whole sweep."""
        return self.kind == "drift"


def disturbances(freq_hz: Floats, time_s: Floats | None = None) -> list[Disturbance]:
    """All that are looked for in points of falling frequency (N,), the drifts first."""
    return [*_drifts(freq_hz, time_s), *_steps(freq_hz.size), *_bumps(freq_hz)]


def _drifts(freq_hz: Floats, time_s: Floats | None) -> list[Disturbance]:
    """A change that is even over the points, or in a time that goes with their periods, or between the two."""
    last = freq_hz.size - 1
    courses = [np.linspace(0.0, 1.0, freq_hz.size), _share(freq_hz**-0.5), _share(1.0 / freq_hz)]
    if time_s is not None and np.ptp(time_s) > 0:
        courses.append((time_s - time_s.min()) / np.ptp(time_s))
    return [Disturbance("drift", course.astype(np.complex128), _half(course), last) for course in courses]


def _share(weights: Floats) -> Floats:
    return np.asarray(np.cumsum(weights) / weights.sum(), dtype=np.float64)


def _half(course: Floats) -> int:
    """The first point from which on the change is more than a half."""
    return int(np.argmax(course >= 0.5))


def _steps(count: int) -> list[Disturbance]:
    """All points from one on are off in size, or all on either side of it by an angle (1 rad).

    A size that is off everywhere is that of another cell; an angle that is off everywhere is that of none.
    """
    places = np.unique(np.linspace(2, count - 2, min(PLACES, max(count - 3, 0)), dtype=np.intp)) if count > 4 else ()
    found = []
    for place in places:
        behind = (np.arange(count) >= place).astype(np.complex128)
        ends = max(int(place) - 3, 0), min(int(place) + 2, count - 1)
        found += [Disturbance("step", behind, *ends), Disturbance("phase", 1j * behind, *ends)]
        found.append(Disturbance("phase", 1j * (1.0 - behind), *ends))
    return found


def _bumps(freq_hz: Floats) -> list[Disturbance]:
    """The points of half a decade or a decade are off, in size or angle."""
    count, decades = freq_hz.size, float(np.log10(freq_hz[0] / freq_hz[-1]))
    found = []
    for width in (round(count * share / decades) for share in WIDTHS_DECADES):
        if not 3 <= width <= count // 2:
            continue
        for first in range(0, count - width + 1, max(width // 3, 1)):
            within = np.zeros(count, dtype=np.complex128)
            within[first : first + width] = 1.0
            ends = first, first + width - 1
            found += [Disturbance("bump", within, *ends), Disturbance("bump", 1j * within, *ends)]
    return found
