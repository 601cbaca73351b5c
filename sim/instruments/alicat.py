"""Twin of an Alicat mass-flow controller (firmware 10v20): CR lines, a unit letter first, other units' lines ignored.

A failed command is answered `?`. The unit letter and bare digits are the legacy set-point in parts of 64000.
"""

import math
import re
from collections.abc import Callable
from functools import partial

from .plant import Plant

MAX_LINE = 80
GASES = {0: "Air", 1: "Ar", 2: "CH4", 3: "CO", 4: "CO2", 6: "H2", 7: "He", 8: "N2", 9: "N2O", 10: "Ne", 11: "O2"}
MASS_FLOW_LOOP = 37
LOOPS = (34, 36, 37, 38, 39)
LEGACY_FULL = 64000
ATMOSPHERE_PSIA = 14.7
SCCM = 12  # the instrument's number of the unit
NUMBER = r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)"


class Alicat:
    """One controller with a range of `full_sccm`. `stuck` is a fault that a test may set: commands change nothing."""

    PROTOCOL = "alicat"
    BAUD = 19200

    def __init__(self, plant: Plant, *, unit: str = "A", full_sccm: float = 100.0, gas: int = 11) -> None:
        self.plant = plant
        self.unit = unit
        self.full_sccm = full_sccm
        self.gas = gas
        self.loop = MASS_FLOW_LOOP
        self.hold = False
        self.locked = False
        self.stuck = False
        self.ramp_flags = "1 1 1 1"
        self._tare_sccm = 0.0
        self._buffer = b""
        self._stream_s = 0.0
        self._next_line_s = 0.0
        self._commands: tuple[tuple[str, Callable[..., str]], ...] = (
            (r"", self._frame),
            (rf"S\s*{NUMBER}", self._setpoint),
            (r"LS", self._setpoint_line),
            (rf"LS\s+{NUMBER}", self._set_and_tell),
            (r"(\d+)", self._legacy),
            (r"(?:GS?|\$\$W46=)\s*(\d+)(?:\s+[01])?", self._set_gas),
            (r"\$\$R46", partial(self._tell, "{unit}   046 = {gas}")),
            (r"R122", partial(self._tell, "{unit} 122={loop}")),
            (r"W122=(\d+)", self._set_loop),
            (r"VE|\?\?M9", partial(self._tell, "{unit}   10v20.0-R24 Mar 07 2024,14:21:38")),
            (r"(?:\$\$)?(V|PC|P)", self._tare),
            (r"(?:\$\$)?(HP|HC|H|C)", self._set_hold),
            (r"\$\$(L|U)", self._lock),
            (r"LSRC((?: [01]){4})?", self._ramp_config),
            (r"SR(?: [\d.]+ [3-7])?", partial(self._tell, "{unit} +000.00 12 4 SCCM/s")),
            (r"LSS(?: [AUS])?", partial(self._tell, "{unit} S")),
            (r"FPF (\d+)", self._full_scale),
            (r"\?\?M\*", self._manufacturer),
            (r"\?\?D\*", self._layout),
            (r"\?\?G\*", self._gas_table),
        )

    # --- the line -------------------------------------------------------------------------------------------------
    def feed(self, data: bytes, now_s: float) -> bytes:
        """Answers to the complete lines that are for this unit."""
        *lines, rest = (self._buffer + data).split(b"\r")
        self._buffer = rest[-MAX_LINE:]
        return b"".join(self._line(line.decode("latin-1").strip()) for line in lines)

    def _line(self, text: str) -> bytes:
        renamed = re.fullmatch(r"@@\s*([A-Z@])|([A-Z])@\s*=?\s*([A-Z@])", text)
        if renamed:
            return self._rename(*renamed.groups())
        if text[:1] != self.unit:
            return b""
        for pattern, action in self._commands:
            match = re.fullmatch(pattern, text[1:], re.ASCII)
            if match:
                return (action(*match.groups()) + "\r").encode()
        return b"?\r"

    def _rename(self, stop: str | None, old: str | None, new: str | None) -> bytes:
        """`@@ A` stops streaming under a letter, `A@ B` changes it and `A@ @` starts streaming."""
        if stop is None and old != self.unit:
            return b""
        letter = stop or new or self.unit
        self._stream_s = 0.05 if letter == "@" else 0.0
        self.unit = self.unit if letter == "@" else letter
        return b"" if letter == "@" else (self._frame() + "\r").encode()

    def tick(self, now_s: float) -> bytes:
        """The frames of a stream that are due."""
        if not self._stream_s or now_s < self._next_line_s:
            return b""
        self._next_line_s = now_s + self._stream_s
        return (self._frame()[2:] + "\r").encode()

    def _tell(self, text: str) -> str:
        return text.format(unit=self.unit, gas=self.gas, loop=self.loop)

    # --- set-point and flow ---------------------------------------------------------------------------------------
    def _frame(self) -> str:
        """unit, absolute pressure (psia), temperature (°C), volumetric and mass flow, set-point, gas, status."""
        flow = self.plant.flow_sccm - self._tare_sccm
        flow = flow if math.isfinite(flow) else 0.0
        values = (ATMOSPHERE_PSIA, 24.5, flow, flow, self.plant.flow_set_sccm)
        text = f"{self.unit} " + " ".join(f"{value:+07.2f}" for value in values) + f" {GASES[self.gas]:>6}"
        broken = not math.isfinite(self.plant.flow_sccm)
        flags = (("HLD", self.hold), ("LCK", self.locked), ("MOV", flow > 1.28 * self.full_sccm), ("ADC", broken))
        return text + "".join(" " + name for name, is_set in flags if is_set)

    def _setpoint(self, number: str) -> str:
        self._apply(float(number))
        return self._frame()

    def _set_and_tell(self, number: str) -> str:
        self._apply(float(number))
        return self._setpoint_line()

    def _legacy(self, number: str) -> str:
        self._apply(int(number[:7]) / LEGACY_FULL * self.full_sccm)
        return self._frame()

    def _apply(self, sccm: float) -> None:
        """The range clamps a set-point; a real controller does not complain."""
        if not self.stuck:
            self.plant.flow_set_sccm = max(0.0, min(self.full_sccm, sccm))

    def _setpoint_line(self) -> str:
        value = f"{self.plant.flow_set_sccm:+07.2f}"
        return f"{self.unit} {value} {value} {SCCM} SCCM"

    # --- the rest -------------------------------------------------------------------------------------------------
    def _set_gas(self, number: str) -> str:
        if len(number) > 4 or int(number) not in GASES:
            return "?"
        self.gas = int(number)
        return self._frame()

    def _set_loop(self, number: str) -> str:
        if len(number) > 4 or int(number) not in LOOPS:
            return "?"
        self.loop = int(number)
        return f"{self.unit} 122={self.loop}"

    def _tare(self, what: str) -> str:
        if what == "V":
            self._tare_sccm = self.plant.flow_sccm if math.isfinite(self.plant.flow_sccm) else 0.0
        return self._frame()

    def _set_hold(self, what: str) -> str:
        self.hold = what != "C"
        if what == "HC":
            self.plant.flow_set_sccm = 0.0
        return self._frame()

    def _lock(self, what: str) -> str:
        self.locked = what == "L"
        return self._frame()

    def _ramp_config(self, flags: str | None) -> str:
        self.ramp_flags = flags.strip() if flags else self.ramp_flags
        return f"{self.unit} {self.ramp_flags}"

    def _full_scale(self, statistic: str) -> str:
        return f"{self.unit} {self.full_sccm:+07.2f} {SCCM} SCCM" if statistic in ("4", "5", "37") else "?"

    def _manufacturer(self) -> str:
        lines = ("Alicat Scientific", "www.alicat.com", "Ph   520-290-6060", "info@alicat.com", "Model MC-100SCCM-D")
        return "\r".join(f"{self.unit} M{i:02d} {line}" for i, line in enumerate(lines))

    def _gas_table(self) -> str:
        return "\r".join(f"{self.unit} G{number:02d} {name:>8}" for number, name in GASES.items())

    def _layout(self) -> str:
        """The table of the data frame's columns; an empty line ends it."""
        rows = (
            "D00 ID_ NAME______________________ TYPE_______ WIDTH NOTES___________________",
            "D01 700 Unit ID                    string          1",
            "D02 002 Abs Press                  s decimal     7/2 010 02 PSIA",
            "D03 003 Flow Temp                  s decimal     7/2 002 02 `C",
            "D04 004 Volu Flow                  s decimal     7/2 012 02 CCM",
            "D05 005 Mass Flow                  s decimal     7/2 012 02 SCCM",
            "D06 037 Mass Flow Setpt            s decimal     7/2 012 02 SCCM",
            "D07 703 Gas                        string          6",
            "D08 701 *Error                     string          3 ADC ADC/DAC error",
        )
        return "\r".join(f"{self.unit} {row}" for row in rows) + "\r"

    def state(self) -> dict[str, object]:
        """What the controller believes."""
        return {
            "setpoint_sccm": self.plant.flow_set_sccm,
            "flow_sccm": round(self.plant.flow_sccm, 3) if math.isfinite(self.plant.flow_sccm) else None,
            "gas": GASES[self.gas],
            "energised": False,
        }
