"""One process a place: locks that are held for the life of a process and freed by the kernel at its end."""

import contextlib
import fcntl
import os

from adatom.protocol.errors import InputError

from .clock import sleep_ms

WAIT_MS = 10000  # for a process that is being stopped or whose parent was killed
LOOK_MS = 100
AGENT = "is in use by another agent, which has to end first"


class FileLock:
    """Holds a file until `close`, which removes one that was made for it. InputError when another process keeps it."""

    def __init__(self, path: str, where: str, problem: str, wait_ms: int) -> None:
        self.path = path
        self._made = not os.path.exists(path) or os.path.isfile(path)  # a device stays
        for _ in range(max(1, wait_ms // LOOK_MS)):
            if self._take(where):
                return
            sleep_ms(LOOK_MS)
        raise InputError(where, problem)

    def close(self) -> None:
        """Let the next one in."""
        if self._made:
            with contextlib.suppress(FileNotFoundError):  # with its folder
                os.unlink(self.path)
        os.close(self._handle)

    def _take(self, where: str) -> bool:
        try:
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOCTTY | os.O_NONBLOCK, 0o600)
        except OSError as error:
            raise InputError(where, "%s: %s" % (self.path, error.strerror)) from error
        # kept; or removed, by who kept it, between our two calls: what we hold is then nobody's lock
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.stat(self.path), os.fstat(self._handle)):
                return True
        os.close(self._handle)
        return False


class FolderLock(FileLock):
    """Holds DIR/lock until `close`. InputError when another process keeps it."""

    def __init__(self, folder: str, wait_ms: int = WAIT_MS, problem: str = AGENT) -> None:
        os.makedirs(folder, exist_ok=True)
        super().__init__(os.path.join(folder, "lock"), folder, problem, wait_ms)
