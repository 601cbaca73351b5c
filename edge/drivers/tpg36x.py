"""Gauge controller Pfeiffer TPG 361/362/366 and 261/262: a full-range gauge and a capacitance gauge.

A question takes two steps: mnemonic -> ACK, then ENQ -> data. The controller's pressure unit is read, and read again
for ever, because anyone can change it on the front panel.
"""

from adatom.protocol.errors import ProtocolError

from .base import Driver, Exchange, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ACK, NAK, ENQ = b"\x06", b"\x15", b"\x05"
PA_PER_UNIT = (100.0, 133.322368, 1.0, 0.133322368, 100.0)  # UNI 0..4: mbar, Torr, Pa, micron, hPa; 5 is volts
STATUS = ("", "under range", "over range", "sensor error", "sensor off", "no sensor", "identification error")
ERROR_DIGITS = ("controller error", "no such hardware", "inadmissible parameter", "syntax error")
CAPACITANCE = "CMR"
ENQ_MS = 300


class Tpg36x(Driver):
    """Readings pressure_pa (capacitance gauge, CMR) and vacuum_lgpa (any other gauge), from PRX.

    Which channel is which comes from TID; until it is known, `channels` holds. Of several gauges for one reading the
    first that gives a value counts.
    """

    ROLE = "gauge"
    PROTOCOL = "tpg36x"
    POLL_MS = 50
    OPTIONS = (("channels", "list", ("vacuum_lgpa", "pressure_pa", "")),)

    def __init__(self, channels: "tuple[str, ...]" = ("vacuum_lgpa", "pressure_pa")) -> None:
        self.channels = tuple(channels)
        self.START = (_ask("TID"), _ask("UNI"))
        pressures = _ask("PRX")
        self.POLLS = (pressures, pressures, pressures, pressures, pressures, _ask("UNI"))
        self.pa_per_unit: "float | None" = None
        self.unit_text = "the unit is not known yet"
        Driver.__init__(self)

    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        end = bytes(buffer).find(b"\r\n")
        return (None, 0) if end < 0 else (bytes(buffer[:end]), end + 2)

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        if key is None:
            raise ProtocolError("a line that nobody asked for: %r" % reply)
        if key[:1] == "?":
            self._acknowledged(key[1:], reply)
            return
        text = reply.decode().replace(" ", "")
        if key == "PRX":
            self._pressures(text.split(","), now)
        elif key == "UNI":
            self._unit(text)
        elif key == "TID":
            self._gauges(text)
        else:
            self._error_word(text, key)

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        raise ProtocolError("the gauge has no write %r" % name)

    def safe_exchanges(self) -> "list[Exchange]":
        return []

    # --- replies -----------------------------------------------------------------------------------------------
    def _acknowledged(self, mnemonic: str, reply: bytes) -> None:
        """ACK: fetch the data. NAK: fetch the error word, so that the reason is known."""
        if reply == ACK:
            self.queue.insert(0, Exchange(ENQ, mnemonic, ENQ_MS))
        elif reply == NAK:
            self.queue.insert(0, Exchange(ENQ, "error of " + mnemonic, ENQ_MS, 1))
        else:
            raise ProtocolError("%r is neither ACK nor NAK" % reply)

    def _error_word(self, text: str, key: str) -> None:
        names = [ERROR_DIGITS[i] for i in range(4) if text[i : i + 1] == "1"]
        raise ProtocolError("%s: %s" % (key, ", ".join(names) if names else "error word %r" % text))

    def _gauges(self, text: str) -> None:
        names = text.split(",")
        self.identity = "TPG " + text
        self.channels = tuple([_reading_of(name) for name in names])

    def _unit(self, text: str) -> None:
        number = scaled(text, 1)
        known = 0 <= number < len(PA_PER_UNIT)
        self.pa_per_unit = PA_PER_UNIT[number] if known else None
        self.unit_text = "" if known else "pressure unit number %d is none" % number

    def _pressures(self, fields: list[str], now: int) -> None:
        if len(fields) < 2 or len(fields) % 2:
            raise ProtocolError("%d fields in an answer to PRX" % len(fields))
        good: "list[str]" = []
        for i in range(min(len(fields) // 2, len(self.channels))):
            name = self.channels[i]
            if name and name not in good:
                self._pressure(name, fields[2 * i], fields[2 * i + 1], now)
                if self.values[name][0] is not None:
                    good.append(name)

    def _pressure(self, name: str, status: str, value: str, now: int) -> None:
        number = scaled(status, 1)
        if not 0 <= number < len(STATUS):
            raise ProtocolError("gauge status %r" % status)
        if number or self.pa_per_unit is None:
            self.store(name, None, now, STATUS[number] or self.unit_text)
            return
        nano_units = scaled(value, 1e9)  # an integer, so that NaN and infinity are refused in one place
        pascal = nano_units * 1e-9 * self.pa_per_unit
        self.store_pascal(name, pascal, value, now)


def _reading_of(gauge: str) -> str:
    """The reading that a gauge of TID gives, "" for a channel without one (noSEn) or with a strange one (noid)."""
    if gauge[:2].lower() == "no":
        return ""
    return "pressure_pa" if gauge[:3] == CAPACITANCE else "vacuum_lgpa"


def _ask(mnemonic: str) -> Exchange:
    return Exchange(mnemonic.encode() + b"\r", "?" + mnemonic)
