"""Reaching a broker from Linux: name, connection and TLS handshake in a thread of their own, so that no loop waits.

What comes out is a stream that never blocks. Only the outcome crosses the threads, as one assignment.
"""

import contextlib
import socket
import ssl
import threading
from typing import NamedTuple

from adatom.protocol.address import broker_address, is_secure
from adatom.protocol.errors import InputError

from .keys import refuse_open_to_others

CONNECT_S = 10  # for connection and handshake each
NOTHING_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SocketStream:
    """`read` and `write` of a connected socket, plain or TLS: None where it would have to wait."""

    def __init__(self, line: socket.socket) -> None:
        line.setblocking(False)
        self.line = line

    def read(self, size: int) -> bytes | None:
        """Bytes that are there, None for none yet, b"" at the end."""
        try:
            return self.line.recv(size)
        except NOTHING_NOW:
            return None

    def write(self, data: bytes | memoryview) -> int | None:
        """How many bytes were taken, None for none."""
        try:
            return self.line.send(data)
        except NOTHING_NOW:
            return None

    def close(self) -> None:
        self.line.close()


class TlsFiles(NamedTuple):
    """Paths of PEM files: who signs the broker's certificate ("" for the system's list), and ours with its key."""

    ca: str = ""
    cert: str = ""
    key: str = ""


class Attempt:
    """One attempt to connect. When it is given up, its thread closes what it may still open."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.abandoned = False
        self.outcome: SocketStream | OSError | None = None

    def run(self, host: str, port: int, files: TlsFiles | None) -> None:
        """The thread's work: one outcome, always. The files are read anew: they may have been renewed."""
        try:
            context = None if files is None else tls_context(files)
            outcome: SocketStream | OSError = SocketStream(_connected(host, port, context))
        except InputError as error:
            outcome = OSError(str(error))
        except OSError as error:
            outcome = error
        with self.lock:
            self.outcome = outcome
            if self.abandoned and isinstance(outcome, SocketStream):
                outcome.close()

    def abandon(self) -> None:
        with self.lock:
            self.abandoned = True
            if isinstance(self.outcome, SocketStream):
                self.outcome.close()


class Dialer:
    """Reaches one broker, mqtt:// or mqtts://. InputError for files that cannot be used now."""

    def __init__(self, url: str, files: TlsFiles = TlsFiles()) -> None:  # noqa: B008  # it never changes
        self.host, self.port = broker_address(url)
        self.files = files if is_secure(url) else None
        if self.files is not None:
            tls_context(self.files)
        self.attempt: Attempt | None = None

    def start(self) -> None:
        """Begin an attempt."""
        self.attempt = Attempt()
        arguments = (self.host, self.port, self.files)
        threading.Thread(target=self.attempt.run, args=arguments, daemon=True, name="dial").start()

    def poll(self) -> SocketStream | None:
        """The stream, None while the attempt goes on; OSError when it failed."""
        outcome = None if self.attempt is None else self.attempt.outcome
        if outcome is None:
            return None
        self.attempt = None
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    def close(self) -> None:
        """Give up an attempt that goes on."""
        if self.attempt is not None:
            self.attempt.abandon()
            self.attempt = None


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """A context for TLS 1.2 or newer that checks the broker's certificate and name; InputError names the file."""
    try:
        context = ssl.create_default_context(cafile=files.ca or None)
    except (OSError, ssl.SSLError) as error:
        raise InputError("ca_file", f"{files.ca}: cannot be used: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.cert:
        refuse_open_to_others(files.key)
        try:
            context.load_cert_chain(files.cert, files.key, password=_no_password)
        except (OSError, ssl.SSLError, ValueError) as error:
            raise InputError("cert_file", f"{files.cert} with {files.key}: cannot be used: {error}") from error
    return context


def _no_password() -> str:
    """OpenSSL would ask on the terminal for the password of an encrypted key, and a bench has none."""
    raise ValueError("the private key is encrypted")


def _connected(host: str, port: int, context: ssl.SSLContext | None) -> socket.socket:
    line = socket.create_connection((host, port), CONNECT_S)
    with contextlib.ExitStack() as undo:
        undo.callback(line.close)
        # Nagle and delayed acknowledgements together cost 40 ms a message
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            line = context.wrap_socket(line, server_hostname=host)
        undo.pop_all()
    return line
