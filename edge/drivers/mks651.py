"""MKS 651C throttle-valve controller: the agent writes valve positions (direct) or pressures (supervised).

Set-point A is made a position or a pressure, whichever is written, and selected. Readings: valve_pct (0.01 %),
valve_pressure_pa (0.001 Pa, from the controller's own gauge input), remote (1 when it obeys the serial line). Writes:
valve_pct, pressure_pa. ASCII, CR LF, 9600 8N1.
"""

from adatom.protocol.errors import ProtocolError

from .base import Driver, Exchange, first_line, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Full scale by the sensor range code of R33, and Pa of one unit by the unit code of R34 (instruments manual, table R)
RANGES = (0.1, 0.2, 0.5, 1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10000, 1.33, 2.66, 13.33, 133.3, 1333, 6666, 13332)
UNIT_PA = (133.322, 0.133322, 100.0, 0.1, 1000.0, 1.0, 98.0665, 249.089)
REPLY_MS = 800  # it answers after about 250 ms; bytes take 1 ms each
POSITION_MAX = 10000  # 100.00 %
KINDS = ("position", "pressure")
SETPOINT_A = 3  # R37: third digit while set-point A is active


def request(number: int) -> Exchange:
    """The Exchange of one R request; its number is the key."""
    return Exchange(b"R%d\r\n" % number, number, REPLY_MS, 2)


class Mks651(Driver):
    """Safe state: the valve opens, so that the pumps take away whatever still flows in."""

    ROLE = "valve"
    PROTOCOL = "mks651"
    # what is in force is written again now and then, should a byte be lost
    UNCHANGED_MS = {"valve_pct": 2000, "pressure_pa": 2000}
    START: "tuple[Exchange, ...]" = (request(38), request(33), request(34), Exchange(b"T10\r\n"), request(26))
    POLLS = (request(6), request(5), request(6), request(37))
    LETTERS = {38: b"H", 33: b"E", 34: b"F", 26: b"T", 6: b"V", 5: b"P", 37: b"M"}

    def __init__(self) -> None:
        Driver.__init__(self)
        self.range_units: "float | None" = None
        self.unit_pa: "float | None" = None
        self.kind: "int | None" = 0  # of set-point A as asked for last: 0 position, 1 pressure; None: ask again

    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """The first line; empty ones are dropped."""
        line, used = first_line(buffer, b"\n")
        return line.strip() or None if line else None, used

    def answers(self, key: "Any", reply: bytes) -> bool:
        """Late replies happen at 250 ms a reply; the letter tells whose it is."""
        return reply.startswith(self.LETTERS[key])

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        """Set-point A of the right type, and selected; ProtocolError for another name or a value out of range."""
        if name == "valve_pct":
            if not 0 <= value <= POSITION_MAX:
                raise ProtocolError("valve_pct = %d: must be 0 to %d" % (value, POSITION_MAX))
            return _setpoint(value)
        if name == "pressure_pa":
            return self._pressure_setpoint(value)
        raise ProtocolError("%s: the throttle valve has no such output" % name)

    def write(self, name: str, value: "Any", now: int, lease_ms: int = 0) -> None:
        """As in the contract; position and pressure are one set-point: the one written last counts."""
        other = "pressure_pa" if name == "valve_pct" else "valve_pct"
        self._forget_write(other)
        self.accepted.pop(other, None)
        Driver.write(self, name, value, now, lease_ms)
        self._make(1 if name == "pressure_pa" else 0)

    def safe(self, now: int) -> None:
        """As in the contract; what the set-point is made of is asked for anew after it."""
        Driver.safe(self, now)
        self.kind = None

    def safe_exchanges(self) -> "list[Exchange]":
        """Open the valve, and ask where it is: twice, for the first answer may be that to a question of before."""
        return [Exchange(b"O\r\n"), request(6), request(6)]

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        """Store a reading. A reply that nobody waits for is an error, not a reading: it may be old."""
        if key is None:
            raise ProtocolError("%r answers no request" % reply)
        body = reply[1:].strip()
        if key == 38:
            self.identity = "MKS 651 " + body.decode()
        elif key == 6:
            self.store("valve_pct", _within(scaled(body, 100), 0, POSITION_MAX + 100), now)
        elif key == 5:
            self._pressure(_within(scaled(body, 100), -1000, 12000), now)
        elif key == 33:
            self.range_units = RANGES[_digits(body, 2)]
        elif key == 34:
            self.unit_pa = UNIT_PA[_digits(body, 2)]
        elif key == 26:
            self._control_type(_digits(body, 2))
        else:
            self._mode(_digits(body, 3), now)

    def _make(self, kind: int) -> None:
        """Make set-point A a position or a pressure before its value is written, now and after a silence."""
        if kind != self.kind:
            self.kind = kind
            steps = [Exchange(b"T1%d\r\n" % kind), request(26)]
            self.START = self.START[:3] + tuple(steps)
            self.queue += steps

    def _pressure_setpoint(self, value: int) -> "list[Exchange]":
        """Nothing while the full scale is not known."""
        if self.range_units is None or self.unit_pa is None:
            return []
        full_pa = self.range_units * self.unit_pa
        if not 0 < value <= full_pa * 1000:
            raise ProtocolError("pressure_pa = %s: over 0 to %s Pa" % (value / 1000, full_pa))
        return _setpoint(round(value * 10 / full_pa))

    def _pressure(self, percent_e2: int, now: int) -> None:
        if self.range_units is None or self.unit_pa is None:
            self.store("valve_pressure_pa", None, now, "the controller has not told its range and units yet")
        else:
            pascal = percent_e2 / 10000 * self.range_units * self.unit_pa
            self.store("valve_pressure_pa", round(pascal * 1000), now)

    def _control_type(self, digits: int) -> None:
        kind = digits % 10
        if kind != self.kind and not self.queue:  # with a queue it was made another since
            self.kind = None  # asked for again with the next write
            raise ProtocolError(
                "set-point A is a %s set-point although it was made a %s" % (KINDS[kind], KINDS[1 - kind])
            )

    def _mode(self, digits: int, now: int) -> None:
        remote = digits // 100 == 1
        self.store("remote", 1 if remote else 0, now)
        self.store("setpoint_active", 1 if digits % 10 == SETPOINT_A else 0, now)
        if not remote:
            raise ProtocolError("the controller is in local mode and ignores the agent")


def _setpoint(percent_e2: int) -> "list[Exchange]":
    """Set-point A, in 0.01 % of full travel or of the gauge's full scale, and set-point A selected."""
    return [Exchange(b"S1%d.%02d\r\n" % (percent_e2 // 100, percent_e2 % 100)), Exchange(b"D1\r\n")]


def _digits(body: bytes, width: int) -> int:
    """The number in a field of exactly `width` digits, else ProtocolError."""
    text = body.decode()
    if len(text) != width or not text.isdigit():
        raise ProtocolError("not a code of %d digits: %r" % (width, body))
    return int(text)


def _within(value: int, low: int, high: int) -> int:
    """The value; ProtocolError when the controller cannot have meant it."""
    if not low <= value <= high:
        raise ProtocolError("out of range: %d hundredths of a percent" % value)
    return value
