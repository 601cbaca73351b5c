"""The pins that an external guardian drives in a simulated rig, and the dead-man relay behind them.

A guardian process connects to the socket `pins`; what it last drove stays, as pins do when a process freezes or dies.
The relay (a charge pump or retriggerable monostable on the heartbeat pin) opens everything when the edges stop.
"""

import contextlib
import os
import socket
import struct
from pathlib import Path

from adatom.edge.guardian import Inputs
from adatom.edge.guardian_pins import BUTTON, DOOR_OPEN, NO_READING, PINS_IN, PINS_OUT, PINS_SOCKET
from adatom.edge.guardian_turn import CONTACTOR, GATE, HEARTBEAT, SHUTTER

from .instruments.bench_io import BenchIo
from .instruments.plant import Plant

HOLD_S = 0.4  # the relay opens so long after the last edge
EDGES = 3  # in a row that close it again: one stray edge of a process that wakes up does not
SENSE_S = 0.02  # between two packets of inputs


class DeadMan:
    """The relay: closed while edges come in time."""

    def __init__(self) -> None:
        self._edges = 0
        self._last_s = 0.0

    def edge(self, now_s: float) -> None:
        """The heartbeat pin changed."""
        self._edges = self._edges + 1 if now_s - self._last_s < HOLD_S else 1
        self._last_s = now_s

    def closed(self, now_s: float) -> bool:
        """Whether outputs behind the relay are energised."""
        return self._edges >= EDGES and now_s - self._last_s < HOLD_S


class PinBoard:
    """Outputs in, inputs out, for one guardian at a time; the newest connection counts."""

    PROTOCOL = "adatom-io of a guardian process"

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.plant = plant
        self.path = folder / PINS_SOCKET
        self.bits = 0
        self.relay = DeadMan()
        self._sensors = BenchIo(plant)
        self._triggers: int | None = None
        self._sensed_s = 0.0
        self._client: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.setblocking(False)
        self.path.unlink(missing_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # an address holds no more than 107 bytes
        self._listener.bind(f"/proc/self/fd/{handle}/{PINS_SOCKET}")
        os.close(handle)
        self._listener.listen(1)

    def service(self, now_s: float) -> None:
        """Take what the guardian drove, apply it behind the relay, tell it what the sensors feel."""
        self._accept()
        self._receive(now_s)
        self._apply(now_s)
        if now_s - self._sensed_s >= SENSE_S:
            self._sensed_s = now_s
            self._sense()

    def state(self) -> dict[str, object]:
        """What the pins are, and the relay."""
        return {"connected": self._client is not None, "pins": self.bits & (GATE | CONTACTOR | SHUTTER)}

    def close(self) -> None:
        self._drop()
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:
            return
        self._drop()
        client.setblocking(False)
        self._client, self._triggers = client, None

    def _receive(self, now_s: float) -> None:
        while self._client is not None:
            try:
                packet = self._client.recv(64)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if len(packet) != struct.calcsize(PINS_OUT):
                self._drop()
                return
            bits, triggers = struct.unpack(PINS_OUT, packet)
            self._drive(bits, triggers, now_s)

    def _drive(self, bits: int, triggers: int, now_s: float) -> None:
        if (bits ^ self.bits) & HEARTBEAT:
            self.relay.edge(now_s)
        fresh = triggers - self._triggers if self._triggers is not None else 0
        self.bits, self._triggers = bits, triggers
        if bits & GATE and self.relay.closed(now_s):
            self.plant.triggers += fresh

    def _apply(self, now_s: float) -> None:
        bits = self.bits if self.relay.closed(now_s) else 0
        plant = self.plant
        plant.gate_open, plant.contactor_closed = bool(bits & GATE), bool(bits & CONTACTOR)
        plant.shutter_open = bool(bits & SHUTTER)

    def _sense(self) -> None:
        if self._client is None:
            return
        seen = Inputs()
        self._sensors.sense(seen)
        readings = (seen.guard_cc, seen.water_cl, seen.cell_cc, seen.reflectance_e4)
        bits = seen.door_open * DOOR_OPEN | seen.button * BUTTON
        packet = struct.pack(PINS_IN, *(NO_READING if value is None else value for value in readings), bits)
        with contextlib.suppress(OSError):  # a guardian that stands still, or has gone
            self._client.send(packet)

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
