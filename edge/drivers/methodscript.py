"""MethodSCRIPT as a client writes and reads it: scripts and literals out, packages and error lines in. Pure text.

Facts: PalmSens, MethodSCRIPT v1.8. A script ends with on_finished and cell_off, and whatever holds a current is bounded
in time: the language has no watchdog for a host that went silent.
"""

from adatom.protocol.errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    Variable = tuple[str, float | None, int, int | None]

OFFSET = 1 << 27  # a package value is written as value + 2**27 in seven hex digits
HEX = b"0123456789ABCDEFabcdef"
METADATA = {b"1": 1, b"2": 2, b"4": 1}  # status, range, noise: their hex digits
# SI prefix -> (multiply, divide): dividing by a power of ten rounds correctly, multiplying by 1e-3 would not
PREFIXES = {
    "a": (1, 10**18), "f": (1, 10**15), "p": (1, 10**12), "n": (1, 10**9), "u": (1, 10**6), "m": (1, 1000),
    " ": (1, 1), "i": (1, 1), "k": (1000, 1), "M": (10**6, 1), "G": (10**9, 1), "T": (10**12, 1),
    "P": (10**15, 1), "E": (10**18, 1),
}  # fmt: skip
TIMING, OVERLOAD, UNDERLOAD, NEAR_OVERLOAD = 1, 2, 4, 8  # bits of a variable's status
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
FREQ_HZ = (0.016, 200000.0)
AMPLITUDE_MV = (1, 250)
DC_MV = (-1000, 1000)  # K; both instruments could do more, no cell of ours needs it
POINTS = (1, 500)
INTERVAL_MS = (10, 3600000)
OCP_MS_MAX = 86400000  # the cell is off: it may take a day
HOLD_MS_MAX = (
    60000  # K: longest that one script holds a current, hence how long a silent host leaves the cell energised
)
LIMIT_MV = (10, 3000)  # K; EmStat4 LR measures +-3 V
BANDWIDTH_HZ_S = 5.85  # filter for a point interval of 1 s, as PalmSens recommends for EmStat4
LIMIT_WORD = "limit"  # what a script sends before it ends at a voltage limit


def script(lines: "list[str]") -> bytes:
    """The bytes that execute a script, with the cell off at its end or after an abort."""
    return ("e\n" + "\n".join(lines) + "\non_finished:\ncell_off\n\n").encode()


def eis(start_hz: float, end_hz: float, points: int, amplitude_mv: float, dc_mv: float) -> "list[str]":
    """A potentiostatic impedance sweep; packages of frequency, real and imaginary part."""
    check_range("start_hz", start_hz, FREQ_HZ)
    check_range("end_hz", end_hz, FREQ_HZ)
    check_range("points", points, POINTS)
    check_range("amplitude_mv", amplitude_mv, AMPLITUDE_MV)
    check_range("dc_mv", dc_mv, DC_MV)
    e_dc = literal(dc_mv / 1000)
    ends = (literal(amplitude_mv / 1000), literal(start_hz), literal(end_hz), points, e_dc)
    return ["var f", "var r", "var j", "set_pgstat_chan 0", "set_pgstat_mode 3", "set_max_bandwidth 200k",
            "set_range_minmax da %s %s" % (e_dc, e_dc), "set_range ba 2u", "set_autoranging ba 500n 2m",
            "set_e %s" % e_dc, "cell_on"] + _loop("meas_loop_eis f r j %s %s %s %d %s" % ends, "frj")  # fmt: skip


def ocp(interval_ms: int, duration_ms: int) -> "list[str]":
    """The open-circuit potential over time, cell off."""
    check_range("interval_ms", interval_ms, INTERVAL_MS)
    check_range("duration_ms", duration_ms, (interval_ms, OCP_MS_MAX))
    loop = "meas_loop_ocp p %s %s" % (literal(interval_ms / 1000), literal(duration_ms / 1000))
    return ["var p", "var t", "set_pgstat_chan 0", "set_pgstat_mode 3", "set_max_bandwidth 200",
            "cell_off", "timer_start"] + _loop(loop, "tp", ["timer_get t"])  # fmt: skip


def chronopotentiometry(steps: "list[tuple[int, int]]", interval_ms: int, limit_mv: int) -> "list[str]":
    """Constant currents [(current_na, duration_ms)] one after the other; the script ends itself at +-limit_mv."""
    check_range("interval_ms", interval_ms, INTERVAL_MS)
    check_range("limit_mv", limit_mv, LIMIT_MV)
    check_range("steps", len(steps), (1, 100))
    check_range("sum of duration_ms", sum([duration_ms for _, duration_ms in steps]), (interval_ms, HOLD_MS_MAX))
    high = literal(limit_mv / 1000)
    window = "-%s %s" % (high, high)
    lines = ["var p", "var c", "var t", "set_pgstat_chan 0", "set_pgstat_mode 6",
             "set_max_bandwidth %s" % literal(BANDWIDTH_HZ_S * 1000 / interval_ms),
             "set_range_minmax ab %s" % window, "set_autoranging ab %s" % window,
             "set_range db %s" % literal(max([abs(current_na) for current_na, _ in steps]) * 1e-9),
             "set_i 0", "cell_on", "timer_start"]  # fmt: skip
    after = _end_if("p >= %s" % high) + _end_if("p <= -%s" % high)
    for current_na, duration_ms in steps:
        check_range("duration_ms", duration_ms, (interval_ms, HOLD_MS_MAX))
        times = (literal(current_na * 1e-9), literal(interval_ms / 1000), literal(duration_ms / 1000))
        lines += _loop("meas_loop_cp p c %s %s %s" % times, "tpc", ["timer_get t"], after)
    return lines


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


def log_spaced(start: float, end: float, points: int) -> "list[float]":
    """The frequencies of a sweep: `points` values from start to end, evenly spaced in the logarithm."""
    if points == 1:
        return [start]
    return [start * (end / start) ** (k / (points - 1)) for k in range(points)]


def decode_package(line: bytes) -> "list[Variable]":
    """[(type, value or None for NaN, status bits, range index or None)] of a package line without its LF.

    ProtocolError for anything that is not exactly one. Example: b"Pdc8030D40 " is [("dc", 200000.0, 0, None)].
    """
    if line[:1] != b"P":
        raise ProtocolError("not a package: %r" % line)
    return [_decode_variable(field) for field in line[1:].split(b";")]


def error_code(line: bytes) -> "int | None":
    """The code of an error line (!XXXX..., or a letter before it), None for another line."""
    mark = line.find(b"!")
    if mark not in (0, 1) or len(line) < mark + 5 or not all([byte in HEX for byte in line[mark + 1 : mark + 5]]):
        return None
    return int(line[mark + 1 : mark + 5].decode(), 16)


def check_range(name: str, value: float, limits: "tuple[float, float]") -> None:
    """ProtocolError for a value outside its limits."""
    if not limits[0] <= value <= limits[1]:
        raise ProtocolError("%s = %s: must be %s to %s" % (name, value, limits[0], limits[1]))


# --- inner -----------------------------------------------------------------------------------------------------
def _loop(
    command: str, variables: str, before: "list[str] | tuple[str, ...]" = (), after: "list[str] | tuple[str, ...]" = ()
) -> "list[str]":
    """The lines of a measurement loop that sends the named variables as one package a point."""
    package = ["pck_start"] + ["pck_add " + name for name in variables] + ["pck_end"]
    return [command] + list(before) + package + list(after) + ["endloop"]


def _end_if(condition: str) -> "list[str]":
    return ["if " + condition, 'send_string "%s"' % LIMIT_WORD, "abort", "endif"]


def _decode_variable(field: bytes) -> "Variable":
    parts = field.split(b",")
    head = parts[0]
    if len(head) != 10 or not all([97 <= byte <= 122 for byte in head[:2]]):
        raise ProtocolError("not a variable: %r" % field)
    status = 0
    place = None
    for part in parts[1:]:
        if METADATA.get(part[:1]) != len(part) - 1:
            raise ProtocolError("unknown metadata: %r" % field)
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
