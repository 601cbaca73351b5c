"""Reaching a broker from MicroPython without waiting: a non-blocking connection, looked at between ticks.

Two things cannot be had without waiting: looking up a name, and on a small chip the arithmetic of a TLS handshake
(about a second). So a busy bench is not reconnected by name or over TLS: `may_wait` says whether waiting is allowed.
"""

import binascii
import errno
import select
import socket

from adatom.edge.keys import file_stamp, refuse_open_to_others
from adatom.protocol.address import broker_address, is_secure
from adatom.protocol.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CONNECT_MS = 10000  # for the connection; the handshake is under the client's keep-alive
IPPROTO_TCP, TCP_NODELAY = 6, 1  # MicroPython's socket module has no names for them
UNDER_WAY = (errno.EINPROGRESS, errno.EAGAIN, errno.EALREADY)


class Dialer:
    """Reaches one broker, as link.Link wants it.

    `files`: paths of PEM or DER files: who signs an mqtts:// broker's certificate, and ours with its key or "", "".
    """

    def __init__(
        self, url: str, files: "tuple[str, str, str]", may_wait: "Callable[[], bool]", now_ms: "Callable[[], int]"
    ) -> None:
        self.host, self.port = broker_address(url)
        self.files = files
        self.stamps = _stamps(files)
        self.context = _context(*files) if is_secure(url) else None
        self.named = any([c not in "0123456789." for c in self.host])
        self.may_wait = may_wait
        self.now_ms = now_ms
        self.line: "Any" = None
        self.poller: "Any" = None
        self.started_ms = 0

    def start(self) -> None:
        """Begin an attempt."""
        self.started_ms = self.now_ms()

    def poll(self) -> "Any":
        """The stream, None while the attempt goes on or has to wait; OSError when it failed."""
        if self.line is None:
            if (self.named or self.context is not None) and not self.may_wait():
                return None
            self._open()
        events = self.poller.poll(0)
        if not events:
            if self.now_ms() - self.started_ms > CONNECT_MS:
                raise OSError(errno.ETIMEDOUT)
            return None
        if events[0][1] & (select.POLLERR | select.POLLHUP):
            raise OSError(errno.ECONNREFUSED)
        line, self.line, self.poller = self.line, None, None
        return line if self.context is None else self._secured(line)

    def close(self) -> None:
        """Give up an attempt that goes on."""
        if self.line is not None:
            self.line.close()
        self.line = self.poller = None

    def _renew(self) -> None:
        """Use changed files from now on; those before while they cannot be used."""
        self.stamps = _stamps(self.files)
        try:
            self.context = _context(*self.files)
        except InputError as error:
            raise OSError("TLS: %s" % error)

    def _open(self) -> None:
        if self.context is not None and _stamps(self.files) != self.stamps:
            self._renew()
        address = socket.getaddrinfo(self.host, self.port, 0, socket.SOCK_STREAM)[0]
        self.started_ms = self.now_ms()
        self.line = socket.socket(address[0], socket.SOCK_STREAM)
        self.line.setblocking(False)
        # Nagle and delayed acknowledgements together cost 40 ms a message
        self.line.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self.poller = select.poll()
        try:
            self.line.connect(address[-1])
        except OSError as error:
            if error.errno not in UNDER_WAY:
                raise
        self.poller.register(self.line, select.POLLOUT)

    def _secured(self, line: "Any") -> "Any":
        assert self.context is not None  # held by `poll`
        try:
            return self.context.wrap_socket(line, server_hostname=self.host, do_handshake_on_connect=False)
        except (OSError, ValueError) as error:
            line.close()
            raise OSError("TLS: %s" % error)


def _context(ca_file: str, cert_file: str, key_file: str) -> "Any":
    """A TLS context that trusts one authority; a board has no list of its own."""
    import tls  # type: ignore[import-not-found]

    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    if not ca_file:
        raise InputError("ca_file", "a board needs the authority's certificate for an mqtts:// broker")
    try:
        context.load_verify_locations(_der(ca_file))
    except (OSError, ValueError) as error:
        raise InputError("ca_file", "%s: cannot be used: %s" % (ca_file, error))
    context.verify_mode = tls.CERT_REQUIRED
    if cert_file:
        refuse_open_to_others(key_file)
        try:
            context.load_cert_chain(_der(cert_file), _der(key_file))
        except (OSError, ValueError) as error:
            raise InputError("cert_file", "%s with %s: cannot be used: %s" % (cert_file, key_file, error))
    return context


def _der(path: str) -> bytes:
    """The DER bytes of what a file holds in PEM or DER: few boards are built with a PEM parser."""
    with open(path, "rb") as file:
        data = file.read()
    head = data.find(b"-----BEGIN ")
    if head < 0:
        return data
    start = data.find(b"-----", head + 11) + 5
    return binascii.a2b_base64(data[start : data.find(b"-----END", start)].replace(b"\n", b""))


def _stamps(files: "tuple[str, ...]") -> "list[Any]":
    return [file_stamp(path) for path in files if path]
