"""Media that fail under real processes: full, or without a sync; under the bench's journal and under the database."""

import contextlib
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from adatom.edge.alarms import FAILS
from adatom.edge.upkeep import WORKS
from adatom.protocol.errors import FailedError
from adatom.sim.soak.lab import TUNED, Lab
from adatom.sim.soak.media import filled, small_file_system, syncs_fail
from adatom.sim.soak.processes import until
from adatom.sim.soak.row import Row, Say, Trial

POINTS_S = 500
CYCLE_S = 8.0  # a failure, and what comes after it
ALARM_S = 5.0
FAILING_S = (1.0, 4.0)
BETWEEN_S = (0.5, 2.0)
SMALL_MIB = 64
FULL, NO_SYNC = "disk full", "sync: input/output error"

Fault = Callable[[], contextlib.AbstractContextManager[None]]


def run(where: str, kind: str, seed: int, seconds: float, folder: Path, say: Say, cycles: int | None = None) -> Trial:
    """Let a medium fail for a while, again and again; each time somebody must be told, and nothing may be lost."""
    rng = random.Random(f"{where} {kind} {seed}")
    cycles = max(1, round(seconds / CYCLE_S)) if cycles is None else cycles
    trial = Trial(seed)
    with contextlib.ExitStack() as stack:
        lab = Lab(folder, TUNED)
        small = stack.enter_context(small_file_system(folder / "small", SMALL_MIB)) if kind == FULL else folder
        stack.enter_context(lab)
        if where == "database":
            lab.database = small / "lab.duckdb"
        lab.start_broker()
        lab.start_cloud()
        journal: dict[str, Any] = {"folder": str(small / "journal")} if where == "journal" else {}
        lab.start_bench("load-1", points_s=POINTS_S, seed=seed, **journal)
        cycle = _bench_cycle if where == "journal" else _cloud_cycle
        for _ in range(cycles):
            until(partial(_receipts_after, lab, _receipts(lab) + 3), "receipts", _logs(lab))
            time.sleep(rng.uniform(*BETWEEN_S))
            victim = lab.running["load-1" if where == "journal" else "cloud"]
            fault = partial(filled, small) if kind == FULL else partial(syncs_fail, victim, folder / "strace.log")
            trial.measured.append(cycle(lab, fault, rng.uniform(*FAILING_S)))
            trial.n += 1
            say(f"{where}, {kind}: {trial.n} of {cycles}, told after {trial.measured[-1]:.2f} s")
        lab.drain()
        trial.figures = lab.last("load-1")
        return trial.judge(lab.history())


def _bench_cycle(lab: Lab, fault: Fault, failing_s: float) -> float:
    """Seconds until the cloud says that the bench's journal fails."""
    fails, works = (partial(_count, lab.log("cloud"), f"load-1: {name}") for name in (FAILS, WORKS))
    before = fails()
    with fault():
        since_s = time.monotonic()
        until(lambda: fails() > before, "the alarm", _logs(lab), 4 * ALARM_S)
        told_s = time.monotonic() - since_s
        time.sleep(failing_s)
    until(lambda: _works(lab, works), "the journal to work again", _logs(lab))
    return told_s


def _cloud_cycle(lab: Lab, fault: Fault, failing_s: float) -> float:
    """Seconds until the cloud has ended with the reason; it is started again when the medium is back."""
    cloud = lab.running["cloud"]
    with fault():
        since_s = time.monotonic()
        until(lambda: cloud.poll() is not None, "the cloud to end", _logs(lab), 4 * ALARM_S)
        told_s = time.monotonic() - since_s
        time.sleep(failing_s)
    words = lab.log("cloud").read_text(errors="replace")[-2000:]
    if cloud.returncode != 1 or lab.database.name not in words:
        raise FailedError(f"the cloud ended with {cloud.returncode} and no reason: {words}")
    promised = max((e["upto"] for e in lab.told("load-1") if e["what"] == "receipted"), default=0)
    lab.look()
    if promised > lab.looks[-1]["upto"]:
        raise FailedError(f"receipted up to {promised}, stored {lab.looks[-1]['upto']}")
    lab.start_cloud()
    return told_s


def _works(lab: Lab, works: Callable[[], int]) -> bool:
    return not lab.last("load-1").get("trouble", "") or works() > 0


def _receipts(lab: Lab) -> int:
    return sum(entry["what"] == "receipted" for entry in lab.told("load-1"))


def _receipts_after(lab: Lab, number: int) -> bool:
    return _receipts(lab) > number


def _count(log: Path, text: str) -> int:
    return log.read_text(errors="replace").count(text)


def _logs(lab: Lab) -> tuple[Path, ...]:
    return lab.log("cloud"), lab.log("load-1")


ROWS = [
    Row(f"{where}: {kind}", "told, nothing unsynced sent or receipted, lost 0",
        "told after / s", ALARM_S, partial(run, where, kind))
    for where in ("journal", "database") for kind in (FULL, NO_SYNC)
]  # fmt: skip
