"""Pseudo-terminals that stand for the serial ports of a simulated bench, and what lives behind one.

A port opens raw, is linked as DIR/role and survives clients that come and go. It knows no protocol.
"""

import os
import termios
import tty
from pathlib import Path
from typing import Any, Protocol

READ_BYTES = 4096
UNREAD_S = 1.0  # after this the bytes that nobody reads are lost, as on a UART without handshake


class Instrument(Protocol):
    """One simulated instrument at byte level. Time is an argument: seconds on the bench's own clock."""

    PROTOCOL: str
    BAUD: int

    def feed(self, data: bytes, now_s: float) -> bytes:
        """The bytes that it answers at once; any input is legal."""
        ...

    def tick(self, now_s: float) -> bytes:
        """Let time pass; the bytes that it says by itself or late."""
        ...

    def state(self) -> dict[str, Any]:
        """What the instrument believes, JSON-ready, for tests and people."""
        ...


class Port:
    """A raw pty linked at `link`. The slave stays open here, so that a client's hang-up is not the end of the pty."""

    def __init__(self, link: Path) -> None:
        self.fd, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.fd, False)
        self.link = link
        self.path = os.ttyname(self._slave)
        self._unsent = b""
        self._sent_s = 0.0
        link.unlink(missing_ok=True)
        link.symlink_to(self.path)

    def read(self) -> bytes:
        """What the client wrote, b"" when it wrote nothing."""
        try:
            return os.read(self.fd, READ_BYTES)
        except BlockingIOError:
            return b""

    def write(self, data: bytes, now_s: float) -> None:
        """Send to the client; `now_s` is any monotonic time."""
        if not self._unsent:
            self._sent_s = now_s
        self._unsent += data
        if not self._unsent:
            return
        try:
            sent = os.write(self.fd, self._unsent)
        except BlockingIOError:
            sent = 0
        if sent:
            self._sent_s = now_s
        self._unsent = self._unsent[sent:] if now_s - self._sent_s < UNREAD_S else b""

    def baud(self) -> int:
        """The speed that the client set, as a termios constant's rate; 0 when it is none of the usual ones."""
        speed = termios.tcgetattr(self._slave)[5]
        rates = (9600, 19200, 38400, 57600, 115200, 230400)
        return next((rate for rate in rates if getattr(termios, f"B{rate}") == speed), 0)

    def close(self) -> None:
        """Close both ends and remove the link."""
        os.close(self.fd)
        os.close(self._slave)
        self.link.unlink(missing_ok=True)
