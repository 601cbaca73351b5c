"""Real processes for the system tests: started, watched by what they print, killed, and cleared away."""

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE_S = 120.0
LOOK_S = 0.02
STARVED = ("stood still", "is silent")  # what a bench says that this machine did not let run in time
ATTEMPTS = 3


def adatom(*words: str | Path) -> list[str]:
    """The command line of an adatom command."""
    return [sys.executable, "-m", "adatom.edge.command", *map(str, words)]


def free_port() -> int:
    """A TCP port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(command: list[str], log: Path, folder: Path | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A running process whose output goes to a file; killed on leaving if it still runs."""
    with log.open("ab") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, env=os.environ)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)
        if child.poll() is None:
            child.kill()
            child.wait()


def until(look: Callable[[], T | None], what: str, logs: tuple[Path, ...] = (), look_s: float = LOOK_S) -> T:
    """The first thing that `look` finds; fails with the logs when it takes too long (a safety net, not a measure)."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(look_s)  # between two looks at what another process does
    texts = "\n".join(f"--- {log}\n{log.read_text()[-3000:]}" for log in logs if log.exists())
    raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what}\n{texts}")


def lines(log: Path) -> list[dict[str, Any]]:
    """The JSON lines that a process has printed so far."""
    found = []
    for line in log.read_text().splitlines() if log.exists() else []:
        with contextlib.suppress(ValueError):
            value = json.loads(line)
            if isinstance(value, dict):
                found.append(value)
    return found


def listening(port: int) -> bool:
    """Whether somebody answers on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


BROKER = """
listeners:
  default: {{type: tcp, bind: "127.0.0.1:{port}"}}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin: {{allow_anonymous: true}}
"""


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[int]:
    """The port of a broker in a process of its own."""
    port = free_port()
    config = folder / "broker.yaml"
    config.write_text(BROKER.format(port=port))
    command = [str(Path(sys.executable).parent / "amqtt"), "-c", str(config)]
    with process(command, folder / "broker.log"):
        until(lambda: listening(port), "the broker", (folder / "broker.log",))
        yield port


def again_if_starved(test: Callable[[Path], None]) -> Callable[[Path], None]:
    """The test, begun anew in a folder of its own when its bench tripped because the machine kept it waiting.

    Such a trip is what a bench in real time has to do; on a machine shared with others it says nothing about the code.
    Any other failure, and a third such trip, are the test's.
    """

    @functools.wraps(test)
    def tried(tmp_path: Path) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            folder = tmp_path / str(attempt)
            folder.mkdir()
            try:
                test(folder)
            except AssertionError:
                if attempt == ATTEMPTS or not _starved(folder):
                    raise
            else:
                break

    return tried


def _starved(folder: Path) -> bool:
    return any(word in log.read_text(errors="replace") for log in folder.rglob("*.log") for word in STARVED)
