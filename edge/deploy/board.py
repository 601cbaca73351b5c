"""A MicroPython board on a serial port, through mpremote: what it is, files onto it, and what then runs there.

The only file of deploy that talks to a board. Errors say which port, what was tried and what the board said.
"""

import ast
import hashlib
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from adatom.protocol.errors import FailedError, InputError

LIBRARY = "/lib"
SILENT_S = 3  # a board answers at once; a line without one stays silent
ASK = """
import sys, gc, os
gc.collect()
try:
    import vfs
    parts = vfs.rom_ioctl(1)
    rom = len(memoryview(vfs.rom_ioctl(2, 0))) if parts > 0 else 0
except (ImportError, AttributeError, TypeError, ValueError):
    rom = 0
print(repr({"machine": getattr(sys.implementation, "_machine", "?"), "version": list(sys.implementation[1])[:3],
    "mpy": getattr(sys.implementation, "_mpy", 0), "free": gc.mem_free(), "rom": rom}))
"""
HASHES = """
import hashlib, os
def digest(path):
    h = hashlib.sha256()
    try:
        with open(path, "rb") as f:
            while True:
                b = f.read(256)
                if not b:
                    return h.digest().hex()
                h.update(b)
    except OSError:
        return ""
print(repr([digest(path) for path in %r]))
"""
# What is checked once everything is there: the main module loads, and a signature is the one that this side computes
RUNS = """
import sys, gc
sys.path[:0] = [%r] if %r not in sys.path else []
import %s
from adatom.protocol import seal
gc.collect()
print(repr({"seal": seal.to_hex(seal.hmac_sha256(b"adatom", b"selftest")), "free": gc.mem_free()}))
"""


class Board:
    """A board whose program is stopped and whose raw REPL is entered; leaving resets nothing."""

    def __init__(self, port: str) -> None:
        self.port = port
        self.line = _open(port)

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *_: object) -> None:
        self.line.exit_raw_repl()
        self.line.close()

    def ask(self) -> dict[str, Any]:
        """machine, version, mpy, free bytes of heap, bytes of a ROM file system (0: the board has none)."""
        return dict(self._printed(ASK))

    def send(self, files: dict[str, bytes], told: Callable[[str], None]) -> list[str]:
        """Copy {path: bytes}, those that differ from what is there; returns their paths."""
        there = self.hashes(list(files))
        stale = [path for path, data in files.items() if there[path] != hashlib.sha256(data).hexdigest()]
        for folder in sorted({str(parent) for path in stale for parent in Path(path).parents} - {"/", "."}):
            if not self._run(partial(self.line.fs_exists, folder)):
                self._run(partial(self.line.fs_mkdir, folder))
        for number, path in enumerate(stale):
            told(f"{number + 1} of {len(stale)}: {path}")
            self._run(partial(self.line.fs_writefile, path, files[path]))
        return stale

    def hashes(self, paths: list[str]) -> dict[str, str]:
        """{path: SHA-256 of the file in hex, "" for none}."""
        return dict(zip(paths, self._printed(HASHES % paths), strict=True))

    def check(self, main: str, folder: str) -> dict[str, Any]:
        """The answers of what was sent: its seal of a known text, and the bytes of heap that it leaves."""
        return dict(self._printed(RUNS % (folder, folder, main)))

    def _printed(self, script: str) -> Any:
        text = self._run(lambda: self.line.exec(script)).decode()
        try:
            return ast.literal_eval(text.strip().splitlines()[-1])
        except (ValueError, SyntaxError, IndexError) as error:
            raise FailedError(f"{self.port}: the board answers {text[:200]!r}") from error

    def _run(self, action: Callable[[], Any]) -> Any:
        """What an action gives; the board's own words when it fails."""
        from mpremote.transport import TransportError, TransportExecError

        try:
            return action()
        except TransportExecError as error:
            raise FailedError(f"{self.port}: the board says: {error.error_output.strip().splitlines()[-1]}") from error
        except (TransportError, OSError) as error:
            raise FailedError(f"{self.port}: the board is lost: {error}") from error


def write_rom(port: str, image: bytes, folder: Path) -> None:
    """Put an image into the board's ROM file system; FailedError with what mpremote says."""
    path = folder / "adatom.romfs"
    path.write_bytes(image)
    command = [sys.executable, "-m", "mpremote", "connect", port, "romfs", "deploy", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own tool and file
    if done.returncode:
        raise FailedError(f"{port}: mpremote romfs deploy: {(done.stdout + done.stderr).strip()[-300:]}")


def _open(port: str) -> Any:
    try:
        from mpremote.transport import TransportError
        from mpremote.transport_serial import SerialTransport
    except ImportError as error:
        raise InputError("mpremote", "is not installed: pip install 'adatom[deploy]'") from error
    if not Path(port).exists():
        raise InputError(port, "no such port; `ls /dev/ttyACM* /dev/ttyUSB*` shows the boards that are plugged in")
    try:
        line = SerialTransport(port, timeout=SILENT_S)
    except (TransportError, OSError) as error:
        raise FailedError(f"{port}: cannot be opened: {error}") from error
    try:
        line.enter_raw_repl(soft_reset=True, timeout_overall=SILENT_S)
    except (TransportError, OSError) as error:
        line.close()
        raise FailedError(f"{port}: nothing there answers as MicroPython: {error}") from error
    return line
