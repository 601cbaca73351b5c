"""Target carousel (Neocera-type, open Arduino controller): six targets, no reply to anything.

Where it stands is assumed from what was sent and the time that a move takes; after a start or any doubt it is homed
first. Readings: slot (0 parked, 1 to 6; None while it moves or before it is homed), carousel_cdeg (assumed, 0.01 deg).
Writes: slot, rotation_deg_s (0 stops), raster_deg (0 stops).
"""

from adatom.protocol.errors import ProtocolError

from .base import UNTIL_SAFE, Driver, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SLOT_DEG = (0, 14, 74, 134, 194, 254, 314)  # 0 = parked, between two targets
MOVE_DEG_S = 60  # slowest travel to reckon with (measure yours and set it in the bench file)
SETTLE_MS = 200
HOME_DEG = 360  # homing may take a whole turn
ROTATION_MAX_DEG_S = 360
RASTER_MAX_DEG = 30
HOME = Exchange(b"o\n")


class Carousel(Driver):
    """Safe state: raster and rotation stopped, parked."""

    ROLE = "carousel"
    PROTOCOL = "neocera"
    START = (HOME,)
    OPTIONS = (("move_deg_s", "number", 1, 360),)
    UNCHANGED_MS = {"slot": UNTIL_SAFE, "rotation_deg_s": UNTIL_SAFE, "raster_deg": UNTIL_SAFE}

    def __init__(self, move_deg_s: float = MOVE_DEG_S) -> None:
        Driver.__init__(self)
        self.move_deg_s = move_deg_s
        self.homed = False
        self.from_deg = 0.0
        self.to_deg = 0
        self.left_ms = 0
        self.arrive_ms = 0
        self.sent = 0

    # --- for the agent -----------------------------------------------------------------------------------------
    def value(self, name: str, now: int) -> "int | None":
        """The assumed slot or angle; None while there is no ground to assume one."""
        if name not in ("slot", "carousel_cdeg") or self.reason(name, now):
            return None
        return 100 * self.to_deg if name == "carousel_cdeg" else SLOT_DEG.index(self.to_deg)

    def reason(self, name: str, now: int) -> str:
        """Why `value` is None."""
        if name not in ("slot", "carousel_cdeg"):
            return "never read: the carousel never answers"
        if not self.homed:
            return "not homed: " + self.last_error
        if now < self.arrive_ms:
            return "moving for another %d ms" % (self.arrive_ms - now)
        return ""

    def doubt(self, why: str) -> None:
        """Something speaks against the assumed position: home before the next move, and move there again."""
        self._fault("position in doubt: " + why)
        self._forget()
        self.start_left = list(self.START)

    def health(self, now: int) -> "tuple[bool, str, int, str]":
        """As in the contract; "connected" means homed, for more is not to be known."""
        return self.homed, "carousel (never answers)", self.errors, self.last_error

    # --- the contract ------------------------------------------------------------------------------------------
    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """No reply exists: whatever arrives is dropped."""
        return None, len(buffer)

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        raise ProtocolError("the carousel never answers: %r" % reply)

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        """The Exchanges of a write; ProtocolError for another name, slot, speed or angle."""
        if name == "slot":
            return [Exchange(b",%d\n" % SLOT_DEG[_within(name, value, len(SLOT_DEG) - 1)])]
        if name == "rotation_deg_s":
            _within(name, value, ROTATION_MAX_DEG_S)
            return [Exchange(b"#%d\n" % value), Exchange(b"g\n")] if value else [Exchange(b"r\n")]
        if name == "raster_deg":
            _within(name, value, RASTER_MAX_DEG)
            return [Exchange(b"s%d\n" % value)] if value else [Exchange(b"h\n")]
        raise ProtocolError("%s: the carousel has no such output" % name)

    def safe_exchanges(self) -> "list[Exchange]":
        """Stop raster and rotation, then park."""
        return [Exchange(b"h\n"), Exchange(b"r\n"), Exchange(b",0\n")]

    def reconnected(self, now: int) -> None:
        """As in the contract; the controller restarts when its port opens, so nothing assumed holds any more."""
        Driver.reconnected(self, now)
        self._forget()

    # --- inner -------------------------------------------------------------------------------------------------
    def _forget(self) -> None:
        self.homed = False
        self.accepted = {}

    def _start(self, exchange: Exchange, now: int) -> bytes:
        request = Driver._start(self, exchange, now)
        if exchange is HOME:
            self.homed = True
            self._move(0, now, HOME_DEG)
        elif request[:1] == b",":
            target = int(request[1:])
            self._move(target, now, abs(target - self._angle(now)))
        return request

    def _move(self, target_deg: int, now: int, way_deg: float) -> None:
        """Start a move by dead reckoning; the next command waits until it is over, but `safe` does not."""
        self.from_deg = self._angle(now)
        self.to_deg = target_deg
        self.left_ms = now
        self.arrive_ms = now + int(1000 * way_deg / self.move_deg_s) + SETTLE_MS
        self.not_before = self.arrive_ms

    def _angle(self, now: int) -> float:
        """The assumed angle in degrees, on the way as well."""
        if now >= self.arrive_ms:
            return self.to_deg
        return self.from_deg + (self.to_deg - self.from_deg) * (now - self.left_ms) / (self.arrive_ms - self.left_ms)


def _within(name: str, value: int, highest: int) -> int:
    if not 0 <= value <= highest:
        raise ProtocolError("%s = %d: must be 0 to %d" % (name, value, highest))
    return value
