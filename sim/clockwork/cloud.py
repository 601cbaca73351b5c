"""The cloud's process in a simulated laboratory: the product's ingest, store, campaign and optimizer, killed at will.

The database is DuckDB in memory. What it has committed survives the process, as a file would; what was not committed
when the process died never was.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from adatom.cloud.campaign.file import Campaign as CampaignFile
from adatom.cloud.campaign.runner import Campaign
from adatom.cloud.campaign.session import make_optimizer, open_campaign, wire
from adatom.cloud.clock import Clock
from adatom.cloud.ingest.dial import Broker
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.proof.signer import Signer
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol import codec, topics
from adatom.protocol.errors import FailedError
from adatom.protocol.keyring import KeyRing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .client import NAME, Connect
from .history import History
from .loop import VirtualLoop
from .network import Network
from .scheduler import Life, S, Scheduler

P = ParamSpec("P")
T = TypeVar("T")
PERSON_S = 900  # until somebody has looked at a bench that cannot go on
UTC_S = 1.7e9


class AtOnce(Executor):
    """A thread that has always finished already."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class VirtualStore(StoreThread):
    """The store behind a virtual thread. `done` is told after each call which method it was."""

    def __init__(self, store: Store, done: Callable[[object], None]) -> None:
        self.path = Path(store.path)
        self._worker: Any = AtOnce()
        self._store = store
        self.done = done

    async def call(self, method: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        def watched(store: Store) -> T:
            value = method(store, *args, **kwargs)
            self.done(method)
            return value

        return await super().call(watched)


class Cloud:
    """`start` and `kill` as often as wanted. `kill_at`: die right after so many more calls of the store."""

    def __init__(self, scheduler: Scheduler, network: Network, history: History, file: CampaignFile, keys: KeyRing,
                 store: Store) -> None:  # fmt: skip
        self.scheduler = scheduler
        self.network = network
        self.history = history
        self.file = file
        self.keys = keys
        self.store = store
        self.chance = scheduler.chance("cloud")
        self.signer = Signer(Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32)))
        self.utc_step_s = 0.0
        self.kill_at: int | None = None
        self.killed: Callable[[], None] = lambda: None  # told of a death at a call
        self.life = Life()
        self.life.alive = False
        self.starts = 0
        self.errors: list[str] = []
        self.finished = 0
        self._stored = 0  # rowid up to which the history has the records

    @property
    def up(self) -> bool:
        return self.life.alive

    def start(self) -> None:
        """A new process on the same database."""
        self.starts += 1
        self.life = Life()
        loop = self.loop = VirtualLoop(self.scheduler, self.life, self.chance)  # type: ignore[abstract]
        self.look()
        loop.call_soon(lambda: loop.create_task(self._serve()))

    def kill(self) -> None:
        """SIGKILL."""
        if not self.up:
            return
        self.loop.kill()
        self.network.died(NAME)
        self.errors += self.loop.errors

    def look(self) -> None:
        """What the database has, boot by boot, in a history: receipts must not have promised more."""
        for bench in self.file.benches:
            for boot, (upto, _) in self.store.stored_boots(bench.name).items():
                self.history.note("looked", bench=bench.name, boot=boot, upto=upto)

    # --- inner ---------------------------------------------------------------------------------------------------
    async def _serve(self) -> None:
        clock = Clock(self.loop.time, lambda: UTC_S + self.loop.time() + self.utc_step_s)
        store = VirtualStore(self.store, self._called)
        ingest, fleet = wire(store, self.keys, self.signer, clock, Connect(self.network, self.life))
        publish, fleet.send = fleet.send, self._noting(fleet.send)
        ingest.send = self._noting(publish)  # type: ignore[method-assign]
        serving = asyncio.get_running_loop().create_task(ingest.run(Broker("simulated", 1883)))
        await store.call(open_campaign, self.file, True)
        optimizer = await store.call(self._optimizer, store)
        envelopes = {bench.name: bench.envelope for bench in self.file.benches}
        self.campaign = Campaign(
            self.file.name, self.file.trials, envelopes, store, fleet, optimizer, clock=clock, mishaps=self.file.mishaps
        )
        self.campaign.on_finished = lambda finished: self._finished()
        try:
            await self.campaign.run()
        except FailedError as error:
            self.history.note("link", who="campaign", why=str(error))
            self.scheduler.after(PERSON_S * S, self.life, self._again)
        await serving

    def _again(self) -> None:
        self.kill()
        self.start()

    def _optimizer(self, held: Store, store: StoreThread) -> Optimizer:
        """The campaign's optimizer; what it is told is noted."""
        optimizer = make_optimizer(held, self.file, store)
        tell = optimizer.tell

        def noted(points: Any, results: Any, source: str | None = None) -> None:
            tell(points, results, source)
            trial = next(one for one in self.campaign.running.values() if one.recipe is points[0])
            self.history.note("trained", run=self.campaign._run_id(trial.number, trial.attempts),
                              outcome="failed" if {"failed", "mishap"} & set(results[0]) else "complete")  # fmt: skip

        optimizer.tell = noted  # type: ignore[method-assign]
        return optimizer

    def _finished(self) -> None:
        self.finished += 1

    def _noting(self, send: Any) -> Any:
        """`send`, with a note of receipts and commands as they leave."""

        async def noted(topic: str, payload: bytes, qos: int = 1) -> bool:
            bench, _, kind = topics.parse(topic)
            message = codec.decode(kind, payload)[0]
            if kind == "receipt":
                self.history.note("receipted", bench=bench, boot=message["boot"], upto=message["upto"])
            elif kind == "command":
                self.history.note("commanded", bench=bench, counter=message["counter"], name=message["name"])
            sent: bool = await send(topic, payload, qos)
            return sent

        return noted

    def _called(self, method: object) -> None:
        """After each call of the store: what it committed, and maybe the end."""
        if method is Store.ingest:
            self._note_stored()
        if self.kill_at is not None:
            self.kill_at -= 1
            if self.kill_at <= 0:
                self.kill_at = None
                self.scheduler.after(0, Life(), self._dies)

    def _note_stored(self) -> None:
        rows = self.store.rows(
            """SELECT rowid, bench, boot, first, count, kind, sha256(body) FROM record WHERE rowid >= ?
            ORDER BY bench, boot, first""",
            [self._stored],
        )
        for rowid, bench, boot, first, count, kind, digest in rows:
            self._stored = max(self._stored, rowid + 1)
            self.history.note("stored", bench=bench, boot=boot, first=first, count=count, kind=kind, digest=digest)

    def _dies(self) -> None:
        self.kill()
        self.killed()
