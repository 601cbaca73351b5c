"""Heater controller Eurotherm 2408 / 3216 over Modbus RTU.

Direct mode: manual, the agent writes the output power. Supervised mode: automatic, the agent writes set-point, rate
limit and output limit (docs/decisions/0016). Temperatures and powers use the IEEE float region (0x8000 + 2 * register),
which needs no knowledge of the display's decimals and shows a frozen sensor that a 1 °C display would hide.
"""

import struct

from adatom.protocol.errors import ProtocolError

from .base import Driver, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

READ, WRITE_ONE, WRITE_MANY = 3, 6, 16
FLOATS = 0x8000
PV, TARGET_SP, OUTPUT, WORKING_OUTPUT, WORKING_SP = 1, 2, 3, 4, 5
RANGE_LOW, SP1, OUT_HIGH, RATE_LIMIT, FAST_STATUS, STATUS, IDENTITY = 11, 24, 30, 35, 74, 75, 122
MANUAL, REMOTE = 273, 276
REMOTE_SP = {0x24: 485, 0x32: 26, 0x22: 26}  # by the identity's high byte; another instrument has its local one only
STATUS_MANUAL = 0x10
STATUS_FAULTS = ((0x20, "sensor break"), (0x40, "loop break"), (0x80, "heater failed"))
EXCEPTIONS = {1: "illegal function", 2: "illegal address", 3: "illegal value"}
HOUR_MS = 3600000
REFRESH_MS = 1000  # of a remote set-point, which falls back to the local one after about 5 s
LIMIT_MS = 2500  # between two looks at the output limit, the next one brings it down
LOCAL_SAFE_C = 20.0  # what a remote set-point may fall back to: with nobody there the heater cools
LOCAL_WARM_C = 50.0  # a local set-point above this is brought to LOCAL_SAFE_C before the remote one is selected
LIMIT_PCT = 0.05  # of output: limits are kept with one decimal
AUTO = ("limit_w", "ramp_c_min", "setpoint_c", "heater_auto")
READ_MS = 200  # 16 ms on the line and up to 25 ms in the instrument, with room for a busy host


def crc16(data: bytes) -> int:
    """Modbus CRC: polynomial 0xA001, start 0xFFFF; sent low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def sealed(body: bytes) -> bytes:
    """A frame with its CRC."""
    return body + struct.pack("<H", crc16(body))


class Eurotherm(Driver):
    """Readings heater_c, heater_w (working output), setpoint_c (working), heater_manual.

    Writes, all under a lease: heater_w (manual output); or limit_w (most power), ramp_c_min (0 = no limit), setpoint_c
    and heater_auto (1), each of which waits for the one before: automatic comes when limit, rate and set-point stand.
    `full_power_w` is the power at 100 % output; `local_setpoint` for a controller whose remote set-point is not set up.
    """

    ROLE = "heater"
    PROTOCOL = "eurotherm"
    LEASED = ("heater_w",) + AUTO
    OPTIONS = (("full_power_w", "number", 1, 10000), ("address", "whole number", 1, 254), ("local_setpoint", "switch"))

    def __init__(self, full_power_w: float = 220.0, address: int = 1, local_setpoint: bool = False) -> None:
        self.address = address
        self.full_power_w = full_power_w
        self.local_setpoint = local_setpoint
        # limits and local set-points live in EEPROM (about 100 000 writes): only changes are written
        self.UNCHANGED_MS = {"heater_w": 1000, "limit_w": LIMIT_MS, "ramp_c_min": HOUR_MS, "setpoint_c": HOUR_MS,
                             "heater_auto": 1000}  # fmt: skip
        self.remote_sp = 0  # register of the remote set-point; 0: the local one is written
        self.is_remote = False
        self.local_c: "float | None" = None
        self.limit_pct: "float | None" = None  # as read from the controller
        self.cap_pct = 0.0  # what limit_w asks for
        self.limit_read = self._read(FLOATS + 2 * OUT_HIGH, 2, "limit")
        self.START = (self._read(IDENTITY, 1, "identity"), self._read(FLOATS + 2 * RANGE_LOW, 4, "range"),
                      self._read(FLOATS + 2 * SP1, 2, "local"), self.limit_read)  # fmt: skip
        self.POLLS = self._polls(STATUS)
        self.manual: "bool | None" = None  # not known yet
        self.broken = ""  # why the status word says that PV is none
        self.range_c: "tuple[float, float] | None" = None
        Driver.__init__(self)

    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """The next frame that can answer what is in flight and whose CRC is right; other bytes are dropped."""
        if self.in_flight is None:
            return bytes(buffer), len(buffer)
        if buffer[0] != self.address:
            return None, 1
        if len(buffer) < 3:
            return None, 0
        request = self.in_flight.request
        length = self._reply_length(buffer, request)
        if length == 0:
            return None, 1
        if len(buffer) < length:
            return None, 0
        frame = bytes(buffer[:length])
        return (frame[:-2], length) if crc16(frame) == 0 and self._echoes(frame, request) else (None, 1)

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        if key is None:
            raise ProtocolError("%d bytes that nobody asked for" % len(reply))
        if reply[1] & 0x80:
            raise ProtocolError("%s refused: %s" % (key, EXCEPTIONS.get(reply[2], "exception %d" % reply[2])))
        if key == "pv":
            self._parse_pv(reply[3:], now)
        elif key == "status":
            self._parse_status(reply[3:], now)
        elif key == "output":
            self._parse_output(reply[3:], now)
        elif key == "identity":
            self._parse_identity(reply[3:])
        elif key == "range":
            self._parse_range(reply[3:])
        elif key == "local":
            self.local_c = struct.unpack(">f", reply[3:])[0]
        elif key == "limit":
            self.limit_pct = struct.unpack(">f", reply[3:])[0]
        elif key == "remote":
            self.is_remote = True
        elif key == "auto":
            self.manual = False

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        if name == "heater_w":
            percent = value / self.full_power_w  # scaled by 100, so this is per cent
            if not 0 <= percent <= 100:
                raise ProtocolError("heater_w = %s: 0 to %s W" % (value / 100, self.full_power_w))
            return self._manual_first() + [self._write_float(OUTPUT, percent)]
        if name == "limit_w":
            return self._limit()
        if name == "ramp_c_min":
            if value < 0:
                raise ProtocolError("ramp_c_min = %s: at least 0" % (value / 100))
            return [self._write_float(RATE_LIMIT, value / 100)]
        if name == "setpoint_c":
            return self._setpoint(value / 100) if self._stands("ramp_c_min") else []
        if name == "heater_auto" and value == 1:
            return [self._write_int(MANUAL, 0, "auto")] if self._stands("setpoint_c") and self._capped() else []
        raise ProtocolError("the heater has no write %r = %r" % (name, value))

    def write(self, name: str, value: "Any", now: int, lease_ms: int = 0) -> None:
        """As in the contract; power and automatic exclude each other: what is asked for ends the other's lease."""
        if name == "limit_w":
            self.cap_pct = value / self.full_power_w
        for other in AUTO if name == "heater_w" else ("heater_w",):
            self.leases.pop(other, None)
            self.accepted.pop(other, None)
            self._forget_write(other)
        Driver.write(self, name, value, now, lease_ms)

    def reconnected(self, now: int) -> None:
        """As in the contract; it may be another controller, or one that was off."""
        Driver.reconnected(self, now)
        self.is_remote = False
        self.local_c = self.limit_pct = None

    def safe_exchanges(self) -> "list[Exchange]":
        return [self._write_int(MANUAL, 1), self._write_float(OUTPUT, 0.0)]

    def safe(self, now: int) -> None:
        """Manual, 0 %; `is_safe` then waits for a working output of 0 that is newer."""
        if not self.is_safed:
            self.store("heater_w", None, now, "being switched off")
        Driver.safe(self, now)

    def is_safe(self, now: int) -> bool:
        return Driver.is_safe(self, now) and self.value("heater_w", now) == 0

    # --- supervised --------------------------------------------------------------------------------------------
    def _stands(self, name: str) -> bool:
        """Whether the controller has taken the newest value of a write."""
        return name in self.accepted and name not in self.pending_writes

    def _capped(self) -> bool:
        return self.limit_pct is not None and self.limit_pct <= self.cap_pct + LIMIT_PCT

    def _limit(self) -> "list[Exchange]":
        """Read the output limit; bring it down where it is above the cap, never up: a person may have lowered it."""
        if self.limit_pct is None or self._capped():
            return [self.limit_read]
        return [self._write_float(OUT_HIGH, self.cap_pct), self.limit_read]

    def _setpoint(self, celsius: float) -> "list[Exchange]":
        """To the remote set-point where there is one, selected once it has a value; to the local one elsewhere."""
        if not self.remote_sp:
            return [self._write_float(TARGET_SP, celsius)]
        write = self._write_float(self.remote_sp, celsius)
        if self.is_remote:
            return [write]
        if self.local_c is None:
            return [self.START[2]]
        low = [self._write_float(SP1, LOCAL_SAFE_C)] if self.local_c > LOCAL_WARM_C else []
        return low + [write, self._write_int(REMOTE, 1, "remote")]

    # --- replies -----------------------------------------------------------------------------------------------
    def _reply_length(self, buffer: bytearray, request: bytes) -> int:
        """Length of the reply that starts the buffer, 0 when it is no answer to the request in flight."""
        if buffer[1] == request[1] | 0x80:
            return 5
        if buffer[1] != request[1]:
            return 0
        if request[1] == READ:
            expected = 2 * request[5]
            return 5 + expected if buffer[2] == expected else 0
        return 8

    def _echoes(self, frame: bytes, request: bytes) -> bool:
        """A write is answered by its address, function, register and value or count; a refusal is not."""
        return frame[1] == READ or frame[1] & 0x80 != 0 or frame[2:6] == request[2:6]

    def _parse_identity(self, data: bytes) -> None:
        number = struct.unpack(">H", data)[0]
        if number >> 8 == 0x24:
            self.identity = "Eurotherm 2408 (0x%04X)" % number
            self.POLLS = self._polls(FAST_STATUS)
        else:
            self.identity = "Eurotherm 0x%04X" % number
            self.POLLS = self._polls(STATUS)
        self.remote_sp = 0 if self.local_setpoint else REMOTE_SP.get(number >> 8, 0)
        self.UNCHANGED_MS["setpoint_c"] = REFRESH_MS if self.remote_sp else HOUR_MS

    def _parse_range(self, data: bytes) -> None:
        low, high = struct.unpack(">ff", data)
        if not low < high:
            raise ProtocolError("range %r to %r °C" % (low, high))
        self.range_c = (low, high)

    def _parse_pv(self, data: bytes, now: int) -> None:
        celsius = struct.unpack(">f", data)[0]
        counts = round(celsius * 100)
        if self.broken:
            self.store("heater_c", None, now, self.broken)
        elif self.range_c is not None and not self.range_c[0] < celsius < self.range_c[1]:
            self.store("heater_c", None, now, "%.1f °C is the end of the range" % celsius)
        else:
            self.store("heater_c", counts, now)

    def _parse_output(self, data: bytes, now: int) -> None:
        percent, setpoint = struct.unpack(">ff", data)
        self.store("heater_w", round(percent * self.full_power_w), now)
        self.store("setpoint_c", round(setpoint * 100), now)

    def _parse_status(self, data: bytes, now: int) -> None:
        word = struct.unpack(">H", data)[0]
        self.manual = bool(word & STATUS_MANUAL)
        self.store("heater_manual", 1 if self.manual else 0, now)
        faults = [why for bit, why in STATUS_FAULTS if word & bit]
        self.broken = faults[0] if word & 0x20 else ""
        self.store("heater_faults", len(faults), now, ", ".join(faults))
        if self.broken:
            self.store("heater_c", None, now, self.broken)

    # --- requests ----------------------------------------------------------------------------------------------
    def _polls(self, status: int) -> "tuple[Exchange, ...]":
        pv = self._read(FLOATS + 2 * PV, 2, "pv")
        return (pv, self._read(status, 1, "status"), pv, self._read(FLOATS + 2 * WORKING_OUTPUT, 4, "output"))

    def _manual_first(self) -> "list[Exchange]":
        return [] if self.manual else [self._write_int(MANUAL, 1)]

    def _read(self, register: int, count: int, key: str) -> Exchange:
        return Exchange(sealed(struct.pack(">BBHH", self.address, READ, register, count)), key, READ_MS)

    def _write_int(self, register: int, value: int, key: str = "write") -> Exchange:
        return Exchange(sealed(struct.pack(">BBHH", self.address, WRITE_ONE, register, value)), key, READ_MS)

    def _write_float(self, register: int, value: float) -> Exchange:
        head = struct.pack(">BBHHB", self.address, WRITE_MANY, FLOATS + 2 * register, 2, 4)
        return Exchange(sealed(head + struct.pack(">f", value)), "write", READ_MS)
