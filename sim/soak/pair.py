"""A bench and an ingest in one process under a virtual clock: real station, recorder, journal; real intake and store.

What lies between them is a list. For faults of media, which need hundreds of trials and no network.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adatom.cloud.clock import CLOCK, Clock
from adatom.cloud.ingest.intake import Incoming, decode_record
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.store.thread import StoreThread
from adatom.edge import medium as file_system
from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.edge.journal import Journal
from adatom.edge.recorder import Recorder
from adatom.edge.station import Station
from adatom.protocol import topics
from adatom.protocol.envelope import envelope_hash
from adatom.protocol.errors import FailedError
from adatom.protocol.keyring import KeyRing
from adatom.protocol.messages import NUMBERED
from adatom.sim.shipped import ENVELOPE, demo_envelope

from .checker import Entry
from .load import body_of

KEYS = {name: bytes([number]) * 32 for number, name in enumerate(("bench", "campaign", "ingest"))}
SEGMENT_BYTES = 3000
QUOTA_BYTES = 10**8
STEP_MS = 500


class Bench:
    """One boot of a bench without a chamber; what it numbers and makes durable is noted in `history`."""

    def __init__(self, name: str, folder: Path, history: list[Entry], medium: Any = file_system, **wanted: Any) -> None:
        """wanted: quota_bytes and segment_bytes of the journal; batch_points and thin of the recorder."""
        self.name = name
        self.history = history
        self.journal = Journal(str(folder), wanted.pop("quota_bytes", QUOTA_BYTES),
                               wanted.pop("segment_bytes", SEGMENT_BYTES), medium=medium)  # fmt: skip
        digest = envelope_hash(ENVELOPE.read_text(encoding="utf-8"))
        self.recorder = Recorder(name, self.journal, **({"batch_points": 20} | wanted))
        agent = Agent(default_bench(name), demo_envelope(), digest)
        self.station = Station(name, agent, self.recorder, KeyRing(KEYS), "5a17", digest, simulated=True)
        self.station.commit = self.commit
        self.now_ms = 0
        self.numbered = (0, 0)  # boot and number of the last record noted

    def commit(self) -> list[Any]:
        """The recorder's, noted."""
        for record in self.recorder.fresh:
            if (record.boot, record.first) <= self.numbered:
                continue  # noted before a commit that failed
            self.numbered = (record.boot, record.first)
            digest = hashlib.sha256(body_of(record.kind, record.payload)).hexdigest()
            self.note("measured", first=record.first, count=record.count, kind=record.kind, digest=digest)
        done = self.recorder.commit()
        for record in done:
            self.note("durable", first=record.first, count=record.count)
        return done

    def tick(self) -> None:
        """What a bench with a chamber does with its events at every tick."""
        try:
            self.station.tick_events(self.now_ms)
        except (OSError, FailedError) as error:
            self.station.cannot_keep(self.now_ms, error)

    def point(self, readings: list[int]) -> None:
        """A point now."""
        try:
            self.recorder.point(self.now_ms, list(readings))
        except (OSError, FailedError) as error:
            self.station.cannot_keep(self.now_ms, error)

    def note(self, what: str, **fields: Any) -> None:
        self.history.append({"what": what, "bench": self.name, "boot": self.recorder.boot} | fields)


class Cloud(Ingest):
    """An ingest whose receipts go to `deliver`, and whose alarms are kept by the bench's name."""

    def __init__(self, store: StoreThread, clock: Clock = CLOCK) -> None:
        self.alarms: list[tuple[str, str]] = []  # bench, name of the event
        super().__init__(store, KeyRing(KEYS), self, clock=clock)
        self.deliver: Callable[[str, bytes], None] = lambda topic, payload: None

    async def send(self, topic: str, payload: bytes, qos: int = 1) -> bool:
        self.deliver(topic, payload)
        return True

    def committed(self, record: Incoming) -> None:
        """Nobody waits for it."""

    def status(self, bench: str, kind: str, message: dict[str, Any], now_s: float) -> None:
        """Nobody asks."""

    def alarm(self, bench: str, message: dict[str, Any]) -> None:
        self.alarms.append((bench, message["name"]))


async def step(bench: Bench, cloud: Cloud) -> bool:
    """Let a step of virtual time pass, messages going both ways; whether the bench has delivered everything."""
    station = bench.station
    cloud.deliver = lambda topic, payload: station.receive(topic, payload, bench.now_ms, bench.now_ms)
    bench.now_ms += STEP_MS
    bench.tick()
    out = station.publish(bench.now_ms, bench.now_ms)
    for topic, payload in out:
        kind = topics.parse(topic)[2]
        if kind in NUMBERED:
            record = decode_record(bench.name, kind, payload)
            bench.note("sent", boot=record.boot, first=record.first, count=record.count)
    await cloud.take(out)
    return station.recorder.is_durable and not station.backlog and not station.unrecorded


async def exchange(bench: Bench, cloud: Cloud, until_ms: int) -> bool:
    """Steps until the bench has delivered everything, or a moment; whether it came to that."""
    while bench.now_ms < until_ms:
        if await step(bench, cloud):
            return True
    return False
