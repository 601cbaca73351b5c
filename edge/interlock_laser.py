"""The interlock's watch over the laser: pulses counted against pulses asked for, and their energy.

Part of the interlock: it shares no code and no filtered value with what it watches.
"""

from adatom.protocol.channels import (
    ENERGY_MJ,
    OUT_BEAM,
    OUT_BURST_ID,
    OUT_BURST_PULSES,
    OUT_ENERGY_MJ,
    OUT_GATE,
    OUT_RATE_MHZ,
    PULSES,
)

from .interlock_sensor import ALWAYS_MS, Life

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interlock_heat import Trip

    Outputs = list[int]
    Readings = list[int | None]

STRAY_PULSES = 2  # more than were asked for
GATE_SETTLE_MS = 500  # pulses that passed before the gate closed are counted by then
BURST_LATENCY_MS = 1000  # from asking for a burst to its first counted pulse
DIM_PCT = 80  # energy under this share of the set-point: light is missing; the servo may ask for 15 % more
FROZEN_PULSES = 100  # the least number of pulses that a live meter may show the same energy for ...
FROZEN_GAPS = 20  # ... and this many times what it usually does: exp(-20) of a live one
GAP_PULSES = 50  # what it usually does, before that is known
GAP_SHIFT = 4  # the mean reaches over 2**4 changes


class LaserWatch:
    """`check` every tick; `trip` is told of every limit that is passed. Closes the gate into a blocked beam."""

    def __init__(self, limits: "dict[str, float]", tick_ms: int, trip: "Trip") -> None:
        self.trip = trip
        self.energy_most = int(limits["energy_max_mj"] * 100)
        self.energy_least_pct = int(limits["energy_below_pct"])
        self.missed_most = int(limits["missed_pulses_max"])
        self.energy_life = Life(tick_ms, int(limits["stale_s"] * 1000), ALWAYS_MS)
        self.pulses_life = Life(tick_ms, int(limits["stale_s"] * 1000), ALWAYS_MS)
        self.begin(0)

    def begin(self, now: int) -> None:
        """Forget what was seen."""
        self.beam = False
        self.counted: "int | None" = None
        self.owed = self.low_pulses = self.missing_pct = 0
        self.burst = -1
        self.gate_ms = self.active_ms = now
        self.last_energy: "int | None" = None
        self.same_pulses = 0  # since the energy reading changed
        self.usual_same = GAP_PULSES << GAP_SHIFT

    def check(self, now: int, readings: "Readings", outputs: "Outputs") -> None:
        """Compare what is counted and measured with what is asked for."""
        pulses = readings[PULSES]
        fired = 0
        if pulses is not None:
            if self.counted is not None and pulses > self.counted:
                fired = pulses - self.counted
            self.counted = pulses
        if outputs[OUT_GATE]:
            self.gate_ms = now
        elif fired and now - self.gate_ms > GATE_SETTLE_MS:
            self.trip("stray_pulse", fired, 0)
        if not outputs[OUT_BEAM]:
            self.beam = False
            self.burst = outputs[OUT_BURST_ID]
            if outputs[OUT_GATE]:
                outputs[OUT_GATE] = 0  # pulses into a blocked beam heat the blade
            return
        if not self.beam:
            self._begin_beam(now)
        if self.pulses_life.check(now, pulses):
            self.trip("pulses_stale", None, None)
        self._bursts(now, fired, outputs)
        self._energy(now, fired, readings[ENERGY_MJ], outputs[OUT_ENERGY_MJ])

    def strong(self, energy: int) -> bool:
        """Whether a pulse was above the limit; this waits for no tick."""
        if energy <= self.energy_most:
            return False
        self.trip("energy_high", energy, self.energy_most)
        return True

    def _begin_beam(self, now: int) -> None:
        self.beam = True
        self.owed = 0
        self.active_ms = now
        self.low_pulses = 0
        self.energy_life.start(now)
        self.pulses_life.start(now)

    def _bursts(self, now: int, fired: int, outputs: "Outputs") -> None:
        """Pulses against what was asked for: none missing for long, none too many."""
        if fired:
            self.owed -= fired
            self.active_ms = now
            if self.owed < -STRAY_PULSES:
                self.trip("stray_pulse", -self.owed, STRAY_PULSES)
        if outputs[OUT_BURST_ID] != self.burst:
            self.burst = outputs[OUT_BURST_ID]
            self.owed = outputs[OUT_BURST_PULSES]
            self.active_ms = now
        silent_ms = now - self.active_ms - BURST_LATENCY_MS
        if self.owed <= 0 or not outputs[OUT_GATE]:
            self.active_ms = now
        elif silent_ms * outputs[OUT_RATE_MHZ] > self.missed_most * 1000000:
            self.trip("pulses_missing", silent_ms * outputs[OUT_RATE_MHZ] // 1000000, self.missed_most)

    def _energy(self, now: int, fired: int, energy: "int | None", target: int) -> None:
        if self.energy_life.check(now, energy):
            self.trip("energy_stale", None, None)
        if energy is None or self.strong(energy):
            return
        if fired:
            if energy * 100 < target * self.energy_least_pct:
                self.low_pulses += fired
                if self.low_pulses > self.missed_most:
                    self.trip("energy_low", energy, target * self.energy_least_pct // 100)
            else:
                self.low_pulses = 0
            self._light(fired, energy, target)
            self._alive(fired, energy)

    def _light(self, fired: int, energy: int, target: int) -> None:
        """Pulses that were triggered and gave no light, also when each second one does: a one-sided CUSUM in %."""
        if target > 0:
            missing = self.missing_pct + fired * (DIM_PCT - energy * 100 // target)
            self.missing_pct = missing if missing > 0 else 0
            if missing > self.missed_most * 100:
                self.trip("light_missing", missing // 100, self.missed_most)

    def _alive(self, fired: int, energy: int) -> None:
        """A live meter differs from pulse to pulse; how often depends on its resolution, so that is learned."""
        if energy == self.last_energy:
            self.same_pulses += fired
            most = max(FROZEN_PULSES, FROZEN_GAPS * self.usual_same >> GAP_SHIFT)
            if self.same_pulses > most:
                self.trip("energy_frozen", self.same_pulses, most)
        else:
            self.last_energy = energy
            self.usual_same += self.same_pulses + fired - (self.usual_same >> GAP_SHIFT)
            self.same_pulses = 0
