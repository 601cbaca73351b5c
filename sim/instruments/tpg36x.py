"""Twin of a Pfeiffer TPG 36x or 26x with a full-range gauge (PKR) and, where there is a channel, a capacitance gauge.

Mnemonic -> ACK or NAK; ENQ -> data, again and again; ETX clears. From power-up until the first character it streams
measurements every second.
"""

import math
from collections.abc import Callable

from .plant import Plant

ACK, NAK, ENQ, ETX = b"\x06\r\n", b"\x15\r\n", 0x05, 0x03
MAX_LINE = 64
NO_HARDWARE, PARAMETER, SYNTAX = "0100", "0010", "0001"
MBAR_PER_PA = 0.01
UNITS_PER_MBAR = (1.0, 0.750061683, 100.0, 750.061683, 1.0, 1.0)  # mbar, Torr, Pa, micron, hPa; volts are not modelled
OK, UNDER, OVER, SENSOR_ERROR, OFF, NO_SENSOR, IDENT_ERROR = range(7)
NO_VALUE = 2.0e-2  # what stands in the field of a channel without a sensor
PKR, CMR, EMPTY = "PKR", "CMR", "noSEn"
GAUGES = {361: (PKR,), 362: (PKR, CMR), 366: (PKR, CMR, EMPTY, EMPTY, EMPTY, EMPTY), 261: (PKR,), 262: (PKR, CMR)}
PKR_LOW_MBAR, PKR_HIGH_MBAR = 5e-9, 1000.0


class Tpg36x:
    """One controller. `faults` maps a channel (from 0) to a status that its gauge shows instead of 0."""

    PROTOCOL = "tpg36x"
    BAUD = 9600

    def __init__(
        self, plant: Plant, *, model: int = 362, unit: int = 0, cmr_full_mbar: float = 1100.0, streams: bool = True
    ) -> None:
        self.plant = plant
        self.model = model
        self.gauges = GAUGES[model]
        self.unit = unit
        self.cmr_full_mbar = cmr_full_mbar
        self.faults: dict[int, int] = {}
        self.switched = [2] * len(self.gauges)  # SEN: 1 off, 2 on
        self.setpoints = {f"SP{i}": "1.0000E-03,5.0000E-03" for i in range(1, 5)}
        self._streaming_s = 1.0 if streams else 0.0  # 0: no stream
        self._next_line_s = 0.0
        self._line = b""
        self._request = ""
        self._error = "0000"

    # --- the line -------------------------------------------------------------------------------------------------
    def feed(self, data: bytes, now_s: float) -> bytes:
        """ACK, NAK and data for what arrived; the first character ends a stream."""
        if data:
            self._streaming_s = 0.0
        return b"".join(self._byte(byte) for byte in data)

    def tick(self, now_s: float) -> bytes:
        """The measurement lines of a stream that are due."""
        if not self._streaming_s or now_s < self._next_line_s:
            return b""
        self._next_line_s = now_s + self._streaming_s
        return self._pressures().encode() + b"\r\n"

    def _byte(self, byte: int) -> bytes:
        if byte == ENQ:
            return self._enquiry()
        if byte == ETX:
            self._line, self._request = b"", ""
            return b""
        if byte == 0x0D:
            line, self._line = self._line, b""
            return self._command(line) if line else b""
        if byte not in b"\n ":
            self._line = (self._line + bytes([byte]))[-MAX_LINE:]
        return b""

    def _command(self, line: bytes) -> bytes:
        name, *parameters = line.decode("latin-1").upper().split(",")
        error = self._obey(name, parameters)
        self._request = "ERROR WORD" if error else name
        self._error = error or "0000"
        return NAK if error else ACK

    def _enquiry(self) -> bytes:
        if not self._request:
            return b""
        text = self._error if self._request == "ERROR WORD" else self._answer(self._request)
        return text.encode() + b"\r\n"

    # --- commands -------------------------------------------------------------------------------------------------
    def _obey(self, name: str, parameters: list[str]) -> str:
        """Carry out and return the error word, "" when there is none."""
        if name[:2] == "PR" and name[2:] in tuple("123456") and int(name[2:]) > len(self.gauges):
            return NO_HARDWARE
        if name in ("PRX", "TID", "ERR", "PNR", "RES") or (name[:2] == "PR" and name[2:] in tuple("123456")):
            return self._plain(name, parameters)
        if name in self.setpoints:
            return self._plain(name, parameters)
        if name == "AYT" and self.model >= 361:
            return "" if not parameters else PARAMETER
        if name == "UNI":
            return self._set_unit(parameters)
        if name == "SEN":
            return self._switch(parameters)
        if name == "COM":
            return self._stream(parameters)
        return SYNTAX

    def _plain(self, name: str, parameters: list[str]) -> str:
        if name in self.setpoints and len(parameters) == 2:
            self.setpoints[name] = ",".join(parameters)
            return ""
        return PARAMETER if parameters and not (name == "RES" and parameters == ["1"]) else ""

    def _set_unit(self, parameters: list[str]) -> str:
        units = "012345" if self.model >= 361 else "012"
        if parameters and (len(parameters) > 1 or parameters[0] not in tuple(units)):
            return PARAMETER
        self.unit = int(parameters[0]) if parameters else self.unit
        return ""

    def _switch(self, parameters: list[str]) -> str:
        if parameters and (len(parameters) != len(self.gauges) or not set(parameters) <= {"0", "1", "2"}):
            return PARAMETER
        for i, text in enumerate(parameters):
            self.switched[i] = int(text) or self.switched[i]
        return ""

    def _stream(self, parameters: list[str]) -> str:
        if len(parameters) > 1 or (parameters and parameters[0] not in ("0", "1", "2")):
            return PARAMETER
        self._streaming_s = (0.1, 1.0, 60.0)[int(parameters[0]) if parameters else 1]
        return ""

    # --- answers --------------------------------------------------------------------------------------------------
    def _answer(self, name: str) -> str:
        answers: dict[str, Callable[[], str]] = {
            "PRX": self._pressures,
            "TID": lambda: ",".join(self.gauges),
            "UNI": lambda: str(self.unit),
            "SEN": lambda: ",".join(str(s) for s in self.switched),
            "ERR": lambda: "0000",
            "RES": lambda: "0",
            "PNR": lambda: "010500",
            "AYT": lambda: f"TPG{self.model},PTG28290,44990000,010500,010100",
            "COM": lambda: "1",
        }
        if name in answers:
            return answers[name]()
        return self.setpoints[name] if name in self.setpoints else self._channel(int(name[2:]) - 1)

    def _pressures(self) -> str:
        return ",".join(self._channel(channel) for channel in range(len(self.gauges)))

    def _channel(self, channel: int) -> str:
        status, mbar = {PKR: self._pkr, CMR: self._cmr, EMPTY: self._empty}[self.gauges[channel]]()
        status = self.faults.get(channel, status)
        if self.switched[channel] == 1:
            status = OFF
        value = NO_VALUE if status in (SENSOR_ERROR, OFF, NO_SENSOR, IDENT_ERROR) else mbar
        return f"{status},{value * UNITS_PER_MBAR[self.unit]:.4E}"

    def _empty(self) -> tuple[int, float]:
        return NO_SENSOR, NO_VALUE

    def _pkr(self) -> tuple[int, float]:
        mbar = self.plant.vacuum_pa * MBAR_PER_PA
        if not math.isfinite(mbar):
            return NO_SENSOR, NO_VALUE
        if mbar < PKR_LOW_MBAR:
            return UNDER, PKR_LOW_MBAR
        return OK, min(mbar, PKR_HIGH_MBAR)  # the gauge saturates: it shows atmosphere as its upper end

    def _cmr(self) -> tuple[int, float]:
        mbar = self.plant.pressure_pa * MBAR_PER_PA
        if not math.isfinite(mbar):
            return NO_SENSOR, NO_VALUE
        return (OVER, self.cmr_full_mbar) if mbar > self.cmr_full_mbar else (OK, mbar)

    def state(self) -> dict[str, object]:
        """What the controller believes."""
        return {"unit": self.unit, "pressures": self._pressures(), "streaming": self._streaming_s > 0}
