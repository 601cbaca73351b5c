"""A bench without a chamber, for load: real station, recorder, journal and link, fed with synthetic readings.

`python -m adatom.sim.soak.load LOAD.json`. A point is one reading of all channels. It ticks at 100 Hz and takes as
many points a tick as the rate asks for. What it numbers, makes durable and gets receipted it also writes to a history
file of its own. SIGTERM: measure no more, deliver everything, end.
"""

import hashlib
import json
import random
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from adatom.cloud.ingest.dial import CA, CERT, KEY
from adatom.edge.agent import Agent
from adatom.edge.clock import now_ms
from adatom.edge.config import default_bench
from adatom.edge.dial import Dialer, TlsFiles
from adatom.edge.journal import Journal
from adatom.edge.keys import load_keys
from adatom.edge.link import Link
from adatom.edge.recorder import Recorder
from adatom.edge.station import Station
from adatom.edge.sync_worker import SyncWorker
from adatom.edge.tick_stats import TickStats
from adatom.edge.wiring import BATCH_MS, QUOTA_BYTES, SEGMENT_BYTES
from adatom.protocol import channels, codec
from adatom.protocol.envelope import envelope_hash
from adatom.protocol.session import Record
from adatom.sim.shipped import ENVELOPE, demo_envelope

TICK_US = 10_000
NETWORK_TICKS = 5  # as the loop of a real bench: 50 ms between two looks at the network
ROWS = 4096  # of synthetic readings, over and over
DRAIN_S = 300.0
REPORT_S = 1.0
TELEMETRY_TAIL = 36  # bytes behind the body: link and CRC-32


@dataclass(frozen=True)
class Load:
    """What a load bench is to do; `event_s` between two safety events of the kind that an alarm tells, 0 for none."""

    bench: str
    broker: str
    keys: str
    folder: str
    history: str
    points_s: int = 2000
    event_s: float = 0.0
    seed: int = 1
    tls: str = ""  # a folder of `adatom pki bench`; "" for a broker without certificates

    def write(self, path: Path) -> Path:
        path.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")
        return path


def body_of(kind: str, payload: bytes) -> bytes:
    """The bytes of a record under its chain link, which the database keeps."""
    return payload[:-TELEMETRY_TAIL] if kind == "telemetry" else codec.split_tail(kind, payload)[0]


class LoadBench:
    """One process. `turn` is a tick."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.history: TextIO = Path(load.history).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115
        journal = Journal(load.folder, QUOTA_BYTES, SEGMENT_BYTES)
        agent = Agent(default_bench(load.bench), demo_envelope(), envelope_hash(ENVELOPE.read_text(encoding="utf-8")))
        recorder = Recorder(load.bench, journal, batch_ms=BATCH_MS)
        self.station = Station(load.bench, agent, recorder, load_keys(load.keys, load.bench), secrets.token_hex(8),
                               agent.envelope_hash, simulated=True)  # fmt: skip
        self.worker = SyncWorker(recorder)
        self.station.commit, self._due = self._commit, self.station.uplink.due
        self.station.uplink.due = self._sent  # type: ignore[method-assign]
        self._authentic, self._obey = self.station.gate.use_up, self.station._obey
        self.station.gate.use_up = self._used_up  # type: ignore[method-assign]
        self.station._obey = self._executed  # type: ignore[method-assign]
        self.command = {"counter": 0, "age_s": 0.0}
        for boot, first, count, _ in journal.pending():  # what a killed process could not write down any more
            self._note("durable", boot=boot, first=first, count=count)
        files = [str(Path(load.tls) / name) for name in (CA, CERT, KEY)] if load.tls else []
        self.link = Link(Dialer(load.broker, TlsFiles(*files)), load.bench)
        self.stats = TickStats()
        self.readings = synthetic(load.seed)
        self.points = self.numbered = self.receipted = 0
        self.next_event_s = time.monotonic() + load.event_s
        self.trouble = ""
        self.was_up = True

    def measure(self, now: int) -> None:
        """The points of one tick, and a safety event when one is due."""
        recorder = self.station.recorder
        for _ in range(self.load.points_s * TICK_US // 1_000_000):
            recorder.point(now, next(self.readings))
            self.points += 1
        if self.load.event_s and time.monotonic() >= self.next_event_s:
            self.next_event_s += self.load.event_s
            self.station.tell(now, "trip", {"interlock": "soak", "why": "a rehearsal", "n": self.points})
            self.station.tick_events(now)
            self._note("event", seq=recorder.last, t_s=time.monotonic())

    def network(self, now: int) -> None:
        """Deliver what is due, and note what changed."""
        self.station.tick_events(now)  # what a bench with a chamber does at every tick
        self._note_numbered()
        self.link.carry(self.station, now, now)
        if self.station.receipted > self.receipted:
            self.receipted = self.station.receipted
            self._note("receipted", upto=self.receipted, t_s=time.monotonic())
        if self.link.up != self.was_up:
            self.was_up = self.link.up
            self._note("link", up=self.was_up, why=self.link.trouble, t_s=time.monotonic())

    def figures(self) -> dict[str, Any]:
        """What it did so far."""
        return {"points": self.points, "ticks": self.stats.ticks, "late": self.stats.late,
                **{name: self.stats.figures()[name] for name in ("p50_ms", "p99_ms", "max_ms")},
                "backlog": self.station.backlog, "trouble": self.station.trouble,
                "boot": self.station.recorder.boot}  # fmt: skip

    def close(self) -> None:
        self._note_numbered()
        self.station.commit = self.station.recorder.commit
        self.station.offer(self.worker.close)
        self.link.close()
        self.station.close(now_ms())
        self.history.close()

    # --- inner ---------------------------------------------------------------------------------------------------
    def _note_numbered(self) -> None:
        """Every record is written down before its bytes can be on any medium but memory."""
        for record in self.station.recorder.fresh:
            if record.first > self.numbered:
                self.numbered = record.first
                body = body_of(record.kind, record.payload)
                self._note("measured", first=record.first, count=record.count, kind=record.kind,
                           digest=hashlib.sha256(body).hexdigest())  # fmt: skip

    def _commit(self) -> list[Record]:
        self._note_numbered()
        done = self.worker.commit()
        for record in done:
            self._note("durable", first=record.first, count=record.count)
        return done

    def _sent(self, now: int) -> list[Record]:
        records = self._due(now)
        for record in records:
            self._note("sent", boot=record.boot, first=record.first, count=record.count)
        return records

    def _used_up(self, command: dict[str, Any], now_ms: int) -> None:
        self._authentic(command, now_ms)
        age_ms = now_ms - int(command["nonce"].partition("-")[0], 16)
        self.command = {"counter": command["counter"], "age_s": age_ms / 1000}

    def _executed(self, name: str, args: dict[str, Any], run_ms: int) -> list[str]:
        reasons = self._obey(name, args, run_ms)
        if not reasons:
            self._note("executed", name=name, **self.command)
        return reasons

    def _note(self, what: str, **fields: Any) -> None:
        entry = {"what": what, "bench": self.load.bench, "boot": self.station.recorder.boot} | fields
        self.history.write(json.dumps(entry) + "\n")


def synthetic(seed: int) -> Iterator[list[int | None]]:
    """Readings without end: slow walks with noise, and now and then a missing one."""
    rng = random.Random(seed)
    rows: list[list[int | None]] = []
    level = [20_000.0] * channels.COUNT
    for _ in range(ROWS):
        level = [value + rng.gauss(0, 3) for value in level]
        rows.append([None if rng.random() < 0.001 else round(value + rng.gauss(0, 5)) for value in level])
    while True:
        yield from rows


def serve(bench: LoadBench) -> bool:
    """Tick until SIGTERM, then deliver the rest; whether all of it was receipted."""
    ending = False

    def stop(*_: object) -> None:
        nonlocal ending
        ending = True

    signal.signal(signal.SIGTERM, stop)
    bench.station.recover(now_ms())
    next_us, number, deadline, report_s = time.monotonic_ns() // 1000, 0, float("inf"), 0.0
    while time.monotonic() < deadline:
        next_us += TICK_US
        time.sleep(max(0, next_us - time.monotonic_ns() // 1000) / 1e6)
        late_us = time.monotonic_ns() // 1000 - next_us
        if not ending:
            bench.stats.note(max(0, late_us), 0)  # none is left out: the rate is to be kept
            bench.measure(now_ms())
        elif deadline == float("inf"):
            bench.station.recorder.flush()
            deadline = time.monotonic() + DRAIN_S
        elif bench.station.recorder.is_durable and not bench.station.backlog:
            return True
        number += 1
        if number % NETWORK_TICKS == 0:
            bench.network(now_ms())
        if time.monotonic() > report_s:
            report_s = time.monotonic() + REPORT_S
            print(json.dumps(bench.figures() | {"t_s": time.monotonic()}), flush=True)
    return False


def main() -> None:
    bench = LoadBench(Load(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    drained = serve(bench)
    figures = bench.figures()
    bench.close()
    print(json.dumps(figures | {"drained": drained}), flush=True)


if __name__ == "__main__":
    main()
