"""One turn of a guardian: inputs, line, outputs, heartbeat. The same on a board and in a Linux process.

After a standstill what piled up on the line is thrown away and everything is open.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .guardian import Guardian

GATE, CONTACTOR, SHUTTER, HEARTBEAT = 1, 2, 4, 8
STALL_MS = 300  # the loop stood still for longer: the dead-man relay may have opened, so the board's state is void
BEAT_MS = 50  # half a period of the heartbeat; the relay behind it holds for 400 ms


class GuardianTurn:
    """Guardian, line and pins.

    `link` has read, write and forget; `pins` have sense(inputs, now), drive(bits, trigger, now) and close.
    """

    def __init__(self, guardian: "Guardian", link: "Any", pins: "Any") -> None:
        self.guardian = guardian
        self.link = link
        self.pins = pins
        self.last_ms: "int | None" = None
        self.beat = 0
        self.beat_ms = 0

    def step(self, now: int) -> None:
        """One turn: inputs, lines, outputs; the heartbeat last, so that it never vouches for what is out of date."""
        guardian = self.guardian
        if self.last_ms is not None and now - self.last_ms > STALL_MS:
            self.link.forget()
            guardian.handle(b"OPEN", now)
        self.last_ms = now
        self.pins.sense(guardian.inputs, now)
        self.link.write(guardian.feed(self.link.read(), now) + (guardian.tick(now) or b""))
        gate, contactor, shutter = guardian.outputs(now)
        trigger = self._trigger(gate, now)
        bits = gate * GATE | contactor * CONTACTOR | shutter * SHUTTER
        self.pins.drive(bits | self.beat, trigger, now)
        if now - self.beat_ms >= BEAT_MS:
            self.beat_ms = now
            self.beat ^= HEARTBEAT
            self.pins.drive(bits | self.beat, False, now)

    def _trigger(self, gate: bool, now: int) -> bool:
        """Whether to fire a pulse now. Those that a late turn missed are dropped, and not counted as let through."""
        due = self.guardian.pulses_due(now)
        fire = due > 0 and gate
        self.guardian.pulses -= due - fire
        return fire
