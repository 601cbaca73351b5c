"""A whole bench on MicroPython: compiled modules in place, real serial lines, a real broker, the real cloud's intake.

The rig is a process with pseudo-terminals, the agent a MicroPython with a board's heap, the cloud runs here.
"""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.session import open_broker, serving
from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread

from tests.micropython import INTERPRETER, ROOT, needs_micropython
from tests.micropython.image import write_image
from tests.system.furnace import RECIPE, prepare
from tests.system.processes import adatom, again_if_starved, free_port, lines, process, until
from tests.system.silence import prompt

pytestmark = [pytest.mark.system, needs_micropython]
HEAP = "300k"


def board(image: Path, *arguments: str, heap: str = HEAP) -> list[str]:
    script = [str(ROOT / "tests" / name) for name in ("micropython/boot_rom.py", "system/board_main.py")]
    return [str(INTERPRETER), "-X", f"heapsize={heap}", script[0], str(image), script[1], *arguments]


async def run_from_the_cloud(folder: Path, agent_log: Path) -> dict[str, Any]:
    """Send the recipe, confirm what is asked for; the result, and what the database and the bench say afterwards."""
    keys = load_or_create_keys(folder / "keys.json")
    with StoreThread(folder / "lab.duckdb") as store:
        async with open_broker(None) as broker, serving(store, keys, broker) as (ingest, fleet, _):
            prepare(folder, broker.url)
            image = write_image(folder / "board.img")
            with process(board(image, "bench.json"), agent_log, folder) as agent:
                args = {"run": "run-1", "trial": "trial-1", "recipe": RECIPE}
                assert await asyncio.wait_for(fleet.command("twin-1", "run", args), 30) == []
                assert (await fleet.command("twin-1", "run", {**args, "run": "run-2"}))[0].startswith("the bench is in")
                assert await fleet.command("twin-1", "confirm", {"step": "expose"}) != []
                while fleet.benches["twin-1"].state != "transfer":
                    assert agent.poll() is None, agent_log.read_text()
                    assert fleet.benches["twin-1"].state != "fault", agent_log.read_text()
                    await asyncio.sleep(0.2)
                assert await fleet.command("twin-1", "confirm", {"step": "assemble"}) == []
                result = await asyncio.wait_for(fleet.ended("twin-1", "run-1"), 60)
                assert result is not None
                await asyncio.wait_for(_drained(fleet), 30)
                result["refused"] = ingest.refused
                result["view"] = fleet.benches["twin-1"]
                assert await fleet.command("twin-1", "stop", {}) == []
                await asyncio.to_thread(agent.wait, 20)
                assert agent.returncode == 0, agent_log.read_text()
        result["numbers"] = await store.call(Store.telemetry, "run-1")
        result["events"] = await store.call(Store.events, "run-1")
    return result


async def _drained(fleet: Any) -> None:
    while not fleet.benches["twin-1"].drained:
        await asyncio.sleep(0.1)


@pytest.mark.timeout(900)
@again_if_starved
def test_a_furnace_on_micropython_obeys_the_cloud_and_delivers(tmp_path: Path) -> None:
    rig_log, agent_log = tmp_path / "rig.log", tmp_path / "agent.log"
    with prompt(), process(adatom("sim", "rig", "--dir", "rig", "--pumped"), rig_log, tmp_path):
        until(lambda: (tmp_path / "rig" / "state.json").exists(), "the rig's state", (rig_log,))
        result = asyncio.run(run_from_the_cloud(tmp_path, agent_log))
        believed = json.loads((tmp_path / "rig" / "state.json").read_text())
    assert (result["outcome"], result["reason"]) == ("complete", "")
    assert result["refused"] == 0
    states = [event["data"]["to"] for event in result["events"] if event["name"] == "state"]
    assert states == ["pump_down", "heat", "anneal", "cool", "transfer", "measure", "idle"]
    assert "potentiostat" in str([event for event in result["events"] if event["name"] == "not_measured"])
    heated = result["numbers"]["heater_c"]
    assert len(heated) > 30
    assert 47 < max(heated) < 60
    ended = lines(agent_log)[-1]
    assert ended["simulated"] is True
    assert "not_safe" not in ended
    assert believed["energised"] == []


def rehearse(folder: Path, *rig_options: str) -> tuple[int, list[dict[str, Any]]]:
    """(exit code, lines said) of an agent on MicroPython that runs one recipe on a rig, without a cloud."""
    prepare(folder, f"mqtt://127.0.0.1:{free_port()}")
    load_or_create_keys(folder / "keys.json")
    (folder / "recipe.json").write_text(json.dumps(RECIPE))
    rig_log, log = folder / "rig.log", folder / "agent.log"
    command = [str(INTERPRETER), "-X", "heapsize=2m", "-m", "adatom.edge.board.agent", "bench.json", "--simulated"]
    python = {"MICROPYPATH": f"{ROOT / '.path'}:.frozen"}
    with process(adatom("sim", "rig", "--dir", "rig", "--pumped", *rig_options), rig_log, folder):
        until(lambda: (folder / "rig" / "state.json").exists(), "the rig's state", (rig_log,))
        done = subprocess.run([*command, "--recipe", "recipe.json"], cwd=folder, env=python, capture_output=True)
        log.write_bytes(done.stdout + done.stderr)
    return done.returncode, lines(log)


@pytest.mark.timeout(900)
@again_if_starved
def test_a_rehearsal_needs_nobody_and_ends_with_its_run(tmp_path: Path) -> None:
    with prompt():
        code, said = rehearse(tmp_path)
    assert (code, said[-1].get("outcome")) == (0, "complete"), said
    assert {"anneal", "cool", "transfer"} <= {line.get("state") for line in said}


@pytest.mark.timeout(900)
def test_a_recipe_that_ends_in_fault_ends_the_agent_with_a_code_and_the_reason(tmp_path: Path) -> None:
    code, said = rehearse(tmp_path, "--fault", "heater=garbage")
    assert code == 1, said
    assert said[-1]["error"].startswith("the run ended failed: ")
    assert said[-2]["outcome"] == "failed"
    assert said[-2]["reason"] in said[-1]["error"]


@pytest.mark.parametrize(("text", "why"), [("{}", "cations"), ("{", "is no recipe"), (None, "is no recipe")])
def test_a_file_that_is_no_recipe_is_named(text: str | None, why: str, tmp_path: Path) -> None:
    prepare(tmp_path, "mqtt://127.0.0.1")
    load_or_create_keys(tmp_path / "keys.json")
    if text is not None:
        (tmp_path / "recipe.json").write_text(text)
    command = [INTERPRETER, "-m", "adatom.edge.board.agent", "bench.json", "--recipe", "recipe.json"]
    python = {"MICROPYPATH": f"{ROOT / '.path'}:.frozen"}
    done = subprocess.run(command, cwd=tmp_path, env=python, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout + done.stderr
    assert json.loads(done.stdout)["error"].startswith("recipe.json: ")
    assert why in done.stdout
