"""A run that a person made while nothing could be reached: its records come in a later boot, and so does its proof."""

import asyncio
from pathlib import Path

import pytest
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.proof.certificate import Certificate, opened
from adatom.cloud.proof.issue import certify, held, incomplete
from adatom.cloud.proof.signer import load_or_create_signer
from adatom.cloud.proof.verify import verify_run
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.envelope import envelope_hash
from adatom.protocol.keyring import KeyRing
from adatom.protocol.recipe import recipe_from_dict

from tests.cloud.ingest.test_service import Silent
from tests.edge.station_bench import KEYS, TEXT, Bench
from tests.protocol.examples import RECIPE


def alone(folder: Path, ends: bool) -> str:
    """A boot without a network that begins a run, and maybe ends it; the run's name."""
    bench = Bench(folder)
    bench.ticks(1)
    assert bench.station.start_local(recipe_from_dict(RECIPE), "night", bench.now) == []
    run = bench.station.recorder.run
    bench.ticks(20)
    if ends:
        bench.station.order("abort", {"why": "enough"}, bench.now)
        bench.ticks(50)
    bench.station.keep(bench.now)
    bench.station.close(bench.now)
    return run


def reaches_the_cloud(folder: Path, database: Path) -> None:
    """The next boot delivers what there is."""
    signer = load_or_create_signer(database.with_suffix(".pem"))

    async def scene() -> None:
        bench = Bench(folder)
        bench.station.recover(0)
        with StoreThread(database) as store:
            ingest = Ingest(store, KeyRing(KEYS), Silent(), lambda one, utc_s: certify(one, signer, utc_s))
            for _ in range(5):
                bench.ticks(1)
                bench.station.keep(bench.now)
                await ingest.take(bench.station.publish(bench.now, bench.now))
        bench.station.close(bench.now)

    asyncio.run(scene())


def certificate(database: Path, run: str) -> Certificate | None:
    with Store(database) as store:
        signed = held(store, run)
        assert signed is None or verify_run(store, run).problem is None
        return None if signed is None else opened(signed)


@pytest.mark.parametrize("ends", [True, False])
def test_a_run_of_a_boot_that_reached_nobody_is_certified(tmp_path: Path, ends: bool) -> None:
    run = alone(tmp_path / "journal", ends)
    reaches_the_cloud(tmp_path / "journal", tmp_path / "lab.duckdb")
    found = certificate(tmp_path / "lab.duckdb", run)
    assert found is not None
    assert (found.outcome, found.simulated, len(found.spans)) == ("aborted", True, 1 if ends else 2)
    assert {span.envelope for span in found.spans} == {envelope_hash(TEXT)}


def test_a_cut_off_run_that_another_boot_reports_to_nobody_is_not_certified(tmp_path: Path) -> None:
    run = alone(tmp_path / "journal", ends=False)
    second = Bench(tmp_path / "journal")
    second.station.recover(0)
    second.station.keep(0)
    second.station.close(0)
    reaches_the_cloud(tmp_path / "journal", tmp_path / "lab.duckdb")
    assert certificate(tmp_path / "lab.duckdb", run) is None
    with Store(tmp_path / "lab.duckdb") as store:
        assert "its envelope is unknown" in incomplete(store, run)


def test_a_start_that_was_altered_is_named_and_not_believed(tmp_path: Path) -> None:
    run = alone(tmp_path / "journal", ends=True)
    reaches_the_cloud(tmp_path / "journal", tmp_path / "lab.duckdb")
    with Store(tmp_path / "lab.duckdb") as store:
        store.rows(
            "UPDATE record SET body = replace(body::VARCHAR, 'run_start', 'run_stark')::BLOB WHERE kind = 'event'"
        )
        assert "altered" in str(verify_run(store, run).problem)
        assert incomplete(store, run)
