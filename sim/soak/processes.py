"""Real processes: started, watched by what they print, killed, and cleared away."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from adatom.protocol.errors import FailedError

T = TypeVar("T")
PATIENCE_S = 120.0
LOOK_S = 0.02
GOODBYE_S = 10.0


def adatom(*words: str | Path) -> list[str]:
    """The command line of an adatom command."""
    return [sys.executable, "-m", "adatom.edge.command", *map(str, words)]


def free_port() -> int:
    """A TCP port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Whether somebody answers on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(command: list[str], log: Path, env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """A process of our own whose output goes to a file."""
    with log.open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **(env or {})})  # noqa: S603


def kill(child: "subprocess.Popen[bytes]") -> None:
    """SIGKILL, and gone on return."""
    child.send_signal(signal.SIGKILL)
    child.wait()


def end(child: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and kill it when it does not."""
    if child.poll() is None:
        child.send_signal(signal.SIGCONT)
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GOODBYE_S)
    if child.poll() is None:
        kill(child)


def until(look: Callable[[], T | None], what: str, logs: tuple[Path, ...] = (), patience_s: float = PATIENCE_S) -> T:
    """The first thing that `look` finds; FailedError with the ends of the logs when it takes too long."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(LOOK_S)
    texts = "\n".join(f"--- {log}\n{log.read_text(errors='replace')[-2000:]}" for log in logs if log.exists())
    raise FailedError(f"waited {patience_s:.0f} s for {what}\n{texts}")


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects, one a line, of a file; a line cut off by a kill and lines of another kind are left out."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with contextlib.suppress(ValueError):
                value = json.loads(line)
                if isinstance(value, dict):
                    yield value
