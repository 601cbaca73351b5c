"""A unix socket in a folder that takes one JSON request line and gives one JSON reply line; nobody is waited for.

The agent has one in its journal's folder, a simulated rig in its own. It knows nothing of what is asked.
"""

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

from adatom.protocol.errors import FailedError, InputError

NAME = "control"
OWNER_ONLY = 0o177  # umask: nobody but the owner may ask
LINE_BYTES = 16384  # of one request or reply
CLIENTS = 8  # connected at once; the next one pushes out the oldest
ANSWER_S = 10.0  # a client waits this long

Answer = Callable[[Any], dict[str, Any]]


class ControlSocket:
    """The listening side. Call `service` when one of `descriptors` is readable, or simply often."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, NAME)
        self._listener = _listen(self.path)
        self._clients: dict[socket.socket, bytes] = {}  # -> what it said so far; oldest first

    def descriptors(self) -> list[int]:
        """What to wait for."""
        return [self._listener.fileno(), *(client.fileno() for client in self._clients)]

    def service(self, answer: Answer) -> None:
        """Take in who connects, answer the lines that are complete."""
        self._accept()
        for client in list(self._clients):
            self._read(client, answer)

    def close(self) -> None:
        """Hang up and remove the socket."""
        for client in list(self._clients):
            self._drop(client)
        self._listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:  # nobody (EAGAIN), or gone before we looked: a listener has no other trouble worth a stop
            return
        client.setblocking(False)
        if len(self._clients) >= CLIENTS:
            self._drop(next(iter(self._clients)))
        self._clients[client] = b""

    def _read(self, client: socket.socket, answer: Answer) -> None:
        try:
            data = client.recv(LINE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        said = self._clients[client] + data
        line, end, _ = said.partition(b"\n")
        if end:
            self._reply(client, _answered(line, answer))
        elif len(said) > LINE_BYTES:
            self._reply(client, {"error": "a request is one line of at most %d bytes" % LINE_BYTES})
        elif data:
            self._clients[client] = said
        else:
            self._drop(client)

    def _reply(self, client: socket.socket, reply: dict[str, Any]) -> None:
        # the reply fits into the socket's buffer; who does not take it has gone
        with contextlib.suppress(OSError):
            client.sendall(json.dumps(reply).encode() + b"\n")
        self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        del self._clients[client]
        client.close()


def ask(folder: str, request: dict[str, Any], who: str) -> dict[str, Any]:
    """The reply of whoever listens in a folder. FailedError when nobody does; what was answered as "error" too, as
    InputError where it names what was wrong in the request ("where")."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(ANSWER_S)
            with _short(os.path.join(folder, NAME)) as address:
                line.connect(address)
            line.sendall(json.dumps(request).encode() + b"\n")
            reply: dict[str, Any] = json.loads(line.makefile().readline())
    except (OSError, ValueError) as error:
        raise FailedError(f"{folder}: {who} does not answer there ({getattr(error, 'strerror', None) or error})")
    if "where" in reply:
        raise InputError(str(reply["where"]), str(reply["error"]))
    if "error" in reply:
        raise FailedError(str(reply["error"]))
    return reply


def _answered(line: bytes, answer: Answer) -> dict[str, Any]:
    try:
        return answer(json.loads(line))
    except InputError as error:
        return {"error": error.problem, "where": error.where}
    except (ValueError, FailedError) as error:  # ProtocolError is a ValueError
        return {"error": str(error)}
    except RecursionError:
        return {"error": "a request is nested too deep"}


def _listen(path: str) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(OWNER_ONLY)
    try:
        with _short(path) as address:
            listener.bind(address)
    finally:
        os.umask(before)
    listener.listen(CLIENTS)
    listener.setblocking(False)
    return listener


@contextlib.contextmanager
def _short(path: str) -> Iterator[str]:
    """The same file by its folder's descriptor: a unix socket's address holds no more than 107 bytes."""
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{os.path.basename(path)}"
    finally:
        os.close(folder)
