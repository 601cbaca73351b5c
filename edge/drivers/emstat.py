"""Potentiostat PalmSens EmStat Pico / EmStat4: MethodSCRIPT out, measurement packages in.

One measurement at a time: `eis`, `ocp` or `chronopotentiometry` starts it, `take_result` hands it over. A runtime error
leaves the cell on (on_finished is not run), so every failure ends with a script of one line, cell_off. A running script
is ended by Z, never halted by h: a halted script keeps the cell on for ever.
"""

from adatom.protocol.errors import ProtocolError

from . import methodscript as ms
from .base import Driver, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEAF_MS = 100  # after an error the instrument ignores input for 50 to 100 ms
ECHO_MS = 2000  # the instrument acknowledges a script, or refuses it, within this time
SLACK_MS = 5000  # of the whole measurement: range changes, start, a slow host
POINT_MS = 1000  # a point's own overhead: settling and autoranging
CYCLES = 10  # periods that a point may take at most; about 3 is usual
RAW_MAX = 65536  # bytes of raw text kept of one measurement
SILENT_INTERVALS = 3  # points that stay away for so long do not come any more
BAD_POINTS = 3  # overloaded, or past the limit that the script should have ended at: one may be a spike
OFF_FREQ = 0.005  # of a frequency asked for: further off the line was damaged, and with it the impedance
LOST_IN_A_ROW = 2  # lines between two good ones: the more may be missing, the easier garbage fits
DAMAGED = 0.2  # of a measurement's points, or lost: what came through besides is not to be trusted
PAST_LIMIT = 1.2  # times the voltage limit: further than noise at the limit goes

DRAIN = Exchange(b"Z\n", "Z", 500, 2, DEAF_MS)  # ends whatever runs; Z!0006 when nothing does
CELL_OFF = Exchange(b"e\ncell_off\n\n", "e", 500, 3)
OUTPUT = (b"e", b"M", b"*", b"L", b"+", b"C", b"-", b"T", b"Z", b"Y", b"h", b"H")  # first letters of a script's lines


class Result:
    """A finished measurement: {"technique", "columns", "meta"}, the raw text, and the error text ("" for none)."""

    def __init__(self, technique: str, meta: "dict[str, Any]") -> None:
        columns: "dict[str, list[float | None]]" = {name: [] for name in ms.RUN_COLUMNS[technique]}
        columns["status"] = []
        self.measurement: "dict[str, Any]" = {"technique": technique, "columns": columns, "meta": meta}
        self.raw = bytearray()
        self.error = ""
        self.at_limit = False  # the script ended itself at its voltage limit
        self.limit_v = 0.0  # 0: none
        self.interval_ms: int = meta.get("interval_ms", 0)  # between points; 0: as long as each takes
        self.bad_points = 0  # one after the other
        self.bad_lines = 0
        self.freqs_hz: "list[float]" = []  # that are still to come, of a sweep

    def damage(self) -> str:
        """Why the whole is not to be trusted; "" when it is."""
        meta = self.measurement["meta"]
        came = len(self.measurement["columns"]["status"]) + meta.get("nan_points", 0)
        bad = max(self.bad_lines, meta.get("points_asked", 0) - came)
        return "%d points damaged or lost, %d came" % (bad, came) if bad > DAMAGED * (came + bad) else ""


class EmstatPico(Driver):
    """Measures when asked; there is nothing to poll. Safe state: no script running, cell off."""

    ROLE = "potentiostat"
    PROTOCOL = "methodscript"
    BAUD = 230400
    GALVANOSTAT = False  # whether it can hold a current
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
        self.ends_ms = 0  # latest end of the script in flight
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
        lines = ms.eis(start_hz, end_hz, points, amplitude_mv, dc_mv)
        freqs_hz = ms.log_spaced(start_hz, end_hz, points)
        periods_s = sum([1.0 / f for f in freqs_hz])
        limit_ms = SLACK_MS + POINT_MS * points + int(1000 * CYCLES * periods_s)
        self._begin("eis", lines, limit_ms, {"amplitude_mv": amplitude_mv, "dc_mv": dc_mv, "points_asked": points})
        if self.run is not None:
            self.run.freqs_hz = freqs_hz

    def ocp(self, interval_ms: int, duration_ms: int) -> None:
        """Start recording the open-circuit potential. Columns time_s, voltage_v, status."""
        self._begin("ocp", ms.ocp(interval_ms, duration_ms), SLACK_MS + 2 * duration_ms, {"interval_ms": interval_ms})

    def chronopotentiometry(self, steps: "list[tuple[int, int]]", interval_ms: int, limit_mv: int = 1000) -> None:
        """Start constant-current steps [(current_na, duration_ms)]. Columns time_s, voltage_v, current_a, status.

        The script ends itself at +-limit_mv (`at_limit`), and after HOLD_MS_MAX whatever the host does: longer holds
        are several scripts. Needs a galvanostat (EmStat4); the Pico answers 001B, not supported.
        """
        lines = ms.chronopotentiometry(steps, interval_ms, limit_mv)
        limit_ms = SLACK_MS + 2 * sum([duration_ms for _, duration_ms in steps])
        self._begin("chronopotentiometry", lines, limit_ms, {"interval_ms": interval_ms, "limit_mv": limit_mv})
        if self.run is not None:
            self.run.limit_v = limit_mv / 1000

    def abort(self, now: int) -> None:
        """End the measurement at once, cell off; what was measured becomes a result with an error."""
        self._end("aborted", now)

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
            return (reply == b"" and self.echo) or (reply[:1] in (b"e", b"!") and ms.error_code(reply) is not None)
        if key == "Z":
            return reply == b"" or reply[:2] == b"Z!" or (reply[:1] == b"!" and ms.error_code(reply) is not None)
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

    def is_safe(self, now: int) -> bool:
        """As in the contract; not while a measurement of ours runs."""
        return self.run is None and Driver.is_safe(self, now)

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
        code = None if key == "Z" or reply[:1] == b"Z" else ms.error_code(reply)
        if code is not None:
            self._refused(key, code, reply, now)
        elif self.run is not None:
            self._output(self.run, key, reply, now)
        elif key in ("t", "i", "v") or reply[:1] == b"t":
            self._identify(reply)

    # --- inner -------------------------------------------------------------------------------------------------
    def _begin(self, technique: str, lines: "list[str]", limit_ms: int, meta: "dict[str, Any]") -> None:
        if not self.ready:
            raise ProtocolError("the potentiostat is busy or not connected yet")
        meta["instrument"] = self.identity
        self.run = Result(technique, meta)
        self.queue.append(Exchange(ms.script(lines), "e", limit_ms, 1, DEAF_MS))

    def _start(self, exchange: Exchange, now: int) -> bytes:
        self.echo = False
        request = Driver._start(self, exchange, now)
        self.deadline = min(self.deadline, now + ECHO_MS)
        return request

    def _done(self, exchange: Exchange, now: int) -> None:
        Driver._done(self, exchange, now)
        if exchange is CELL_OFF:  # the script ran to its end: an error would have been answered
            self.store("cell_on", 0, now)

    def _acknowledged(self, now: int) -> None:
        self.echo = True
        if self.run is not None:
            self.store("cell_on", 1, now)  # perhaps: nothing tells before cell_off is confirmed
        if self.in_flight is not None:
            self.ends_ms = now + self.in_flight.timeout_ms
            self._await_more(now)

    def _await_more(self, now: int) -> None:
        """The script ends in its time, and points that come at an interval do not stay away for several."""
        self.deadline = self.ends_ms
        if self.run is not None and self.run.interval_ms:
            self.deadline = min(self.ends_ms, now + SLACK_MS + SILENT_INTERVALS * self.run.interval_ms)

    def _output(self, run: Result, key: "Any", line: bytes, now: int) -> None:
        """One line of a running script's output."""
        _keep(run, line)
        if line[:1] == b"P":
            _package(run, line)
            if self.in_flight is not None:
                self._await_more(now)
            if run.bad_points >= BAD_POINTS:  # the script should have ended itself: do not wait for its time
                self._fault("voltage overloaded or past its limit")
                self._end(self.last_error, now)
        elif line == b"":
            if key == "e":
                self._finish("" if self.run is None else self.run.damage())
        elif line[:1] == b"T":
            run.at_limit = run.at_limit or line[1:] == ms.LIMIT_WORD.encode()
        elif line[:1] not in OUTPUT:
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
        text = "%s: %s" % ("".join([chr(byte) for byte in line]), ms.ERRORS.get(code, "error of the instrument"))
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
            self.last_error = "the measurement did not start, go on or end in time"
            self._finish(self.last_error)
            Driver.safe(self, now)

    def _end(self, error: str, now: int) -> None:
        """End a running script from here: Z, then cell off."""
        self._finish(error)
        self.in_flight = None
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
    GALVANOSTAT = True


def _package(run: Result, line: bytes) -> None:
    """Add the row of a package line to the columns; a point with a NaN is counted and left out."""
    columns = run.measurement["columns"]
    try:
        row = {ms.COLUMNS.get(kind): (value, status) for kind, value, status, _ in ms.decode_package(line)}
        values = [(name, row[name][0]) for name in ms.RUN_COLUMNS[run.measurement["technique"]]]
        if run.measurement["technique"] == "eis":
            _expected(run.freqs_hz, row["freq_hz"][0])
    except (ProtocolError, KeyError):
        run.bad_lines += 1
        raise ProtocolError("not the package that was asked for: %r" % line)
    status = 0
    for key in row:
        status |= row[key][1]
    if any([value is None for _, value in values]):
        run.measurement["meta"]["nan_points"] = run.measurement["meta"].get("nan_points", 0) + 1
    else:
        for name, value in values:
            columns[name].append(value)
        columns["status"].append(status)
    if run.limit_v:
        volt = row["voltage_v"][0]
        bad = volt is None or status & ms.OVERLOAD or abs(volt) > PAST_LIMIT * run.limit_v
        run.bad_points = run.bad_points + 1 if bad else 0


def _expected(freqs_hz: "list[float]", freq_hz: "float | None") -> None:
    """Strike a point's frequency, and those whose lines were lost, off what is to come; ProtocolError for another."""
    for place in range(min(LOST_IN_A_ROW + 1, len(freqs_hz))):
        if freq_hz is not None and abs(freq_hz - freqs_hz[place]) <= OFF_FREQ * freqs_hz[place]:
            del freqs_hz[: place + 1]
            return
    raise ProtocolError("nobody asked for this frequency")


def _keep(run: Result, line: bytes) -> None:
    if len(run.raw) + len(line) < RAW_MAX:
        run.raw.extend(line + b"\n")
