"""One serial line on CPython: opened again whenever it is lost, read and written without waiting.

A path is a port of this machine, `socket://host:port` one behind TCP. A pseudo-terminal refuses parity and 7 data bits
(EINVAL); the twin's lines are 8N1 for that reason, so a refused frame is opened as 8N1 and said once.
"""

import logging
import os
import termios
from typing import Any

import serial

from .drivers.base import Driver
from .line_fault import LineFault
from .socket_line import SCHEME, Place, SocketLine

REOPEN_MS = 1000
READ_BYTES = 4096
LOG = logging.getLogger(__name__)
BROKEN = (OSError, serial.SerialException, termios.error)  # termios.error is no OSError
BYTE_SIZES = {"7": serial.SEVENBITS, "8": serial.EIGHTBITS}
PARITIES = {"N": serial.PARITY_NONE, "E": serial.PARITY_EVEN, "O": serial.PARITY_ODD}


class SerialPort:
    """The line of one driver. `service` moves bytes both ways."""

    def __init__(self, path: str, driver: Driver) -> None:
        """Raises InputError for a socket:// that leads nowhere."""
        self.path = path
        self.driver = driver
        self.place = Place(path) if path.startswith(SCHEME) else None
        self.port: serial.Serial | SocketLine | None = None
        self.opening: SocketLine | None = None
        self.retry_ms = 0
        self.unsent = b""
        self.fault: LineFault | None = None

    def fileno(self) -> int:
        """The descriptor to wait for, -1 while the line is lost."""
        return -1 if self.port is None else self.port.fileno()

    def service(self, now_ms: int) -> None:
        """Feed what arrived, write what is due; a lost line is tried again each second."""
        if self.port is None and not self._open(now_ms):
            return
        try:
            self._exchange(now_ms)
        except BROKEN as error:
            self._lost(error, now_ms)

    def close(self) -> None:
        for port in (self.port, self.opening):
            if port is not None:
                port.close()
        self.port = self.opening = None

    def _exchange(self, now_ms: int) -> None:
        assert self.port is not None  # held by `service`
        waiting = self.port.in_waiting
        heard = self.port.read(min(waiting, READ_BYTES)) if waiting else b""
        if self.fault is not None:
            outward, inward = self.fault.tick(now_ms)
            heard = inward + self.fault.from_instrument(heard, now_ms)
            self.unsent += outward
        if heard:
            self.driver.feed(heard, now_ms)
        if not self.unsent:
            request = self.driver.outgoing(now_ms)
            self.unsent = request if self.fault is None else self.fault.to_instrument(request, now_ms)
        if self.unsent:
            sent = self.port.write(self.unsent) or 0
            self.unsent = self.unsent[sent:]

    def _open(self, now_ms: int) -> bool:
        if now_ms < self.retry_ms:
            return False
        try:
            self.port = self._opened() if self.place is None else self._connected(self.place, now_ms)
        except BROKEN + (ValueError,) as error:
            self._lost(error, now_ms)
            return False
        if self.port is None:
            return False
        self.unsent = b""
        self.driver.reconnected(now_ms)
        return True

    def _connected(self, place: Place, now_ms: int) -> SocketLine | None:
        """The connection once it is there; the same attempt is looked at again and again."""
        self.opening = self.opening or SocketLine(place, now_ms)
        if not self.opening.connected(now_ms):
            return None
        line, self.opening = self.opening, None
        return line

    def _opened(self) -> serial.Serial:
        bits, parity, stop = tuple(self.driver.FRAME)
        fixed: dict[str, Any] = {
            "baudrate": self.driver.BAUD,
            "stopbits": int(stop),
            "timeout": 0,
            "write_timeout": 0,
            "exclusive": True,
        }
        port = serial.Serial(bytesize=BYTE_SIZES[bits], parity=PARITIES[parity], **fixed)
        port.port = self.path
        try:
            port.open()
            port.timeout = 0  # a pty refuses the frame at the first change after opening, not at the opening
        except BROKEN as error:
            port.close()
            if (bits, parity) == ("8", "N"):
                raise
            LOG.warning("%s refuses %s (%s): opened as 8N1", self.path, self.driver.FRAME, error)
            port = serial.Serial(self.path, bytesize=serial.EIGHTBITS, parity=serial.PARITY_NONE, **fixed)
        return port

    def _lost(self, error: Exception, now_ms: int) -> None:
        self.close()
        self.retry_ms = now_ms + REOPEN_MS
        number = getattr(error, "errno", None)  # pyserial puts path and reason into its text twice
        self.driver.last_error = "%s: %s" % (self.path, os.strerror(number) if number else error)
