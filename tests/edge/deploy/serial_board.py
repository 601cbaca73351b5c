"""A board on a pseudo-terminal: the bytes of MicroPython's raw REPL here, a real MicroPython behind them."""

import contextlib
import os
import subprocess
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

from tests.micropython import INTERPRETER

BANNER = b"raw REPL; CTRL-B to exit\r\n>"
SCRIPT = Path(__file__).with_name("raw_repl.py")


class SerialBoard:
    """Serves one pty in a thread. `wrong` replaces what the board says of its .mpy version."""

    def __init__(self, folder: Path, wrong: bytes = b"") -> None:
        self.folder = folder
        self.wrong = wrong
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.closing, self.closed = threading.Lock(), False
        self.child = self._boot()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        with self.closing:  # or the thread boots a child that nobody ends
            self.closed = True
            self.child.kill()
            self.child.communicate()
        os.close(self.slave)
        os.close(self.master)

    def _boot(self) -> "subprocess.Popen[bytes]":
        command = [str(INTERPRETER), "-X", "heapsize=400k", str(SCRIPT), str(self.folder)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"MICROPYPATH": ".frozen"})

    def _serve(self) -> None:
        """Read byte by byte as a UART would: control characters act, the rest is the code that comes."""
        code = b""
        with contextlib.suppress(OSError):  # closed by the test
            while byte := os.read(self.master, 1):
                if byte == b"\x01":
                    code = b""
                    self._say(BANNER)
                elif byte == b"\x05":  # asks for raw paste mode
                    os.read(self.master, 2)
                    self._say(b"R\x00")
                elif byte == b"\x04" and code.strip():
                    self._say(b"OK" + self._run(code) + b">")
                    code = b""
                elif byte == b"\x04":
                    self._soft_reset()
                elif byte in (b"\x02", b"\x03"):
                    code = b""
                else:
                    code += byte

    def _run(self, code: bytes) -> bytes:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(b"%d\n" % len(code.decode()) + code)
        self.child.stdin.flush()
        said = b""
        while said.count(b"\x04") < 2:
            said += self.child.stdout.read1(4096)  # type: ignore[attr-defined]
        return said.replace(b"'mpy': 2822", b"'mpy': " + self.wrong) if self.wrong else said

    def _soft_reset(self) -> None:
        with self.closing:
            if self.closed:
                return
            self.child.kill()
            self.child.communicate()
            self.child = self._boot()
        self._say(b"OK\r\nMPY: soft reboot\r\n" + BANNER)

    def _say(self, data: bytes) -> None:
        os.write(self.master, data)


@contextlib.contextmanager
def serial_board(folder: Path, wrong: bytes = b"") -> Iterator[SerialBoard]:
    """A board whose files are in a folder."""
    board = SerialBoard(folder, wrong)
    try:
        yield board
    finally:
        board.close()
