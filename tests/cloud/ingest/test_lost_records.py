"""Records that a bench has no more: declared under its seal, what follows them is taken, and nothing forged is."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.ingest.dial import Broker
from adatom.cloud.ingest.service import Arrived, Ingest
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.edge.recorder import sha256_of
from adatom.protocol import codec, seal, topics
from adatom.protocol.errors import FailedError
from adatom.protocol.keyring import KeyRing

from tests.cloud.campaign.instant_bench import InstantBench
from tests.cloud.ingest.test_service import ENVELOPE, KEYS, Silent, Wired, exchange, talkative

ROUNDS = 80  # of 100 ms: receipts have to stay behind for 3 s before they are believed
NAME = "twin-1"


def damaged(folder: Path, number: int) -> InstantBench:
    """A bench with seven records from before its restart, of which one cannot be read any more."""
    first = talkative(folder, 7)
    first.station.close(0)
    path = next(folder.glob("*.seg"))
    blob = path.read_bytes()
    place = blob.index(b'"seq":%d' % number)
    path.write_bytes(blob[:place] + b"?" + blob[place + 1 :])
    return InstantBench(NAME, ENVELOPE, KeyRing(KEYS), folder)


def played(scene: Callable[[Wired, StoreThread], Any], database: Path) -> Any:
    async def whole() -> Any:
        with StoreThread(database) as store:
            return await scene(Wired(store, KeyRing(KEYS), Silent()), store)

    return asyncio.run(whole())


@pytest.mark.parametrize("number", [1, 4, 7])
def test_what_follows_a_damaged_record_is_taken_and_the_gap_stays_on_record(tmp_path: Path, number: int) -> None:
    async def scene(ingest: Wired, store: StoreThread) -> None:
        bench = damaged(tmp_path / "journal", number)
        await exchange(ingest, bench, ROUNDS)
        assert bench.station.backlog == 0
        inside = [] if number == 7 else [(number, number)]
        assert await store.call(Store.gaps, NAME, 1) == inside
        assert await store.call(Store.committed_upto, NAME, 1) == (6 if number == 7 else 7)
        names = {row[0] for row in await store.call(Store.rows, "SELECT name FROM event WHERE boot = 2")}
        assert names == {"journal_damaged"} | ({"records_lost"} if inside else set())
        bench.close()

    played(scene, tmp_path / "a.duckdb")


def test_a_restart_of_the_cloud_does_not_ask_for_what_is_lost(tmp_path: Path) -> None:
    async def first(ingest: Wired, store: StoreThread) -> None:
        bench = damaged(tmp_path / "journal", 4)
        await exchange(ingest, bench, ROUNDS)
        bench.close()

    async def again(ingest: Wired, store: StoreThread) -> None:
        bench = talkative(tmp_path / "journal", 3)
        await exchange(ingest, bench)
        assert bench.station.backlog == 0
        assert await store.call(Store.committed_upto, NAME, 1) == 7
        bench.close()

    played(first, tmp_path / "a.duckdb")
    played(again, tmp_path / "a.duckdb")


@pytest.mark.parametrize("forged", ["seal", "bench", "digest", "first", "nothing"])
def test_a_gap_is_crossed_only_with_the_benchs_own_word_for_just_this_record(tmp_path: Path, forged: str) -> None:
    async def scene(ingest: Wired, store: StoreThread) -> None:
        bench = damaged(tmp_path / "journal", 4)
        ingest.bench = bench
        waiting: list[tuple[str, bytes]] = []
        bench.pump(lambda topic, payload: waiting.append((topic, payload)))
        fifth = next(payload for topic, payload in waiting if b'"seq":5,' in payload)
        fields = {"bench": NAME, "boot": 1, "first": 4, "last": 4, "next": sha256_of(fifth)}
        fields |= {"bench": {"bench": "twin-2"}, "digest": {"next": "0" * 64}, "first": {"first": 5}}.get(forged, {})
        body = codec.body_of("lost", fields)
        sig = seal.signature(KEYS["ingest" if forged == "seal" else "bench"], body)
        said = [(topics.up(NAME, "lost"), codec.with_tail("lost", body, sig))]
        await ingest.take(said + waiting)
        expected = 7 if forged == "nothing" else 3
        assert await store.call(Store.committed_upto, NAME, 1) == expected
        bench.close()

    played(scene, tmp_path / "a.duckdb")


def test_a_database_that_lost_what_it_receipted_is_told_of_and_filled_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = talkative(tmp_path / "journal", 7)

    async def scene(ingest: Wired, store: StoreThread) -> int:
        bench.station.recorder.event(0, "state", {"to": "heat"})
        bench.station.connected()
        await exchange(ingest, bench, ROUNDS)
        assert bench.station.backlog == 0
        return await store.call(Store.committed_upto, NAME, 1)

    with caplog.at_level(logging.ERROR):
        assert played(scene, tmp_path / "a.duckdb") == 8
        assert caplog.text == ""
        assert played(scene, tmp_path / "restored.duckdb") > 8
    assert "has receipts up to 8" in caplog.text
    bench.close()


class Failing(Ingest):
    """Its disk is full; its broker is there and has nothing to say."""

    async def _read(self, broker: Broker) -> None:
        await asyncio.Event().wait()

    async def _write(self, waiting: list[Arrived]) -> None:
        raise FailedError("no space left on device")


def test_a_writer_that_fails_ends_the_ingest(tmp_path: Path) -> None:
    """No record is taken any more then: a cloud that goes on listening would look alive."""
    bench, waiting = talkative(tmp_path / "journal", 1), list[tuple[str, bytes]]()

    async def scene() -> None:
        with StoreThread(tmp_path / "a.duckdb") as store:
            ingest = Failing(store, KeyRing(KEYS), Silent())
            bench.pump(lambda topic, payload: waiting.append((topic, payload)))
            for topic, payload in waiting:
                await ingest._sort(topic, payload)
            await asyncio.wait_for(ingest.run(Broker("127.0.0.1", 1)), 20)

    with pytest.raises(FailedError, match="no space"):
        asyncio.run(scene())
    bench.close()
