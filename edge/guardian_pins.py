"""The pins of a guardian process: what they are, and those of a simulated rig (gpio_pins.py has a real machine's).

Outputs are gate, contactor, shutter, one trigger for each pulse, and the heartbeat: it toggles while the process lives,
and the hardware behind it opens everything when it stops (a frozen process leaves every pin as it is).
"""

import contextlib
import os
import socket
import struct
from typing import Protocol

from adatom.protocol.errors import InputError

from .guardian import Inputs

# To a rig: output bits and the count of triggers; from a rig: guard 0.01 °C, water 0.01 L/min, cell 0.01 °C,
# reflectance 1e-4, input bits. One packet each
PINS_OUT = "<BI"
PINS_IN = "<4iB"
NO_READING = -(2**31)
DOOR_OPEN, BUTTON = 1, 2
PINS_SOCKET = "pins"
RECONNECT_MS = 200
SILENT_MS = 500  # after this a rig's readings are none


class Pins(Protocol):
    """What a guardian process drives. Bits: GATE, CONTACTOR, SHUTTER, HEARTBEAT."""

    def sense(self, inputs: Inputs, now_ms: int) -> None:
        """Renew the inputs; what does not answer is None, a door that does not answer is open."""
        ...

    def drive(self, bits: int, trigger: bool, now_ms: int) -> None:
        """Set all outputs; one laser trigger more if asked."""
        ...

    def close(self) -> None:
        """Every output off."""
        ...


def open_pins(words: str) -> Pins:
    """The pins that `--pins` names: rig:DIR or gpio:CHIP:name=line,... Raises InputError."""
    kind, _, rest = words.partition(":")
    if kind == "rig" and rest:
        return RigPins(rest)
    if kind == "gpio" and rest:
        from .gpio_pins import GpioPins, gpio_lines

        chip, _, lines = rest.partition(":")
        return GpioPins(chip if chip.startswith("/") else "/dev/" + chip, *gpio_lines(lines))
    raise InputError("--pins", f"{words!r}: must be rig:DIR or gpio:CHIP:gate=LINE,contactor=LINE,...")


class RigPins:
    """The pins of `adatom sim rig --guardian external`, behind a packet socket in its folder.

    The rig has to run at the start (else InputError); one that is started anew later is connected to again.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._line: socket.socket | None = None
        self._retry_ms = self._heard_ms = 0
        self._triggers = 0
        self._connect()
        if self._line is None:
            raise InputError("--pins", f"rig:{folder}: no rig with --guardian external runs there")

    def sense(self, inputs: Inputs, now_ms: int) -> None:
        packet = b""
        while self._line is not None:
            try:
                fresh = self._line.recv(64)
            except BlockingIOError:
                break
            except OSError:
                fresh = b""
            if not fresh:  # the rig has gone
                self._drop()
                break
            packet = fresh
        if packet:
            self._heard_ms = now_ms
            _take(packet, inputs)
        elif now_ms - self._heard_ms > SILENT_MS:
            _take(struct.pack(PINS_IN, NO_READING, NO_READING, NO_READING, NO_READING, DOOR_OPEN), inputs)

    def drive(self, bits: int, trigger: bool, now_ms: int) -> None:
        if self._line is None and now_ms >= self._retry_ms:
            self._retry_ms = now_ms + RECONNECT_MS
            self._connect()
        self._triggers += trigger
        if self._line is not None:
            with contextlib.suppress(BlockingIOError):  # a rig that stands still sees the next packet
                self._send(struct.pack(PINS_OUT, bits, self._triggers))

    def close(self) -> None:
        if self._line is not None:
            with contextlib.suppress(BlockingIOError):
                self._send(struct.pack(PINS_OUT, 0, self._triggers))
        self._drop()

    def _send(self, packet: bytes) -> None:
        assert self._line is not None  # held by the callers
        try:
            self._line.send(packet)
        except BlockingIOError:
            raise
        except OSError:
            self._drop()

    def _connect(self) -> None:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.setblocking(False)
        try:
            line.connect(os.path.join(self.folder, PINS_SOCKET))
        except OSError:  # not there yet: tried again
            line.close()
            return
        self._line = line

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def _take(packet: bytes, inputs: Inputs) -> None:
    *readings, bits = struct.unpack(PINS_IN, packet)
    guard, water, cell, reflectance = [None if value == NO_READING else value for value in readings]
    inputs.guard_cc, inputs.water_cl, inputs.cell_cc, inputs.reflectance_e4 = guard, water, cell, reflectance
    inputs.door_open, inputs.button = bool(bits & DOOR_OPEN), bool(bits & BUTTON)
