"""What the agent needs of a board's heap: compiled modules executed in place, on the 64-bit unix port.

The goals are those of issue 3: 96 KiB of heap for the full agent with four drivers, 48 KiB live, 40 KiB for the core
with one driver. What is not reached is held at the figure that is, so that it grows no further.
"""

import json
import subprocess
from pathlib import Path

import pytest

from tests.micropython import INTERPRETER, ROOT, needs_micropython
from tests.micropython.image import FURNACE, write_image

pytestmark = needs_micropython
HERE = ROOT / "tests" / "micropython"
KIB = 1024
# reached, with a margin of a few per cent; (goal of the issue)
AGENT_HEAPS = ("218k", "400k")  # (96k) two sizes, so that fragmentation shows
AGENT_LIVE = 174 * KIB  # (48 KiB)
CORE_HEAP = "93k"  # (40k)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image, and a furnace whose ports and broker do not exist."""
    path = tmp_path_factory.mktemp("board")
    write_image(path / "agent.img")
    ports = {role: {"driver": driver, "port": f"no/{role}"}
             for role, driver in zip(("heater", "gauge", "mfc", "io"), FURNACE, strict=True)}  # fmt: skip
    bench = {"bench": "twin-1", "envelope": "envelope.json", "broker": "mqtt://127.0.0.1:9", "key_file": "keys.json",
             "journal_dir": "journal", "ports": ports}  # fmt: skip
    (path / "bench.json").write_text(json.dumps(bench))
    keys = path / "keys.json"
    keys.write_text(json.dumps(dict.fromkeys(("bench", "campaign", "ingest"), "ab" * 32)))
    keys.chmod(0o600)
    envelope = json.loads((ROOT / "sim" / "demo" / "envelope.json").read_text())
    (path / "limits.txt").write_text("".join(f"{name} {value}\n" for name, value in envelope["interlock"].items()))
    (path / "envelope.json").write_text(json.dumps(envelope))
    from adatom.sim.direct import REFERENCE_RECIPE

    (path / "recipe.json").write_text(json.dumps(REFERENCE_RECIPE | {"anneal_c": 300.0, "anneal_min": 1.0}))
    return path


def measured(folder: Path, kind: str, heap: str) -> dict[str, int]:
    """{step: live bytes beyond the loader's}."""
    command = [INTERPRETER, "-X", f"heapsize={heap}", HERE / "boot_rom.py", folder / "agent.img"]
    command += [HERE / "measure_memory.py", kind, folder]
    done = subprocess.run(command, capture_output=True, text=True, env={"MICROPYPATH": ".frozen"}, timeout=120)
    assert done.returncode == 0, f"heap {heap}: {done.stdout[-1500:]}{done.stderr}"
    steps = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return {name: size - steps[0][1] for name, size in steps[1:]}


@pytest.mark.parametrize("heap", AGENT_HEAPS)
def test_the_agent_with_four_drivers_runs_in_a_heap(folder: Path, heap: str) -> None:
    steps = measured(folder, "agent", heap)
    assert "running pump_down" in steps
    assert max(steps.values()) < AGENT_LIVE, steps
    assert max(steps.values()) > AGENT_LIVE * 3 // 4, f"much less than noted: note it ({steps})"


def test_the_core_with_one_driver_runs_in_a_heap(folder: Path) -> None:
    assert measured(folder, "core", CORE_HEAP)["core"] > 0
