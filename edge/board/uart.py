"""Serial lines under MicroPython: a board's UART, or a tty file on the unix port. Nothing here waits.

A stream has `read()`, what arrived (b"" for nothing), and `write(data)`, how many bytes it took. A line that is lost is
opened again each second.
"""

import select

from .ports import UART, uart_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.edge.drivers.base import Driver

REOPEN_MS = 1000
READ_BYTES = 256
RX_BYTES = 512  # of a UART's buffer: 44 ms at 115200 baud
PARITY = {"N": None, "E": 0, "O": 1}
# termios of Linux: baud rates by number, the words of tcgetattr
SPEEDS = {9600: 13, 19200: 14, 38400: 15, 57600: 4097, 115200: 4098, 230400: 4099}
ISPEED, OSPEED, CONTROL, VTIME, VMIN = 4, 5, 6, 5, 6


class Line:
    """The line of one driver. `service` moves bytes both ways."""

    def __init__(self, port: str, driver: "Driver") -> None:
        self.port = port
        self.driver = driver
        self.stream: "Any" = None
        self.retry_ms = 0
        self.unsent = b""

    def service(self, now_ms: int) -> None:
        """Feed what arrived, write what is due."""
        try:
            if self.stream is None:
                self._open(now_ms)
            if self.stream is not None:
                self._exchange(now_ms)
        except OSError as error:
            self.close()
            self.retry_ms = now_ms + REOPEN_MS
            self.driver.last_error = "%s: %s" % (self.port, error)

    def close(self) -> None:
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def _open(self, now_ms: int) -> None:
        if now_ms < self.retry_ms:
            return
        self.stream = open_stream(self.port, self.driver.BAUD, self.driver.FRAME)
        self.unsent = b""
        self.driver.reconnected(now_ms)

    def _exchange(self, now_ms: int) -> None:
        data = self.stream.read()
        if data:
            self.driver.feed(data, now_ms)
        self.unsent = self.unsent or self.driver.outgoing(now_ms)
        if self.unsent:
            self.unsent = self.unsent[self.stream.write(self.unsent) :]


def open_stream(port: str, baud: int, frame: str) -> "Any":
    """The stream of a port. OSError when it is not there now, InputError for a port that cannot be."""
    return Uart(port, baud, frame) if port.startswith(UART) else Tty(port, baud)


class Uart:
    """A board's UART on the pins that the bench file names."""

    def __init__(self, port: str, baud: int, frame: str) -> None:
        import machine  # type: ignore[import-not-found]

        number, lines = uart_of(port)
        pins = {name: machine.Pin(lines[name]) for name in lines}
        self.uart = machine.UART(number, baud, bits=int(frame[0]), parity=PARITY[frame[1]], stop=int(frame[2]),
                                 timeout=0, rxbuf=RX_BYTES, **pins)  # fmt: skip

    def read(self) -> bytes:
        return self.uart.read(READ_BYTES) or b""

    def write(self, data: bytes) -> int:
        return self.uart.write(data) or 0

    def close(self) -> None:
        self.uart.deinit()


class Tty:
    """A serial device or pseudo-terminal as a file of the unix port: 8N1, as a pty takes nothing else."""

    def __init__(self, path: str, baud: int) -> None:
        import termios

        self.file = open(path, "r+b", buffering=0)
        handle = self.file.fileno()
        termios.setraw(handle)  # type: ignore[attr-defined]  # MicroPython's
        words = termios.tcgetattr(handle)
        words[ISPEED] = words[OSPEED] = SPEEDS[baud]
        words[CONTROL][VMIN] = words[CONTROL][VTIME] = 0  # a read gives what is there, and does not wait
        termios.tcsetattr(handle, termios.TCSANOW, words)
        self.poller = select.poll()
        self.poller.register(self.file, select.POLLIN)

    def read(self) -> bytes:
        events = self.poller.poll(0)
        if not events:
            return b""
        if events[0][1] & (select.POLLHUP | select.POLLERR):
            raise OSError("hung up")
        return self.file.read(READ_BYTES)

    def write(self, data: bytes) -> int:
        return self.file.write(data)

    def close(self) -> None:
        self.poller.unregister(self.file)
        self.file.close()
