"""The pulse train: energy noise and drift, missed pulses, the energy meter, and what fluence they make on the target.

One call of `fire` is one trigger that passed the gate. The meter's calibration error is not here: it is the world's
`fluence_bias`, the factor between what the meter shows and what reaches the target.
"""

from math import exp, sqrt

import numpy as np

from .chamber_constants import CHAMBER
from .draws import Draws

PULSE_SPREAD = CHAMBER["pulse_spread"]
MEMORY = exp(-1.0 / CHAMBER["drift_pulses"])
KICK = CHAMBER["drift_spread"] * sqrt(1.0 - MEMORY * MEMORY)
METER_PULSES = int(CHAMBER["meter_pulses"])
METER_GAP_S = CHAMBER["meter_gap_s"]
BLOCK = 4096


class EnergyMeter:
    """Mean of the last pulses of a train. The first pulse of a train reads 0, and so does a rest (both in the log)."""

    __slots__ = ("_last_s", "_pulses", "reading_mj")

    def __init__(self) -> None:
        self._pulses: list[float] = []
        self._last_s = -1e9
        self.reading_mj = 0.0

    def see(self, energy_mj: float, now_s: float) -> None:
        """Take one trigger's energy, 0 for a missed pulse."""
        pulses = self._pulses
        if now_s - self._last_s > METER_GAP_S:
            pulses.clear()
            self.reading_mj = 0.0
        elif len(pulses) == METER_PULSES:
            del pulses[0]
        self._last_s = now_s
        pulses.append(energy_mj)
        if len(pulses) > 1:
            self.reading_mj = sum(pulses) / len(pulses)

    def rest(self, now_s: float) -> None:
        """No pulse now: after a while the reading falls to 0."""
        if now_s - self._last_s > METER_GAP_S:
            self.reading_mj = 0.0


class Laser:
    """An excimer laser under an energy set-point: E = E_set (1 + offset) (1 + 1 % noise + slow AR(1) drift)."""

    __slots__ = ("_drift", "_noise", "_rng", "_to_miss", "miss_share", "offset")

    def __init__(self, rng: np.random.Generator, offset: float = 0.0) -> None:
        self.offset = offset  # of the energy set-point; the servo's to correct
        self.miss_share = CHAMBER["missed_share"]
        self._rng = rng
        self._noise: Draws[float] = Draws(rng, BLOCK)
        self._drift = CHAMBER["drift_spread"] * next(self._noise)
        self._to_miss = self._next_miss()

    def fire(self, set_mj: float) -> float:
        """Energy in mJ of one pulse at the meter; 0.0 when the discharge did not come."""
        noise = self._noise
        drift = self._drift = MEMORY * self._drift + KICK * next(noise)
        energy = set_mj * (1.0 + self.offset) * (1.0 + drift + PULSE_SPREAD * next(noise))
        self._to_miss -= 1
        if self._to_miss <= 0:
            self._to_miss = self._next_miss()
            return 0.0
        return energy if energy > 0.0 else 0.0

    def misses(self, share: float) -> None:
        """From now on this share of the pulses is missed; 1 is a dead laser."""
        self.miss_share = share
        self._to_miss = self._next_miss()

    def _next_miss(self) -> int:
        return int(self._rng.geometric(self.miss_share))
