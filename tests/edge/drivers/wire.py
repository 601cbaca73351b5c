"""A driver and a simulated instrument joined by bytes in virtual time; nothing sleeps."""

from collections.abc import Callable
from typing import Any

from adatom.sim.ports import Instrument

STEP_MS = 5


class Wire:
    """`run` lets time pass. `cut` loses all bytes, `noise` changes replies, `chunk` splits both directions."""

    def __init__(self, driver: Any, twin: Instrument, *, latency_ms: int = 5, chunk: int = 0) -> None:
        self.driver: Any = driver
        self.twin: Any = twin  # tests look behind the Instrument
        self.latency_ms = latency_ms
        self.chunk = chunk
        self.cut = False
        self.noise: Callable[[bytes], bytes] = lambda data: data
        self.now = 0
        self.sent: list[bytes] = []  # requests
        self.log: list[list[Any]] = []  # [now, "out" | "in" | "write", data], what a replay needs
        self._coming: list[tuple[int, bytes]] = []

    def run(self, duration_ms: int, each: Callable[[int], None] | None = None) -> None:
        """Let `duration_ms` pass; `each(now)` is called at every step before the driver is."""
        for _ in range(duration_ms // STEP_MS):
            self.now += STEP_MS
            if each is not None:
                each(self.now)
            self._driver_turn()
            self._twin_says(self.twin.tick(self.now / 1000))
            self._deliver()

    def write(self, name: str, value: int, lease_ms: int = 0) -> None:
        """A write of the agent, logged for a replay."""
        self.log.append([self.now, "write", [name, value, lease_ms]])
        self.driver.write(name, value, self.now, lease_ms)

    def _driver_turn(self) -> None:
        request = self.driver.outgoing(self.now)
        self.log.append([self.now, "out", request.hex()])
        if not request:
            return
        self.sent.append(request)
        if not self.cut:
            for piece in self._pieces(request):
                self._twin_says(self.twin.feed(piece, self.now / 1000))

    def _twin_says(self, data: bytes) -> None:
        if data and not self.cut:
            self._coming.append((self.now + self.latency_ms, self.noise(data)))

    def _deliver(self) -> None:
        due = [data for when, data in self._coming if when <= self.now]
        self._coming = [(when, data) for when, data in self._coming if when > self.now]
        for data in due:
            for piece in self._pieces(data):
                self.log.append([self.now, "in", piece.hex()])
                self.driver.feed(piece, self.now)

    def _pieces(self, data: bytes) -> list[bytes]:
        return [data[i : i + self.chunk] for i in range(0, len(data), self.chunk)] if self.chunk else [data]
