"""A serial line behind a TCP port (a device server, a simulated rig) on CPython: `socket://host:port`, never waiting.

It has the calls of a pyserial port that SerialPort makes. pyserial's own socket:// waits up to five seconds for a
connection, tells of one byte at a time and spins while a full buffer does not drain; a control loop can afford none.
"""

import errno
import os
import select
import socket

from adatom.protocol.errors import InputError

SCHEME = "socket://"
READ_BYTES = 4096
CONNECT_MS = 3000  # a device server in the same building answers within a few
UNHEARD_MS = 5000  # bytes that the other end has not acknowledged for this long: the connection is gone


class Place:
    """Where a TCP line is, looked up once: a name server that fails later cannot stop the loop."""

    def __init__(self, url: str) -> None:
        """Raises InputError for anything but socket://host:port with a host that is known."""
        host, _, number = url[len(SCHEME) :].rpartition(":")
        if not host or not number.isdigit() or not 0 < int(number) < 65536:
            raise InputError(url, "must be socket://host:port")
        try:
            found = socket.getaddrinfo(host.strip("[]"), int(number), type=socket.SOCK_STREAM)
        except OSError as error:
            raise InputError(url, f"the host is not known: {error}") from error
        self.family = found[0][0]
        self.address = found[0][4]


class SocketLine:
    """One connection. It begins to connect at once; `connected` tells when it is there."""

    def __init__(self, place: Place, now_ms: int) -> None:
        self.in_waiting = READ_BYTES  # as far as anyone knows before asking
        self._deadline = now_ms + CONNECT_MS
        self._socket = socket.socket(place.family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)
        code = self._socket.connect_ex(place.address)
        if code not in (0, errno.EINPROGRESS):  # refused at once, as on this machine itself
            self._socket.close()
            raise OSError(f"no connection: {os.strerror(code)}")

    def connected(self, now_ms: int) -> bool:
        """Whether the connection is there; OSError when it was refused or takes too long."""
        poll = select.poll()
        poll.register(self._socket, select.POLLOUT)
        if not poll.poll(0):
            if now_ms >= self._deadline:
                raise OSError(f"no connection within {CONNECT_MS} ms")
            return False
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(f"no connection: {os.strerror(code)}")
        return True

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self, size: int) -> bytes:
        """What came, at most `size` bytes; OSError when the other end has hung up."""
        try:
            data = self._socket.recv(size)
        except BlockingIOError:
            return b""
        if not data:
            raise OSError("the other end has hung up")
        return data

    def write(self, data: bytes) -> int:
        """How many of the bytes were taken."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        self._socket.close()
