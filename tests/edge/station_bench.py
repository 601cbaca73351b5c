"""A station with a twin behind it, for the tests of what comes and goes on the wire."""

from pathlib import Path
from typing import Any

from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.edge.journal import Journal
from adatom.edge.recorder import Recorder
from adatom.edge.station import Station
from adatom.protocol import codec, seal, topics
from adatom.protocol.envelope import envelope_hash, load_envelope
from adatom.protocol.keyring import KeyRing
from adatom.sim.bench import TwinBench
from adatom.sim.world import World

from tests.protocol.examples import RECIPE

KEYS = {name: bytes([i]) * 32 for i, name in enumerate(("bench", "campaign", "ingest"))}
TEXT = (Path(__file__).parents[2] / "sim" / "demo" / "envelope.json").read_text()
SALT = "5a17"

RUN = {"run": "demo-0001-r1-a1", "trial": "demo-0001", "recipe": RECIPE}


class Bench:
    """A station with a twin behind it; `ticks` lets virtual time pass."""

    def __init__(self, folder: Path, quota: int = 10**8, window: int = 64) -> None:
        envelope = load_envelope(TEXT)
        self.journal = Journal(str(folder), quota, 10**6)
        agent = Agent(default_bench("twin-1"), envelope, envelope_hash(TEXT))
        self.station = Station(
            "twin-1",
            agent,
            Recorder("twin-1", self.journal),
            KeyRing(KEYS),
            SALT,
            envelope_hash(TEXT),
            simulated=True,
            window=window,
        )
        self.twin = TwinBench(envelope, World(1), "test/1/1")
        self.now = 0

    def ticks(self, count: int) -> list[int]:
        outputs = self.station.agent.outputs
        for _ in range(count):
            self.now += 100
            outputs = self.station.tick(self.now, self.twin.step(outputs, 0.1))
        return outputs

    def published(self) -> list[tuple[str, dict[str, Any]]]:
        """(kind, message) of what goes out now, telemetry left out."""
        found = []
        for topic, payload in self.station.publish(self.now, self.now):
            kind = topics.parse(topic)[2]
            if kind != "telemetry":
                found.append((kind, codec.decode(kind, payload)[0]))
        return found

    def send(self, kind: str, message: dict[str, Any], key: str) -> None:
        body = codec.body_of(kind, message)
        payload = codec.with_tail(kind, body, seal.signature(KEYS[key], body))
        self.station.receive(topics.down("twin-1", kind), payload, self.now, self.now)

    def command(self, name: str, args: dict[str, Any], counter: int, **changes: Any) -> None:
        fields = {"bench": "twin-1", "name": name, "args": args, "key": "campaign", "counter": counter}
        self.send("command", fields | {"nonce": f"{self.now:x}-{SALT}", "valid_ms": 1000} | changes, "campaign")
