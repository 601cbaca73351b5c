"""What the film monitor sees: interference in the growing film on its silicon witness chip.

The witness lies beside the sample, because a film on an electrolyte pellet of its own index shows no fringes. One
laser diode, normal incidence; the plume's flash is gated out between pulses, as such monitors do.
"""

import math
from collections.abc import Iterator

from .constants import Values

READINGS_AN_HOUR = 36000.0  # at 10 Hz


def reflectance(thickness_nm: float, film_index: float, k: Values) -> float:
    """Share of the light that one film on the witness sends back, 0 to 1.

    R = |r1 + r2 e^(-2i d)|^2 / |1 + r1 r2 e^(-2i d)|^2 with d = 2 pi n t / wavelength, r1 at the film's surface and r2
    at the witness (Born & Wolf, Principles of Optics, 1.6.4); the film absorbs nothing, the witness does.
    """
    witness = complex(k["witness_index"], -k["witness_extinction"])
    surface = (1.0 - film_index) / (1.0 + film_index)
    bottom = (film_index - witness) / (film_index + witness)
    turn = -4.0 * math.pi * film_index * thickness_nm / k["monitor_wavelength_nm"]
    back = bottom * complex(math.cos(turn), math.sin(turn))
    share: float = abs((surface + back) / (1.0 + surface * back)) ** 2
    return share


class Monitor:
    """One reading a call: gain of this mount's alignment, its slow walk, noise."""

    __slots__ = ("_gain", "_index", "_nm", "_noise", "_share", "_sigma", "_step", "_values")

    def __init__(self, noise: Iterator[float], gain: float, film_index: float, k: Values) -> None:
        self._noise = noise
        self._gain = gain
        self._index = film_index
        self._values = k
        self._sigma = k["monitor_noise"]
        self._step = k["monitor_fade_sd"] / math.sqrt(READINGS_AN_HOUR)
        self._nm = 0.0
        self._share = reflectance(0.0, film_index, k)

    def reading(self, witness_nm: float) -> float:
        """What the monitor shows of a film so thick on the witness."""
        if witness_nm != self._nm:
            self._nm = witness_nm
            self._share = reflectance(witness_nm, self._index, self._values)
        self._gain *= 1.0 + self._step * next(self._noise)
        return self._gain * self._share + self._sigma * next(self._noise)
