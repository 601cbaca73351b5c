"""A bench without a chamber: real station, recorder, journal, bytes; the sample comes from the twin's direct chain.

Everything between campaign and bench is what travels for real; only the broker is a function call.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from adatom.edge.journal import Journal
from adatom.edge.recorder import Recorder
from adatom.edge.station import Station
from adatom.protocol.envelope import check, envelope_hash, load_envelope
from adatom.protocol.keyring import KeyRing
from adatom.protocol.recipe import Recipe
from adatom.sim.direct import run_direct
from adatom.sim.lockstep import run_key
from adatom.sim.world import World


class InstantAgent:
    """The agent's interface with a chamber that takes no time."""

    def __init__(self, envelope: dict[str, Any], world: World) -> None:
        self.envelope = envelope
        self.world = world
        self.state = "idle"
        self.recipe: Recipe | None = None
        self.run_id = ""
        self.seen: list[str] = []
        self._events: list[tuple[str, dict[str, Any]]] = []

    @property
    def busy(self) -> bool:
        return self.recipe is not None

    @property
    def has_events(self) -> bool:
        return bool(self._events)

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        events, self._events = self._events, []
        return events

    def may_not_start(self, recipe: Recipe, run_id: str) -> list[str]:
        reasons = check(recipe, self.envelope)
        if self.busy:
            reasons.append("busy")
        if run_id in self.seen:
            reasons.append(f"run {run_id} was started before")
        return reasons

    def begin(self, recipe: Recipe, run_id: str, trial_id: str, now_ms: int, more: dict[str, Any]) -> None:
        self.seen.append(run_id)
        self.recipe, self.run_id = recipe, run_id
        self._events.append(("state", {"from": "idle", "to": "deposit"}))

    def remember(self, run_id: str) -> None:
        self.seen.append(run_id)

    def finish(self, station: Station, now_ms: int) -> None:
        """Make and measure the sample, end the run."""
        assert self.recipe is not None
        result = run_direct(self.recipe, self.envelope, self.world, run_key(self.run_id))
        for measurement in result.measurements:
            station.measured(now_ms, measurement)
        outcome = "complete" if result.measurements else "failed"
        self.recipe = None
        self._events.append(("run_end", {"outcome": outcome, "reason": result.reason, "summary": {}}))
        station.tick_events(now_ms)


class InstantBench:
    """The bench and its wire: `pump` moves everything that is due in both directions."""

    def __init__(self, name: str, envelope_path: Path, keys: KeyRing, folder: Path, first_boot: int = 1) -> None:
        text = envelope_path.read_text()
        self.agent = InstantAgent(load_envelope(text), World(1))
        self.journal = Journal(str(folder), 10**8, 10**6, first_boot)
        recorder = Recorder(name, self.journal)
        self.station = Station(name, self.agent, recorder, keys, "5a17", envelope_hash(text), simulated=True)
        self.station.recover(0)
        self.now_ms = 0

    def pump(self, receive: Callable[[str, bytes], None]) -> None:
        """One exchange: run what was asked for, publish what is due."""
        self.now_ms += 100
        if self.agent.busy:
            self.agent.finish(self.station, self.now_ms)
        for topic, payload in self.station.publish(self.now_ms, self.now_ms):
            receive(topic, payload)

    def take(self, topic: str, payload: bytes) -> None:
        """A message from the cloud."""
        self.station.receive(topic, payload, self.now_ms, self.now_ms)

    def close(self) -> None:
        self.journal.close()
