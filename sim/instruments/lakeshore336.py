"""Twin of a Lake Shore 336 temperature controller: lines of commands joined by `;`, never acknowledged.

What it cannot do shows in *ESR? only: 32 a command that it does not know, 16 one that it cannot carry out. Output 1 is
the bench's heater through a power stage; the sensor is a thermocouple on `channel`.
"""

import math
from collections.abc import Callable

from .plant import Plant

MAX_LINE = 255
INPUTS, OUTPUTS = "ABCD", "1234"
POWER_ON, COMMAND_ERROR, EXECUTION_ERROR = 128, 32, 16
INVALID, OVER_RANGE = 1, 32
OPEN_LOAD = 1
ZERO_K = 273.15
SENSOR_MAX_K = 1645.0  # end of a type K curve
MV_PER_K = 0.0412  # M: mean slope of a type K thermocouple
PCT_PER_K = 0.02  # K: output per kelvin of error at P = 1; the integral time is 1000 s / I
RANGE_SHARE = (0.0, 0.01, 0.1, 1.0)  # of full power: off, low, medium, high
CURRENT, POWER = 1, 2  # what a percentage of an output means
CLOSED_LOOP, ZONE, OPEN_LOOP = 1, 2, 3
CELSIUS = 2  # INTYPE's last field: 1 kelvin, 2 °C, 3 sensor units
# setting -> keys, then of each field: value at power-up, least, greatest, how it is told
SETTINGS: dict[str, tuple[str, tuple[tuple[float, float, float, str], ...]]] = {
    "SETP": (OUTPUTS, ((295.0, 0.0, 1773.0, "+.3f"),)),
    "RAMP": (OUTPUTS, ((0, 0, 1, ".0f"), (0.0, 0.0, 100.0, "+.1f"))),
    "RANGE": (OUTPUTS, ((0, 0, 3, ".0f"),)),
    "MOUT": (OUTPUTS, ((0.0, 0.0, 100.0, "+.2f"),)),
    "OUTMODE": (OUTPUTS, ((1, 0, 5, ".0f"), (1, 0, 8, ".0f"), (0, 0, 1, ".0f"))),
    "PID": (OUTPUTS, ((50.0, 0.1, 1000.0, "+.1f"), (20.0, 0.1, 1000.0, "+.1f"), (0.0, 0.0, 200.0, "+.1f"))),
    "HTRSET": ("12", ((1, 1, 2, ".0f"), (2, 0, 4, ".0f"), (0.0, 0.0, 2.0, "+.3f"), (2, 1, 2, ".0f"))),
    "INTYPE": (INPUTS, ((4, 0, 5, ".0f"), (0, 0, 1, ".0f"), (0, 0, 8, ".0f"), (1, 0, 1, ".0f"), (1, 1, 3, ".0f"))),
    "TLIMIT": (INPUTS, ((0.0, 0.0, 1773.0, "+.1f"),)),
}


class _CommandError(Exception):
    """A command that the controller does not know (32) or cannot carry out (16)."""

    def __init__(self, bit: int) -> None:
        self.bit = bit


class Lakeshore336:
    """One controller. NaN in the plant is a broken sensor; `open_load` is a fault that a test may set."""

    PROTOCOL = "lakeshore336"
    BAUD = 57600

    def __init__(self, plant: Plant, *, channel: str = "A", display: int = POWER) -> None:
        self.plant = plant
        self.channel = channel
        self.values = {
            (name, key): [field[0] for field in fields] for name, (keys, fields) in SETTINGS.items() for key in keys
        }
        for key in "12":
            self.values["HTRSET", key][3] = display
        self.names = dict.fromkeys(INPUTS, "") | {channel: "HEATER"}
        self.open_load = False
        self.load_fault = 0
        self.event = POWER_ON
        self.masks = {"*ESE": 0, "*SRE": 0, "MODE": 0}
        self.working_k = self.values["SETP", "1"][0]
        self.output_pct = 0.0
        self._integral_pct = 0.0
        self._closed_pct = 0.0  # what the loop asks for
        self._buffer = b""
        self._now_s = 0.0

    @property
    def is_ramping(self) -> bool:
        """Whether output 1's set-point is on its way."""
        return self.working_k != self.values["SETP", "1"][0]

    # --- the line -------------------------------------------------------------------------------------------------
    def feed(self, data: bytes, now_s: float) -> bytes:
        """Answers to the questions in the lines that are complete now."""
        self.tick(now_s)
        *lines, rest = (self._buffer + data).split(b"\n")
        self._buffer = rest[-MAX_LINE:]
        return b"".join(self._line(line.decode("latin-1").strip("\r\0 ")) for line in lines)

    def _line(self, line: str) -> bytes:
        answers = []
        for part in filter(None, (piece.strip(" :") for piece in line.split(";"))):
            try:
                answer = self._query(part) if "?" in part else self._command(part)
            except _CommandError as error:
                self.event |= error.bit
                answer = ""
            if answer:
                answers.append(answer)
        self._command_plant()
        return ";".join(answers).encode() + b"\r\n" if answers else b""

    def _query(self, text: str) -> str:
        name, _, rest = text.partition("?")
        name, key = name.strip().upper(), rest.strip().upper()
        if name in SETTINGS:
            return self._told(name, _key(key, SETTINGS[name][0]))
        if name in self.masks:
            return str(self.masks[name])
        if name not in QUERIES:
            raise _CommandError(COMMAND_ERROR)
        return QUERIES[name](self, key)

    def _told(self, name: str, key: str) -> str:
        values = [self.working_k] if (name, key) == ("SETP", "1") else self.values[name, key]
        shown = [self._from_kelvin(v) if name == "SETP" else v for v in values]
        return ",".join(format(v, field[3]) for v, field in zip(shown, SETTINGS[name][1], strict=True))

    def _take_event(self) -> str:
        event, self.event = self.event, 0
        return f"{event:03d}"

    def _take_load_fault(self, key: str) -> str:
        """Heater status; asking clears it when the fault is gone."""
        fault = self.load_fault if key == "1" else 0
        self.load_fault = OPEN_LOAD if self.open_load and self.load_fault else 0
        return str(fault)

    # --- readings -------------------------------------------------------------------------------------------------
    def _reading(self, channel: str) -> tuple[float, int]:
        """(kelvin, status bits) of an input; only `channel` has a sensor."""
        kelvin = self.plant.heater_c + ZERO_K if channel == self.channel else math.nan
        if not math.isfinite(kelvin):
            return 0.0, INVALID
        return (SENSOR_MAX_K, OVER_RANGE) if kelvin > SENSOR_MAX_K else (kelvin, 0)

    def _each(self, key: str, convert: Callable[[float], float]) -> str:
        """One reading, or all four for the key 0."""
        channels = INPUTS if key in ("", "0") else _key(key, INPUTS)
        return ",".join(f"{convert(self._reading(channel)[0]):+.3f}" for channel in channels)

    def _from_kelvin(self, kelvin: float) -> float:
        return kelvin - ZERO_K if self.values["INTYPE", self.channel][4] == CELSIUS else kelvin

    # --- commands -------------------------------------------------------------------------------------------------
    def _command(self, text: str) -> str:
        """Carry a command out; nothing is answered."""
        name, _, rest = text.partition(" ")
        name, fields = name.upper(), [field.strip() for field in rest.split(",")]
        if name in SETTINGS:
            self._set(name, _key(fields[0].upper(), SETTINGS[name][0]), fields[1:])
        elif name in self.masks:
            self.masks[name] = int(_number(fields[0], 0, 255, ".0f"))
        elif name == "INNAME":
            self.names[_key(fields[0].upper(), INPUTS)] = ",".join(fields[1:]).strip('"')[:15]
        elif name in ("*CLS", "*RST", "*OPC"):
            self.event = 0 if name == "*CLS" else self.event
            if name == "*RST":
                self._all_off()
        else:
            raise _CommandError(COMMAND_ERROR)
        return ""

    def _set(self, name: str, key: str, texts: list[str]) -> None:
        fields = SETTINGS[name][1]
        if not 0 < len(texts) <= len(fields):
            raise _CommandError(EXECUTION_ERROR)
        zero_k = ZERO_K if name == "SETP" and self.values["INTYPE", self.channel][4] == CELSIUS else 0.0
        values = [_number(text, low - zero_k, high - zero_k, form) + zero_k
                  for text, (_, low, high, form) in zip(texts, fields, strict=False)]  # fmt: skip
        if name == "OUTMODE" and key in "12" and values[0] > OPEN_LOOP:
            raise _CommandError(EXECUTION_ERROR)  # monitor and warm-up supply are for the analog outputs
        before = self.values[name, key][0]
        self.values[name, key][: len(values)] = values
        if (name, key) == ("OUTMODE", "1") and values[0] != before:
            self._integral_pct = self._closed_pct = 0.0
        self._ramp(0.0)  # without a ramp a set-point holds at once

    def _all_off(self) -> None:
        for key in OUTPUTS:
            self.values["RANGE", key][0] = 0

    # --- the loop -------------------------------------------------------------------------------------------------
    def tick(self, now_s: float) -> bytes:
        """Ramp, control, watch limits. Says nothing by itself."""
        passed_s = max(0.0, now_s - self._now_s)
        self._now_s = max(now_s, self._now_s)
        kelvin, status = self._reading(self.channel)
        limit_k = self.values["TLIMIT", self.channel][0]
        if limit_k and not status and kelvin > limit_k:
            self._all_off()
        self._ramp(passed_s)
        if passed_s:
            self._control(passed_s, kelvin, status)
        self._command_plant()
        return b""

    def _ramp(self, passed_s: float) -> None:
        target_k = self.values["SETP", "1"][0]
        is_on, rate_k_min = self.values["RAMP", "1"]
        step_k = rate_k_min / 60.0 * passed_s
        if not is_on or not rate_k_min or abs(target_k - self.working_k) <= step_k:
            self.working_k = target_k
        else:
            self.working_k += math.copysign(step_k, target_k - self.working_k)

    def _control(self, passed_s: float, kelvin: float, status: int) -> None:
        """PI with manual output added; the integral rests while the output is at a limit or off."""
        if self.values["OUTMODE", "1"][0] not in (CLOSED_LOOP, ZONE) or status or not self.values["RANGE", "1"][0]:
            self._integral_pct = self._closed_pct = 0.0
            return
        gain, reset, _ = self.values["PID", "1"]
        proportional = PCT_PER_K * gain * (self.working_k - kelvin)
        wanted = proportional + self._integral_pct + self.values["MOUT", "1"][0]
        if 0.0 < wanted < 100.0 or (wanted <= 0.0) == (proportional > 0.0):
            self._integral_pct += proportional * passed_s * reset / 1000.0
            self._integral_pct = max(-100.0, min(100.0, self._integral_pct))
        self._closed_pct = max(0.0, min(100.0, wanted))

    def _command_plant(self) -> None:
        """Turn mode, range and output into power; an open load switches the range off and is remembered."""
        mode = self.values["OUTMODE", "1"][0]
        level = int(self.values["RANGE", "1"][0])
        broken = self._reading(self.channel)[1] != 0
        self.output_pct = 0.0
        if level and mode == OPEN_LOOP:
            self.output_pct = self.values["MOUT", "1"][0]
        elif level and mode in (CLOSED_LOOP, ZONE) and not broken:
            self.output_pct = self._closed_pct
        if self.open_load and self.output_pct:
            self.load_fault, self.values["RANGE", "1"][0], self.output_pct = OPEN_LOAD, 0, 0.0
        share = self.output_pct / 100.0
        if self.values["HTRSET", "1"][3] == CURRENT:
            share *= share
        self.plant.heater_power_w = share * RANGE_SHARE[level] * self.plant.heater_full_w

    def state(self) -> dict[str, object]:
        """What the controller believes."""
        kelvin, status = self._reading(self.channel)
        return {
            "pv_c": None if status else round(kelvin - ZERO_K, 3),
            "setpoint_c": round(self.values["SETP", "1"][0] - ZERO_K, 3),
            "working_setpoint_c": round(self.working_k - ZERO_K, 3),
            "output_pct": round(self.output_pct, 3),
            "range": int(self.values["RANGE", "1"][0]),
            "open_loop": self.values["OUTMODE", "1"][0] == OPEN_LOOP,
            "energised": self.output_pct > 0,
        }


# question -> answer of a controller to a key; settings have theirs in SETTINGS
QUERIES: dict[str, Callable[[Lakeshore336, str], str]] = {
    "*IDN": lambda self, _: "LSCI,MODEL336,LSA12AB/#######,2.9",
    "*ESR": lambda self, _: self._take_event(),
    "*OPC": lambda self, _: "1",
    "*STB": lambda self, _: "000",
    "*TST": lambda self, _: "0",
    "KRDG": lambda self, key: self._each(key, lambda kelvin: kelvin),
    "CRDG": lambda self, key: self._each(key, lambda kelvin: kelvin - ZERO_K if kelvin else 0.0),
    "SRDG": lambda self, key: self._each(key, lambda kelvin: MV_PER_K * (kelvin - ZERO_K) if kelvin else 0.0),
    "RDGST": lambda self, key: f"{self._reading(_key(key, INPUTS))[1]:03d}",
    "HTR": lambda self, key: f"{self.output_pct if _key(key, '12') == '1' else 0.0:+06.1f}",
    "HTRST": lambda self, key: self._take_load_fault(_key(key, "12")),
    "RAMPST": lambda self, key: str(int(_key(key, OUTPUTS) == "1" and self.is_ramping)),
    "INNAME": lambda self, key: f"{self.names[_key(key, INPUTS)]:<15}",
}


def _key(text: str, allowed: str) -> str:
    """The input or output that a command names; an execution error when there is none of that name."""
    if len(text) != 1 or text not in allowed:
        raise _CommandError(EXECUTION_ERROR)
    return text


def _number(text: str, low: float, high: float, form: str) -> float:
    """A parameter within its range; whole when it is told as a whole number."""
    try:
        value = float(text)
    except ValueError:
        raise _CommandError(EXECUTION_ERROR) from None
    if not low <= value <= high or (form == ".0f" and value != int(value)):
        raise _CommandError(EXECUTION_ERROR)
    return value
