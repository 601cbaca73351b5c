"""A whole laboratory over mutual TLS: certificates renewed and sealing keys changed while a bench carries out a run."""

import asyncio
import contextlib
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.campaign.session import Access, open_broker, serving
from adatom.cloud.ingest.dial import broker_of
from adatom.cloud.ingest.intake import Incoming
from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.cloud.pki.authority import Identity
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.edge.clock import now_ms
from adatom.edge.dial import Dialer
from adatom.edge.keys import broker_password
from adatom.edge.link import Link
from adatom.protocol.keyring import NEEDED, KeyRing, parse_id

from tests.protocol.examples import RECIPE
from tests.system.processes import adatom, free_port, lines, listening, process, until
from tests.system.secure_broker import BROKER_PATHS, Laboratory, laboratory, mosquitto, now

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


def order(lab: Laboratory, role: str, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = adatom("cloud", "order", *words, "--broker", f"mqtts://localhost:{lab.port}", "--tls",
                     lab.files(role, name))  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_people_ask_a_bench_for_what_they_may(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab, process(simulated_bench(lab), tmp_path / "bench.log"):
        asked = [
            order(lab, "operator", "alice", BENCH, "abort", "--why", "smoke", "--json"),
            order(lab, "lead", "bob", BENCH, "rearm"),
            order(lab, "operator", "alice", BENCH, "rearm"),
            order(lab, "operator", "alice", BENCH, "run"),
            order(lab, "bench", "a", BENCH, "abort"),
        ]
    assert [done.returncode for done in asked] == [0, 1, 2, 2, 2]
    assert json.loads(asked[0].stdout) == {"bench": BENCH, "order": "abort", "obeyed": True}
    assert "refuses rearm: " in asked[1].stderr  # there is no fault to leave
    assert "key operator-alice may not ask for it" in asked[2].stderr
    assert "must be one of abort" in asked[3].stderr
    assert "must hold the key of one person" in asked[4].stderr
    assert not any("Traceback" in done.stderr for done in asked)


def test_a_broker_that_asks_for_a_password(tmp_path: Path) -> None:
    port, passwords = free_port(), tmp_path / "passwords"
    tool = shutil.which("mosquitto_passwd", path=BROKER_PATHS)
    assert tool
    subprocess.run([tool, "-c", "-b", passwords, "lab", "swordfish"], check=True, capture_output=True)
    (tmp_path / "mosquitto.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n"
    )
    for name, text in (("right", "swordfish\n"), ("wrong", "sardine\n")):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_text(text)
    with process([mosquitto(), "-c", str(tmp_path / "mosquitto.conf")], tmp_path / "broker.log"):
        until(lambda: listening(port), "mosquitto", (tmp_path / "broker.log",))
        found = [asyncio.run(connects(tmp_path / name, port)) for name in ("right", "wrong")]
        links = [bench_connects(tmp_path / name, port) for name in ("right", "wrong")]
    assert found == [True, False]
    assert links == [(True, ""), (False, "mqtt: not authorised")]


async def connects(password_file: Path, port: int) -> bool:
    """Whether the cloud gets in with a password file."""
    broker = broker_of(f"mqtt://127.0.0.1:{port}", user="lab", password_file=password_file)
    assert password_file.read_text().strip() not in repr(broker)
    with StoreThread(password_file.with_suffix(".duckdb")) as store:
        keys = load_or_create_keys(password_file.with_suffix(".json"))
        async with serving(store, keys, broker) as (ingest, _, _):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ingest.connected.wait(), 5)
            return ingest.connected.is_set()


def bench_connects(password_file: Path, port: int) -> tuple[bool, str]:
    """Whether a bench's link gets in with a password file, else what it says."""
    link = Link(Dialer(f"mqtt://127.0.0.1:{port}"), "a")
    link.client.user, link.client.password = "lab", broker_password(str(password_file))
    until(lambda: link.service(now_ms()) or link.up or link.trouble, "the link")
    said = link.up, link.trouble
    link.close()
    return said
