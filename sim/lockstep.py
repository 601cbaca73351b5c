"""A simulated bench: the real agent and station against the twin, under a virtual clock, over a real broker.

The chamber's clock advances only while a run is on and the journal's backlog is within bounds, so nothing depends on
how fast the machine is: a run is a pure function of recipe, world and run key. Links and receipts live on wall time.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.edge.dial import Dialer, TlsFiles
from adatom.edge.journal import Journal, draw_first_boot
from adatom.edge.keys import KeyFile, load_keys
from adatom.edge.link import Link
from adatom.edge.recorder import Recorder
from adatom.edge.station import Station
from adatom.protocol.envelope import envelope_hash, load_envelope
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe
from adatom.sim.bench import TwinBench
from adatom.sim.physics import failures
from adatom.sim.world import World

TICK_MS = 100  # 10 Hz control
TICKS_A_PUMP = 600  # a simulated minute between two looks at the network
BACKLOG_MAX = 500  # records without receipt, above which the virtual clock stands still
IDLE_S = 0.01
QUOTA_BYTES = 200_000_000
SEGMENT_BYTES = 1_000_000


@dataclass
class Speed:
    """What the lock-step cost so far: simulated and processor seconds of twin and edge together."""

    simulated_s: float = 0.0
    busy_s: float = 0.0
    ticks: int = 0


def run_key(run_id: str) -> str:
    """The name of a sample for the twin's seeds: the run without its attempt, so a repeated attempt is the same."""
    return run_id.rsplit("-a", 1)[0]


class SimulatedRun:
    """One run, stepped: agent and twin together, operator steps and measurements included."""

    def __init__(self, station: Station, envelope: dict[str, Any], world: World, recipe: Recipe, now_ms: int) -> None:
        self.station = station
        self.agent = station.agent
        self.recipe = recipe
        self.now_ms = now_ms
        self.twin = TwinBench(envelope, world, run_key(station.recorder.run))
        self.twin.load(recipe)
        self.readings = self.twin.readings

    def advance(self, ticks: int) -> int:
        """Step at most so many ticks, or until a person or an instrument is asked for; the ticks done."""
        tick, step = self.station.tick, self.twin.step
        agent, now_ms, readings = self.agent, self.now_ms, self.readings
        done = 0
        while done < ticks and agent.busy and not agent.waiting_for:
            now_ms += TICK_MS
            readings = step(tick(now_ms, readings), 0.1)
            done += 1
        self.now_ms, self.readings = now_ms, readings
        return done

    def serve(self) -> None:
        """Do what the agent waits for: the operator's step takes its time at once, a measurement is made."""
        step = self.agent.waiting_for
        if step == "measure":
            for technique in self.recipe.measurements:
                for measurement in self.twin.measure(technique):
                    raw = measurement.pop("raw", b"")
                    self.now_ms += int(1000 * measurement.pop("duration_s", 0.0))
                    self.station.measured(self.now_ms, measurement, raw)
        else:
            self.now_ms += int(60000 * self.twin.confirm(step))
        if step == "assemble" and self.twin.failure and self.twin.failure != failures.EIS:
            self.agent.give_up(step, self.twin.failure, self.now_ms)
        else:
            self.agent.confirm(step, self.now_ms)


class SimulatedBench:
    """The process around simulated runs: broker, journal, pacing."""

    def __init__(self, name: str, envelope_path: Path, world: World, key_file: Path, folder: Path) -> None:
        text = envelope_path.read_text()
        self.envelope = load_envelope(text, str(envelope_path))
        if self.envelope["bench"] != name:
            raise InputError(
                str(envelope_path), f"is the envelope of bench {self.envelope['bench']!r}, not of {name!r}"
            )
        self.world = world
        journal = Journal(str(folder), QUOTA_BYTES, SEGMENT_BYTES, draw_first_boot(secrets.token_bytes(4)))
        agent = Agent(default_bench(name), self.envelope, envelope_hash(text))
        self.station = Station(
            name, agent, Recorder(name, journal), load_keys(str(key_file), name), secrets.token_hex(8),
            envelope_hash(text), simulated=True,
        )  # fmt: skip
        self.key_file = KeyFile(str(key_file), name)
        self.speed = Speed()
        self.now_ms = 0
        self.run: SimulatedRun | None = None

    def serve(self, url: str, stop: Callable[[], bool], files: TlsFiles = TlsFiles()) -> None:  # noqa: B008
        """Obey the cloud until `stop()`; then hang up."""
        self.station.recover(self.now_ms)
        link = Link(Dialer(url, files), self.station.bench)
        try:
            while not stop():
                link_ms = int(time.monotonic() * 1000)
                self.key_file.follow(self.station, self.now_ms, link_ms)
                link.carry(self.station, self.now_ms, link_ms)
                if not self._work():
                    time.sleep(IDLE_S)
        finally:
            link.close()
            self.station.close(self.now_ms)

    def _work(self) -> bool:
        """One slice of the run in progress; False when there is nothing to do."""
        recipe = self.station.agent.recipe
        if recipe is None or self.station.backlog > BACKLOG_MAX:
            return False
        if self.run is None:
            self.run = SimulatedRun(self.station, self.envelope, self.world, recipe, self.now_ms)
        started_ms, started_s = self.now_ms, time.thread_time()
        self.speed.ticks += self.run.advance(TICKS_A_PUMP)
        self.speed.simulated_s += (self.run.now_ms - started_ms) / 1000
        self.speed.busy_s += time.thread_time() - started_s
        if self.station.agent.waiting_for:
            self.run.serve()
        self.now_ms = self.run.now_ms
        if not self.station.agent.busy:
            self.run = None
            self.station.agent.rearm(self.now_ms)  # the twin's person has looked at what tripped, if anything did
        return True
