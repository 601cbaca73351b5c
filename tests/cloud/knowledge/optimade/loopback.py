"""A server on loopback that answers with the bytes it is told to: slow, cut, huge, in circles, or nothing at all."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

Reply = bytes | Callable[[socket.socket], None]  # what is sent, or who sends it
Script = Callable[[str, int], Reply]  # (path with query, how many requests came before) -> reply
JSON = "application/vnd.api+json"


class Loopback:
    """A running server; `asked` are the paths of the requests so far."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[str] = []
        self.came = threading.Event()  # a request that the script makes wait for `over`
        self.over = threading.Event()
        self._script, self._tls = script, tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            if self._tls:
                peer = self._tls.wrap_socket(peer, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                more = peer.recv(65536)
                if not more:
                    return
                request += more
            path = request.split(b" ", 2)[1].decode()
            self.asked.append(path)
            reply = self._script(path, len(self.asked) - 1)
            peer.sendall(reply) if isinstance(reply, bytes) else reply(peer)
            peer.shutdown(socket.SHUT_RDWR)
            peer.close()

    def hangs(self, peer: socket.socket) -> None:
        """A reply that never comes."""
        self.came.set()
        self.over.wait(60)

    def drips(self, text: bytes) -> Callable[[socket.socket], None]:
        """A reply of a byte now and then, for ever."""

        def send(peer: socket.socket) -> None:
            peer.sendall(text)
            while not self.over.wait(0.02):
                peer.sendall(b"x")

        return send


@contextlib.contextmanager
def loopback(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    server = Loopback(script, tls)
    try:
        yield server
    finally:
        server.close()


def http(body: bytes | str = b"", status: str = "200 OK", kind: str = JSON, **headers: str) -> bytes:
    """A whole answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = {"Content-Type": kind, "Content-Length": str(len(data))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + data


def document(data: Any, next_link: Any = None, **meta: Any) -> bytes:
    """A JSON:API document as an answer."""
    return http(json.dumps({"data": data, "links": {"next": next_link}, "meta": meta}))


PROPERTIES = {
    "chemical_formula_reduced": {"type": "string", "description": ""},
    "_x_band_gap": {"type": "float", "unit": "eV", "description": ""},
}


def entry(number: int, band_gap: float = 1.0) -> dict[str, Any]:
    attributes = {"chemical_formula_reduced": f"Li{number}O", "_x_band_gap": band_gap}
    return {"type": "structures", "id": str(number), "attributes": attributes}


def provider(structures: Script) -> Script:
    """A service of OPTIMADE 1 whose pages of structures are those of a script."""

    def script(path: str, count: int) -> Reply:
        if path.startswith("/versions"):
            return http("version\n1\n", kind="text/csv")
        if path.startswith("/v1/info/structures"):
            return document({"properties": PROPERTIES})
        if path.startswith("/v1/info"):
            attributes = {"api_version": "1.1.0", "available_endpoints": ["info", "structures"]}
            return document({"attributes": attributes}, provider={"name": "X", "prefix": "x"})
        return structures(path, count)

    return script
