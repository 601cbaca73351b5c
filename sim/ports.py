"""Pseudo-terminals and TCP ports that stand for the serial ports of a simulated bench, and what lives behind one.

A pseudo-terminal opens raw and is linked as DIR/role; both kinds survive clients that come and go and know no protocol.
"""

import os
import select
import socket
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from adatom.edge.own_link import remove_link

READ_BYTES = 4096
LOOPBACK = "127.0.0.1"
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


class Endpoint(Protocol):
    """What a client connects to."""

    fd: int

    def read(self) -> bytes:
        """What the client wrote, b"" when it wrote nothing."""
        ...

    def write(self, data: bytes, now_s: float) -> None:
        """Send to the client; `now_s` is any monotonic time."""
        ...

    def close(self) -> None:
        """Close it for good."""
        ...


class Outlet:
    """Bytes on their way to a client that may not read them."""

    def __init__(self) -> None:
        self._unsent = b""
        self._sent_s = 0.0

    def push(self, data: bytes, now_s: float, send: Callable[[bytes], int]) -> None:
        """Give `data` and what waits before it to `send`, which tells how many bytes it took."""
        if not self._unsent:
            self._sent_s = now_s
        self._unsent += data
        if not self._unsent:
            return
        try:
            sent = send(self._unsent)
        except BlockingIOError:
            sent = 0
        if sent:
            self._sent_s = now_s
        self._unsent = self._unsent[sent:] if now_s - self._sent_s < UNREAD_S else b""


class Port:
    """A raw pty linked at `link`. The slave stays open here, so that a client's hang-up is not the end of the pty."""

    def __init__(self, link: Path) -> None:
        self.fd, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.fd, False)
        self.link = link
        self.path = os.ttyname(self._slave)
        self._outlet = Outlet()
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
        self._outlet.push(data, now_s, lambda unsent: os.write(self.fd, unsent))

    def baud(self) -> int:
        """The speed that the client set, as a termios constant's rate; 0 when it is none of the usual ones."""
        speed = termios.tcgetattr(self._slave)[5]
        rates = (9600, 19200, 38400, 57600, 115200, 230400)
        return next((rate for rate in rates if getattr(termios, f"B{rate}") == speed), 0)

    def close(self) -> None:
        """Close both ends and remove the link, unless it is another's by now."""
        remove_link(str(self.link), self.path)
        os.close(self.fd)
        os.close(self._slave)


class TcpPort:
    """A loopback TCP port for one client at a time; who connects takes the line over from the one before."""

    def __init__(self, number: int) -> None:
        """Listen on port `number`, 0 for any free one. Raises OSError for a port that is taken."""
        self._listener = socket.create_server((LOOPBACK, number))
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self._outlet = Outlet()
        self._poll = select.epoll()  # its descriptor stands for listener and client alike
        self._poll.register(self._listener, select.EPOLLIN)
        self.fd = self._poll.fileno()
        self.address = f"{LOOPBACK}:{self._listener.getsockname()[1]}"

    def read(self) -> bytes:
        """What the client wrote, b"" when it wrote nothing or there is none."""
        self._accept()
        if self._client is None:
            return b""
        try:
            data = self._client.recv(READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError:  # the connection was reset: this client is gone
            data = b""
        if not data:
            self._hang_up()
        return data

    def write(self, data: bytes, now_s: float) -> None:
        """Send to the client; without one the bytes are lost."""
        if self._client is not None:
            try:
                self._outlet.push(data, now_s, self._client.send)
            except OSError:  # as in `read`
                self._hang_up()

    def close(self) -> None:
        """Hang up and stop listening."""
        self._hang_up()
        self._listener.close()
        self._poll.close()

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            client, _ = self._listener.accept()
            self._hang_up()
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(client, select.EPOLLIN)
            self._client = client

    def _hang_up(self) -> None:
        if self._client is not None:
            self._poll.unregister(self._client)
            self._client.close()
        self._client, self._outlet = None, Outlet()
