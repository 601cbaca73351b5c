"""Mass-flow controller Bronkhorst on ProPar, binary mode, 38400 baud: `10 02 seq node len data 10 03`.

Every 10 inside a frame is doubled, so a frame is found again after any garbage. An answer repeats sequence number and
parameter index of its request: a late one meets nobody. Flows are floats in the instrument's own unit, which is read.
"""

import struct

from adatom.protocol.errors import ProtocolError

from .base import READING_MAX, Driver, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

START, END, DLE = b"\x10\x02", b"\x10\x03", 0x10
STATUS, SEND_WITH_ACK, SEND, REQUEST = 0, 1, 2, 4
INT8, INT16, FLOAT, STRING = 0x00, 0x20, 0x40, 0x60
# key -> sequence number, process, parameter, type. The key is what `parse` gets; one number a key, so answers tell
PARAMETERS = {
    "flow": (1, 33, 0, FLOAT),
    "set": (2, 33, 3, FLOAT),
    "write": (3, 33, 3, FLOAT),
    "mode": (4, 1, 4, INT8),
    "unit": (5, 1, 31, STRING),
    "gas": (6, 1, 17, STRING),
    "serial": (7, 113, 3, STRING),
    "type": (8, 113, 1, STRING),
}
CODES = {1: "process claimed", 2: "unknown command", 3: "unknown process", 4: "unknown parameter", 5: "wrong type",
         6: "value out of range", 13: "read only", 17: "write only", 34: "protocol error"}  # fmt: skip
# a normal millilitre is one at 0 °C, as a standard cubic centimetre here; a standard one of theirs is at 20 °C
SCCM_PER_UNIT = (("mln/min", 1.0), ("ln/min", 1000.0), ("mls/min", 273.15 / 293.15), ("ls/min", 273150 / 293.15))
BUS_CONTROL = (0, 18)  # control modes that follow the set-point of the line
REPLY_MS = 300


class Bronkhorst(Driver):
    """Readings flow_sccm, flow_set_sccm; write flow_sccm. `gas` is what must be selected, "" for any."""

    ROLE = "mfc"
    PROTOCOL = "propar"
    BAUD = 38400
    POLL_MS = 25
    UNCHANGED_MS = {"flow_sccm": 1000}
    OPTIONS = (("node", "whole number", 1, 128), ("gas", "text"))

    def __init__(self, node: int = 3, gas: str = "O2") -> None:
        self.node = node
        self.gas = gas
        self.START = tuple([self._ask(key) for key in ("type", "serial", "unit", "gas", "mode")])
        flow, told = self._ask("flow"), self._ask("set")
        self.POLLS = (flow, told, flow, told, flow, told, flow, self._ask("gas"), flow, self._ask("mode"))
        self.sccm_per_unit: "float | None" = None
        self.unit_text = "the unit is not known yet"
        self.gas_text = "the gas is not known yet" if gas else ""
        self.mode_text = ""
        Driver.__init__(self)

    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """The contents of the first complete frame, unstuffed; what is before its start is dropped."""
        data = bytes(buffer)
        start = data.find(START)
        if start < 0:
            return None, len(data) - (data[-1] == DLE)
        body = bytearray()
        at = start + 2
        while at + 1 < len(data):
            pair = data[at : at + 2]
            if pair == END:
                return bytes(body), at + 2
            if pair[0] == DLE and pair[1] != DLE:
                return None, at  # damaged: perhaps the start of the next one
            body.append(pair[0])
            at += 2 if pair[0] == DLE else 1
        return None, start

    def answers(self, key: "Any", reply: bytes) -> bool:
        return len(reply) > 3 and reply[0] == PARAMETERS[key][0] and reply[1] == self.node

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        if key is None:
            raise ProtocolError("a frame that nobody asked for: %r" % reply)
        if reply[2] != len(reply) - 3:
            raise ProtocolError("%d bytes in a frame of %d" % (len(reply) - 3, reply[2]))
        command, rest = reply[3], reply[4:]
        if command == STATUS and len(rest) == 2:
            if rest[0] or key != "write":
                raise ProtocolError("%s refused: %s" % (key, CODES.get(rest[0], "status %d" % rest[0])))
        elif command == SEND and rest[:2] == bytes([PARAMETERS[key][1], PARAMETERS[key][2] | PARAMETERS[key][3]]):
            self._value(key, rest[2:], now)
        else:
            raise ProtocolError("no answer to %s: %r" % (key, reply))

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        if name != "flow_sccm":
            raise ProtocolError("the flow controller has no write %r" % name)
        if value < 0:
            raise ProtocolError("flow_sccm = %s: at least 0" % (value / 100))
        if self.sccm_per_unit is None:
            return []  # nothing goes out while the unit is not known; `value` says why
        return [self._set(value / 100 / self.sccm_per_unit)]

    def safe_exchanges(self) -> "list[Exchange]":
        return [self._set(0.0)]

    def is_safe(self, now: int) -> bool:
        return Driver.is_safe(self, now) and self.value("flow_set_sccm", now) == 0

    # --- values ------------------------------------------------------------------------------------------------
    def _value(self, key: str, data: bytes, now: int) -> None:
        kind = PARAMETERS[key][3]
        if kind == STRING:
            self._text(key, _string(data))
        elif kind == INT8:
            self.mode_text = "" if data[0] in BUS_CONTROL else "control mode %d ignores the line" % data[0]
        else:
            self._number(key, struct.unpack(">f", data)[0], now)

    def _text(self, key: str, text: str) -> None:
        if key == "unit":
            factors = [factor for name, factor in SCCM_PER_UNIT if name == text]
            self.sccm_per_unit = factors[0] if factors else None
            self.unit_text = "" if factors else "the instrument counts in %s" % text
        elif key == "gas":
            self.gas_text = "" if self.gas in ("", text) else "the gas is %s, not %s" % (text, self.gas)
        elif key == "type":
            self.identity = "Bronkhorst " + text
        else:
            self.identity = (self.identity or "Bronkhorst") + " " + text

    def _number(self, key: str, number: float, now: int) -> None:
        name = "flow_sccm" if key == "flow" else "flow_set_sccm"
        unit_text = "" if key == "set" and number == 0 else self.unit_text  # no flow is none in any unit
        why = unit_text or (self.gas_text if key == "flow" else self.mode_text)
        if why:
            self.store(name, None, now, why)
            return
        counts = number * 100 * (self.sccm_per_unit or 0.0)
        if not -READING_MAX < counts < READING_MAX:  # NaN, infinity
            raise ProtocolError("a flow of %s" % number)
        self.store(name, round(counts), now)

    # --- requests ----------------------------------------------------------------------------------------------
    def _ask(self, key: str) -> Exchange:
        number, process, parameter, kind = PARAMETERS[key]
        request = bytes([REQUEST, process, parameter | kind, process, parameter | kind])
        return self._exchange(key, number, request + (b"\0" if kind == STRING else b""))

    def _set(self, amount: float) -> Exchange:
        number, process, parameter, kind = PARAMETERS["write"]
        message = bytes([SEND_WITH_ACK, process, parameter | kind]) + struct.pack(">f", amount)
        return self._exchange("write", number, message)

    def _exchange(self, key: str, number: int, message: bytes) -> Exchange:
        body = bytes([number, self.node, len(message)]) + message
        return Exchange(START + body.replace(b"\x10", b"\x10\x10") + END, key, REPLY_MS)


def _string(data: bytes) -> str:
    """A text with its length before it, or with a length of 0 and a zero behind it; padding is dropped."""
    if not data:
        raise ProtocolError("a text without a length")
    text = data[1 : 1 + data[0]] if data[0] else data[1:].split(b"\0")[0]
    if data[0] and len(text) != data[0]:
        raise ProtocolError("a text of %d bytes instead of %d" % (len(text), data[0]))
    return text.decode().strip()
