"""The guardian as a process of its own, for rigs without the bench I/O board: the board's lines here, its pins there.

A frozen or killed process leaves its pins as they are: a heartbeat pin toggles only while the loop below turns, and
the hardware behind it opens everything when it stops. After a standstill what piled up on the line is thrown away.
"""

import os
import secrets
import select
import stat
import termios
import tty
from collections.abc import Callable

from adatom.protocol.errors import InputError

from .clock import now_ms
from .folder_lock import FileLock
from .guardian import Guardian
from .guardian_pins import Pins
from .guardian_turn import GuardianTurn
from .own_link import remove_link

IDLE_WAIT_MS = 10
FIRING_WAIT_MS = 1
READ_BYTES = 4096
CLAIM_MS = 1000  # for a guardian that is being stopped


class SerialLink:
    """The guardian's end of the line: a serial device that exists, or a pseudo-terminal linked at the path."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._slave = -1
        if _is_device(path):
            self.fd = _device(path)
        else:
            self.fd, self._slave = _linked_pty(path)
        os.set_blocking(self.fd, False)

    def read(self) -> bytes:
        """What the host wrote."""
        try:
            return os.read(self.fd, READ_BYTES)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Say something; what nobody reads is lost, as on a wire."""
        try:
            if data:
                os.write(self.fd, data)
        except BlockingIOError:
            termios.tcflush(self._slave if self._slave >= 0 else self.fd, termios.TCIFLUSH)

    def forget(self) -> None:
        """Throw away what the host wrote and nobody read yet."""
        while self.read():
            pass

    def close(self) -> None:
        if self._slave >= 0:
            remove_link(self.path, os.ttyname(self._slave))  # it has a name while both ends are open
            os.close(self._slave)
        os.close(self.fd)


class GuardianProcess(GuardianTurn):
    """`run` turns until told to stop and leaves every output off."""

    def run(self, stop: Callable[[], bool]) -> None:
        try:
            while not stop():
                wait_ms = FIRING_WAIT_MS if self.guardian.burst_left else IDLE_WAIT_MS
                select.select([self.link.fd], [], [], wait_ms / 1000)
                self.step(now_ms())
        finally:
            self.pins.close()
            self.link.close()


def start(path: str, pins: Pins, key: bytes) -> GuardianProcess:
    """A guardian that is idle, its outputs open."""
    return GuardianProcess(Guardian(secrets.token_hex(4), key), SerialLink(path), pins)


def claim(path: str) -> FileLock:
    """The right to serve a path until `close`. InputError while another guardian serves it."""
    beside = path if _is_device(path) else path + ".lock"
    return FileLock(beside, "--port", "%s: another guardian serves it, which has to end first" % path, CLAIM_MS)


def _is_device(path: str) -> bool:
    return os.path.exists(path) and not os.path.islink(path) and stat.S_ISCHR(os.stat(path).st_mode)


def _device(path: str) -> int:
    handle = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(handle)
    settings = termios.tcgetattr(handle)
    settings[4] = settings[5] = termios.B115200
    termios.tcsetattr(handle, termios.TCSANOW, settings)
    return handle


def _linked_pty(path: str) -> tuple[int, int]:
    """(master, slave) of a raw pseudo-terminal; the slave stays open, so that a host's hang-up does not end it."""
    master, slave = os.openpty()
    tty.setraw(slave)
    if os.path.islink(path):
        os.unlink(path)
    try:
        os.symlink(os.ttyname(slave), path)
    except OSError as error:
        raise InputError("--port", f"{path}: {error.strerror}") from error
    return master, slave
