"""What happened in a simulated laboratory: entries for the checker, and one hash over all of them."""

import hashlib
import json
from typing import Any

from adatom.sim.soak.checker import Entry

from .scheduler import S, Scheduler


class History:
    """Entries in the order of the virtual clock, which stands in each of them."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.entries: list[Entry] = []
        self._hash = hashlib.sha256()

    def note(self, what: str, **fields: Any) -> None:
        entry = {"what": what, "t_s": self.scheduler.now_us / S} | fields
        self.entries.append(entry)
        self._hash.update(json.dumps(entry, sort_keys=True).encode() + b"\n")

    @property
    def digest(self) -> str:
        """SHA-256 of everything noted so far: the same for the same seed, bit for bit."""
        return self._hash.hexdigest()
