"""Laser attenuator with beam block (open ATmega328p controller): no reply to anything.

Whether the beam is open is never believed, only concluded from the energy meter behind it: `light` tells the driver
what the meter saw. Readings: beam (1 only after light was seen since it was unblocked, else 0), beam_dark (1 when
triggers gave no light since it was blocked, 0 when they did: it does not block), angle_cdeg (assumed).
Writes: beam (1 unblocks, under a lease; 0 blocks), angle_deg.
"""

from adatom.protocol.errors import ProtocolError

from .base import Driver, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BLOCK_MS = 100  # the flag is in the beam by then; light later than this means that it does not block
DARK_TRIGGERS = 2  # triggers without light that confirm a blocked beam
ANGLE_MAX_DEG = 90  # half-wave plate: 45 deg from full to none
SPEED_DEG_S = 5  # the controller's default
HOME_DEG = 360
HOME = Exchange(b"o\n")
BLOCK = b"g\n"
UNBLOCK = b"f\n"


class Attenuator(Driver):
    """Safe state: beam blocked."""

    ROLE = "attenuator"
    PROTOCOL = "open-attenuator"
    START = (Exchange(BLOCK), HOME)
    LEASED = ("beam",)
    UNCHANGED_MS = {"beam": 1000, "angle_deg": 60000}  # repeated: a byte may get lost and nobody would tell

    def __init__(self) -> None:
        Driver.__init__(self)
        self.homed = False
        self.angle_deg = 0
        self.arrive_ms = 0
        self.asked_open: "bool | None" = None  # what was sent last; None before anything was
        self.asked_ms = 0
        self.dark_triggers = 0
        self.evidence: "bool | None" = None  # light seen (or dark) since the last change; None: not known

    # --- for the agent -----------------------------------------------------------------------------------------
    def light(self, seen: bool, triggers: int, now: int) -> bool:
        """Tell what the energy meter saw since the last call: light or not, and after how many triggers.

        Returns False when light came through a blocked beam: the caller has to trip.
        """
        if self.asked_open is None or now - self.asked_ms < BLOCK_MS:
            return True
        if seen:
            self.evidence = True
            self.dark_triggers = 0
        elif triggers:
            self.dark_triggers += triggers
            if self.dark_triggers >= DARK_TRIGGERS:
                self.evidence = False
        if seen and not self.asked_open:
            self._fault("light through the blocked beam")
            return False
        return True

    def value(self, name: str, now: int) -> "int | None":
        """What the energy meter confirmed about the beam, or the assumed angle."""
        if name == "beam":
            return 1 if self.asked_open and self.evidence else 0
        if name == "beam_dark" and not self.reason(name, now):
            return 0 if self.evidence else 1
        if name == "angle_cdeg" and not self.reason(name, now):
            return 100 * self.angle_deg
        return None

    def reason(self, name: str, now: int) -> str:
        """Why `value` is None."""
        if name == "beam_dark":
            if self.asked_open is not False:
                return "not blocked"
            return "" if self.evidence is not None else "no trigger since it was blocked"
        if name == "angle_cdeg":
            if not self.homed:
                return "not homed"
            return "" if now >= self.arrive_ms else "turning for another %d ms" % (self.arrive_ms - now)
        return "" if name == "beam" else "never read: the attenuator never answers"

    def write(self, name: str, value: "Any", now: int, lease_ms: int = 0) -> None:
        """As in the contract; blocking needs no lease and ends the one there is."""
        if name != "beam" or value:
            Driver.write(self, name, value, now, lease_ms)
            return
        safed = self.is_safed
        Driver.write(self, name, 0, now, 1)
        self.leases.pop(name, None)
        self.is_safed = safed

    def health(self, now: int) -> "tuple[bool, str, int, str]":
        """As in the contract; "connected" means homed, for more is not to be known."""
        return self.homed, "attenuator (never answers)", self.errors, self.last_error

    # --- the contract ------------------------------------------------------------------------------------------
    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """No reply exists: whatever arrives is dropped."""
        return None, len(buffer)

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        raise ProtocolError("the attenuator never answers: %r" % reply)

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        """The Exchanges of a write; ProtocolError for another name or angle."""
        if name == "beam":
            return [Exchange(UNBLOCK if value else BLOCK)]
        if name == "angle_deg":
            if not 0 <= value <= ANGLE_MAX_DEG:
                raise ProtocolError("angle_deg = %d: must be 0 to %d" % (value, ANGLE_MAX_DEG))
            return [Exchange(b",%d\n" % value)]
        raise ProtocolError("%s: the attenuator has no such output" % name)

    def safe_exchanges(self) -> "list[Exchange]":
        """Block the beam; said twice, because nobody answers."""
        return [Exchange(BLOCK), Exchange(BLOCK)]

    def reconnected(self, now: int) -> None:
        """As in the contract; the controller restarts when its port opens, so nothing assumed holds any more."""
        Driver.reconnected(self, now)
        self.accepted = {}
        self.homed = False
        self.asked_open = None
        self.evidence = None

    # --- inner -------------------------------------------------------------------------------------------------
    def _start(self, exchange: Exchange, now: int) -> bytes:
        request = Driver._start(self, exchange, now)
        if request in (BLOCK, UNBLOCK):
            self._asked(request == UNBLOCK, now)
        elif exchange is HOME:
            self.homed = True
            self._turn(0, HOME_DEG, now)
        elif request[:1] == b",":
            target = int(request[1:])
            self._turn(target, abs(target - self.angle_deg), now)
        return request

    def _asked(self, is_open: bool, now: int) -> None:
        if is_open != self.asked_open:
            self.asked_open = is_open
            self.asked_ms = now
            self.evidence = None
            self.dark_triggers = 0

    def _turn(self, target_deg: int, way_deg: int, now: int) -> None:
        """Turning does not hold up the commands behind it: blocking must not wait for the wave plate."""
        self.angle_deg = target_deg
        self.arrive_ms = now + 1000 * way_deg // SPEED_DEG_S
