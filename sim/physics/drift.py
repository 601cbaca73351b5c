"""What changes within a run: the window gets coated, each target's surface ages. Nothing here knows of sensors.

A target that was ground and pre-ablated still loses yield while its surface turns into cones; targets of one carousel
were ground at different times, so each is at its own place of its own decay.
"""

import math

import numpy as np

from .constants import Values


class Drift:
    """One run's drift, stepped pulse by pulse. `window` is the transmission over that at the run's start."""

    def __init__(self, rng: np.random.Generator, slots: int, k: Values) -> None:
        self._loss = k["drift_window_loss_per_pulse"] * math.exp(k["drift_window_loss_sd"] * rng.standard_normal())
        lengths = k["drift_surface_pulses"] * np.exp(k["drift_surface_pulses_sd"] * rng.standard_normal(slots))
        self._fade = [math.exp(-1.0 / length) for length in lengths]
        ages = rng.uniform(k["drift_youngest_pulses"], k["drift_oldest_pulses"], slots)
        self._fresh = [math.exp(-age / length) for age, length in zip(ages, lengths, strict=True)]
        self._depth = k["drift_surface_loss"]
        self._step = k["drift_walk_sd"] / math.sqrt(1000.0)
        self._walk = [0.0] * slots
        self._rngs = rng.spawn(slots)  # one a target: how pulses alternate must not change how each ages
        self._pulses = 0

    @property
    def window(self) -> float:
        """Transmission of the window now, 1 at the start: exp(-c n)."""
        return math.exp(-self._loss * self._pulses)

    def pulse(self, slot: int) -> float:
        """Yield of this pulse on a carousel slot (1, 2, ...) over that of a target that has settled: about 1."""
        self._pulses += 1
        place = slot - 1
        self._fresh[place] *= self._fade[place]
        self._walk[place] += self._step * float(self._rngs[place].standard_normal())
        settled = 1.0 - self._depth
        return (settled + self._depth * self._fresh[place]) / settled * math.exp(self._walk[place])
