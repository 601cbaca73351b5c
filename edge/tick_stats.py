"""How late ticks come: a histogram that allocates nothing while it counts. Pure; the same on MicroPython.

Lateness is from a tick's deadline to its start. A tick is missed when the next one's deadline passed before it began.
"""

from array import array

BUCKET_US = 50
BUCKETS = 2000  # 100 ms in all; later than that is the last bucket
LATE_US = 10000  # behind its deadline by more than this, a tick is late


class TickStats:
    """`note` a tick; `take` gives the figures since the last `take`."""

    def __init__(self) -> None:
        self.late = self.missed = self.ticks = 0  # since the start
        self._counts = array("H", bytes(2 * BUCKETS))
        self._clear()

    def _clear(self) -> None:
        for place in range(BUCKETS):
            self._counts[place] = 0
        self._window = self._window_late = self._window_missed = self._max_us = 0

    def note(self, late_us: int, missed: int) -> None:
        """One tick that began `late_us` after its deadline, and how many were missed before it."""
        self.ticks += 1
        self._window += 1
        if late_us > self._max_us:
            self._max_us = late_us
        if late_us > LATE_US:
            self.late += 1
            self._window_late += 1
        self.missed += missed
        self._window_missed += missed
        place = late_us // BUCKET_US if late_us > 0 else 0
        if place >= BUCKETS:
            place = BUCKETS - 1
        if self._counts[place] < 65535:
            self._counts[place] += 1

    def figures(self) -> "dict[str, float]":
        """Ticks, late and missed ones, median, 99th percentile and worst lateness of the window."""
        return {
            "ticks": self._window,
            "late": self._window_late,
            "missed": self._window_missed,
            "p50_ms": self._percentile(50),
            "p99_ms": self._percentile(99),
            "max_ms": self._max_us / 1000,
        }

    def take(self) -> "dict[str, float]":
        """The figures of the window, and begin a new one."""
        figures = self.figures()
        self._clear()
        return figures

    def _percentile(self, percent: int) -> float:
        """Upper end in ms of the bucket that holds it; never above the worst."""
        below = 0
        for place in range(BUCKETS):
            below += self._counts[place]
            if self._window and below * 100 >= self._window * percent:
                return min((place + 1) * BUCKET_US, self._max_us) / 1000
        return 0.0
