"""The control socket: one line in, one line out, nobody is waited for, nobody else may ask."""

import json
import select
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from adatom.edge.control_socket import CLIENTS, LINE_BYTES, ControlSocket, ask
from adatom.protocol.errors import FailedError, InputError


def echo(request: Any) -> dict[str, Any]:
    if request == "bad":
        raise InputError("request", "is bad")
    return {"got": request}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ControlSocket]:
    one = ControlSocket(str(tmp_path))
    yield one
    one.close()
    assert not (tmp_path / "control").exists()


def client(server: ControlSocket) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.connect(server.path)
    return line


def said(line: socket.socket) -> dict[str, Any]:
    line.settimeout(5)
    reply: dict[str, Any] = json.loads(line.makefile().readline())
    return reply


def test_only_the_owner_may_ask(server: ControlSocket) -> None:
    assert stat.S_IMODE(Path(server.path).stat().st_mode) == 0o600


def test_a_line_in_pieces_gets_one_reply(server: ControlSocket) -> None:
    with client(server) as line:
        for piece in (b'{"a"', b": 1", b"}\n"):
            server.service(echo)
            line.sendall(piece)
        server.service(echo)
        assert said(line) == {"got": {"a": 1}}
    assert len(server.descriptors()) == 1


@pytest.mark.parametrize(("sent", "error"), [(b"{\n", "property name"), (b"\xff\n", "utf-8"), (b'"bad"\n', "is bad")])
def test_what_is_wrong_is_answered(server: ControlSocket, sent: bytes, error: str) -> None:
    with client(server) as line:
        line.sendall(sent)
        server.service(echo)
        assert error in said(line)["error"]


def test_a_line_without_end_is_refused(server: ControlSocket) -> None:
    with client(server) as line:
        line.sendall(b"x" * (LINE_BYTES + 1))
        server.service(echo)
        server.service(echo)
        assert "at most" in said(line)["error"]


def test_silent_clients_hold_up_nobody_and_leave_room(server: ControlSocket) -> None:
    silent = [client(server) for _ in range(CLIENTS + 1)]
    for _ in silent:
        server.service(echo)
    with client(server) as line:
        line.sendall(b"1\n")
        server.service(echo)
        assert said(line) == {"got": 1}
    assert len(server.descriptors()) <= 1 + CLIENTS
    for one in silent:
        one.close()
    server.service(echo)
    assert len(server.descriptors()) == 1


def test_ask_works_from_a_folder_with_a_long_name_and_says_when_nobody_answers(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with pytest.raises(FailedError, match="an agent does not answer"):
        ask(str(folder), {}, "an agent")
    server = ControlSocket(str(folder))
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            select.select(server.descriptors(), [], [], 0.05)
            server.service(echo)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ask(str(folder), {"do": 1}, "an agent") == {"got": {"do": 1}}
        with pytest.raises(InputError, match="request: is bad"):
            ask(str(folder), "bad", "an agent")  # type: ignore[arg-type]
    finally:
        stop.set()
        thread.join()
        server.close()


def test_a_request_nested_too_deep_is_refused_and_the_agent_goes_on(tmp_path: Path) -> None:
    listener = ControlSocket(str(tmp_path))
    try:
        for _ in range(2):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.connect(str(tmp_path / "control"))
                client.sendall(b'{"do":"status","x":' + b"[" * 7000 + b"\n")
                listener.service(lambda request: {"ok": True})
                listener.service(lambda request: {"ok": True})
                assert b"nested too deep" in client.recv(4096)
    finally:
        listener.close()
