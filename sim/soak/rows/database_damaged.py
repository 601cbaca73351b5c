"""A database, or its write-ahead log, damaged while the cloud was down: flipped bits, cuts, wiped blocks.

DuckDB keeps a checksum of each block and of each entry of the log. It says nothing of a log that was cut: the bench's
receipts do. Where nothing is found, nothing may be different, and what is ingested next must be stored once.
"""

import asyncio
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adatom.cloud.ingest.intake import Incoming, decode_record
from adatom.cloud.ingest.service import SHORT_ALARM
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol import codec, seal, telemetry, topics
from adatom.protocol.channels import COUNT
from adatom.protocol.errors import FailedError, InputError
from adatom.sim.soak.pair import Bench, Cloud, exchange, step
from adatom.sim.soak.row import Row, Say, Trial

DAMAGES_S = 5.0  # damages a second that is asked for
TOLD_S = 5.0
NAME, EXTRA = "bench-1", "bench-2"
KINDS = ("flip", "flip", "flip", "cut", "wipe")
LOG_SHARE = 0.3  # of the damages that fall on the log
TABLES = ("record", "point", "event", "blob", "boot", "bench")
REFUSED, NAMED, SHORT, UNUSED, ON_USE = ("does not open", "table named", "rows missing: told by the bench's receipts",
                                         "bytes not in use", "found by the next commit")  # fmt: skip
UNSEEN = "NOT FOUND"


class Sound:
    """A database with its log as a crash leaves them, what stands in it, and the last hello of its bench."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.path = folder / "sound.duckdb"
        with StoreThread(folder / "open.duckdb") as store:
            cloud = Cloud(store)
            bench = Bench(NAME, folder / "journal", [])
            bench.station.recover(0)
            asyncio.run(_filled(bench, cloud, rng, 60))
            store.call_now(lambda one: one.rows("CHECKPOINT"))
            asyncio.run(_filled(bench, cloud, rng, 8))
            for source, target in zip(_files(folder / "open.duckdb"), _files(self.path), strict=True):
                shutil.copy(source, target)
        bench.station.connected()
        self.hello = bench.station.publish(bench.now_ms, bench.now_ms)[0][1]  # with the last receipt in it
        bench.station.close(bench.now_ms)
        with Store(_copy(self.path, folder / "read.duckdb")) as one:
            self.content = _content(one)
            self.records = _incoming(one)
        other = Bench(EXTRA, folder / "journal-2", [])
        for number in range(50):
            other.recorder.event(number, "state", {"n": number})
        self.more = [decode_record(EXTRA, record.kind, record.payload) for record in other.commit()]
        other.station.close(0)


def run(seed: int, seconds: float, folder: Path, say: Say, damages: int | None = None) -> Trial:
    """Damage copies of one database and open each as `adatom cloud run` does."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = max(1, round(DAMAGES_S * seconds)) if damages is None else damages
    trial, sound = Trial(seed), Sound(folder, random.Random(f"database {seed}"))
    for number in range(wanted):
        rng = random.Random(f"database {seed} {number}")
        path = _copy(sound.path, folder / "damaged.duckdb")
        what = _damage(rng, _files(path)[rng.random() < LOG_SHARE], rng.choice(KINDS))
        started_s = time.monotonic()
        found, why = asyncio.run(_opened(path, sound))
        trial.measured.append(time.monotonic() - started_s)
        trial.n += 1
        trial.figures[found] = trial.figures.get(found, 0) + 1
        if found == UNSEEN:
            trial.problems.append(f"damage {number}, {what}: {why}")
        say(f"{trial.n} of {wanted} databases damaged")
    trial.points = len(sound.records)
    return trial


async def _opened(path: Path, sound: Sound) -> tuple[str, str]:
    """(how the damage is found, in words)."""
    try:
        store = StoreThread(path)
    except (InputError, FailedError) as error:
        return REFUSED, str(error)
    with store:
        try:
            await store.call(Store.read_through)
            content = await store.call(_content)
            cloud = Cloud(store)
            await cloud.take([(topics.up(NAME, "hello"), sound.hello)])
            if (NAME, SHORT_ALARM) in cloud.alarms:
                return SHORT, ""
        except FailedError as error:
            return NAMED, str(error)
        differ = sorted(table for table in TABLES if content[table] != sound.content[table])
        if differ:
            return UNSEEN, f"other rows in {', '.join(differ)}"
        try:
            twice = await store.call(Store.ingest, sound.records, 0.0)
            more = await store.call(Store.ingest, sound.more, 0.0)
        except FailedError as error:
            return ON_USE, str(error)
        if twice or more != len(sound.more):
            return UNSEEN, f"{twice} records stored twice, {more} of {len(sound.more)} new ones stored"
        return UNUSED, ""


def _damage(rng: random.Random, path: Path, kind: str) -> str:
    blob = bytearray(path.read_bytes())
    at = rng.randrange(len(blob))
    if kind == "flip":
        blob[at] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del blob[at:]
    else:
        stop = min(len(blob), at + rng.choice((512, 4096)))
        blob[at:stop] = rng.choice((b"\0", b"\xff")) * (stop - at)
    path.write_bytes(blob)
    return f"{kind} at byte {at} of {path.name}"


async def _filled(bench: Bench, cloud: Cloud, rng: random.Random, rounds: int) -> None:
    for number in range(rounds):
        for _ in range(60):
            bench.now_ms += 100
            bench.recorder.point(bench.now_ms, [rng.randrange(30_000) for _ in range(COUNT)])
        bench.recorder.event(bench.now_ms, "state", {"n": number})
        if number % 6 == 0:
            bench.recorder.blob(bench.now_ms, rng.randbytes(20_000))
        await step(bench, cloud)
    await exchange(bench, cloud, bench.now_ms + 60_000)


def _content(store: Store) -> dict[str, Any]:
    """Table -> (rows, a hash of all of them)."""
    return {table: store.row(f'SELECT count(*), bit_xor(hash(rows)) FROM "{table}" AS rows') for table in TABLES}  # noqa: S608


def _incoming(store: Store) -> Sequence[Incoming]:
    """Every record as it would come again."""
    found = []
    for kind, body, link in store.rows("SELECT kind, body, link FROM record ORDER BY bench, boot, first"):
        text = codec.with_tail(kind, bytes(body), seal.to_hex(bytes(link)))
        payload = telemetry.finish(bytes(body), bytes(link)) if kind == "telemetry" else text
        found.append(decode_record(NAME, kind, payload))
    return found


def _files(path: Path) -> tuple[Path, Path]:
    """A database and its log."""
    return path, path.with_name(path.name + ".wal")


def _copy(path: Path, target: Path) -> Path:
    for source, copy in zip(_files(path), _files(target), strict=True):
        shutil.copy(source, copy)
    return target


ROWS = [Row("database damaged", "found before the first receipt, or nothing is different",
            "found after / s", TOLD_S, run)]  # fmt: skip
