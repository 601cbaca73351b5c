"""Twin of a Bronkhorst EL-FLOW mass-flow controller on ProPar, binary mode: `10 02 seq node len data 10 03`.

Every 10 inside is doubled. A node answers a request with the parameters asked for under the indices that the host
gave, a write with a status; frames of other nodes and damaged frames are met with silence.
"""

import math
import struct
from collections.abc import Callable, Iterator

from .plant import Plant

DLE, STX, ETX = 0x10, 0x02, 0x03
MAX_FRAME = 520
LOCAL_NODE = 128  # whoever is at the other end of a point-to-point line
STATUS, SEND_WITH_ACK, SEND, SEND_BROADCAST, REQUEST = range(5)
INT8, INT16, INT32, STRING = 0x00, 0x20, 0x40, 0x60  # a float travels as INT32
CHAINED, TYPE_MASK, NUMBER_MASK = 0x80, 0x60, 0x1F
OK, WRONG_COMMAND, NO_PROCESS, NO_PARAMETER, WRONG_TYPE, WRONG_VALUE, READ_ONLY, PROTOCOL_ERROR = (
    0,
    2,
    3,
    4,
    5,
    6,
    13,
    34,
)
FULL, MEASURE_MAX = 32000, 41942  # counts of 100 % and the most that a measurement shows
MEASURE, SETPOINT, CONTROL_MODE, CAPACITY, FLUID, ALARM, UNIT = (
    (1, 0),
    (1, 1),
    (1, 4),
    (1, 13),
    (1, 17),
    (1, 20),
    (1, 31),
)
FMEASURE, FSETPOINT = (33, 0), (33, 3)
RESET = (0, 10)
BUS_CONTROL = (0, 18)  # control modes that follow the set-point of the line
SIZES = {INT8: 1, INT16: 2, INT32: 4}


class _StatusError(Exception):
    """A status other than OK, and the place in the message that it is about."""

    def __init__(self, code: int, place: int) -> None:
        self.code = code
        self.place = place


class Bronkhorst:
    """One controller. `stuck` is a fault that a test may set: set-points are taken and change nothing."""

    PROTOCOL = "propar"
    BAUD = 38400

    def __init__(self, plant: Plant, *, node: int = 3, capacity: float = 100.0, fluid: str = "O2") -> None:
        self.plant = plant
        self.node = node
        self.capacity = capacity
        self.unit = "mln/min"
        self.fluid = fluid
        self.control_mode = 0
        self.stuck = False
        self._buffer = bytearray()

    # --- frames ---------------------------------------------------------------------------------------------------
    def feed(self, data: bytes, now_s: float) -> bytes:
        """Answers to the frames that are complete now."""
        self._buffer += data
        replies = b""
        while (frame := self._next_frame()) is not None:
            replies += self._frame(frame)
        del self._buffer[:-MAX_FRAME]
        return replies

    def tick(self, now_s: float) -> bytes:
        """Says nothing by itself."""
        return b""

    def _next_frame(self) -> bytes | None:
        """The contents of the first complete frame; None when there is none. A new start drops what came before it."""
        body: bytearray | None = None
        at = 0
        while at + 1 < len(self._buffer):
            pair = self._buffer[at : at + 2]
            if pair == b"\x10\x02":
                body, at = bytearray(), at + 2
            elif body is None:
                at += 1
            elif pair == b"\x10\x03":
                del self._buffer[: at + 2]
                return bytes(body)
            elif pair[0] == DLE:  # doubled, or damaged: the frame is lost then
                body = body + pair[:1] if pair[1] == DLE else None
                at += 2
            else:
                body, at = body + pair[:1], at + 1
        return None

    def _frame(self, frame: bytes) -> bytes:
        if len(frame) < 4 or frame[2] != len(frame) - 3 or frame[1] not in (self.node, LOCAL_NODE):
            return b""
        command, message = frame[3], frame[4:]
        try:
            answer = self._obey(command, message)
        except _StatusError as error:
            answer = bytes([STATUS, error.code, min(255, error.place)])
        return framed(bytes([frame[0], frame[1], len(answer)]) + answer) if answer else b""

    def _obey(self, command: int, message: bytes) -> bytes:
        if command == REQUEST:
            return bytes([SEND]) + b"".join(self._requested(message))
        if command in (SEND_WITH_ACK, SEND, SEND_BROADCAST):
            place = self._written(message)
            return bytes([STATUS, OK, place]) if command == SEND_WITH_ACK else b""
        if command == STATUS:
            return b""
        raise _StatusError(WRONG_COMMAND, 0)

    # --- parameters -----------------------------------------------------------------------------------------------
    def _requested(self, message: bytes) -> Iterator[bytes]:
        """The parts of an answer: the host's indices with their chains, and the value."""
        at, chained = 0, False
        while at < len(message):
            need = 3 if chained else 4
            if len(message) - at < need:
                raise _StatusError(PROTOCOL_ERROR, at)
            if not chained:
                yield message[at : at + 1]
                at += 1
            index, process, parameter = message[at : at + 3]
            at += 3
            value = self._read(process & 0x7F, parameter & NUMBER_MASK, index & TYPE_MASK, at)
            if index & TYPE_MASK == STRING:
                length, at = (message[at] if at < len(message) else 0), at + 1
                value = bytes([length]) + value[:length].ljust(length) if length else b"\0" + value + b"\0"
            yield bytes([index]) + value
            chained = bool(index & CHAINED)

    def _read(self, process: int, parameter: int, kind: int, place: int) -> bytes:
        if (process, parameter) not in READS:
            known = any(process == key[0] for key in READS)
            raise _StatusError(NO_PARAMETER if known else NO_PROCESS, place)
        own, value = READS[process, parameter]
        if own != kind:
            raise _StatusError(WRONG_TYPE, place)
        return value(self)

    def _written(self, message: bytes) -> int:
        """Carry out a chain of writes; the place behind it."""
        at, chained, process = 0, False, 0
        while at < len(message):
            if not chained:
                process, at = message[at] & 0x7F, at + 1
            if at >= len(message):
                raise _StatusError(PROTOCOL_ERROR, at)
            index, at = message[at], at + 1
            kind = index & TYPE_MASK
            size = SIZES[kind] if kind in SIZES else 1 + (message[at] if at < len(message) else 0)
            if len(message) - at < size:
                raise _StatusError(PROTOCOL_ERROR, at)
            self._write(process, index & NUMBER_MASK, kind, message[at : at + size], at)
            at, chained = at + size, bool(index & CHAINED)
        return at

    def _write(self, process: int, parameter: int, kind: int, data: bytes, place: int) -> None:
        key = (process, parameter)
        if key not in WRITES:
            self._read(process, parameter, kind, place)  # what does not exist at all is said to be so
            raise _StatusError(READ_ONLY, place)
        if key in READS and READS[key][0] != kind:
            raise _StatusError(WRONG_TYPE, place)
        if not WRITES[key](self, data):
            raise _StatusError(WRONG_VALUE, place)

    # --- flow -----------------------------------------------------------------------------------------------------
    def _flow(self) -> float:
        return self.plant.flow_sccm if math.isfinite(self.plant.flow_sccm) else 0.0

    def _measure(self) -> int:
        return max(0, min(MEASURE_MAX, round(self._flow() / self.capacity * FULL)))

    def _set(self, flow: float) -> bool:
        if not 0.0 <= flow <= self.capacity:  # also refuses NaN
            return False
        if not self.stuck and self.control_mode in BUS_CONTROL:
            self.plant.flow_set_sccm = flow
        return True

    def _set_mode(self, data: bytes) -> bool:
        self.control_mode = data[0]
        return data[0] <= 24

    def state(self) -> dict[str, object]:
        """What the controller believes."""
        return {
            "setpoint_sccm": self.plant.flow_set_sccm,
            "flow_sccm": round(self._flow(), 3),
            "fluid": self.fluid,
            "control_mode": self.control_mode,
            "energised": False,
        }


# (process, parameter) -> type on the wire, and a controller's value as bytes
READS: dict[tuple[int, int], tuple[int, Callable[[Bronkhorst], bytes]]] = {
    (0, 0): (STRING, lambda _: b"\x07M12345678A"),
    (0, 1): (INT8, lambda self: bytes([self.node])),
    (0, 3): (INT8, lambda _: b"\0"),
    (0, 18): (INT8, lambda _: b"\1"),
    (113, 1): (STRING, lambda _: b"DMFC"),
    (113, 2): (STRING, lambda _: b"F-201CV-100-SIM"),
    (113, 3): (STRING, lambda _: b"M12345678A"),
    (113, 5): (STRING, lambda _: b"V1.15"),
    MEASURE: (INT16, lambda self: struct.pack(">H", self._measure())),
    SETPOINT: (INT16, lambda self: struct.pack(">H", round(self.plant.flow_set_sccm / self.capacity * FULL))),
    CONTROL_MODE: (INT8, lambda self: bytes([self.control_mode])),
    CAPACITY: (INT32, lambda self: struct.pack(">f", self.capacity)),
    FLUID: (STRING, lambda self: self.fluid.encode()),
    ALARM: (INT8, lambda self: b"\0" if math.isfinite(self.plant.flow_sccm) else b"\1"),
    UNIT: (STRING, lambda self: self.unit.encode()),
    FMEASURE: (INT32, lambda self: struct.pack(">f", self._flow())),
    FSETPOINT: (INT32, lambda self: struct.pack(">f", self.plant.flow_set_sccm)),
}
WRITES: dict[tuple[int, int], Callable[[Bronkhorst, bytes], bool]] = {
    SETPOINT: lambda self, data: self._set(struct.unpack(">H", data)[0] / FULL * self.capacity),
    FSETPOINT: lambda self, data: self._set(struct.unpack(">f", data)[0]),
    CONTROL_MODE: lambda self, data: self._set_mode(data),
    RESET: lambda _, data: data == b"\x40",
}


def framed(body: bytes) -> bytes:
    """The bytes on the line: every 10 of the body doubled, between start and end."""
    return b"\x10\x02" + body.replace(b"\x10", b"\x10\x10") + b"\x10\x03"
