"""How late the ticks of a real loop come, beside a bare absolute-deadline loop in the same process.

A rig runs in a process of its own; the agent's loop (serial lines, journal, station, link) drives it at 100 Hz through
the start of a run. Windows of the bare loop and of the agent's alternate, first on the machine as it is, then beside
four busy processes. The agent's 99th percentile may be a millisecond above the bare loop's.

Under MicroPython the same is done with a board's tasks and a furnace's lines (jitter_board.py).

Run by `make jitter`; `--json` prints rows {loop, load, interpreter, hz, n, p50_ms, p99_ms, max_ms, late, missed}.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.edge.clock import now_ms
from adatom.edge.config import load_bench
from adatom.edge.link import Link
from adatom.edge.loop import Loop
from adatom.edge.realtime import tame_interpreter, try_lock_memory, try_realtime
from adatom.edge.recipe_file import load_recipe
from adatom.edge.tick_stats import TickStats
from adatom.edge.wiring import start_recipe, wire
from adatom.protocol.errors import FailedError
from adatom.sim.direct import REFERENCE_RECIPE

from tests.micropython import INTERPRETER, ROOT
from tests.system.furnace import RECIPE as FURNACE_RECIPE
from tests.system.furnace import prepare as prepare_furnace
from tests.system.processes import adatom, process, until
from tests.system.silence import CHANGES, mute_broker, prepare

BOARD_SCRIPT = Path(__file__).parent / "jitter_board.py"
HZ = 100
ALLOWED_MS = 1.0  # above the bare loop's 99th percentile
NEVER_MS = 10**9
SETTLE_S = 1.5  # after an abort, until everything is safe
BUSY = 4
# they would inherit a real-time loop's priority, and leave nothing of the machine
BURN = "import os\nos.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))\nwhile True: pass"
LOADS = ("idle", f"{BUSY} busy")


def bare(stats: TickStats, seconds: float) -> None:
    """The least that a fixed-rate loop can be: sleep until the deadline, note how late it is."""
    period_us = 1000000 // HZ
    deadline_us = time.monotonic_ns() // 1000 + period_us
    for _ in range(int(seconds * HZ)):
        time.sleep(max(0, deadline_us - time.monotonic_ns() // 1000) / 1000000)
        late_us = time.monotonic_ns() // 1000 - deadline_us
        missed = late_us // period_us
        stats.note(late_us, missed)
        deadline_us += period_us * (missed + 1)


def turn(loop: Loop, link: Link, seconds: float) -> None:
    """Let the agent's loop turn for a while, from a deadline of now on."""
    loop.next_tick_us = time.monotonic_ns() // 1000 + loop.period_us
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        loop.step(link)


def window(loop: Loop, link: Link, recipe: Path, stats: TickStats, seconds: float) -> None:
    """A window of the agent's loop at the start of a run; making it safe again is not counted."""
    loop.turn.turned_ms = None  # it stood still on purpose
    turn(loop, link, SETTLE_S)
    if loop.agent.state == "fault":
        loop.agent.rearm(now_ms())
    start_recipe(loop, load_recipe(recipe), recipe)
    turn(loop, link, 0.2)
    aside, loop.stats = loop.stats, stats
    turn(loop, link, seconds)
    loop.stats = aside
    loop.agent.abort(now_ms(), "end of a window")
    turn(loop, link, SETTLE_S)


@contextlib.contextmanager
def burning(number: int) -> Iterator[None]:
    """So many processes that never sleep, at ordinary priority."""
    children = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(number)]
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait()


@contextlib.contextmanager
def bench(folder: Path) -> Iterator[tuple[Loop, Link, Path]]:
    """(loop, link, recipe) of a bench whose rig runs in another process."""
    with mute_broker() as port, process(adatom("sim", "rig", "--dir", "rig", "--pumped"), folder / "rig.log", folder):
        prepare(folder, port)
        file = folder / "bench.toml"
        file.write_text(file.read_text().replace("tick_hz = 10", f"tick_hz = {HZ}"))
        recipe = folder / "recipe.json"
        recipe.write_text(json.dumps(REFERENCE_RECIPE | CHANGES))
        until(lambda: (folder / "rig" / "state.json").exists(), "the rig", (folder / "rig.log",))
        loop, link = wire(load_bench(str(file)), folder / "rig", {})
        loop.open()
        loop.next_figures_ms = now_ms() + NEVER_MS  # it would begin a new window of statistics in the middle of ours
        try:
            turn(loop, link, 3.0)
            yield loop, link, recipe
        finally:
            loop.shut_down()
            link.close()


def measure(folder: Path, windows: int, seconds: float) -> list[dict[str, Any]]:
    """The rows of all loads: alternating windows of both loops."""
    rows = []
    with bench(folder) as (loop, link, recipe):
        for load in LOADS:
            stats = {"bare": TickStats(), "adatom": TickStats()}
            with burning(0 if load == "idle" else BUSY):
                for number in range(windows):
                    print(f"{load}: window {number + 1} of {windows}", file=sys.stderr, flush=True)
                    bare(stats["bare"], seconds)
                    window(loop, link, recipe, stats["adatom"], seconds)
            rows += [row(name, load, stats[name]) for name in stats]
    return rows


@contextlib.contextmanager
def furnace(folder: Path) -> Iterator[Callable[[str, int, int], list[dict[str, Any]]]]:
    """A function that measures a board under MicroPython: rows of a load, so many windows of so many seconds."""
    with mute_broker() as port, process(adatom("sim", "rig", "--dir", "rig", "--pumped"), folder / "rig.log", folder):
        prepare_furnace(folder, f"mqtt://127.0.0.1:{port}", HZ)
        load_or_create_keys(folder / "keys.json")
        (folder / "recipe.json").write_text(json.dumps(FURNACE_RECIPE))
        until(lambda: (folder / "rig" / "state.json").exists(), "the rig", (folder / "rig.log",))
        environment = {"MICROPYPATH": f"{ROOT / '.path'}:.frozen"}

        def board(load: str, windows: int, seconds: int) -> list[dict[str, Any]]:
            words = [INTERPRETER, "-X", "heapsize=1m", BOARD_SCRIPT, "bench.json", "recipe.json", load]
            words += [str(windows), str(seconds)]
            done = subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                raise FailedError(done.stdout)  # its traceback
            rows = [json.loads(line) for line in done.stdout.splitlines()]
            return [row for row in rows if "loop" in row]

        yield board


def measure_board(folder: Path, windows: int, seconds: int) -> list[dict[str, Any]]:
    """The rows of all loads under MicroPython."""
    rows = []
    with furnace(folder) as board:
        for load in LOADS:
            print(f"MicroPython, {load}", file=sys.stderr, flush=True)
            with burning(0 if load == "idle" else BUSY):
                rows += board(load, windows, seconds)
    return rows


MEASURES = {"cpython": measure, "micropython": measure_board}


def row(name: str, load: str, stats: TickStats) -> dict[str, Any]:
    figures = stats.figures()
    n = figures.pop("ticks")
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    return {"loop": name, "load": load, "interpreter": interpreter, "hz": HZ, "n": n} | figures


def verdicts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each interpreter and load: the agent's 99th percentile, what it may be, whether it is."""
    table = []
    for interpreter, load in dict.fromkeys((r["interpreter"], r["load"]) for r in rows):
        p99 = {r["loop"]: r["p99_ms"] for r in rows if (r["interpreter"], r["load"]) == (interpreter, load)}
        allowed = round(p99["bare"] + ALLOWED_MS, 3)
        table.append({"interpreter": interpreter, "load": load, "p99_ms": p99["adatom"], "allowed_ms": allowed,
                      "ok": p99["adatom"] <= allowed})  # fmt: skip
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--windows", type=int, default=6, help="windows of each loop and load")
    parser.add_argument("--seconds", type=int, default=10, help="length of a window")
    parser.add_argument("--only", choices=list(MEASURES), help="one interpreter (both)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    notes = [note for note in (try_realtime(), try_lock_memory()) if note]
    tame_interpreter()
    rows = []
    for interpreter in [options.only] if options.only else MEASURES:
        with tempfile.TemporaryDirectory() as folder:
            rows += MEASURES[interpreter](Path(folder), options.windows, options.seconds)
    judged = verdicts(rows)
    report = {"simulated": True, "cores": os.cpu_count(), "load_average": os.getloadavg()[0], "notes": notes,
              "rows": rows, "verdicts": judged}  # fmt: skip
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        for r in rows:
            print("  ".join(f"{name} {value}" for name, value in r.items()))
        for verdict in judged:
            print("  ".join(f"{name} {value}" for name, value in verdict.items()))
    return 0 if all(verdict["ok"] for verdict in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
