"""What a bench file says of a board's port and pins, as values: "uart:1:tx=4,rx=5". Pure; no machine is touched."""

from adatom.protocol.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    Lines = dict[str, int]

UART = "uart:"
UART_LINES = ("tx", "rx")  # needed; "rts" and "cts" as well where the instrument has them
LINE_MAX = 48  # the highest GPIO number of the boards that are supported (ESP32-S3)
UART_MAX = 2


def uart_of(text: str, where: str = "port") -> "tuple[int, Lines]":
    """(number of the UART, {line: GPIO}) of "uart:1:tx=4,rx=5"; InputError for anything else."""
    number, _, rest = text[len(UART) :].partition(":")
    if not text.startswith(UART) or not number.isdigit() or int(number) > UART_MAX:
        raise InputError(where, "%r: must be uart:NUMBER:tx=GPIO,rx=GPIO with a number of 0 to %d" % (text, UART_MAX))
    return int(number), lines_of(rest, UART_LINES, ("rts", "cts"), where)


def lines_of(text: str, needed: "tuple[str, ...]", more: "tuple[str, ...]", where: str) -> "Lines":
    """{name: GPIO} of "tx=4,rx=5"; every needed name, none twice, no GPIO twice."""
    lines: "Lines" = {}
    for word in text.split(","):
        name, _, value = word.partition("=")
        if name not in needed + more or name in lines or not value.isdigit() or int(value) > LINE_MAX:
            allowed = ", ".join(needed + more)
            raise InputError(where, "%r: must be NAME=GPIO, a name of %s once, 0 to %d" % (word, allowed, LINE_MAX))
        if int(value) in lines.values():
            raise InputError(where, "%r: GPIO %s is used twice" % (text, value))
        lines[name] = int(value)
    missing = [name for name in needed if name not in lines]
    if missing:
        raise InputError(where, "%r: %s is missing" % (text, ", ".join(missing)))
    return lines
