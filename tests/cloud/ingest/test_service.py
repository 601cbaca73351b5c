"""The ingest service without a broker: commits before receipts, and a bench that lost its journal loses no new data."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.ingest.intake import Incoming
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.edge.journal import draw_first_boot
from adatom.protocol import codec
from adatom.protocol.keyring import KeyRing
from adatom.sim.lockstep import run_key

from tests.cloud.campaign.instant_bench import InstantBench

KEYS = {name: bytes([i]) * 32 for i, name in enumerate(("bench", "campaign", "ingest"))}
ENVELOPE = Path(__file__).parents[3] / "sim" / "demo" / "envelope.json"


class Silent:
    """A listener that only counts."""

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.records: list[Incoming] = []
        self.alarms: list[dict[str, Any]] = []

    def committed(self, record: Incoming) -> None:
        self.records.append(record)

    def status(self, bench: str, kind: str, message: dict[str, Any], now_s: float) -> None:
        self.spoken.append(kind)

    def alarm(self, bench: str, message: dict[str, Any]) -> None:
        self.alarms.append(message)


class Wired(Ingest):
    """Receipts go straight to the bench."""

    bench: InstantBench

    async def send(self, topic: str, payload: bytes, qos: int = 1) -> bool:
        self.bench.take(topic, payload)
        return True


async def exchange(ingest: Wired, bench: InstantBench, rounds: int = 3) -> None:
    ingest.bench = bench
    for _ in range(rounds):
        waiting: list[tuple[str, bytes]] = []
        bench.pump(lambda topic, payload, w=waiting: w.append((topic, payload)))
        await ingest.take(waiting)


def talkative(folder: Path, events: int) -> InstantBench:
    bench = InstantBench("twin-1", ENVELOPE, KeyRing(KEYS), folder)
    for number in range(events):
        bench.station.recorder.event(number, "state", {"to": "idle"})
    return bench


def test_receipts_free_the_bench_and_a_second_delivery_adds_nothing(tmp_path: Path) -> None:
    async def scene() -> int:
        with StoreThread(tmp_path / "a.duckdb") as store:
            ingest = Wired(store, KeyRing(KEYS), Silent())
            bench = talkative(tmp_path / "journal", 7)
            await exchange(ingest, bench)
            assert bench.station.uplink.backlog == 0
            bench.close()
            return await store.call(Store.committed_upto, "twin-1", 1)

    assert asyncio.run(scene()) == 7


def test_a_lost_journal_is_found_and_its_new_records_are_not_given_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        with StoreThread(tmp_path / "a.duckdb") as store:
            ingest = Wired(store, KeyRing(KEYS), Silent())
            first = talkative(tmp_path / "journal", 50)
            await exchange(ingest, first)
            first.close()
            second = talkative(tmp_path / "new-card", 0)  # boot 1 once more, with other records
            assert second.journal.boot == 1
            await exchange(ingest, second, 1)
            for number in range(60):
                second.station.recorder.event(number, "state", {"to": "heat"})
            await exchange(ingest, second)
            assert second.station.uplink.backlog == 60  # kept by the bench: no receipt
            assert await store.call(Store.committed_upto, "twin-1", 1) == 50
            second.close()

    with caplog.at_level(logging.ERROR):
        asyncio.run(scene())
    assert "journal folder was lost or replaced" in caplog.text


def test_a_bench_that_lost_its_journal_goes_on_under_a_boot_of_its_own(tmp_path: Path) -> None:
    async def scene() -> None:
        with StoreThread(tmp_path / "a.duckdb") as store:
            ingest = Wired(store, KeyRing(KEYS), Silent())
            for number, folder in enumerate(("journal", "new-card"), 1):
                bench = InstantBench(
                    "twin-1", ENVELOPE, KeyRing(KEYS), tmp_path / folder, draw_first_boot(b"%04d" % number)
                )
                bench.station.recorder.event(number, "state", {"to": "heat"})
                await exchange(ingest, bench)
                assert bench.station.uplink.backlog == 0
                bench.close()
            assert len(await store.call(Store.stored_boots, "twin-1")) == 2

    asyncio.run(scene())


def test_attempts_of_a_run_are_one_sample() -> None:
    assert run_key("demo-0007-r1-a1") == run_key("demo-0007-r1-a12") == "demo-0007-r1"


def test_an_alarm_is_passed_on_once_and_before_its_record(tmp_path: Path) -> None:
    listener = Silent()

    async def scene() -> None:
        with StoreThread(tmp_path / "a.duckdb") as store:
            ingest = Wired(store, KeyRing(KEYS), listener)
            bench = talkative(tmp_path / "journal", 7)
            bench.station.tell(0, "trip", {"interlock": "water"})
            bench.station.tick_events(0)
            waiting: list[tuple[str, bytes]] = []
            bench.pump(lambda topic, payload: waiting.append((topic, payload)))
            alarms = [(topic, payload) for topic, payload in waiting if topic.endswith("alarm")]
            forged = [(topic, payload.replace(b"water", b"gates")) for topic, payload in alarms]
            ingest.bench = bench
            await ingest.take(forged)
            assert (listener.alarms, ingest.refused) == ([], 1)
            await ingest.take(alarms + alarms)
            assert (len(listener.alarms), len(listener.records)) == (1, 0)
            await ingest.take(waiting)
            assert (len(listener.alarms), len(listener.records)) == (1, 8)
            bench.close()

    asyncio.run(scene())


def test_a_boot_that_has_not_said_hello_is_not_there_yet(tmp_path: Path) -> None:
    async def scene() -> list[list[str]]:
        with StoreThread(tmp_path / "a.duckdb") as store:
            listener = Silent()
            ingest = Wired(store, KeyRing(KEYS), listener)
            bench = ingest.bench = talkative(tmp_path / "journal", 1)
            said: list[tuple[str, bytes]] = []
            bench.pump(lambda topic, payload: said.append((topic, payload)))
            await ingest.take([one for one in said if not one[0].endswith("/hello")])  # nobody was there to hear it
            before = list(listener.spoken)
            await ingest.take(said)
            bench.close()
            return [before, listener.spoken]

    assert asyncio.run(scene()) == [[], ["hello", "heartbeat"]]


def test_records_are_answered_by_receipts_for_their_boots_alone(tmp_path: Path) -> None:
    async def scene() -> list[int]:
        with StoreThread(tmp_path / "a.duckdb") as store:
            ingest = Wired(store, KeyRing(KEYS), Silent())
            for _ in range(3):
                bench = talkative(tmp_path / "journal", 2)
                await exchange(ingest, bench)
                bench.close()
            receipted: list[int] = []

            async def note(topic: str, payload: bytes, qos: int = 1) -> bool:
                receipted.append(codec.decode("receipt", payload)[0]["boot"])
                return True

            ingest.send = note  # type: ignore[method-assign]
            bench = talkative(tmp_path / "journal", 2)
            said: list[tuple[str, bytes]] = []
            bench.pump(lambda topic, payload: said.append((topic, payload)))
            await ingest.take([one for one in said if one[0].endswith("/event")])
            bench.close()
            return receipted

    assert asyncio.run(scene()) == [3, 4]  # what boot 3 had in its open segment comes once more


def test_a_hello_during_a_commit_is_not_answered_by_a_receipt_for_what_it_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipted: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow(store: Store, records: Sequence[Incoming], utc_s: float, real: Any = Store.ingest) -> int:
        begun.set()
        assert go_on.wait(30)
        return int(real(store, records, utc_s))

    async def note(topic: str, payload: bytes, qos: int = 1) -> bool:
        receipted.append(codec.decode("receipt", payload)[0]["upto"])
        return True

    async def scene() -> None:
        with StoreThread(tmp_path / "a.duckdb") as store:
            ingest = Wired(store, KeyRing(KEYS), Silent())
            ingest.send = note  # type: ignore[method-assign]
            bench = talkative(tmp_path / "journal", 7)
            said: list[tuple[str, bytes]] = []
            bench.pump(lambda topic, payload: said.append((topic, payload)))
            hello = [one for one in said if one[0].endswith("/hello")]
            await ingest.take(hello)
            monkeypatch.setattr(Store, "ingest", slow)
            taking = asyncio.create_task(ingest.take([one for one in said if one not in hello]))
            await asyncio.to_thread(begun.wait, 30)
            await ingest._sort(*hello[0])
            assert receipted == [0, 0]
            go_on.set()
            await taking
            assert receipted == [0, 0, 7]
            bench.close()

    asyncio.run(scene())
