"""The cloud's ingest by itself: messages of a run, at hand as bytes, through the real service into a fresh file.

Everything is as in `adatom cloud run` (checks, chain, order, commits, receipts) but for the broker's connection; no
bench and no broker wants a core. Beside it the rows that came of it, by nothing but keyed inserts of the same size.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from adatom.cloud.ingest.dial import Broker
from adatom.cloud.ingest.intake import Incoming
from adatom.cloud.ingest.keys import load_keys
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol import codec, seal, telemetry, topics
from adatom.protocol.errors import FailedError

from tests.benchmarks.rates.limits import Rows, inserted, stored

ROUNDS = 3  # of both, in turn: the median of the ratios
PATIENCE_S = 120.0
ORDER = "received_utc_s, bench, boot, first"  # in which records were committed; rowid is not: DuckDB mixes a batch
Boot = tuple[str, int]


class Arrived(NamedTuple):
    """A message as the broker's client hands it over."""

    topic: str
    payload: bytes


class AtHand:
    """A broker's connection that has all messages already, and counts what the benches are told."""

    def __init__(self, messages: Sequence[Arrived], last: dict[Boot, int]) -> None:
        """`last`: the number of each boot that the last receipt has to name."""
        self.messages = self._given(messages)
        self.last = last
        self.receipted: dict[Boot, int] = {}
        self.done = asyncio.Event()

    async def _given(self, messages: Sequence[Arrived]) -> AsyncIterator[Arrived]:
        for message in messages:
            yield message
        await asyncio.Event().wait()  # nothing more comes, and the line stays

    async def subscribe(self, topic: str, qos: int) -> None:
        """Everything comes anyway."""

    async def publish(self, topic: str, payload: bytes, qos: int) -> None:
        receipt, _, _ = codec.decode("receipt", payload)
        self.receipted[receipt["bench"], receipt["boot"]] = receipt["upto"]
        if self.receipted == self.last:
            self.done.set()

    def connect(self, broker: Broker) -> AbstractAsyncContextManager["AtHand"]:
        return contextlib.nullcontext(self)


class Nobody:
    """Whom the ingest tells what it has committed."""

    def committed(self, record: Incoming) -> None: ...

    def status(self, bench: str, kind: str, message: dict[str, Any], now_s: float) -> None: ...

    def alarm(self, bench: str, message: dict[str, Any]) -> None: ...


def messages_of(database: Path, most: int) -> tuple[list[Arrived], dict[Boot, int]]:
    """The messages of a run's first points, as they were on the wire and in the order in which they were committed."""
    with Store(database, read_only=True) as store:
        kept = store.rows(
            f"""SELECT bench, boot, first + count - 1, kind, body, link FROM record
            QUALIFY sum(count) OVER (ORDER BY {ORDER}) <= ? ORDER BY {ORDER}""",
            [most],
        )
    found = []
    for bench, _, _, kind, body, link in kept:
        text = codec.with_tail(kind, bytes(body), seal.to_hex(bytes(link)))
        payload = telemetry.finish(bytes(body), bytes(link)) if kind == "telemetry" else text
        found.append(Arrived(topics.up(bench, kind), payload))
    return found, {(bench, int(boot)): int(last) for bench, boot, last, *_ in kept}


def ingested(target: Path, messages: Sequence[Arrived], last: dict[Boot, int], keys: Path, boots: Rows) -> float:
    """Seconds from the first message to the receipt for the last one, into a fresh database."""

    async def whole() -> float:
        with StoreThread(target) as store:
            await store.call(Store.insert, "boot", boots)  # what the benches' hellos left: the rows hold their clocks
            line = AtHand(messages, last)
            ingest = Ingest(store, load_keys(keys), Nobody(), connect=line.connect)
            began_s = time.perf_counter()
            serving = asyncio.create_task(ingest.run(Broker("at-hand", 0)))
            receipted = asyncio.create_task(line.done.wait())
            await asyncio.wait([serving, receipted], timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
            took_s = time.perf_counter() - began_s
            for task in (serving, receipted):
                task.cancel()
            await asyncio.gather(serving, receipted, return_exceptions=True)
            if line.receipted != last or ingest.refused:
                raise FailedError(f"{ingest.refused} messages refused, receipts {line.receipted} of {last}")
            return took_s

    return asyncio.run(whole())


def measure(database: Path, keys: Path, folder: Path, most: int) -> dict[str, Any]:
    """Rows a second of ingest alone and of a keyed insert of the same rows and batches; FailedError if they differ."""
    messages, last = messages_of(database, most)
    with Store(database, read_only=True) as store:
        boots = store.columns("SELECT * FROM boot")
    alone, keyed = [], []
    for number in range(ROUNDS):
        target = folder / f"alone-{number}.duckdb"
        took_s = ingested(target, messages, last, keys, boots)
        rows, batch, _, _ = stored(target, most)
        if not same(target, database):
            raise FailedError("the rows of ingest alone are not those of the run")
        alone.append(len(rows["seq"]) / took_s)
        keyed.append(inserted(folder / f"alone-keyed-{number}.duckdb", rows, batch, keyed=True))
    return {
        "rows": len(rows["seq"]), "messages": len(messages), "points_a_commit": batch, "rounds": ROUNDS,
        "rows_s": [round(value) for value in alone], "keyed_rows_s": [round(value) for value in keyed],
        "of_keyed": round(median(one / other for one, other in zip(alone, keyed, strict=True)), 3),
    }  # fmt: skip


def same(part: Path, whole: Path) -> bool:
    """Whether every row of a database's points is in another one, in every column."""
    with Store(part, read_only=True) as store:
        store.rows(f"ATTACH '{whole}' AS whole (READ_ONLY)")
        return store.rows("SELECT * FROM point EXCEPT SELECT * FROM whole.point LIMIT 1") == []
