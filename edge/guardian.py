"""The bench I/O board's whole logic: an output is on only while its lease is renewed; silence opens everything.

Pure: time and inputs are passed in, lines and output states come out. The same file is the firmware of the board, the
Linux process for rigs without one, and the twin. It shares no code with the controller that it guards against.

Rules: a lease lives at most LEASE_MAX_MS. OPEN opens all outputs and latches until ARM. ARM quotes the nonce that STATE
shows; after OPEN it also needs the local button or a seal. Commands that energise need a CRC; OPEN works without one.
The button is the local stop as well: pressed on an armed board it is an OPEN, and that press permits nothing.
"""

from adatom.protocol.seal import arm_seal, hmac_sha256, same, to_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    Fields = tuple[str, str, str, str]

NAME = "adatom-io"
VERSION = 1
LINE_MAX = 64  # characters without the LF
LEASE_MAX_MS = 1000
STATUS_MS = 100
UP, PERMITS, STOPS = 0, 1, 2  # what the local button is doing
BUTTON_MS = 10000  # a press of the local button is good for this long
REPEAT_MS = 2000  # the same burst number within this time is a repeat after a lost reply
BURST_MAX = 9999  # pulses
RATE_MIN_MHZ = 100  # 0.1 Hz: keeps the longest burst far below the wrap of the clock
RATE_MAX_MHZ = 100000  # 100 Hz: faster than any laser this board has met
OUTPUTS = ("gate", "contactor", "shutter")
GATE = 0
FAULTS = ("none", "off", "stuck", "garbage", "wrong")
WRONG_CC = 10000  # the fault "wrong" adds 100 °C to the second thermocouple

# flags of a status line
FLAG_ARMED, FLAG_LATCHED, FLAG_DOOR, FLAG_BUTTON, FLAG_FAULT = 1, 2, 4, 8, 16

# error codes of ERR lines
E_CRC, E_SYNTAX, E_OUTPUT, E_RANGE, E_NOT_ARMED, E_NO_LEASE = 1, 2, 3, 4, 5, 6
E_NONCE, E_PERMISSION, E_ARMED, E_UNSUPPORTED, E_BUSY = 7, 8, 9, 10, 11

CLOCK_WRAP = 1 << 30  # ticks_ms wraps here on boards; on Linux the same arithmetic holds
_CRC_NIBBLE = tuple(
    [0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7]
    + [0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF]
)


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (polynomial 1021, start FFFF) of bytes; of b"123456789" it is 0x29B1."""
    crc = 0xFFFF
    for byte in data:
        crc = ((crc << 4) & 0xFFFF) ^ _CRC_NIBBLE[(crc >> 12) ^ (byte >> 4)]
        crc = ((crc << 4) & 0xFFFF) ^ _CRC_NIBBLE[(crc >> 12) ^ (byte & 15)]
    return crc


def with_crc(text: str) -> bytes:
    """The line to send for a text: text*CCCC and LF, as bytes."""
    body = text.encode()
    return body + b"*%04X\n" % crc16(body)


def elapsed_ms(now: int, then: int) -> int:
    """now - then for clocks that wrap at 2**30 ms; right for spans under six days either way."""
    return ((now - then + (CLOCK_WRAP >> 1)) & (CLOCK_WRAP - 1)) - (CLOCK_WRAP >> 1)


class RefusedError(Exception):
    """A command that is not carried out: the code and text of its ERR line."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Inputs:
    """What the board senses, in hundredths (c: °C, l: L/min) or 1e-4; None where a sensor does not answer."""

    def __init__(self) -> None:
        self.guard_cc: "int | None" = None
        self.water_cl: "int | None" = None
        self.cell_cc: "int | None" = None
        self.reflectance_e4: "int | None" = None
        self.door_open = True  # until the switch says otherwise
        self.button = False


class Guardian:
    """The board. Call `feed` or `handle` for what arrives, `tick` often, then apply `outputs`."""

    def __init__(self, boot: str, key: bytes = b"", latched: bool = False) -> None:
        """boot: fresh random text at each start; key: seals of ARM (none: button only); latched: after a watchdog."""
        self.boot = boot
        self.key = key
        self.inputs = Inputs()
        self.armed = False
        self.latched = latched
        self.nonces = 0
        self.granted = [0, 0, 0]  # ms of the lease of each output, 0 = open
        self.renewed = [0, 0, 0]  # when
        self.pulses = 0  # let through since boot
        self.bursts = 0  # accepted since boot
        self.burst_size = 0  # pulses of the last one
        self.fault = "none"
        self.frozen: "Fields | None" = None
        self._burst = 0  # pulses to come
        self._rate_mhz = 0
        self._burst_id = 0
        self._burst_at = 0
        self._burst_fired = 0
        self._due = 0  # pulses that outputs_pulses has not handed out yet
        self._pressed_at: "int | None" = None
        self._button = UP
        self._status_at: "int | None" = None
        self._line = b""
        self._overlong = False
        self._draw_nonce()

    # --- lines -------------------------------------------------------------------------------------------------
    def feed(self, data: bytes, now_ms: int) -> bytes:
        """Reply bytes for whatever arrived; never raises. Lines end with LF, longer ones than allowed are refused."""
        replies = b""
        parts = bytes(data).split(b"\n")
        for place, part in enumerate(parts):
            if len(self._line) + len(part) > LINE_MAX + 1:  # one more: a CR before the LF
                self._overlong = True
                self._line = b""
            elif not self._overlong:
                self._line += part
            if place < len(parts) - 1:
                replies += self._end_of_line(now_ms)
        return replies

    def handle(self, line: bytes, now_ms: int) -> bytes:
        """The reply line (bytes with LF) to one command line without its LF; b"" for an empty one."""
        self._advance(now_ms)
        line = bytes(line).strip()
        if not line:
            return b""
        if len(line) > LINE_MAX:
            return _too_long()
        try:
            return with_crc("OK " + self._command(line, now_ms))
        except RefusedError as refusal:
            return with_crc("ERR %d %s" % (refusal.code, refusal.text))

    def tick(self, now_ms: int) -> "bytes | None":
        """The status line when one is due (every STATUS_MS), else None. Also expires leases: call it often."""
        self._advance(now_ms)
        if self._status_at is not None and 0 <= elapsed_ms(now_ms, self._status_at) < STATUS_MS:
            return None
        self._status_at = now_ms
        if self.fault == "off":
            return None
        line = with_crc(self._status(now_ms))
        return line[:2] + b"?" + line[3:] if self.fault == "garbage" else line

    def inject(self, kind: str) -> None:
        """Begin a fault of FAULTS, for tests; the command FAULT refuses it while armed."""
        self.fault = "none"
        self.frozen = self._readings() if kind == "stuck" else None
        self.fault = kind

    # --- pins --------------------------------------------------------------------------------------------------
    def outputs(self, now_ms: int) -> "tuple[bool, bool, bool]":
        """(gate, contactor, shutter) as they must be now: True = energised."""
        self._advance(now_ms)
        return (self.granted[0] > 0, self.granted[1] > 0, self.granted[2] > 0)

    def pulses_due(self, now_ms: int) -> int:
        """Triggers to let through since the last call. Those after the lease's end are not among them.

        A board calls this each millisecond and gets 0 or 1; after a stall it must fire one and drop the rest.
        """
        self._advance(now_ms)
        due = self._due
        self._due = 0
        return due

    @property
    def burst_left(self) -> int:
        """Pulses of the running burst still to come."""
        return self._burst

    @property
    def rate_mhz(self) -> int:
        """Pulse rate of the running burst in millihertz, 0 when there is none."""
        return self._rate_mhz if self._burst else 0

    # --- commands ----------------------------------------------------------------------------------------------
    def _end_of_line(self, now_ms: int) -> bytes:
        line, self._line = self._line, b""
        if self._overlong:
            self._overlong = False
            return _too_long()
        return self.handle(line, now_ms)

    def _command(self, line: bytes, now_ms: int) -> str:
        words, checked = _words(line)
        name = words[0]
        if name == "OPEN" and len(words) == 1:
            return self._open()
        if name == "STATE" and len(words) == 1:
            return self._state()
        if name == "ID" and len(words) == 1:
            return "ID %s %d %s" % (NAME, VERSION, self.boot[:16])
        if not checked:
            raise RefusedError(E_CRC, "needs a CRC")
        if name == "LEASE" and len(words) == 3:
            return self._lease(words[1], _number(words[2], 0, LEASE_MAX_MS), now_ms)
        if name == "PULSE" and len(words) in (3, 4):
            number = _number(words[3], 1, 65535) if len(words) == 4 else 0
            return self._pulse(
                _number(words[1], 1, BURST_MAX), _number(words[2], RATE_MIN_MHZ, RATE_MAX_MHZ), number, now_ms
            )
        if name == "ARM" and len(words) in (2, 3):
            return self._arm(words[1], words[2] if len(words) == 3 else "", now_ms)
        if name == "FAULT" and len(words) == 2:
            return self._set_fault(words[1])
        raise RefusedError(E_SYNTAX, "unknown command")

    def _lease(self, output: str, lease_ms: int, now_ms: int) -> str:
        if output not in OUTPUTS:
            raise RefusedError(E_OUTPUT, "unknown output")
        place = OUTPUTS.index(output)
        if lease_ms == 0:
            self._drop(place)
        elif not self.armed:
            raise RefusedError(E_NOT_ARMED, "latched" if self.latched else "not armed")
        else:
            self.granted[place] = lease_ms
            self.renewed[place] = now_ms
        return "LEASE %s %d" % (output, lease_ms)

    def _pulse(self, pulses: int, rate_mhz: int, number: int, now_ms: int) -> str:
        text = "PULSE %d %d" % (pulses, rate_mhz)
        if number and number == self._burst_id and 0 <= elapsed_ms(now_ms, self._burst_at) < REPEAT_MS:
            return text
        if not self.granted[GATE]:
            raise RefusedError(E_NO_LEASE, "gate has no lease")
        if self._burst:
            raise RefusedError(E_BUSY, "%d pulses to go" % self._burst)
        self._burst = pulses
        self.burst_size = pulses
        self.bursts += 1
        self._rate_mhz = rate_mhz
        self._burst_id = number
        self._burst_at = now_ms
        self._burst_fired = 0
        return text

    def _open(self) -> str:
        self.armed = False
        self.latched = True
        for place in range(len(OUTPUTS)):
            self._drop(place)
        self._burst_id = 0
        self._draw_nonce()
        return "OPEN"

    def _arm(self, nonce: str, seal: str, now_ms: int) -> str:
        expected = self.nonce
        self._draw_nonce()  # each nonce is good for one try
        if not same(nonce, expected):
            raise RefusedError(E_NONCE, "nonce is not the one shown")
        if self.latched and not self._permitted(expected, seal, now_ms):
            raise RefusedError(E_PERMISSION, "needs the button or a seal")
        self.armed = True
        self.latched = False
        self._pressed_at = None
        return "ARM"

    def _permitted(self, nonce: str, seal: str, now_ms: int) -> bool:
        if self.key and seal:
            return same(seal, arm_seal(self.key, nonce))
        return self._pressed_at is not None and 0 <= elapsed_ms(now_ms, self._pressed_at) <= BUTTON_MS

    def _set_fault(self, kind: str) -> str:
        if self.armed:
            raise RefusedError(E_ARMED, "refused while armed")
        if kind not in FAULTS:
            raise RefusedError(E_UNSUPPORTED, "unsupported")
        self.inject(kind)
        return "FAULT " + kind

    def _state(self) -> str:
        word = "armed" if self.armed else "latched" if self.latched else "idle"
        return "STATE %s %s" % (word, self.nonce)

    # --- inner -------------------------------------------------------------------------------------------------
    def _advance(self, now_ms: int) -> None:
        """Let pulses and leases run up to now. Everything else looks at the board through this."""
        self._fire(now_ms)
        for place in range(len(OUTPUTS)):
            if self.granted[place]:
                # a clock that went backwards ends the lease as well
                if not 0 <= elapsed_ms(now_ms, self.renewed[place]) < self.granted[place]:
                    self._drop(place)
        self._press(now_ms)

    def _press(self, now_ms: int) -> None:
        """The button: a stop on an armed board, else a permission to arm."""
        if not self.inputs.button:
            self._button = UP
        elif self._button == UP:
            self._button = STOPS if self.armed else PERMITS
            if self.armed:
                self._open()
        if self._button == PERMITS:
            self._pressed_at = now_ms

    def _fire(self, now_ms: int) -> None:
        if not self._burst:
            return
        lease_end = elapsed_ms(self.renewed[GATE], self._burst_at) + self.granted[GATE]
        run_ms = min(elapsed_ms(now_ms, self._burst_at), lease_end - 1)
        if run_ms < 0:
            return
        passed = min(run_ms * self._rate_mhz // 1000000 + 1, self._burst_fired + self._burst)
        fresh = passed - self._burst_fired
        if fresh > 0:
            self._burst_fired += fresh
            self._burst -= fresh
            self._due += fresh
            self.pulses += fresh

    def _drop(self, place: int) -> None:
        self.granted[place] = 0
        if place == GATE:
            self._burst = 0

    def _draw_nonce(self) -> None:
        self.nonces += 1
        self.nonce = to_hex(hmac_sha256(self.key, ("nonce %s %d" % (self.boot, self.nonces)).encode()))[:8]

    def _readings(self) -> "Fields":
        seen = self.inputs
        guard = seen.guard_cc
        if self.fault == "wrong" and guard is not None:
            guard += WRONG_CC
        return (_field(guard, 6), _field(seen.water_cl, 4), _field(seen.reflectance_e4, 4), _field(seen.cell_cc, 5))

    def _status(self, now_ms: int) -> str:
        """S time_ms gate contactor shutter flags guard water reflectance cell pulses burst_left: 64 characters at most.

        Leases left in 10 ms, rounded up; flags in hex; time modulo 10**6, pulses modulo 10**7; - for no reading.
        """
        left = [self._left_10ms(place, now_ms) for place in range(len(OUTPUTS))]
        head = "S %d %d %d %d %02X" % (now_ms % 1000000, left[0], left[1], left[2], self._flags())
        readings = self.frozen if self.frozen is not None else self._readings()
        return head + " " + " ".join(readings) + " %d %d" % (self.pulses % 10000000, self._burst)

    def _left_10ms(self, place: int, now_ms: int) -> int:
        if not self.granted[place]:
            return 0
        return (self.granted[place] - elapsed_ms(now_ms, self.renewed[place]) + 9) // 10

    def _flags(self) -> int:
        flags = FLAG_ARMED if self.armed else 0
        flags |= FLAG_LATCHED if self.latched else 0
        flags |= FLAG_DOOR if self.inputs.door_open else 0
        flags |= FLAG_BUTTON if self.inputs.button else 0
        return flags | (FLAG_FAULT if self.fault != "none" else 0)


def _too_long() -> bytes:
    return with_crc("ERR %d longer than %d" % (E_SYNTAX, LINE_MAX))


def _words(line: bytes) -> "tuple[list[str], bool]":
    """(words, whether a CRC was there and right) of a command line. RefusedError for a wrong CRC or no text."""
    body, star, tail = line.partition(b"*")
    if star and tail != b"%04X" % crc16(body):
        raise RefusedError(E_CRC, "wrong CRC")
    for byte in body:
        if not 32 <= byte < 127:
            raise RefusedError(E_SYNTAX, "not ASCII")
    words = body.decode().split()
    if not words:
        raise RefusedError(E_SYNTAX, "unknown command")
    return words, bool(star)


def _number(word: str, low: int, high: int) -> int:
    if not word.isdigit() or len(word) > 6 or not low <= int(word) <= high:
        raise RefusedError(E_RANGE, "must be %d to %d" % (low, high))
    return int(word)


def _field(value: "int | None", width: int) -> str:
    """A reading as text of at most `width` characters; one that does not fit is none."""
    text = "-" if value is None else "%d" % value
    return text if len(text) <= width else "-"
