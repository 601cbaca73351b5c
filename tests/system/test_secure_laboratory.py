"""A whole laboratory over mutual TLS: certificates renewed and sealing keys changed while a bench carries out a run."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.campaign.session import Access, open_broker, serving
from adatom.cloud.ingest.intake import Incoming
from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.cloud.pki.authority import Identity
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.keyring import NEEDED, KeyRing, parse_id

from tests.protocol.examples import RECIPE
from tests.system.processes import adatom, lines, process, until
from tests.system.secure_broker import Laboratory, laboratory, now

pytestmark = pytest.mark.system
ENVELOPE = Path(__file__).parents[2] / "sim" / "demo" / "envelope.json"
BENCH = "twin-1"
ARGS = {"trial": "t", "recipe": RECIPE}


def simulated_bench(lab: Laboratory, *more: str) -> list[str]:
    return adatom("sim", "bench", BENCH, "--broker", f"mqtts://localhost:{lab.port}", "--dir", lab.folder / "journal",
                  "--tls", lab.files("bench", BENCH), "--envelope", ENVELOPE, *more)  # fmt: skip


async def until_true(look: Any, what: str) -> None:
    deadline = time.monotonic() + 60
    while not look():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)


async def keys_are_changed(lab: Laboratory) -> dict[str, Any]:
    """Run after run, and between them the three steps; what came of the runs, and who refused anything."""
    access = Access(f"mqtts://127.0.0.1:{lab.port}", lab.files("cloud", "main"))
    key_file = access.key_file(Path("none"))
    keys = load_or_create_keys(key_file)
    told: list[dict[str, Any]] = []
    outcomes = []
    with StoreThread(lab.folder / "lab.duckdb") as store:
        async with (
            open_broker(access.open(access.broker)) as broker,
            serving(store, keys, broker, key_file) as (ingest, fleet, _),
        ):
            remember(fleet, told)
            for number, step in enumerate(("", "add", "use", "retire")):
                if step:
                    await changed(lab, step, keys, told)
                assert await asyncio.wait_for(fleet.command(BENCH, "run", ARGS | {"run": f"run-{number}"}), 60) == []
                result = await asyncio.wait_for(fleet.ended(BENCH, f"run-{number}"), 200)
                assert result is not None
                outcomes.append(result["outcome"])
            await until_true(lambda: fleet.benches[BENCH].drained, "receipts with the new key")
            refused = ingest.refused
        counted = await store.call(Store.rows, "SELECT count(*) FROM record WHERE kind = 'refusal'", [])
    used = [data["key"] for data in named(told, "command")]
    return {"outcomes": outcomes, "refused": refused, "refusals": counted[0][0], "keys": used}


async def changed(lab: Laboratory, step: str, keys: KeyRing, told: list[dict[str, Any]]) -> None:
    """Take a step, renew the certificates too, and wait until cloud and bench have read their files."""
    ring = lab.authority.rotate(step)
    for identity in (Identity("bench", BENCH), Identity("cloud", "main")):
        lab.authority.renew(identity, now())
    ours = [used for used in ring.ids if parse_id(used)[0] in NEEDED]
    await until_true(lambda: (keys.ids, keys.signs) == (ours, ring.signs), f"{step} in the cloud")
    said = {"ids": ring.ids, "signs": ring.signs}
    await until_true(lambda: said in named(told, "keys"), f"{step} on the bench")


def remember(fleet: Fleet, told: list[dict[str, Any]]) -> None:
    """Keep every event that is committed."""
    before = fleet.committed

    def committed(record: Incoming) -> None:
        if record.kind == "event":
            told.append(record.content)
        before(record)

    fleet.committed = committed  # type: ignore[method-assign]


def named(told: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [message["data"] for message in told if message["name"] == name]


@pytest.mark.timeout(600)
def test_keys_and_certificates_change_between_runs_and_nobody_is_refused(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab, process(simulated_bench(lab), tmp_path / "bench.log"):
        result = asyncio.run(keys_are_changed(lab))
    assert result["outcomes"] == ["complete"] * 4
    assert (result["refused"], result["refusals"]) == (0, 0)
    assert result["keys"] == ["campaign", "campaign", "campaign.2", "campaign.2"]


def test_the_cloud_command_and_a_bench_meet_over_mutual_tls(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab:
        (tmp_path / "cloud.toml").write_text(
            f'database = "lab.duckdb"\nkeys = "pki/cloud/keys.json"\ntls = "pki/cloud"\n'
            f'broker = "mqtts://localhost:{lab.port}"\n'
        )
        cloud_log, bench_log = tmp_path / "cloud.log", tmp_path / "bench.log"
        with (
            process(adatom("cloud", "run", tmp_path / "cloud.toml", "--json"), cloud_log),
            process(simulated_bench(lab), bench_log),
        ):
            until(lambda: any(line.get("benches") == {BENCH: "idle"} for line in lines(cloud_log)), "the bench",
                  (cloud_log, bench_log, lab.log))  # fmt: skip
        said = lines(cloud_log)
        assert said[0]["listening"] == f"mqtts://localhost:{lab.port}"
        assert said[-1]["refused"] == 0
        secrets = [path.read_text() for path in lab.authority.folder.rglob("*.json") if path.name == "keys.json"]
        keys = {key for text in secrets for key in json.loads(text).values() if len(str(key)) > 30}
        logs = cloud_log.read_text() + bench_log.read_text() + lab.log.read_text()
        assert len(keys) > 8
        assert not any(key in logs for key in keys)
