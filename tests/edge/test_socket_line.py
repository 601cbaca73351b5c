"""A serial line behind TCP: requests and replies, an end that hangs up, is not there, does not read, comes back."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from adatom.edge.config import load_bench
from adatom.edge.drivers.alicat import Alicat
from adatom.edge.serial_port import REOPEN_MS, SerialPort
from adatom.edge.socket_line import CONNECT_MS, Place, SocketLine
from adatom.protocol.errors import InputError

PATIENCE_S = 10.0


class Server:
    """The instrument's end."""

    def __init__(self, number: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", number))
        self.number = self.listener.getsockname()[1]
        self.url = f"socket://127.0.0.1:{self.number}"

    def accept(self) -> socket.socket:
        client, _ = self.listener.accept()
        client.settimeout(PATIENCE_S)
        return client


def serve(port: SerialPort, now_ms: int, until: Callable[[], bool]) -> int:
    """Service the port, 10 ms at a time, until `until()`; the time then."""
    deadline = time.monotonic() + PATIENCE_S
    while not until() and time.monotonic() < deadline:
        now_ms += 10
        port.service(now_ms)
    assert until()
    return now_ms


def test_requests_leave_and_replies_arrive_whole() -> None:
    server, driver = Server(), Alicat()
    port = SerialPort(server.url, driver)
    now_ms = serve(port, 0, lambda: port.fileno() >= 0)
    instrument = server.accept()
    now_ms = serve(port, now_ms, lambda: driver.in_flight is not None)
    assert instrument.recv(100) == b"AVE\r"
    instrument.sendall(b"A   10v20\r")
    serve(port, now_ms, lambda: driver.identity == "Alicat 10v20")
    port.close()
    assert port.fileno() == -1
    instrument.close()
    server.listener.close()


def test_a_hang_up_is_told_and_the_line_comes_back_by_itself() -> None:
    server, driver = Server(), Alicat()
    port = SerialPort(server.url, driver)
    now_ms = serve(port, 0, lambda: port.fileno() >= 0)
    server.accept().close()
    now_ms = serve(port, now_ms, lambda: port.fileno() == -1)
    assert "hung up" in driver.last_error
    server.listener.close()
    port.service(now_ms + REOPEN_MS)  # refused: nobody listens
    now_ms = serve(port, now_ms + REOPEN_MS, lambda: "no connection" in driver.last_error)
    server = Server(server.number)
    now_ms = serve(port, now_ms, lambda: port.fileno() >= 0)
    instrument = server.accept()
    serve(port, now_ms, lambda: driver.in_flight is not None)
    assert instrument.recv(100) == b"AVE\r"
    port.close()
    instrument.close()
    server.listener.close()


def test_a_host_that_does_not_answer_is_given_up_without_waiting() -> None:
    server = Server()
    full = socket.socket()  # a backlog of 0 that is taken: the next connection is neither accepted nor refused
    server.listener.listen(0)
    full.connect(("127.0.0.1", server.number))
    line = SocketLine(Place(server.url), 0)
    if line.connected(CONNECT_MS - 1):
        pytest.skip("this machine queues more connections than were asked for")
    with pytest.raises(OSError, match="no connection within"):
        line.connected(CONNECT_MS)
    for one in (line, full, server.listener):
        one.close()


def test_an_end_that_does_not_read_blocks_nothing() -> None:
    server = Server()
    line = SocketLine(Place(server.url), 0)
    instrument = server.accept()
    assert line.connected(0)
    while line.write(b"x" * 65536):
        pass
    assert line.write(b"x") == 0
    assert line.read(100) == b""
    for one in (line, instrument, server.listener):
        one.close()


@pytest.mark.parametrize(
    "url",
    ["socket://", "socket://host", "socket://:5000", "socket://127.0.0.1:0", "socket://127.0.0.1:99999",
     "socket://127.0.0.1:x", "socket://[::z]:1"],
)  # fmt: skip
def test_what_is_no_place_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="socket://"):
        SerialPort(url, Alicat())


def test_a_tcp_port_in_a_bench_file_is_no_path(tmp_path: Path) -> None:
    demo = Path(__file__).parents[2] / "sim" / "demo" / "bench.toml"
    text = demo.read_text().replace('"rig/mfc"', '"socket://127.0.0.1:5004"')
    file = tmp_path / "bench.toml"
    file.write_text(text)
    ports = load_bench(str(file)).ports
    assert ports["mfc"].port == "socket://127.0.0.1:5004"
    assert ports["gauge"].port == str(file.parent / "rig/gauge")
