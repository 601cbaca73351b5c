"""Pulses on targets: carousel moves with the gate closed, bursts asked for and counted, energy trimmed.

Works on the outputs that it is given. It knows nothing of temperature, pressure, states or why pulses must wait.
"""

from adatom.protocol.channels import (
    ENERGY_MJ,
    OUT_BEAM,
    OUT_BURST_ID,
    OUT_BURST_PULSES,
    OUT_ENERGY_MJ,
    OUT_GATE,
    OUT_RATE_MHZ,
    OUT_SHUTTER,
    OUT_SLOT,
    PRESSURE_PA,
    PULSES,
    REFLECTANCE,
    SLOT,
)

from .control import EnergyServo
from .plan import Bursts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .adapt import Adapter

    Readings = list[int | None]

RUNNING, DONE, SILENT, WEAK, STUCK = range(5)
# what a result after DONE means: (failure, detail)
FAILURES = {
    SILENT: ("pulses_missing", "the laser does not fire"),
    WEAK: ("energy_off_plan", "beyond what the servo may correct"),
    STUCK: ("carousel_stuck", "the target does not arrive"),
}
MOVING, READY, FIRING = 0, 1, 2
GRACE_MS = 2000  # beyond its own duration, before the rest of a burst is asked for again
CAROUSEL_MS = 10000  # for a target to arrive
ENERGY_OFF_PCT = 10  # energy this far from its target ...
ENERGY_OFF_PULSES = 150  # ... for this many pulses in a row, six times what filter and servo need
SILENT_BURSTS = 3  # bursts in a row without a single pulse: the laser does not fire


class Firing:
    """`begin` with a plan, `step` every tick that pulses may fall, `stop` when they may not."""

    def __init__(self, outputs: "list[int]", settle_ms: int) -> None:
        self.outputs = outputs
        self.settle_ms = settle_ms
        self.servo = EnergyServo()
        self.settled_ms = self.due_ms = 0  # due_ms: the rate allows no pulse of the next burst before
        self.begin(Bursts([], [], 0), 0, 1000)

    def begin(self, bursts: "Bursts", energy: int, rate_mhz: int) -> None:
        """A plan.Bursts, the pulse energy in 0.01 mJ, the rate."""
        self.adapter = bursts.adapter
        self.bursts = bursts
        self.rate_mhz = rate_mhz
        self.servo.aim(energy)
        self.counted: "int | None" = None  # the pulse counter at the last look
        self.left = 0  # of the burst
        self.asked = 0
        self.fired = self.short = self.silent = self.off_pulses = 0
        self.phase = READY

    def step(self, now: int, readings: "Readings") -> int:
        """RUNNING, DONE when the plan is fired, or one of FAILURES."""
        pulses = readings[PULSES]
        if pulses is None:
            return RUNNING
        out = self.outputs
        out[OUT_BEAM] = out[OUT_SHUTTER] = 1
        fired = self._count(pulses)
        out[OUT_ENERGY_MJ] = self.servo.step(readings[ENERGY_MJ], fired)
        if fired and self._off_energy(readings[ENERGY_MJ], fired):
            return WEAK
        if self.adapter is not None:
            self._adapt(self.adapter, now, readings, fired)
        if self.left <= 0 and not self._next_burst(now):
            self.stop()
            return DONE
        phase = self.phase
        if phase == MOVING:
            if now < self.settled_ms:
                return RUNNING
            if readings[SLOT] != out[OUT_SLOT]:  # None too: a carousel on its way has no place
                return STUCK if now > self.settled_ms + CAROUSEL_MS else RUNNING
        elif phase == FIRING:
            return self._ask_again(now) if now >= self.due_ms + GRACE_MS else RUNNING
        if now >= self.due_ms:
            self._ask(now)
        return RUNNING

    def stop(self) -> None:
        """Close gate, beam and shutter; what is left of the burst is asked for anew by the next `step`."""
        out = self.outputs
        out[OUT_GATE] = out[OUT_BEAM] = out[OUT_SHUTTER] = out[OUT_BURST_PULSES] = 0
        if self.phase == FIRING:
            self.phase = READY

    def _adapt(self, adapter: "Adapter", now: int, readings: "Readings", fired: int) -> None:
        """Show the adapter what happens: film between bursts, pulses, ends of bursts; take its energy."""
        if fired:
            adapter.count(fired, readings[ENERGY_MJ], readings[PRESSURE_PA])
        if self.phase != FIRING:
            adapter.look(readings[REFLECTANCE])
        elif self.left <= 0:
            adapter.close(self.outputs[OUT_SLOT], now)
            self.servo.move(adapter.energy)
            if len(self.bursts.slots) == 1:  # no move follows during which to look
                adapter.look(readings[REFLECTANCE])

    def _count(self, pulses: int) -> int:
        """New pulses since the last look; a counter that went back was reset."""
        counted = self.counted
        self.counted = pulses
        if counted is None or pulses <= counted:
            return 0
        fired = pulses - counted
        self.fired += fired
        self.left -= fired
        return fired

    def _off_energy(self, energy: "int | None", fired: int) -> bool:
        """Whether the energy has been off its target for too many pulses."""
        target = self.servo.target
        if energy is None or -target * ENERGY_OFF_PCT <= (energy - target) * 100 <= target * ENERGY_OFF_PCT:
            self.off_pulses = 0
        else:
            self.off_pulses += fired
        return self.off_pulses > ENERGY_OFF_PULSES

    def _next_burst(self, now: int) -> bool:
        """Take the plan's next burst, moving the carousel if it is on another target; False at the plan's end."""
        self.left = self.bursts.next()
        self.silent = 0
        out = self.outputs
        if self.left and out[OUT_SLOT] == self.bursts.slot:
            self.phase = READY
        elif self.left:
            out[OUT_GATE] = 0
            out[OUT_SLOT] = self.bursts.slot
            self.settled_ms = now + self.settle_ms
            self.phase = MOVING
        return self.left > 0

    def _ask(self, now: int) -> None:
        out = self.outputs
        out[OUT_GATE] = 1
        out[OUT_RATE_MHZ] = self.rate_mhz
        out[OUT_BURST_PULSES] = self.asked = self.left
        out[OUT_BURST_ID] += 1
        self.due_ms = now + (self.left * 1000000 + self.rate_mhz - 1) // self.rate_mhz
        self.phase = FIRING

    def _ask_again(self, now: int) -> int:
        """A burst came short: ask for the rest, unless bursts bring nothing at all."""
        self.short += self.left
        self.silent = self.silent + 1 if self.left == self.asked else 0
        if self.silent >= SILENT_BURSTS:
            return SILENT
        self._ask(now)
        return RUNNING
