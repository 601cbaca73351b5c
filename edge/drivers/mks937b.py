"""Gauge controller MKS 937B / 946: `@253PRZ?;FF` -> `@253ACK` and six fields `;FF`.

All channels come in one answer: a late answer about one channel could not be told from that about another. The
pressure unit is read again for ever, because anyone can change it on the front panel.
"""

from adatom.protocol.errors import ProtocolError

from .base import Driver, Exchange, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHANNELS = 6
START, END = b"@", b";FF"
ANY_ADDRESS = 254
PA_PER_UNIT = (("TORR", 133.322368), ("MBAR", 100.0), ("PASCAL", 1.0), ("MICRON", 0.133322368))
WORDS = (("LO<", "under range"), ("ATM", "atmosphere"), ("OFF", "gauge off"), ("WAIT", "gauge is starting"),
         ("NOGAUGE", "no gauge"), ("MISCONN", "gauge not connected"))  # fmt: skip
REFUSALS = (("152", "not an ion gauge"), ("160", "invalid command"), ("169", "wrong argument"), ("172", "out of range"))
REPLY_MS = 400  # six fields take 60 ms at 9600 baud


class Mks937b(Driver):
    """Readings pressure_pa (channel `capacitance`) and vacuum_lgpa (channel `ion`, while it is off channel `pirani`).

    A channel number of 0 is a gauge that is not there.
    """

    ROLE = "gauge"
    PROTOCOL = "mks937b"
    POLL_MS = 50
    OPTIONS = (("address", "whole number", 1, ANY_ADDRESS), ("ion", "whole number", 0, CHANNELS),
               ("pirani", "whole number", 0, CHANNELS), ("capacitance", "whole number", 0, CHANNELS))  # fmt: skip

    def __init__(self, address: int = 253, ion: int = 1, pirani: int = 2, capacitance: int = 3) -> None:
        self.address = address
        self.vacuum_channels = [channel for channel in (ion, pirani) if channel]
        self.capacitance = capacitance
        self.START = (self._ask("SN", 1), self._ask("U"))
        pressures = self._ask("PRZ")
        self.POLLS = (pressures, pressures, pressures, pressures, pressures, self._ask("U"))
        self.pa_per_unit: "float | None" = None
        self.unit_text = "the unit is not known yet"
        Driver.__init__(self)

    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """From the last @ before the first ;FF: a half message in front of it is dropped."""
        data = bytes(buffer)
        end = data.find(END)
        if end < 0:
            return None, 0
        start = data[:end].rfind(START)
        return (None if start < 0 else data[start + 1 : end]), end + len(END)

    def answers(self, key: "Any", reply: bytes) -> bool:
        """Only PRZ has six fields, only the unit is a word of letters; a refusal is for whoever waits."""
        if reply[3:6] != b"ACK":
            return True
        fields = reply[6:].split()
        if key == "PRZ":
            return len(fields) == CHANNELS
        return len(fields) == 1 and (_factor(fields[0].decode()) is not None) == (key == "U")

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        if key is None:
            raise ProtocolError("an answer that nobody asked for: %r" % reply)
        text = reply.decode()
        if self.address != ANY_ADDRESS and text[:3] != "%03d" % self.address:
            raise ProtocolError("%r is not from address %d" % (text, self.address))
        if text[3:6] == "NAK":
            names = [name for code, name in REFUSALS if code == text[6:]]
            raise ProtocolError("%s refused: %s" % (key, names[0] if names else "code %s" % text[6:]))
        if text[3:6] != "ACK":
            raise ProtocolError("%r is neither ACK nor NAK" % text)
        if key == "PRZ":
            self._pressures(text[6:].split(), now)
        elif key == "U":
            self.pa_per_unit = _factor(text[6:])
            self.unit_text = ""
        else:
            self.identity = "MKS 937B " + text[6:]

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        raise ProtocolError("the gauge has no write %r" % name)

    def safe_exchanges(self) -> "list[Exchange]":
        return []

    # --- inner -------------------------------------------------------------------------------------------------
    def _ask(self, name: str, tries: int = 2) -> Exchange:
        return Exchange(("@%03d%s?;FF" % (self.address, name)).encode(), name, REPLY_MS, tries)

    def _pressures(self, fields: "list[str]", now: int) -> None:
        if self.capacitance:
            self._store("pressure_pa", fields[self.capacitance - 1], now)
        words = []
        for channel in self.vacuum_channels:
            field = fields[channel - 1]
            why = _word(field)
            if not why:
                self._store("vacuum_lgpa", field, now)
                return
            words.append("channel %d: %s" % (channel, why))
        if words:
            self.store("vacuum_lgpa", None, now, "; ".join(words))

    def _store(self, name: str, field: str, now: int) -> None:
        why = _word(field) or self.unit_text
        if why or self.pa_per_unit is None:
            self.store(name, None, now, why)
            return
        pascal = scaled(field, 1e12) * 1e-12 * self.pa_per_unit  # an integer first: refuses NaN and infinity
        self.store_pascal(name, pascal, field, now)


def _word(field: str) -> str:
    """Why a field is no number, "" when it should be one."""
    reasons = [why for word, why in WORDS if field[: len(word)] == word]
    return "%s (%s)" % (reasons[0], field) if reasons else ""


def _factor(unit: str) -> "float | None":
    """Pascal of one unit, None for a text that is none; the controller writes mBAR."""
    factors = [factor for name, factor in PA_PER_UNIT if name == unit.upper()]
    return factors[0] if factors else None
