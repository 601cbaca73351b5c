"""The host that the attempts are after: listeners, a secret, a process to kill; and what became of them."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adatom.cloud.evaluate.sandbox import bpf, kernel
from adatom.cloud.evaluate.sandbox.run import run
from adatom.cloud.evaluate.sandbox.values import Limits, Result

ATTEMPTS = Path(__file__).with_name("attempts.py")
REPOSITORY = Path(__file__).parents[4]
BARE = ["python", "-I", "-S"]  # starts in a tenth of the time
# not in the filter's table, so that their numbers stand here; the same on both architectures
BESIDES = {"clone3": 435}


class Host:
    """Listens, holds a secret, and has a process of its own: all that a program inside must not reach."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)  # not hidden by its mode: the sandbox has to do it
        self.secret = folder / "secret"
        self.secret.write_text("the secret")
        self.outside = folder / "outside"
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "s"))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract_name = secrets.token_hex(8)
        self.abstract.bind("\0" + self.abstract_name)
        for one in (self.unix, self.abstract):
            one.listen()
        self.victim = subprocess.Popen(["/bin/sleep", "600"])

    def facts(self) -> dict[str, Any]:
        numbers = {call.name: call.number for call in bpf.calls(kernel.machine())}
        return {
            "secret": str(self.secret),
            "outside": str(self.outside),
            "home": str(Path.home()),
            "repository": str(REPOSITORY),
            "import_path": str(REPOSITORY / ".path"),
            "packages": f"{sys.prefix}/lib",
            "parent": os.getpid(),
            "victim": self.victim.pid,
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": self.unix.getsockname(),
            "abstract": self.abstract_name,
            "numbers": BESIDES | numbers,
        }

    def heard(self) -> list[str]:
        """Which listeners something reached."""
        found = []
        for name in ("tcp", "udp", "unix", "abstract"):
            one: socket.socket = getattr(self, name)
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                if name == "udp":
                    one.recv(16)
                else:
                    one.accept()[0].close()
                found.append(name)
        return found

    def close(self) -> None:
        self.victim.kill()
        self.victim.wait()
        for one in (self.tcp, self.udp, self.unix, self.abstract):
            one.close()


@contextlib.contextmanager
def a_host(folder: Path) -> Iterator[Host]:
    host = Host(folder)
    try:
        yield host
    finally:
        host.close()


def attempt(host: Host, only: list[str] | None = None, without: tuple[str, ...] = ()) -> tuple[Result, dict[str, str]]:
    """Runs the attempts (all, or some) and gives what each says of itself."""
    facts = json.dumps(host.facts() | {"only": only}).encode()
    result = run([*BARE, "attempts.py"], {"attempts.py": ATTEMPTS, "facts.json": facts}, without=without)
    assert result.exit == 0, result
    return result, json.loads(result.stdout)


def script(text: str, without: tuple[str, ...] = (), **limits: Any) -> Result:
    """Runs a few lines of Python under limits."""
    return run([*BARE, "script.py"], {"script.py": text.encode()}, Limits(**limits), without=without)
