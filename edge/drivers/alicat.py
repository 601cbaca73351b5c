"""Mass-flow controller Alicat, ASCII over 19200 baud.

Set-points are written with a decimal point, always: the unit letter and bare digits would be the legacy integer
set-point, in parts of 64000.
"""

from adatom.protocol.errors import ProtocolError

from .base import Driver, Exchange, first_line, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FIELDS = 7  # unit, absolute pressure, temperature, volumetric flow, mass flow, set-point, gas
SCCM_PER_UNIT = (("SCCM", 1.0), ("SLPM", 1000.0))
FAULTS = ("MOV", "ADC", "EXH")  # mass flow over range, broken converter, exhausting: the flow is not the set-point
TOLERANCE = 0.01  # of a unit; the frame shows two decimals


class Alicat(Driver):
    """Readings flow_sccm, flow_set_sccm; write flow_sccm. `gas` is what must be selected, "" for any.

    The instrument's unit is asked for; older firmware does not tell, then `sccm_per_unit` holds.
    """

    ROLE = "mfc"
    PROTOCOL = "alicat"
    BAUD = 19200
    POLL_MS = 50
    UNCHANGED_MS = {"flow_sccm": 1000}
    OPTIONS = (("unit", "word", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), ("gas", "text"),
               ("sccm_per_unit", "number", 0.001, 100000))  # fmt: skip

    def __init__(self, unit: str = "A", gas: str = "O2", sccm_per_unit: float = 1.0) -> None:
        self.unit = unit
        self.gas = gas
        self.sccm_per_unit = sccm_per_unit
        self.unknown_unit = ""
        self.START = (self._ask("VE", "version", 1), self._ask("LS", "units", 1))
        self.POLLS = (self._ask("", ("poll",)),)
        Driver.__init__(self)

    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        return first_line(buffer, b"\r")

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        text = reply.decode().strip()
        if key is None:
            raise ProtocolError("a line that nobody asked for: %r" % text)
        if text == "?" or text == self.unit + " ?":
            raise ProtocolError("refused: %s" % key)
        words = text.split()
        if not words or words[0] != self.unit:
            raise ProtocolError("%r is not from unit %s" % (text, self.unit))
        if key == "version":
            self.identity = "Alicat " + " ".join(words[1:])
        elif key == "units":
            self._units(words)
        else:
            self._frame(words, now)
            if key[0] == "set" and abs(float(words[5]) - key[1]) > TOLERANCE:
                raise ProtocolError("asked for %.2f, the set-point is %s" % (key[1], words[5]))

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        if name != "flow_sccm":
            raise ProtocolError("the flow controller has no write %r" % name)
        if value < 0:
            raise ProtocolError("flow_sccm = %s: at least 0" % (value / 100))
        if self.unknown_unit:
            return []  # nothing goes out in a unit that is not known; the reading says why
        return [self._set(value / 100 / self.sccm_per_unit)]

    def safe_exchanges(self) -> "list[Exchange]":
        return [self._set(0.0)]

    def is_safe(self, now: int) -> bool:
        return Driver.is_safe(self, now) and self.value("flow_set_sccm", now) == 0

    # --- inner -------------------------------------------------------------------------------------------------
    def _ask(self, command: str, key: "Any", tries: int = 2) -> Exchange:
        return Exchange(("%s%s\r" % (self.unit, command)).encode(), key, 300, tries)

    def _set(self, amount: float) -> Exchange:
        return self._ask("S%.3f" % amount, ("set", amount))

    def _units(self, words: list[str]) -> None:
        """`ALS` answers current and requested set-point, number and name of the unit (firmware 9 and later)."""
        if len(words) < 5:
            raise ProtocolError("%r does not name a unit" % " ".join(words))
        factors = [factor for name, factor in SCCM_PER_UNIT if name == words[4]]
        if factors:
            self.sccm_per_unit = factors[0]
        self.unknown_unit = "" if factors else "the instrument counts in %s" % words[4]

    def _frame(self, words: list[str], now: int) -> None:
        if len(words) < FIELDS:
            raise ProtocolError("%d fields in a data frame" % len(words))
        flow = scaled(words[4], 100 * self.sccm_per_unit)
        setpoint = scaled(words[5], 100 * self.sccm_per_unit)
        faults = [word for word in words[FIELDS:] if word in FAULTS]
        why = self.unknown_unit or ", ".join(faults)
        if self.gas and words[6] != self.gas:
            why = "the gas is %s, not %s" % (words[6], self.gas)
        self.store("flow_sccm", None if why else flow, now, why)
        self.store("flow_set_sccm", setpoint, now)
