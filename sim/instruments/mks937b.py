"""Twin of an MKS 937B gauge controller: `@253PR1?;FF` -> `@253ACK7.60E+2;FF`, other addresses are met with silence.

Channel 1 a cold cathode, 2 a convection Pirani that switches it, 3 a capacitance gauge; the others are empty. What is
no number is a word: LO<E-11, ATM, OFF, WAIT, NOGAUGE, MISCONN.
"""

import math
from collections.abc import Callable

from .plant import Plant

MAX_LINE = 64
END = b";FF"
ANY_ADDRESS = 254
PA_PER_UNIT = {"TORR": 133.322368, "MBAR": 100.0, "PASCAL": 1.0, "MICRON": 0.133322368}
TOLD_UNITS = {"MBAR": "mBAR"}  # as the controller writes it itself
COLD, PIRANI, CAPACITANCE, EMPTY = "CC", "CP", "CM", "NG"
CHANNELS = (COLD, PIRANI, CAPACITANCE, EMPTY, EMPTY, EMPTY)
TORR_PA = PA_PER_UNIT["TORR"]
COLD_LOW_PA, COLD_OFF_PA = 1e-11 * TORR_PA, 5e-3 * TORR_PA  # K: the Pirani switches the cold cathode here
COLD_WAIT_S = 3.0  # K: from switching on to the first value
PIRANI_LOW_PA, PIRANI_HIGH_PA = 1e-3 * TORR_PA, 1000.0 * TORR_PA
CAPACITANCE_LOW_SHARE = 1e-4  # K: of full scale
INVALID_COMMAND, NOT_ION_GAUGE, ARGUMENT, OUT_OF_RANGE = "160", "152", "169", "172"


class Mks937b:
    """One controller. `words` maps a channel (1 to 6) to a word that it shows instead of a value: a test's fault."""

    PROTOCOL = "mks937b"
    BAUD = 9600

    def __init__(
        self, plant: Plant, *, address: int = 253, unit: str = "TORR", full_scale_torr: float = 1000.0
    ) -> None:
        self.plant = plant
        self.address = address
        self.unit = unit
        self.full_scale_pa = full_scale_torr * TORR_PA
        self.words: dict[int, str] = {}
        self.powered = dict.fromkeys(range(1, 7), True)
        self.setpoints = {f"{name}{i}": value for name, value in (("SP", "1.00E-3"), ("SH", "1.10E-3"), ("SD", "BELOW"),
                          ("EN", "OFF")) for i in range(1, 13)}  # fmt: skip
        self._lit_s = math.inf  # when the cold cathode was switched on by the Pirani
        self._buffer = b""
        self._now_s = 0.0

    # --- the line -------------------------------------------------------------------------------------------------
    def feed(self, data: bytes, now_s: float) -> bytes:
        """Answers to the complete messages that are for this address."""
        self.tick(now_s)
        *messages, rest = (self._buffer + data).split(END)
        self._buffer = rest[-MAX_LINE:]
        return b"".join(self._message(message) for message in messages)

    def _message(self, message: bytes) -> bytes:
        text = message[message.rfind(b"@") + 1 :].decode("latin-1")
        if b"@" not in message or text[:3] not in (f"{self.address:03d}", f"{ANY_ADDRESS}"):
            return b""
        body = text[3:].upper()
        if body.endswith("?"):
            ok, answer = self._query(body[:-1])
        else:
            name, mark, value = body.partition("!")
            ok, answer = self._command(name, value) if mark else (False, INVALID_COMMAND)
        return f"@{self.address:03d}{'ACK' if ok else 'NAK'}{answer}".encode() + END

    def _query(self, name: str) -> tuple[bool, str]:
        answers: dict[str, Callable[[], str]] = {
            "PRZ": lambda: " ".join(self._pressure(channel) for channel in range(1, 7)),
            "U": lambda: TOLD_UNITS.get(self.unit, self.unit),
            "SN": lambda: "0912123456",
            "MD": lambda: "937B",
            "MT": lambda: "CC,CM,NG",
            "FV6": lambda: "1.30",
            "AD": lambda: f"{self.address:03d}",
            "BR": lambda: "9600",
        }
        if name in answers:
            return True, answers[name]()
        if name in self.setpoints:
            return True, self.setpoints[name]
        return self._of_channel(name[:-1], name[-1:])

    def _of_channel(self, name: str, digit: str) -> tuple[bool, str]:
        """A question about one channel, as PR1."""
        if name not in ("PR", "PC", "CP", "T") or digit not in "123456" or not digit:
            return False, INVALID_COMMAND
        channel = int(digit)
        if name == "T":
            is_ion = CHANNELS[channel - 1] == COLD
            return (True, self._ion_status()) if is_ion else (False, NOT_ION_GAUGE)
        if name == "CP":
            return True, "ON" if self.powered[channel] else "OFF"
        if name == "PC":
            return (True, self._combined()) if channel == 1 else (False, OUT_OF_RANGE)
        return True, self._pressure(channel)

    def _command(self, name: str, value: str) -> tuple[bool, str]:
        if name == "U":
            if value not in PA_PER_UNIT:
                return False, ARGUMENT
            self.unit = value
        elif name in self.setpoints:
            self.setpoints[name] = value
        elif name[:2] == "CP" and name[2:] in tuple("123456"):
            if value not in ("ON", "OFF"):
                return False, ARGUMENT
            self.powered[int(name[2:])] = value == "ON"
        else:
            return False, INVALID_COMMAND
        return True, value

    # --- gauges ---------------------------------------------------------------------------------------------------
    def tick(self, now_s: float) -> bytes:
        """The Pirani switches the cold cathode. Says nothing by itself."""
        self._now_s = max(now_s, self._now_s)
        if not self.powered[1] or not self.plant.vacuum_pa < COLD_OFF_PA:  # NaN is no vacuum
            self._lit_s = math.inf
        elif self._lit_s == math.inf:
            self._lit_s = self._now_s
        return b""

    def _ion_status(self) -> str:
        """T1?: the letters of the manual."""
        if not self.powered[1]:
            return "O"
        if self._lit_s == math.inf:
            return "C"
        return "W" if self._now_s - self._lit_s < COLD_WAIT_S else "G"

    def _pressure(self, channel: int) -> str:
        if channel in self.words:
            return self.words[channel]
        kind = CHANNELS[channel - 1]
        if kind == EMPTY:
            return "NOGAUGE"
        if not self.powered[channel]:
            return "OFF"
        if kind == COLD:
            return {"G": self._cold(), "W": "WAIT"}.get(self._ion_status(), "OFF")
        return self._pirani() if kind == PIRANI else self._capacitance()

    def _cold(self) -> str:
        return self._told(self.plant.vacuum_pa, COLD_LOW_PA)

    def _pirani(self) -> str:
        if not math.isfinite(self.plant.vacuum_pa):
            return "MISCONN"
        return "ATM" if self.plant.vacuum_pa > PIRANI_HIGH_PA else self._told(self.plant.vacuum_pa, PIRANI_LOW_PA)

    def _capacitance(self) -> str:
        if not math.isfinite(self.plant.pressure_pa):
            return "MISCONN"
        if self.plant.pressure_pa > self.full_scale_pa:
            return "ATM"
        return self._told(self.plant.pressure_pa, CAPACITANCE_LOW_SHARE * self.full_scale_pa * 1e-3)

    def _combined(self) -> str:
        """PC1?: the cold cathode while it is good, else the Pirani."""
        return self._pressure(1 if self._ion_status() == "G" and 1 not in self.words else 2)

    def _told(self, pascal: float, low_pa: float) -> str:
        """Three digits and an exponent without leading zeros; LO< and the decade under the gauge's range."""
        unit_pa = PA_PER_UNIT[self.unit]
        if pascal < low_pa:
            return f"LO<E{math.floor(math.log10(low_pa / unit_pa) + 1e-9):+03d}"
        mantissa, exponent = f"{pascal / unit_pa:.2E}".split("E")
        return f"{mantissa}E{int(exponent):+d}"

    def state(self) -> dict[str, object]:
        """What the controller believes."""
        return {"unit": self.unit, "pressures": [self._pressure(channel) for channel in range(1, 7)]}
