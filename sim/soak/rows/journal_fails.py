"""The medium under a running bench's journal fails and comes back: full, or no sync; hundreds of times, in one process.

Errors come from where the kernel gives them: opening, writing (maybe in part), syncing file or folder, renaming.
"""

import asyncio
import errno
import io
import random
from pathlib import Path
from typing import Any, NamedTuple

from adatom.cloud.store.thread import StoreThread
from adatom.edge import medium
from adatom.edge.alarms import FAILS
from adatom.protocol.channels import COUNT
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.soak.checker import Entry
from adatom.sim.soak.lab import stored_entries
from adatom.sim.soak.pair import STEP_MS, Bench, Cloud, step
from adatom.sim.soak.row import Row, Say, Trial

FAILURES_S = 5.0  # failures a second that is asked for
ALARM_S = 5.0
BEFORE_MS, FAILING_MS = (1000, 8000), (500, 20_000)
DELIVERED_MS = 120_000
POINT_MS = 100


class Kind(NamedTuple):
    """Which call fails, with what."""

    name: str
    call: str
    error: int


KINDS = (
    Kind("sync: input/output error", "make_durable", errno.EIO),
    Kind("write: no space left", "write", errno.ENOSPC),
    Kind("write in part: no space left", "write half", errno.ENOSPC),
    Kind("open: no space left", "open", errno.ENOSPC),
    Kind("write: quota of the file system", "write", errno.EDQUOT),
    Kind("sync of the folder: input/output error", "make_folder_durable", errno.EIO),
    Kind("read-only from now on", "open write make_durable rename remove", errno.EROFS),
)


class Medium:
    """The file system, which fails while `failing`."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.failing = False
        self.errors = 0
        self.listdir, self.mkdir = medium.listdir, medium.mkdir

    def remove(self, path: str) -> None:
        self._may("remove")
        medium.remove(path)

    def rename(self, old: str, new: str) -> None:
        self._may("rename")
        medium.rename(old, new)

    def make_durable(self, file: Any) -> None:
        file.flush()
        self._may("make_durable")
        medium.make_durable(file)

    def make_folder_durable(self, path: str) -> None:
        self._may("make_folder_durable")
        medium.make_folder_durable(path)

    def open(self, path: str, mode: str) -> Any:
        if "w" in mode:
            self._may("open")
        file = medium.open(path, mode, buffering=0)
        return file if mode == "rb" else io.BufferedWriter(_Raw(file, self))

    def _may(self, call: str) -> None:
        if self.failing and call in self.kind.call.split():
            self.errors += 1
            raise OSError(self.kind.error, "injected")


class _Raw(io.RawIOBase):
    """A file whose writes may fail, some of them in the middle."""

    def __init__(self, file: Any, owner: Medium) -> None:
        self.file, self.owner = file, owner

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self.file.fileno())

    def write(self, data: Any) -> int:
        if self.owner.failing and "half" in self.owner.kind.call:
            self.file.write(bytes(data)[: len(data) // 2])
        self.owner._may("write")
        return int(self.file.write(data))

    def close(self) -> None:
        self.file.close()
        super().close()


def run(seed: int, seconds: float, folder: Path, say: Say, failures: int | None = None) -> Trial:
    """Let media fail under benches that go on measuring, and come back."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = max(1, round(FAILURES_S * seconds)) if failures is None else failures
    trial, history = Trial(seed), list[Entry]()
    with StoreThread(folder / "lab.duckdb") as store:
        cloud = Cloud(store)
        for number in range(wanted):
            kind = KINDS[number % len(KINDS)]
            rng = random.Random(f"journal fails {seed} {number}")
            bench = Bench(f"bench-{number}", folder / f"journal-{number}", history, Medium(kind))
            told, problems = asyncio.run(_failing(bench, cloud, rng))
            trial.n += 1
            trial.figures[kind.name] = trial.figures.get(kind.name, 0) + 1
            trial.measured += told
            trial.problems += [f"failure {number}, {kind.name}: {text}" for text in problems]
            say(f"{trial.n} of {wanted} media failed")
    return trial.judge(history + stored_entries(folder / "lab.duckdb"))


async def _failing(bench: Bench, cloud: Cloud, rng: random.Random) -> tuple[list[float], list[str]]:
    """([seconds of virtual time from the first error to the cloud's alarm], what is wrong)."""
    medium, station = bench.journal.medium, bench.station
    for _ in range(rng.randint(*BEFORE_MS) // STEP_MS):
        await _measured(bench, cloud, rng)
    medium.failing, seen_ms, told_ms = True, None, None
    problems = []
    for _ in range(rng.randint(*FAILING_MS) // STEP_MS):
        await _measured(bench, cloud, rng)
        seen_ms = bench.now_ms if seen_ms is None and medium.errors else seen_ms
        told_ms = bench.now_ms if told_ms is None and (bench.name, FAILS) in cloud.alarms else told_ms
        if station.trouble and not _refused(bench):
            problems.append("a run was started although nothing can be recorded")
    medium.failing = False
    for _ in range(3000 // STEP_MS):
        await _measured(bench, cloud, rng)
    bench.recorder.flush()
    while not await step(bench, cloud):
        if bench.now_ms > DELIVERED_MS:
            problems.append(f"stuck with {station.backlog} records")
            break
    if station.trouble:
        problems.append(f"still in trouble: {station.trouble}")
    station.close(bench.now_ms)
    if seen_ms is None:
        return [], problems
    if told_ms is None:
        return [], [*problems, f"{medium.errors} errors, and the cloud was not told"]
    return [(told_ms - seen_ms) / 1000], problems


async def _measured(bench: Bench, cloud: Cloud, rng: random.Random) -> None:
    """A step with its points, and now and then an event."""
    recorder = bench.recorder
    for late_ms in range(0, STEP_MS, POINT_MS):
        recorder.point(bench.now_ms + late_ms, [rng.randrange(30_000) for _ in range(COUNT)])
    if rng.random() < 0.3:
        bench.station.tell(bench.now_ms, rng.choice(("state", "trip")), {"n": recorder.last})
    await step(bench, cloud)


def _refused(bench: Bench) -> bool:
    reasons = bench.station.start_local(recipe_from_dict(REFERENCE_RECIPE), "soak", bench.now_ms)
    return any("journal takes no more" in reason for reason in reasons)


ROWS = [Row("journal medium fails", "told, nothing unsynced sent, no run started, lost 0 afterwards",
            "alarm at the cloud (virtual time) after / s", ALARM_S, run)]  # fmt: skip
