"""The firmware of the bench I/O board: edge/guardian.py behind a UART or USB line, pins, ADC and watchdog.

On the board, main.py is

    from adatom.edge.board.guardian_main import main
    main("gate=2,contactor=3,shutter=4,trigger=5,heartbeat=6,door=7,button=8", key="hex of the bench's board key")

Outputs are active high and off at reset. The door switch closes to ground, the button too. `sense` of a rig's own
sensors (second thermocouple, water, reflectance) is passed in: which chip reads them is the rig's matter.
"""

import binascii
import os
import sys

from adatom.edge.clock import Monotonic, sleep_ms, watchdog
from adatom.edge.guardian import Guardian
from adatom.edge.guardian_turn import CONTACTOR, GATE, HEARTBEAT, SHUTTER, GuardianTurn
from adatom.protocol.errors import InputError

from .ports import lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from adatom.edge.guardian import Inputs

OUTPUTS = (("gate", GATE), ("contactor", CONTACTOR), ("shutter", SHUTTER), ("heartbeat", HEARTBEAT))
NEEDED = ("gate", "contactor", "shutter", "trigger", "heartbeat", "door", "button")
TRIGGER_MS = 1  # length of a trigger pulse; a laser wants 10 us at least
WATCHDOG_MS = 300  # as long as a standstill may last: the reset opens every pin
TURN_MS = 1
KEY_MIN = 16


class BoardPins:
    """The pins of a board, by a map {name: GPIO}."""

    def __init__(self, machine: "Any", lines: "dict[str, int]", sense: "Callable[[Inputs, int], None] | None") -> None:
        self.outputs = [(machine.Pin(lines[name], machine.Pin.OUT, value=0), bit) for name, bit in OUTPUTS]
        self.trigger = machine.Pin(lines["trigger"], machine.Pin.OUT, value=0)
        self.door = machine.Pin(lines["door"], machine.Pin.IN, machine.Pin.PULL_UP)
        self.button = machine.Pin(lines["button"], machine.Pin.IN, machine.Pin.PULL_UP)
        self.more = sense

    def sense(self, inputs: "Inputs", now_ms: int) -> None:
        """A broken wire reads as an open door and as no button: both are the safe side."""
        inputs.door_open = self.door.value() == 1
        inputs.button = self.button.value() == 0
        if self.more is not None:
            self.more(inputs, now_ms)

    def drive(self, bits: int, trigger: bool, now_ms: int) -> None:
        for pin, bit in self.outputs:
            pin.value(1 if bits & bit else 0)
        if trigger:
            self.trigger.value(1)
            sleep_ms(TRIGGER_MS)
            self.trigger.value(0)

    def close(self) -> None:
        for pin, _ in self.outputs:
            pin.value(0)
        self.trigger.value(0)


class UsbLine:
    """The board's own USB line, as bytes that are there now."""

    def __init__(self) -> None:
        import select

        self.poller = select.poll()
        self.poller.register(sys.stdin, select.POLLIN)

    def read(self) -> bytes:
        data = b""
        while self.poller.poll(0):
            data += sys.stdin.buffer.read(1)
        return data

    def write(self, data: bytes) -> None:
        if data:
            sys.stdout.buffer.write(data)

    def forget(self) -> None:
        self.read()


def main(pins: str, key: str, sense: "Callable[[Inputs, int], None] | None" = None) -> None:
    """Guard until the power goes."""
    import machine  # type: ignore[import-not-found]

    secret = binascii.unhexlify(key)
    if len(secret) < KEY_MIN:
        raise InputError("key", "has fewer than %d bytes" % KEY_MIN)
    board = BoardPins(machine, lines_of(pins, NEEDED, (), "pins"), sense)
    by_watchdog = hasattr(machine, "WDT_RESET") and machine.reset_cause() == machine.WDT_RESET
    guardian = Guardian(binascii.hexlify(os.urandom(4)).decode(), secret, latched=by_watchdog)
    turn, clock, dog = GuardianTurn(guardian, UsbLine(), board), Monotonic(), watchdog(WATCHDOG_MS)
    try:
        while True:
            turn.step(clock.now())
            dog.feed()
            sleep_ms(TURN_MS)
    finally:
        board.close()
