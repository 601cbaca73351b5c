"""Twin of a Eurotherm 2408/3216 on Modbus RTU: registers, scaled integers and the IEEE float region.

It closes its own loop in automatic mode (PID, set-point rate limit, output limits) and gives what it is told in manual.
Its set-point is the local one or, selected, the remote one while a host refreshes that. Wrong CRC, wrong address and
broadcasts are met with silence, wrong requests with a Modbus exception.
"""

import math
import struct

from adatom.edge.drivers.eurotherm import crc16

from .plant import Plant

MAX_FRAME = 256
FLOATS = 0x8000
MAX_WORDS = 125
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
PV, TARGET_SP, OUTPUT, WORKING_OUTPUT, WORKING_SP, P_BAND, TI_S, TD_S = 1, 2, 3, 4, 5, 6, 8, 9
RANGE_LOW, RANGE_HIGH, SP_SELECT, SP1, SP2, REMOTE_SP, REMOTE_SP_2400 = 11, 12, 15, 24, 25, 26, 485
OUT_HIGH, OUT_LOW, BREAK_OUTPUT, RATE_LIMIT, OUTPUT_RATE, ERROR = 30, 31, 34, 35, 37, 39
FAST_STATUS, STATUS, FIRMWARE, SP1_LOW, SP1_HIGH, IDENTITY, MODE = 74, 75, 107, 111, 112, 122, 199
SENSOR_BREAK, LOOP_BREAK, AUTOTUNE, MANUAL, ACKNOWLEDGE, REMOTE, DECIMALS, RESOLUTION = (
    258,
    263,
    270,
    273,
    274,
    276,
    525,
    12550,
)
REMOTE_S = (
    5.0  # a remote set-point that is not refreshed for this long fails; instruments.md 1.2, marked there as from memory
)
EEPROM = (TARGET_SP, SP1, SP2, OUT_LOW, OUT_HIGH, RATE_LIMIT, P_BAND)  # writes wear these out
DERIVATIVE_SHARE = 0.25  # K: filter of the derivative, of Td
# K: PID as a person leaves it who has tuned it on the twin's heater: a ramp of 20 K/min lags and overshoots little
TUNED_BAND_C, TUNED_TI_S, TUNED_TD_S = 50.0, 90, 5
PROGRAMMER = (
    21,
    22,
    23,
    *range(56, 64),
    *range(160, 164),
)  # kept and told; 23 is its state, 1 reset: no programme runs
# register -> value at power-up; temperatures in °C, powers in %, times in s
SCALED = {
    PV: 22.0, TARGET_SP: 20.0, OUTPUT: 0.0, WORKING_OUTPUT: 0.0, WORKING_SP: 20.0, P_BAND: TUNED_BAND_C,
    RANGE_LOW: -200.0, RANGE_HIGH: 1372.0, 13: 1300.0, 14: 1300.0, 81: 1300.0, 82: 1300.0, 17: 0.0, 18: 0.0,
    SP1: 20.0, SP2: 20.0, REMOTE_SP: 0.0, REMOTE_SP_2400: 0.0, OUT_LOW: 0.0, OUT_HIGH: 100.0, BREAK_OUTPUT: 0.0,
    RATE_LIMIT: 0.0, OUTPUT_RATE: 0.0, ERROR: 0.0, SP1_LOW: 0.0, SP1_HIGH: 1200.0, 48: TUNED_BAND_C,
}  # fmt: skip
WHOLE = {
    TI_S: TUNED_TI_S, TD_S: TUNED_TD_S, 49: TUNED_TI_S, 51: TUNED_TD_S,
    SP_SELECT: 0, FAST_STATUS: 0, STATUS: 0, FIRMWARE: 0x0461,
    IDENTITY: 0x2480, MODE: 0, SENSOR_BREAK: 0, LOOP_BREAK: 0, AUTOTUNE: 0, MANUAL: 0, ACKNOWLEDGE: 0, REMOTE: 0,
    DECIMALS: 1, RESOLUTION: 0, **dict.fromkeys(PROGRAMMER, 0), 23: 1,
}  # fmt: skip
READ_ONLY = (PV, WORKING_OUTPUT, WORKING_SP, ERROR, FAST_STATUS, STATUS, FIRMWARE, IDENTITY, SENSOR_BREAK, LOOP_BREAK,
             RANGE_LOW, RANGE_HIGH, DECIMALS, RESOLUTION)  # fmt: skip
PERCENT = (OUTPUT, OUT_LOW, OUT_HIGH, BREAK_OUTPUT)
SWITCHES = (MANUAL, AUTOTUNE, ACKNOWLEDGE, REMOTE, SP_SELECT)


class _ModbusError(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


class Eurotherm:
    """One controller. `sensor_break` and `loop_break` are faults that a test may set; NaN in the plant is a break."""

    PROTOCOL = "eurotherm"
    BAUD = 9600

    def __init__(self, plant: Plant, *, address: int = 1, identity: int = 0x2480, gap_s: float = 0.1) -> None:
        self.plant = plant
        self.address = address
        self.gap_s = gap_s  # silence that ends a frame: 4 ms on a real line, more behind a busy host
        self.scaled = dict(SCALED)
        self.whole = dict(WHOLE)
        self.whole[IDENTITY] = identity
        self.sensor_break = False
        self.loop_break = False
        self.writes = 0  # to registers that live in EEPROM
        self.remote_failed = self.ramping = False
        self._remote_heard_s = -REMOTE_S  # when the remote set-point was written last
        self._integral_pct = 0.0
        self._slope_c_s = 0.0  # filtered rise of PV
        self._seen_c: float | None = None
        self._buffer = b""
        self._heard_s = 0.0
        self._now_s = 0.0

    # --- frames ---------------------------------------------------------------------------------------------------
    def feed(self, data: bytes, now_s: float) -> bytes:
        """The reply to the frame that is complete now, b"" for what is not addressed here or damaged."""
        self.tick(now_s)
        if now_s - self._heard_s > self.gap_s:
            self._buffer = b""
        self._heard_s = now_s
        self._buffer = (self._buffer + data)[:MAX_FRAME]
        replies = b""
        while (length := self._frame_length()) and len(self._buffer) >= length:
            frame, self._buffer = self._buffer[:length], self._buffer[length:]
            if crc16(frame) != 0:
                self._buffer = b""  # the rest of a damaged frame is noise until the line is silent
                break
            replies += self._frame(frame[:-2])
        return replies

    def _frame_length(self) -> int:
        """Bytes of the frame that starts the buffer, 0 while it cannot be told."""
        if len(self._buffer) < 2:
            return 0
        function = self._buffer[1]
        if function in (3, 4, 6, 8):
            return 8
        if function == 7:
            return 4
        if function == 16:
            return 9 + self._buffer[6] if len(self._buffer) > 6 else 0
        whole = len(self._buffer) >= 4 and crc16(self._buffer) == 0
        return len(self._buffer) if whole else 0

    def _frame(self, frame: bytes) -> bytes:
        address, function = frame[0], frame[1]
        if address not in (0, self.address):
            return b""
        try:
            reply = self._call(function, frame[2:])
        except _ModbusError as error:
            function, reply = function | 0x80, bytes([error.code])
        body = bytes([address, function]) + reply
        return b"" if address == 0 else body + struct.pack("<H", crc16(body))

    def _call(self, function: int, data: bytes) -> bytes:
        if function in (3, 4):
            return self._read(*struct.unpack(">HH", data))
        if function == 6:
            register, word = struct.unpack(">Hh", data)
            self._write_word(register, word)
            return data
        if function == 16:
            return self._write_many(data)
        if function == 7:
            return bytes([self._read_word(FAST_STATUS) & 0xFF])
        if function == 8 and data[:2] == b"\0\0":
            return data
        raise _ModbusError(ILLEGAL_FUNCTION)

    # --- registers ------------------------------------------------------------------------------------------------
    def _read(self, start: int, count: int) -> bytes:
        if not 1 <= count <= MAX_WORDS:
            raise _ModbusError(ILLEGAL_VALUE)
        if start >= FLOATS:
            if start % 2 or count % 2:
                raise _ModbusError(ILLEGAL_ADDRESS)
            first = (start - FLOATS) // 2
            words = b"".join(struct.pack(">f", self._value(first + i)) for i in range(count // 2))
        else:
            words = b"".join(struct.pack(">h", self._read_word(start + i)) for i in range(count))
        return bytes([len(words)]) + words

    def _value(self, register: int) -> float:
        if register in self.scaled:
            return self.scaled[register]
        if register in self.whole:
            return float(self.whole[register])
        raise _ModbusError(ILLEGAL_ADDRESS)

    def _read_word(self, register: int) -> int:
        value = self._value(register)
        if register in self.scaled:
            value = max(-32768.0, min(32767.0, value * self._counts()))
        return round(value)

    def _counts(self) -> int:
        """Counts per unit of the scaled integers: 10^decimals, or 1 in integer resolution."""
        return 1 if self.whole[RESOLUTION] else int(10 ** self.whole[DECIMALS])

    def _write_word(self, register: int, word: int) -> None:
        self._write(register, word / self._counts() if register in self.scaled else float(word))

    def _write_many(self, data: bytes) -> bytes:
        start, count, size = struct.unpack(">HHB", data[:5])
        values = data[5:]
        if not 1 <= count <= MAX_WORDS or size != 2 * count or len(values) != size:
            raise _ModbusError(ILLEGAL_VALUE)
        if start < FLOATS:
            for i, (word,) in enumerate(struct.iter_unpack(">h", values)):
                self._write_word(start + i, word)
        elif start % 2 or count % 2:
            raise _ModbusError(ILLEGAL_ADDRESS)
        else:
            for i, (value,) in enumerate(struct.iter_unpack(">f", values)):
                self._write((start - FLOATS) // 2 + i, value)
        return data[:4]

    def _write(self, register: int, value: float) -> None:
        """Set a register; refuses unknown and read-only ones, values out of range, and the output in automatic."""
        if not (register in self.scaled or register in self.whole) or register in READ_ONLY:
            raise _ModbusError(ILLEGAL_ADDRESS)
        if register == OUTPUT and not self.whole[MANUAL]:
            raise _ModbusError(ILLEGAL_ADDRESS)
        if not math.isfinite(value) or not self._allowed(register, value):
            raise _ModbusError(ILLEGAL_VALUE)
        changes = self._value(register) != value
        if register in self.whole:
            self.whole[register] = round(value)
        else:
            self.scaled[register] = value
        self._follow(register, value, changes)

    def _allowed(self, register: int, value: float) -> bool:
        if register in (TARGET_SP, SP1, SP2, REMOTE_SP, REMOTE_SP_2400):
            return self.scaled[SP1_LOW] <= value <= self.scaled[SP1_HIGH]
        if register == OUTPUT:
            return self.scaled[OUT_LOW] <= value <= self.scaled[OUT_HIGH]
        if register in PERCENT:
            return 0 <= value <= 100
        if register in SWITCHES:
            return value in (0, 1)
        if register in self.whole:
            return 0 <= value <= 32767
        return value >= 0 or register not in (RATE_LIMIT, P_BAND)

    def _follow(self, register: int, value: float, changes: bool) -> None:
        """What changes along with a register: SP1 is the target, and manual starts from the output at hand."""
        self.writes += register in EEPROM
        if register in (TARGET_SP, SP1):
            self.scaled[TARGET_SP] = self.scaled[SP1] = value
        elif register == self._remote_register():
            self._remote_heard_s = self._now_s
        elif register == MANUAL and changes:
            self.scaled[OUTPUT] = self.scaled[WORKING_OUTPUT]
            self._integral_pct = self.scaled[WORKING_OUTPUT]
        self._command()

    # --- the loop -------------------------------------------------------------------------------------------------
    def tick(self, now_s: float) -> bytes:
        """Measure, ramp, control. Says nothing by itself."""
        passed_s = max(0.0, now_s - self._now_s)
        self._now_s = max(now_s, self._now_s)
        broken = self.sensor_break or not math.isfinite(self.plant.heater_c)
        self.scaled[PV] = self.scaled[RANGE_HIGH] if broken else self.plant.heater_c
        self.whole[SENSOR_BREAK] = int(broken)
        self.whole[LOOP_BREAK] = int(self.loop_break)
        if passed_s:
            self._ramp(passed_s)
            self._automatic(passed_s)
        self._command()
        self._status()
        return b""

    def _remote_register(self) -> int:
        return REMOTE_SP_2400 if self.whole[IDENTITY] >> 8 == 0x24 else REMOTE_SP

    def _target_c(self) -> float:
        """The set-point asked for: the remote one while it is selected and fresh, else the local one."""
        self.remote_failed = bool(self.whole[REMOTE]) and self._now_s - self._remote_heard_s > REMOTE_S
        if self.whole[REMOTE] and not self.remote_failed:
            return self.scaled[self._remote_register()]
        return self.scaled[SP2 if self.whole[SP_SELECT] else TARGET_SP]

    def _ramp(self, passed_s: float) -> None:
        target = self._target_c()
        step = self.scaled[RATE_LIMIT] / 60.0 * passed_s
        working = self.scaled[WORKING_SP]
        self.ramping = 0 < step < abs(target - working)
        self.scaled[WORKING_SP] = working + math.copysign(step, target - working) if self.ramping else target
        self.scaled[ERROR] = self.scaled[PV] - self.scaled[WORKING_SP]

    def _automatic(self, passed_s: float) -> None:
        """PID on the output's limits, the derivative of PV alone; the integral rests while the output is at a limit."""
        pv = self.scaled[PV]
        self._differentiate(pv, passed_s)
        if self.whole[MANUAL] or self.whole[SENSOR_BREAK]:
            return
        gain = 100.0 / max(self.scaled[P_BAND], 0.1)
        error = self.scaled[WORKING_SP] - pv
        acts = gain * (error - self.whole[TD_S] * self._slope_c_s)
        low, high = self.scaled[OUT_LOW], self.scaled[OUT_HIGH]
        step = gain * error * passed_s / max(self.whole[TI_S], 1)
        if low < acts + self._integral_pct < high:
            self._integral_pct = max(low, min(high, self._integral_pct + step))
        self.scaled[OUTPUT] = max(low, min(high, acts + self._integral_pct))

    def _differentiate(self, pv: float, passed_s: float) -> None:
        before, self._seen_c = self._seen_c, pv
        if before is None or self.whole[SENSOR_BREAK]:
            self._slope_c_s = 0.0
            return
        lag_s = max(DERIVATIVE_SHARE * self.whole[TD_S], passed_s)
        self._slope_c_s += ((pv - before) / passed_s - self._slope_c_s) * min(1.0, passed_s / lag_s)

    def _command(self) -> None:
        output = self.scaled[OUTPUT]
        if self.whole[SENSOR_BREAK] and not self.whole[MANUAL]:
            output = self.scaled[BREAK_OUTPUT]
        if self.whole[MODE]:  # standby and configuration give no output
            output = 0.0
        self.scaled[WORKING_OUTPUT] = output
        self.plant.heater_power_w = output / 100.0 * self.plant.heater_full_w

    def _status(self) -> None:
        alarms = sum(1 << i for i, reg in enumerate((13, 14, 81, 82)) if self.scaled[PV] > self.scaled[reg])
        fast = alarms | self.whole[MANUAL] << 4 | self.whole[SENSOR_BREAK] << 5 | self.whole[LOOP_BREAK] << 6
        self.whole[FAST_STATUS] = fast
        if self.whole[IDENTITY] >> 8 == 0x24:
            self.whole[STATUS] = self.whole[SENSOR_BREAK] << 14 | self.remote_failed << 13 | (not self.ramping) << 9
        else:
            ramping, failed = self.ramping << 13, self.remote_failed << 14
            self.whole[STATUS] = fast | self.whole[SENSOR_BREAK] << 10 | ramping | failed

    def state(self) -> dict[str, object]:
        """What the controller believes."""
        return {
            "pv_c": round(self.scaled[PV], 3),
            "setpoint_c": self._target_c(),
            "working_setpoint_c": round(self.scaled[WORKING_SP], 3),
            "output_pct": round(self.scaled[WORKING_OUTPUT], 3),
            "manual": bool(self.whole[MANUAL]),
            "remote": bool(self.whole[REMOTE]),
            "remote_failed": self.remote_failed,
            "eeprom_writes": self.writes,
            "sensor_break": bool(self.whole[SENSOR_BREAK]),
            "energised": self.scaled[WORKING_OUTPUT] > 0,
        }
