"""Potentiostat PalmSens EmStat Pico / EmStat4: MethodSCRIPT out, measurement packages in.

One measurement at a time: `eis`, `ocp` or `chronopotentiometry` starts it, `take_result` hands it over. A runtime error
leaves the cell on (on_finished is not run), so every failure ends with a script of one line, cell_off.
"""

from adatom.protocol.errors import ProtocolError

from .base import Driver, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Variable = tuple[str, float | None, int, int | None]

OFFSET = 1 << 27  # a package value is written as value + 2**27 in seven hex digits
HEX = b"0123456789ABCDEFabcdef"
# SI prefix -> (multiply, divide): dividing by a power of ten rounds correctly, multiplying by 1e-3 would not
PREFIXES = {
    "a": (1, 10**18), "f": (1, 10**15), "p": (1, 10**12), "n": (1, 10**9), "u": (1, 10**6), "m": (1, 1000),
    " ": (1, 1), "i": (1, 1), "k": (1000, 1), "M": (10**6, 1), "G": (10**9, 1), "T": (10**12, 1),
    "P": (10**15, 1), "E": (10**18, 1),
}  # fmt: skip
COLUMNS = {"dc": "freq_hz", "cc": "z_re_ohm", "cd": "z_im_ohm", "eb": "time_s", "ab": "voltage_v", "ba": "current_a"}
RUN_COLUMNS = {
    "eis": ("freq_hz", "z_re_ohm", "z_im_ohm"),
    "ocp": ("time_s", "voltage_v"),
    "chronopotentiometry": ("time_s", "voltage_v", "current_a"),
}
ERRORS = {
    0x0003: "unknown command", 0x0006: "not in this mode", 0x0007: "wrong argument", 0x0009: "time-out",
    0x000E: "averaging overflow", 0x000F: "potential out of range", 0x001B: "not supported by this instrument",
    0x0032: "critical cell overload", 0x0058: "timing", 0x4001: "unknown script command", 0x4004: "wrong character",
    0x4005: "too large", 0x400B: "nested measurement loop", 0x4018: "script ends too early", 0x401B: "package",
    0x4026: "declared twice", 0x4027: "cell must be on", 0x4028: "cell must be off", 0x4039: "wrong literal",
    0x420B: "not declared", 0x4205: "out of bounds", 0x7FFF: "fatal",
}  # fmt: skip
DEAF_MS = 100  # after an error the instrument ignores input for 50 to 100 ms
ECHO_MS = 2000  # the instrument acknowledges a script, or refuses it, within this time
SLACK_MS = 5000  # of the whole measurement: range changes, start, a slow host
POINT_MS = 1000  # a point's own overhead: settling and autoranging
CYCLES = 10  # periods that a point may take at most; about 3 is usual
FREQ_HZ = (0.016, 200000.0)
AMPLITUDE_MV = (1, 250)
POINTS_MAX = 500
RAW_MAX = 65536  # bytes of raw text kept of one measurement

DRAIN = Exchange(b"Z\n", "Z", 500, 2, DEAF_MS)  # ends whatever runs; Z!0006 when nothing does
CELL_OFF = Exchange(b"e\ncell_off\n\n", "e", 500, 3)


def literal(value: float) -> str:
    """The MethodSCRIPT literal of a number: an integer with an SI prefix, exact where seven digits allow it."""
    if not value:
        return "0"
    best = "0"
    for prefix, counts in (("k", 1e-3), ("", 1), ("m", 1e3), ("u", 1e6), ("n", 1e9), ("p", 1e12)):
        exact = value * counts
        rounded = round(exact)
        if abs(rounded) >= OFFSET:
            break
        if rounded:
            best = "%d%s" % (rounded, prefix)
        if abs(exact - rounded) <= 1e-9 * abs(exact):
            break
    return best


def decode_package(line: bytes) -> "list[Variable]":
    """[(type, value or None for NaN, status bits, range index or None)] of a package line without its LF.

    ProtocolError for anything that is not exactly one. Example: b"Pdc8030D40 " is [("dc", 200000.0, 0, None)].
    """
    if line[:1] != b"P":
        raise ProtocolError("not a package: %r" % line)
    return [_decode_variable(field) for field in line[1:].split(b";")]


def _decode_variable(field: bytes) -> "Variable":
    parts = field.split(b",")
    head = parts[0]
    if len(head) != 10 or not all([97 <= byte <= 122 for byte in head[:2]]):
        raise ProtocolError("not a variable: %r" % field)
    status = 0
    place = None
    for part in parts[1:]:
        number = _hex(part[1:])
        if part[:1] == b"1":
            status = number
        elif part[:1] == b"2":
            place = number
    return head[:2].decode(), _decode_value(head[2:]), status, place


def _decode_value(text: bytes) -> "float | None":
    if text == b"     nan":
        return None
    scale = PREFIXES.get(chr(text[7]))
    if scale is None:
        raise ProtocolError("unknown prefix: %r" % text)
    return (_hex(text[:7]) - OFFSET) * scale[0] / scale[1]


def _hex(text: bytes) -> int:
    if not text or not all([byte in HEX for byte in text]):
        raise ProtocolError("not hexadecimal: %r" % text)
    return int(text.decode(), 16)


def error_code(line: bytes) -> "int | None":
    """The code of an error line (!XXXX..., or a letter before it), None for another line."""
    mark = line.find(b"!")
    if mark not in (0, 1) or len(line) < mark + 5 or not all([byte in HEX for byte in line[mark + 1 : mark + 5]]):
        return None
    return int(line[mark + 1 : mark + 5].decode(), 16)


def log_spaced(start: float, end: float, points: int) -> "list[float]":
    """The frequencies of a sweep: `points` values from start to end, evenly spaced in the logarithm."""
    if points == 1:
        return [start]
    return [start * (end / start) ** (k / (points - 1)) for k in range(points)]


class Result:
    """A finished measurement: {"technique", "columns", "meta"}, the raw text, and the error text ("" for none)."""

    def __init__(self, technique: str, meta: "dict[str, Any]") -> None:
        columns: "dict[str, list[float | None]]" = {name: [] for name in RUN_COLUMNS[technique]}
        columns["status"] = []
        self.measurement: "dict[str, Any]" = {"technique": technique, "columns": columns, "meta": meta}
        self.raw = bytearray()
        self.error = ""
        self.bad_lines = 0


class EmstatPico(Driver):
    """Measures when asked; there is nothing to poll. Safe state: no script running, cell off."""

    ROLE = "potentiostat"
    PROTOCOL = "methodscript"
    BAUD = 230400
    SAFE_WAIT_MS = 0  # a running script ends by Z, not by waiting
    START = (
        DRAIN,
        CELL_OFF,
        Exchange(b"t\n", "t", 500, 2),
        Exchange(b"i\n", "i", 500, 2),
        Exchange(b"v\n", "v", 500, 2),
    )

    def __init__(self) -> None:
        Driver.__init__(self)
        self.run: "Result | None" = None  # being filled
        self.done: "Result | None" = None  # not taken yet
        self.echo = False  # the instrument has acknowledged the script in flight
        self.serial = ""
        self.language = ""

    # --- for the agent -----------------------------------------------------------------------------------------
    @property
    def busy(self) -> bool:
        """Whether a measurement runs or its result was not taken yet."""
        return self.run is not None or self.done is not None

    @property
    def ready(self) -> bool:
        """Whether a measurement may start: connected, cell off, nothing left to do."""
        return not (self.busy or self.start_left or self.safe_left or self.queue or self.in_flight)

    def eis(self, start_hz: float, end_hz: float, points: int, amplitude_mv: float = 10, dc_mv: float = 0) -> None:
        """Start an impedance sweep. Columns freq_hz, z_re_ohm, z_im_ohm (sign as measured), status."""
        _range("start_hz", start_hz, FREQ_HZ)
        _range("end_hz", end_hz, FREQ_HZ)
        _range("points", points, (1, POINTS_MAX))
        _range("amplitude_mv", amplitude_mv, AMPLITUDE_MV)
        e_dc = literal(dc_mv / 1000)
        loop = "meas_loop_eis f r j %s %s %s %d %s" % (
            literal(amplitude_mv / 1000),
            literal(start_hz),
            literal(end_hz),
            points,
            e_dc,
        )
        lines = ["var f", "var r", "var j", "set_pgstat_chan 0", "set_pgstat_mode 3", "set_max_bandwidth 200k",
                 "set_range_minmax da %s %s" % (e_dc, e_dc), "set_range ba 2u", "set_autoranging ba 500n 2m",
                 "set_e %s" % e_dc, "cell_on"] + _loop(loop, "frj")  # fmt: skip
        periods_s = sum([1.0 / f for f in log_spaced(start_hz, end_hz, points)])
        limit_ms = SLACK_MS + POINT_MS * points + int(1000 * CYCLES * periods_s)
        self._begin("eis", lines, limit_ms, {"amplitude_mv": amplitude_mv, "dc_mv": dc_mv, "points_asked": points})

    def ocp(self, interval_ms: int, duration_ms: int) -> None:
        """Start recording the open-circuit potential. Columns time_s, voltage_v, status."""
        _times(interval_ms, duration_ms)
        loop = "meas_loop_ocp p %s %s" % (literal(interval_ms / 1000), literal(duration_ms / 1000))
        lines = ["var p", "var t", "set_pgstat_chan 0", "set_pgstat_mode 3", "set_max_bandwidth 200",
                 "cell_off", "timer_start"] + _loop(loop, "tp", ["timer_get t"])  # fmt: skip
        self._begin("ocp", lines, SLACK_MS + 2 * duration_ms, {"interval_ms": interval_ms})

    def chronopotentiometry(self, steps: "list[tuple[int, int]]", interval_ms: int) -> None:
        """Start constant-current steps [(current_na, duration_ms)]. Columns time_s, voltage_v, current_a, status.

        Needs a galvanostat (EmStat4); the Pico answers 001B, not supported.
        """
        lines = ["var p", "var c", "var t", "set_pgstat_chan 0", "set_pgstat_mode 6", "set_max_bandwidth 200",
                 "set_range ba %s" % literal(max([abs(current) for current, _ in steps]) * 1e-9),
                 "set_i 0", "cell_on", "timer_start"]  # fmt: skip
        for current_na, duration_ms in steps:
            _times(interval_ms, duration_ms)
            times = (literal(interval_ms / 1000), literal(duration_ms / 1000))
            loop = "meas_loop_cp p c %s %s %s" % ((literal(current_na * 1e-9),) + times)
            lines += _loop(loop, "tpc", ["timer_get t"])
        limit_ms = SLACK_MS + 2 * sum([duration_ms for _, duration_ms in steps])
        self._begin("chronopotentiometry", lines, limit_ms, {"interval_ms": interval_ms})

    def abort(self, now: int) -> None:
        """End the measurement at once, cell off; what was measured becomes a result with an error."""
        self._finish("aborted")
        self.in_flight = None
        Driver.safe(self, now)

    def take_result(self) -> "Result | None":
        """The finished Result, once; None while there is none."""
        result, self.done = self.done, None
        return result

    # --- the contract ------------------------------------------------------------------------------------------
    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """The first line, blanks kept (a space is a prefix); flow-control bytes are dropped."""
        end = buffer.find(b"\n")
        if end < 0:
            return None, 0
        return bytes(buffer[:end]).replace(b"\x11", b"").replace(b"\x13", b"").replace(b"\r", b""), end + 1

    def answers(self, key: "Any", reply: bytes) -> bool:
        """Whether a line ends the exchange in flight; the others are its output."""
        if key == "e":
            return (reply == b"" and self.echo) or (reply[:1] in (b"e", b"!") and error_code(reply) is not None)
        if key == "Z":
            return reply == b"" or reply[:2] == b"Z!" or (reply[:1] == b"!" and error_code(reply) is not None)
        if key == "t":
            return reply[-1:] == b"*" or reply[:2] == b"t!"
        return reply[:1] == bytes(key.encode())

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        raise ProtocolError("%s: the potentiostat has no such output" % name)

    def safe_exchanges(self) -> "list[Exchange]":
        """End the script, then cell off."""
        return [DRAIN, CELL_OFF]

    def safe(self, now: int) -> None:
        """As in the contract; a running measurement ends with an error."""
        self.abort(now)

    def reconnected(self, now: int) -> None:
        """As in the contract; the script may have gone on without us, so it is ended and the cell switched off."""
        Driver.reconnected(self, now)
        if self.run is not None:
            self._finish("the port was lost during the measurement")
            Driver.safe(self, now)

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        """Take one line; ProtocolError for one that MethodSCRIPT does not have."""
        if reply == b"e":
            self._acknowledged(now)
        code = None if key == "Z" or reply[:1] == b"Z" else error_code(reply)
        if code is not None:
            self._refused(key, code, reply, now)
        elif self.run is not None:
            self._output(self.run, key, reply)
        elif key in ("t", "i", "v") or reply[:1] == b"t":
            self._identify(reply)

    # --- inner -------------------------------------------------------------------------------------------------
    def _begin(self, technique: str, lines: "list[str]", limit_ms: int, meta: "dict[str, Any]") -> None:
        if not self.ready:
            raise ProtocolError("the potentiostat is busy or not connected yet")
        script = "e\n" + "\n".join(lines) + "\non_finished:\ncell_off\n\n"
        meta["instrument"] = self.identity
        self.run = Result(technique, meta)
        self.queue.append(Exchange(script.encode(), "e", limit_ms, 1, DEAF_MS))

    def _start(self, exchange: Exchange, now: int) -> bytes:
        self.echo = False
        request = Driver._start(self, exchange, now)
        self.deadline = min(self.deadline, now + ECHO_MS)
        return request

    def _acknowledged(self, now: int) -> None:
        self.echo = True
        if self.in_flight is not None:
            self.deadline = now + self.in_flight.timeout_ms

    def _output(self, run: Result, key: "Any", line: bytes) -> None:
        """One line of a running script's output."""
        _keep(run, line)
        if line[:1] == b"P":
            _package(run, line)
        elif line == b"":
            if key == "e":
                self._finish("")
        elif line[:1] not in (b"e", b"M", b"*", b"L", b"+", b"C", b"-", b"T", b"Z", b"Y", b"h", b"H"):
            run.bad_lines += 1
            raise ProtocolError("no line of a measurement: %r" % line)

    def _identify(self, line: bytes) -> None:
        text = "".join([chr(byte) for byte in line if 32 <= byte < 127])
        if text[:1] == "t":
            self.identity = text[1:].split("#")[0]
        elif text[:1] == "i":
            self.serial = text[1:]
        elif text[:1] == "v":
            self.language = text[1:]

    def _refused(self, key: "Any", code: int, line: bytes, now: int) -> None:
        text = "%s: %s" % ("".join([chr(byte) for byte in line]), ERRORS.get(code, "error of the instrument"))
        run = self.run
        if run is not None:
            _keep(run, line)
            self._fault(text)
            self._finish(text)
        if key == "e" and not self.safe_left:
            Driver.safe(self, now)
            self.safe_left = [CELL_OFF]  # a script that met an error has ended: nothing to abort
        if run is None:
            raise ProtocolError(text)

    def _timed_out(self, now: int) -> None:
        Driver._timed_out(self, now)
        if self.run is not None:  # only a script can be in flight then
            self.last_error = "the measurement did not start or end in time"
            self._finish(self.last_error)
            Driver.safe(self, now)

    def _finish(self, error: str) -> None:
        if self.run is not None:
            self.run.error = error
            self.done = self.run
            self.run = None


class Emstat4(EmstatPico):
    """The same language at another speed, with a galvanostat."""

    PROTOCOL = "methodscript-emstat4"
    BAUD = 921600


def _package(run: Result, line: bytes) -> None:
    """Add the row of a package line to the columns."""
    columns = run.measurement["columns"]
    try:
        row = {COLUMNS.get(kind): (value, status) for kind, value, status, _ in decode_package(line)}
        values = [(name, row[name][0]) for name in RUN_COLUMNS[run.measurement["technique"]]]
    except (ProtocolError, KeyError):
        run.bad_lines += 1
        raise ProtocolError("not the package that was asked for: %r" % line)
    status = 0
    for key in row:
        status |= row[key][1]
    for name, value in values:
        columns[name].append(value)
    columns["status"].append(status)


def _keep(run: Result, line: bytes) -> None:
    if len(run.raw) + len(line) < RAW_MAX:
        run.raw.extend(line + b"\n")


def _loop(command: str, variables: str, before: "list[str] | tuple[str, ...]" = ()) -> "list[str]":
    """The lines of a measurement loop that sends the named variables as one package a point."""
    return [command] + list(before) + ["pck_start"] + ["pck_add " + v for v in variables] + ["pck_end", "endloop"]


def _range(name: str, value: float, limits: "tuple[float, float]") -> None:
    if not limits[0] <= value <= limits[1]:
        raise ProtocolError("%s = %s: must be %s to %s" % (name, value, limits[0], limits[1]))


def _times(interval_ms: int, duration_ms: int) -> None:
    _range("interval_ms", interval_ms, (10, 3600000))
    _range("duration_ms", duration_ms, (interval_ms, 86400000))
