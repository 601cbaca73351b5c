"""Syncs the journal in a thread of its own: an fsync takes tens of milliseconds on a card, and no tick may wait for it.

Appending stays with the loop. What `commit` returns is on the medium, as with the recorder's own.
"""

import threading
import time

from adatom.protocol.session import Record

from .recorder import Recorder

STUCK_S = 5.0  # a sync that takes longer counts as failed: what cannot be recorded must not be made


class SyncWorker:
    """One sync at a time. Call `commit` often: it begins one, or hands over what the last one made durable."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.error: OSError | None = None
        self._since_s = 0.0
        self._busy = False  # a sync was begun, its end not yet taken
        self._ended = threading.Event()
        self._asked = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def commit(self) -> list[Record]:
        """Records that became durable since the last call. OSError when their sync failed; they are tried again."""
        done: list[Record] = []
        if self._busy:
            if not self._ended.is_set():
                if time.monotonic() - self._since_s > STUCK_S:
                    raise OSError("the journal's medium has not answered for %.0f s" % STUCK_S)
                return done
            done = self._finish()
        if self.recorder.begin_commit():
            self._busy, self._since_s = True, time.monotonic()
            self._ended.clear()
            self._asked.set()
        return done

    def close(self) -> list[Record]:
        """Wait for the sync under way; what it made durable. `commit` must not be called after it."""
        self._closing = True
        self._asked.set()
        self._thread.join()
        return self._finish() if self._busy else []

    def _finish(self) -> list[Record]:
        self._busy = False
        error, self.error = self.error, None
        return self.recorder.end_commit(error)

    def _work(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._busy and not self._ended.is_set():
                try:
                    self.recorder.journal.sync()
                except OSError as error:
                    self.error = error
                self._ended.set()
            if self._closing:
                return
