"""A bench's process in a simulated laboratory: the product's station, recorder, journal and link on virtual hardware.

The process is killed, loses its power or is frozen at any moment, and starts again from what its medium kept. A person
answers what it asks for, after a while.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from adatom.edge.journal import Journal, draw_first_boot
from adatom.edge.link import Link
from adatom.edge.recorder import Recorder
from adatom.edge.station import Station
from adatom.protocol import codec
from adatom.protocol.channels import COUNT, DOOR
from adatom.protocol.keyring import KeyRing
from adatom.protocol.session import Record
from adatom.sim.direct import run_direct
from adatom.sim.lockstep import run_key
from adatom.sim.soak.load import body_of
from adatom.sim.world import World

from .disk import Disk
from .history import History
from .light import LightAgent
from .network import Dialer, Network
from .scheduler import MS, Life, S, Scheduler

FOLDER = "/journal"
QUOTA_BYTES = 4_000_000
SEGMENT_BYTES = 20_000  # small: segments begin, fill and are forgotten all the time
TELEMETRY_MS = 10_000
BATCH_POINTS, BATCH_MS = 60, 600_000
HEARTBEAT_MS = 10_000  # still within what the cloud takes for alive; a fifth of a bench's own costs a fifth
TICK_US, LINK_US = 5 * S, 2 * S
SYNC_MS = (1, 40)
RESTART_S = 10
PERSON_MIN, NIGHT_MIN = 20, 12 * 60  # at most, until somebody confirms a step or rearms
NIGHT_SHARE = 0.2  # of questions are asked when nobody is there


class Bench:
    """`start`, `kill`, `freeze`, and at the end `rest`."""

    def __init__(self, scheduler: Scheduler, network: Network, history: History, name: str, envelope: dict[str, Any],
                 envelope_hash: str, keys: KeyRing) -> None:  # fmt: skip
        self.scheduler = scheduler
        self.network = network
        self.history = history
        self.name = name
        self.envelope = envelope
        self.envelope_hash = envelope_hash
        self.keys = keys
        self.chance = scheduler.chance(name)
        self.disk = Disk(scheduler.chance(f"disk {name}"))
        self.world = World(1)
        self.life = Life()
        self.life.alive = False
        self.resting = self.at_rest = False
        self.boots = 0
        self.points = 0
        self.kill_at: int | None = None  # so many more commits, then the power goes
        self.killed: Callable[[], None] = lambda: None
        self.crashes: list[str] = []  # exceptions that would have ended the process

    @property
    def who(self) -> str:
        """Its name at the broker."""
        return f"bench-{self.name}"

    @property
    def up(self) -> bool:
        return self.life.alive

    def start(self) -> None:
        """A new boot from what the medium holds. OSError when the medium takes nothing."""
        self.boots += 1
        life = Life()
        first_boot = draw_first_boot(self.chance.randbytes(4))
        journal = Journal(FOLDER, QUOTA_BYTES, SEGMENT_BYTES, first_boot, self.disk)
        self.agent = LightAgent(self.name, self.envelope, self.envelope_hash, self.chance)
        self.recorder = Recorder(self.name, journal, BATCH_POINTS, BATCH_MS)
        self.station = Station(
            self.name, self.agent, self.recorder, self.keys, self.chance.randbytes(8).hex(), self.envelope_hash,
            simulated=True, telemetry_ms=TELEMETRY_MS, heartbeat_ms=HEARTBEAT_MS,
        )  # fmt: skip
        self.offset_us = self.chance.randrange(10**12)  # a monotonic clock starts anywhere
        self.offset_us -= self.scheduler.now_us
        self.syncing = False
        self.sync_error: OSError | None = None
        self.station.commit = self._commit
        self._numbered = 0
        self._started = ""
        self._asked = ""
        self._due = False
        self.life = life
        self.link = Link(Dialer(self.network, self.who, life, self._wake), self.name)
        self.station.recover(self._now_ms())
        self._note_numbered()
        self._tick()
        self._serve()

    def kill(self, power: bool) -> None:
        """SIGKILL, or the power gone with everything that was not durable."""
        if not self.up:
            return
        self._note_numbered()
        self.life.alive = False
        if power:
            self.disk.cut()
            for line in self.network.of(self.who):
                line.silent = True  # nobody is left to hang up
        else:
            self.network.died(self.who)

    def freeze(self, seconds: float) -> None:
        """SIGSTOP for so long."""
        self.life.frozen_until_us = self.scheduler.now_us + round(seconds * S)

    @property
    def delivered(self) -> bool:
        """Whether everything that it recorded is durable and receipted."""
        return self.at_rest and self.recorder.is_durable and not self.station.backlog

    def rest(self) -> None:
        """Open the door: end the run, begin no other, measure no more, and deliver what there is."""
        self.resting = True
        self.station.order("abort", {"why": "the history ends"}, self._now_ms())

    # --- inner ---------------------------------------------------------------------------------------------------
    def _now_ms(self) -> int:
        return (self.scheduler.now_us + self.offset_us) // MS

    def _tick(self) -> None:
        """The loop's side: a tick of the chamber, and what it waits for."""
        now = self._now_ms()
        before = len(self.recorder.times)
        self.station.tick(now, self._readings(now))
        self.points += len(self.recorder.times) != before
        asked = self.agent.waiting_for or (self.agent.state if self.agent.state == "fault" else "")
        if asked and not self._asked:
            self._asked = asked
            minutes = NIGHT_MIN if self.chance.random() < NIGHT_SHARE else PERSON_MIN
            self._after(self.chance.randint(1, 60 * minutes) * S, self._answer)
        if self.resting and not self.agent.busy:
            self.at_rest = True
            self.recorder.flush()
        else:
            self._after(TICK_US, self._tick)
        self._note_numbered()

    def _answer(self) -> None:
        """A person does what the bench waits for."""
        asked, self._asked = self._asked, ""
        now, agent = self._now_ms(), self.agent
        if asked == "fault" == agent.state:
            self.station.order("rearm", {}, now)
        elif asked and asked == agent.waiting_for:
            if asked == "measure" and agent.recipe is not None:
                found = run_direct(agent.recipe, self.envelope, self.world, run_key(agent.run_id))
                for measurement in found.measurements:
                    self.station.measured(now, measurement)
            agent.confirm(asked, now)

    def _readings(self, now: int) -> list[int | None]:
        level = 20_000 + now // 1000 % 600
        readings: list[int | None] = [level + channel for channel in range(COUNT)]
        readings[now // 10_000 % COUNT] = None
        readings[DOOR] = 1 if self.resting else 0
        return readings

    def _after(self, delay_us: int, action: Callable[[], None]) -> None:
        self.scheduler.after(delay_us, self.life, lambda: self._guarded(action))

    def _guarded(self, action: Callable[[], None]) -> None:
        """An exception of the product ends its process; a supervisor starts it again."""
        try:
            action()
        except Exception as error:
            self.crashes.append(f"{self.name} at {self.scheduler.now_us / S:.3f} s: {error!r}")
            self.kill(power=False)
            self.scheduler.after(RESTART_S * S, Life(), self._restart)

    def _restart(self) -> None:
        if not self.up:
            self._guarded(self.start)

    def _wake(self) -> None:
        """Something arrived: look at the network, once."""
        if not self._due:
            self._due = True
            self._after(MS, self._woken)

    def _woken(self) -> None:
        self._due = False
        self._carry()

    def _serve(self) -> None:
        self._carry()
        self._after(LINK_US, self._serve)

    def _carry(self) -> None:
        now = self._now_ms()
        self.link.carry(self.station, now, now)
        self._note_numbered()

    # --- the journal's thread -------------------------------------------------------------------------------------
    def _commit(self) -> list[Record]:
        """As edge.sync_worker's: begin a sync, or hand over what the last one made durable."""
        self._note_numbered()
        done: list[Record] = []
        if self.syncing:
            return done
        if self.recorder.syncing:
            error, self.sync_error = self.sync_error, None
            done = self.recorder.end_commit(error)
            for record in done:
                self.history.note("durable", **self._identity(record))
        if self.recorder.begin_commit():
            self.syncing = True
            self.scheduler.after(self.chance.randint(*SYNC_MS) * MS, self.life, self._sync)
            self._count_commit()
        return done

    def _count_commit(self) -> None:
        """Lose the power where it matters: between what is written, synced, and said of it."""
        if self.kill_at is not None:
            self.kill_at -= 1
            if self.kill_at <= 0:
                self.kill_at = None
                self.scheduler.after(self.chance.randint(0, 3 * SYNC_MS[1]) * MS, Life(), self.killed)

    def _sync(self) -> None:
        try:
            self.recorder.journal.sync()
        except OSError as error:
            self.sync_error = error
        self.syncing = False
        self._wake()

    # --- the history ----------------------------------------------------------------------------------------------
    def _note_numbered(self) -> None:
        """Every record as it is numbered, before its bytes can be on any medium but memory."""
        if self.agent.run_id != self._started:
            self._started = self.agent.run_id
            self.history.note("started", bench=self.name, run=self._started)
        for record in self.recorder.fresh:
            if record.first > self._numbered:
                self._numbered = record.first
                body = body_of(record.kind, record.payload)
                self.history.note("measured", **self._identity(record), kind=record.kind,
                                  digest=hashlib.sha256(body).hexdigest())  # fmt: skip
                if record.kind in ("event", "result"):
                    self._note_said(codec.decode(record.kind, record.payload)[0])

    def _note_said(self, message: dict[str, Any]) -> None:
        if "outcome" in message:
            self.history.note("run", run=message["run"], bench=self.name, outcome=message["outcome"],
                              ranges=message["ranges"])  # fmt: skip
        elif message["name"] == "command":
            data = message["data"]
            self.history.note("executed", bench=self.name, counter=data["counter"], name=data["name"])

    def _identity(self, record: Record) -> dict[str, Any]:
        return {"bench": self.name, "boot": record.boot, "first": record.first, "count": record.count}
