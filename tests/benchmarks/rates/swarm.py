"""Load benches in one process: `python -m tests.benchmarks.rates.swarm SWARM.json`; prints its figures as JSON.

Paced, each measures a point every 10 ms. Full, each measures as much as its window of records in flight takes.
"""

import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from adatom.edge.clock import now_ms
from adatom.protocol import channels
from adatom.sim.soak.load import NETWORK_TICKS, ROWS, TICK_US, Load, LoadBench

IDLE_S = 0.001
WARM_S = 2.0
PACED_WARM_S = 10.0  # until what waited for the first connection has been delivered
DRAIN_S = 60.0
HELD = 64  # records of a full bench: more would only wait


@dataclass(frozen=True)
class Swarm:
    """`channels` of a point are present; `seconds` are measured, after a warm-up that is not."""

    loads: list[Load]
    seconds: float
    channels: int = channels.COUNT
    full: bool = False

    def write(self, path: Path) -> Path:
        path.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")
        return path


class Stamped(LoadBench):
    """A load bench that keeps the time of each point until its receipt: a receipt follows the commit."""

    def __init__(self, load: Load, present: int) -> None:
        super().__init__(load)
        self.readings = rows_of(self.readings, present)
        self.stamps: deque[tuple[int, float]] = deque()
        self.latencies: list[float] = []

    def measure(self, now: int) -> None:
        before = self.points
        super().measure(now)
        recorder = self.station.recorder
        self.stamps.append((recorder.last + len(recorder.times), time.monotonic()))
        assert self.points > before

    def network(self, now: int) -> None:
        super().network(now)
        now_s = time.monotonic()
        while self.stamps and self.stamps[0][0] <= self.receipted:
            self.latencies.append(now_s - self.stamps.popleft()[1])

    @property
    def held(self) -> int:
        """Records that wait for their receipt."""
        return self.station.backlog

    @property
    def is_empty(self) -> bool:
        return self.station.recorder.is_durable and not self.station.backlog


def rows_of(readings: Iterator[list[int | None]], present: int) -> Iterator[list[int | None]]:
    """The readings, over and over, of the first channels alone."""
    absent: list[int | None] = [None] * (channels.COUNT - present)
    rows = [next(readings)[:present] + absent for _ in range(ROWS)]
    while True:
        yield from rows


def paced(benches: Sequence[Stamped], seconds: float) -> None:
    """A point a tick and bench; looks at the network are spread over the ticks."""
    next_us = time.monotonic_ns() // 1000
    for tick in range(int(1e6 * seconds / TICK_US)):
        next_us += TICK_US
        time.sleep(max(0, next_us - time.monotonic_ns() // 1000) / 1e6)
        late_us = time.monotonic_ns() // 1000 - next_us
        for number, bench in enumerate(benches):
            bench.stats.note(max(0, late_us), 0)
            bench.measure(now_ms())
            if (tick + number) % NETWORK_TICKS == 0:
                bench.network(now_ms())


def full(benches: Sequence[Stamped], seconds: float) -> None:
    """As many records as are taken."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for bench in benches:
            while bench.held < HELD:
                bench.measure(now_ms())
            bench.network(now_ms())
        time.sleep(IDLE_S)


def drain(benches: Sequence[Stamped]) -> bool:
    """Deliver the rest; whether all of it was receipted."""
    deadline = time.monotonic() + DRAIN_S
    for bench in benches:
        bench.station.recorder.flush()
    while time.monotonic() < deadline and not all(bench.is_empty for bench in benches):
        for bench in benches:
            bench.network(now_ms())
        time.sleep(NETWORK_TICKS * TICK_US / 1e6)
    return all(bench.is_empty for bench in benches)


def rank(values: Sequence[float], share: float) -> float:
    """The value that a share of the sorted values does not exceed."""
    return values[min(len(values) - 1, int(share * len(values)))]


def measured(swarm: Swarm) -> dict[str, Any]:
    benches = [Stamped(load, swarm.channels) for load in swarm.loads]
    run = full if swarm.full else paced
    run(benches, WARM_S if swarm.full else PACED_WARM_S)
    deadline = time.monotonic() + DRAIN_S
    while time.monotonic() < deadline and not all(bench.receipted for bench in benches):
        run(benches, WARM_S)  # what was sent before the cloud had subscribed comes again after some seconds
    before, began_s = sum(b.receipted for b in benches), time.monotonic()
    given = sum(b.points for b in benches)
    for bench in benches:
        bench.latencies.clear()
    run(benches, swarm.seconds)
    took_s = time.monotonic() - began_s
    receipted, given = sum(b.receipted for b in benches) - before, sum(b.points for b in benches) - given
    drained = drain(benches)
    latencies = sorted(value for bench in benches for value in bench.latencies)
    for bench in benches:
        bench.close()
    cpu = os.times()
    return {
        "benches": len(benches), "channels": swarm.channels, "seconds": round(took_s, 2), "points": receipted,
        "offered_points_s": round(given / took_s), "points_s": round(receipted / took_s),
        "samples_s": round(swarm.channels * receipted / took_s), "n_latencies": len(latencies),
        "median_s": round(rank(latencies, 0.5), 3), "p99_s": round(rank(latencies, 0.99), 3),
        "max_s": round(latencies[-1], 3), "drained": drained, "generator_cpu_s": round(cpu.user + cpu.system, 1),
    }  # fmt: skip


def main() -> None:
    fields = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    swarm = Swarm(**fields | {"loads": [Load(**load) for load in fields["loads"]]})
    print(json.dumps(measured(swarm)), flush=True)


if __name__ == "__main__":
    main()
