"""GPIO lines of a Linux machine by the character device's ABI v2 (linux/gpio.h, kernel 5.10 and newer), by ioctl.

Outputs are active high and start inactive. Inputs are contacts to ground with the pull-up on: an open wire reads as
door open and button not pressed. Thermocouple and water come from files, as hwmon and iio drivers give them.
"""

import fcntl
import os
import struct

from adatom.protocol.errors import InputError

from .guardian import Inputs

OUTPUT_NAMES = ("gate", "contactor", "shutter", "heartbeat", "trigger")  # bit of a name: its place
INPUT_NAMES = ("door", "button")
SENSOR_NAMES = ("guard", "water")  # files with a whole number: thousandths of °C (hwmon's unit), mL/min
SENSE_MS = 100  # between two looks into the files
TRIGGER_BIT = 1 << OUTPUT_NAMES.index("trigger")
GET_LINE = 0xC250B407  # GPIO_V2_GET_LINE_IOCTL: _IOWR(0xB4, 7, struct gpio_v2_line_request of 592 bytes)
GET_VALUES = 0xC010B40E  # GPIO_V2_LINE_GET_VALUES_IOCTL
SET_VALUES = 0xC010B40F  # GPIO_V2_LINE_SET_VALUES_IOCTL
FLAG_INPUT, FLAG_OUTPUT, FLAG_PULL_UP = 1 << 2, 1 << 3, 1 << 8
LINES_MAX, NAME_BYTES, ATTRIBUTES = 64, 32, 10
REQUEST = (
    f"<{LINES_MAX}I{NAME_BYTES}sQ6I{24 * ATTRIBUTES}s2I5Ii"  # offsets consumer flags num_attrs+pad attrs n size pad fd
)
VALUES = "<QQ"  # bits, mask
CONSUMER = b"adatom guardian"


def gpio_lines(words: str) -> tuple[dict[str, int], dict[str, str]]:
    """(name -> line, sensor -> file) of "gate=17,door=5,guard=/sys/…"; InputError for what is missing or wrong."""
    lines: dict[str, int] = {}
    files: dict[str, str] = {}
    for word in words.split(","):
        name, _, value = word.partition("=")
        if name in SENSOR_NAMES and value.startswith("/"):
            files[name] = value
        elif name in OUTPUT_NAMES + INPUT_NAMES and name not in lines and value.isdigit():
            lines[name] = int(value)
        else:
            raise InputError("--pins", f"{word!r}: must be {'|'.join(OUTPUT_NAMES + INPUT_NAMES)}=LINE, each name "
                                       f"once, or {'|'.join(SENSOR_NAMES)}=/FILE")  # fmt: skip
    missing = [name for name in (*OUTPUT_NAMES, "door") if name not in lines]
    if missing:
        raise InputError("--pins", f"{', '.join(missing)} missing: needed are {', '.join(OUTPUT_NAMES)} and door")
    if len(set(lines.values())) != len(lines):
        raise InputError("--pins", f"{words}: a line stands twice")
    return lines, files


def line_request(offsets: list[int], flags: int) -> bytes:
    """struct gpio_v2_line_request for lines that share their flags; outputs start inactive."""
    padded = offsets + [0] * (LINES_MAX - len(offsets))
    return struct.pack(REQUEST, *padded, CONSUMER, flags, *[0] * 6, b"", len(offsets), 0, *[0] * 5, 0)


class GpioPins:
    """The lines of one chip; what guardian_pins.Pins asks for."""

    def __init__(self, chip: str, lines: dict[str, int], files: dict[str, str]) -> None:
        self.files = files
        self._sense_ms: int | None = None
        try:
            handle = os.open(chip, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise InputError("--pins", f"{chip}: {error.strerror}") from error
        try:
            self._inputs = [name for name in INPUT_NAMES if name in lines]
            self._out = _request(handle, [lines[name] for name in OUTPUT_NAMES], FLAG_OUTPUT, chip)
            self._in = _request(handle, [lines[name] for name in self._inputs], FLAG_INPUT | FLAG_PULL_UP, chip)
        finally:
            os.close(handle)

    def sense(self, inputs: Inputs, now_ms: int) -> None:
        high = struct.unpack(VALUES, fcntl.ioctl(self._in, GET_VALUES, struct.pack(VALUES, 0, 3)))[0]
        inputs.door_open = bool(high & 1)
        inputs.button = len(self._inputs) > 1 and not high & 2
        if self._sense_ms is None or now_ms - self._sense_ms >= SENSE_MS:
            self._sense_ms = now_ms
            inputs.guard_cc = _read(self.files.get("guard"))
            inputs.water_cl = _read(self.files.get("water"))

    def drive(self, bits: int, trigger: bool, now_ms: int) -> None:
        self._set(bits | (TRIGGER_BIT if trigger else 0))

    def close(self) -> None:
        self._set(0)
        os.close(self._out)
        os.close(self._in)

    def _set(self, bits: int) -> None:
        fcntl.ioctl(self._out, SET_VALUES, struct.pack(VALUES, bits, (1 << len(OUTPUT_NAMES)) - 1))


def _read(path: str | None) -> int | None:
    """A tenth of the whole number in a file: hundredths of the channel's unit; None when it cannot be read."""
    try:
        with open(path or "", encoding="ascii") as file:
            return round(int(file.read()) / 10)
    except (OSError, ValueError):
        return None


def _request(handle: int, offsets: list[int], flags: int, chip: str) -> int:
    """The descriptor of requested lines."""
    try:
        answer = fcntl.ioctl(handle, GET_LINE, line_request(offsets, flags))
    except OSError as error:
        raise InputError("--pins", f"{chip}: lines {offsets} are refused: {error.strerror}") from error
    return int(struct.unpack(REQUEST, answer)[-1])
