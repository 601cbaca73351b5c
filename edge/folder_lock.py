"""One agent a journal: a lock on its folder, held for the life of the process and freed by the kernel at its end."""

import fcntl
import os

from adatom.protocol.errors import InputError

from .clock import sleep_ms

WAIT_MS = 10000  # for a process that is being stopped or whose parent was killed
LOOK_MS = 100


class FolderLock:
    """Holds DIR/lock until `close`. InputError when another process keeps it."""

    def __init__(self, folder: str, wait_ms: int = WAIT_MS) -> None:
        os.makedirs(folder, exist_ok=True)
        self._handle = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
        for _ in range(max(1, wait_ms // LOOK_MS)):
            if self._take():
                return
            sleep_ms(LOOK_MS)
        os.close(self._handle)
        raise InputError(folder, "is in use by another agent, which has to end first")

    def close(self) -> None:
        """Let the next one in."""
        os.close(self._handle)

    def _take(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
