"""The closed loop against a bench on a wire: it ends, and killed at any step it goes on as if it had not been."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.file import Campaign as CampaignFile
from adatom.cloud.campaign.file import load_campaign
from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.campaign.runner import Campaign
from adatom.cloud.campaign.session import make_optimizer, open_campaign
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.proof.issue import incomplete
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.keyring import KeyRing
from adatom.sim import showcase

from tests.cloud.campaign.instant_bench import InstantBench

KEYS = {name: bytes([i]) * 32 for i, name in enumerate(("bench", "campaign", "ingest"))}
TRIALS = 3  # the first, one between, the last; the soak has more
QUIET_S = 0.002
PARTS = 3  # of the steps to be killed after, so that several workers share them


class Killed(BaseException):
    """Stands for SIGKILL: nothing handles it, nothing after it happens."""


class MortalStore(StoreThread):
    """A store whose process dies after its n-th call from the campaign (which is before the next one)."""

    dies_at = -1
    calls = 0

    async def call(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        mine = "campaign" in method.__module__ or method.__name__ in ("move_trial", "trials", "score", "measurements")
        if not mine:
            return await super().call(method, *args, **kwargs)
        self.calls += 1
        found = await super().call(method, *args, **kwargs)
        if self.calls == self.dies_at:
            raise Killed
        return found


class LeakyStore(MortalStore):
    """A store that loses a record of the first attempt before anybody looks whether the run is whole."""

    async def call(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        if method is incomplete and args[0].endswith("-0001-r1-a1"):
            lose = "DELETE FROM record WHERE run_id = ? AND kind = 'event'"
            await super().call(Store.rows, lose, [args[0]])
        return await super().call(method, *args, **kwargs)


class WiredIngest(Ingest):
    """The ingest service with a wire for a broker: `send` hands the bytes to the bench."""

    bench: InstantBench

    async def send(self, topic: str, payload: bytes, qos: int = 1) -> bool:
        self.bench.take(topic, payload)
        return True


def plan(folder: Path, trials: int = TRIALS) -> CampaignFile:
    showcase.prepare(folder, "standard", trials, 1)
    path = folder / "campaign.toml"
    text = path.read_text().replace("materials = true", "materials = false")
    path.write_text(re.sub(r"measurements = .*", 'measurements = ["eis"]', text))
    return load_campaign(path)


async def process(
    file: CampaignFile, database: Path, bench: InstantBench, dies_at: int, kept_by: type[MortalStore] = MortalStore
) -> int:
    """One life of the cloud; the number of store calls it made."""
    with kept_by(database) as store:
        await store.call(open_campaign, file, True)
        optimizer = await store.call(make_optimizer, file, store)
        store.calls, store.dies_at = 0, dies_at

        async def next_counter(bench_name: str, name: str, args: dict[str, Any]) -> int:
            return await store.call(Store.log_command, bench_name, name, args, 1.7e9)

        fleet = Fleet(KeyRing(KEYS), lambda topic, payload: ingest.send(topic, payload), next_counter)
        ingest = WiredIngest(store, KeyRing(KEYS), fleet)
        ingest.bench = bench
        bench.station.connected()
        envelopes = {one.name: one.envelope for one in file.benches}
        campaign = Campaign(file.name, file.trials, envelopes, store, fleet, optimizer)
        loop = asyncio.ensure_future(campaign.run())
        while not loop.done():
            waiting: list[tuple[str, bytes]] = []
            bench.pump(lambda topic, payload, w=waiting: w.append((topic, payload)))
            await ingest.take(waiting)
            # the campaign and the store's thread go on meanwhile; to ask the bench in a hurry takes their processor
            await asyncio.wait([loop], timeout=0 if waiting else QUIET_S)
        await loop
        return store.calls


def live(folder: Path, dies_at: int = -1, trials: int = TRIALS) -> tuple[list[Any], int]:
    """A campaign that dies once and is resumed: its (recipe, state, value) in order, and its calls if unbroken."""
    file = plan(folder, trials)
    bench = InstantBench(file.benches[0].name, file.benches[0].envelope_path, KeyRing(KEYS), folder / "journal")
    database = folder / "campaign.duckdb"
    calls = 0
    try:
        try:
            calls = asyncio.run(process(file, database, bench, dies_at))
        except (Killed, BaseExceptionGroup):
            asyncio.run(process(file, database, bench, -1))
    finally:
        bench.close()
    with Store(database) as store:
        rows = store.trials(file.name)
        assert [row["trial"] for row in rows] == list(range(1, trials + 1))
        assert all(row["state"] in ("complete", "failed") for row in rows)
        assert all(row["attempts"] == 1 for row in rows)
        return [(row["recipe"], row["state"], _value(row)) for row in rows], calls


def _value(row: dict[str, Any]) -> float | None:
    found = row["runs"][-1]["quantities"].get("r_interface_ohm_cm2")
    return found["value"] if found else None


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], int]:
    return live(tmp_path_factory.mktemp("unbroken"))


def test_a_campaign_ends_with_its_budget_spent(unbroken: tuple[list[Any], int]) -> None:
    rows, calls = unbroken
    assert len(rows) == TRIALS
    assert calls > 5 * TRIALS
    assert any(value is not None for _, _, value in rows)


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_after_every_step_the_campaign_is_the_same(
    part: int, unbroken: tuple[list[Any], int], tmp_path: Path
) -> None:
    rows, calls = unbroken
    for dies_at in range(1 + part, calls + 1, PARTS):
        broken, _ = live(tmp_path / str(dies_at), dies_at)
        assert broken == rows, f"killed after store call {dies_at} of {calls}"


def test_nothing_is_learnt_from_an_incomplete_run(tmp_path: Path) -> None:
    file = plan(tmp_path)
    bench = InstantBench(file.benches[0].name, file.benches[0].envelope_path, KeyRing(KEYS), tmp_path / "journal")
    asyncio.run(process(file, tmp_path / "campaign.duckdb", bench, -1, LeakyStore))
    bench.close()
    with Store(tmp_path / "campaign.duckdb") as store:
        first, second = store.trials(file.name)[0]["runs"][:2]
        assert len(store.told_order(file.name)) == TRIALS
    assert first["outcome"] == "aborted"
    assert "incomplete" in first["reason"]
    assert "is missing" in first["reason"]
    assert not first["quantities"]
    assert second["outcome"] in ("complete", "failed")


def test_a_resumed_campaign_asks_what_one_that_was_not_stopped_asks(tmp_path: Path) -> None:
    """Beyond the first points, where the options of a campaign and of a table differ."""
    file = plan(tmp_path)
    with StoreThread(tmp_path / "campaign.duckdb") as thread:
        thread.call_now(open_campaign, file, False)
        unbroken = thread.call_now(make_optimizer, file, thread)
        for number in range(12):
            (recipe,) = unbroken.ask()
            value = 10.0 + 0.01 * abs(recipe["substrate_c"] - 620.0) + number % 3
            unbroken.tell([recipe], [{unbroken.objectives[0].name: value}])
        thread.call_now(Store.save_state, file.name, unbroken.state())
        resumed = thread.call_now(make_optimizer, file, thread)
        assert resumed.options == unbroken.options
        assert resumed.ask() == unbroken.ask()
