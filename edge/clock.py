"""The only switch between MicroPython and CPython: milliseconds, sleep, making a file durable, the watchdog.

Cores never import it: time is passed to them. Nothing here knows instruments, recipes or networks.
"""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

MICROPYTHON = sys.implementation.name == "micropython"

if MICROPYTHON and not TYPE_CHECKING:

    def now_ms() -> int:
        """Milliseconds of a monotonic clock that starts anywhere."""
        return time.ticks_ms()

    def sleep_ms(duration_ms: int) -> None:
        """Wait; a negative time does not wait."""
        time.sleep_ms(max(0, duration_ms))

    def elapsed_ms(now: int, then: int) -> int:
        """now - then, right across the clock's wrap (2**30 ms on boards, 12 days; 2**62 on the unix port)."""
        return time.ticks_diff(now, then)

    def make_durable(file: "BinaryIO") -> None:
        """Return when what was written to an open file is on the medium. MicroPython's flush calls fsync itself."""
        file.flush()

    def make_folder_durable(path: str) -> None:
        """Return at once: MicroPython cannot open a folder; its file systems write the name with the data."""

else:

    def now_ms() -> int:
        """Milliseconds of a monotonic clock that starts anywhere."""
        return time.monotonic_ns() // 1000000

    def sleep_ms(duration_ms: int) -> None:
        """Wait; a negative time does not wait."""
        time.sleep(max(0, duration_ms) / 1000)

    def elapsed_ms(now: int, then: int) -> int:
        """now - then; this clock does not wrap."""
        return now - then

    def make_durable(file: "BinaryIO") -> None:
        """Return when what was written to an open file is on the medium; OSError when it is not."""
        file.flush()
        os.fsync(file.fileno())

    def make_folder_durable(path: str) -> None:
        """Return when the names in a folder are on the medium: a new file can vanish without this."""
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Monotonic:
    """A clock of integer milliseconds from 0 that does not wrap as a board's own does. `now` at least once a day."""

    def __init__(self) -> None:
        self._last = now_ms()
        self._now = 0

    def now(self) -> int:
        fresh = now_ms()
        self._now += elapsed_ms(fresh, self._last)
        self._last = fresh
        return self._now


class NoWatchdog:
    """A machine without a hardware watchdog. `present` is False, so that a shell can say so at start."""

    present = False

    def feed(self) -> None:
        """Nothing to feed: on Linux the leases of the bench I/O board or guardian stop a frozen agent."""


class HardwareWatchdog:
    """The board's watchdog: resets the board unless fed in time. Once started it cannot be stopped."""

    present = True

    def __init__(self, machine: "Any", timeout_ms: int) -> None:
        self._timer = machine.WDT(timeout=timeout_ms)

    def feed(self) -> None:
        self._timer.feed()


def watchdog(timeout_ms: int) -> "HardwareWatchdog | NoWatchdog":
    """The machine's watchdog, started: a HardwareWatchdog on a board, else a NoWatchdog."""
    try:
        import machine  # type: ignore[import-not-found]
    except ImportError:
        return NoWatchdog()
    if not hasattr(machine, "WDT"):  # the unix port has a machine module without one
        return NoWatchdog()
    return HardwareWatchdog(machine, timeout_ms)
