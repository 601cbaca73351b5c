"""Nobody takes what the bench says: for minutes with real processes, for a day of virtual time with a small quota.

The day: within the quota nothing is lost. From 90 % of it on most points go without the channels that the bench file
declares, and no others; what finds no room at all is counted. Both are records, and must be right to the point.
"""

import asyncio
import json
import math
import random
import time
from pathlib import Path
from typing import Any

from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.edge.config import THINNABLE
from adatom.edge.upkeep import WORKS
from adatom.protocol.channels import COUNT, NAMES, SCALES
from adatom.sim.soak.checker import Entry
from adatom.sim.soak.lab import TUNED, Lab, stored_entries
from adatom.sim.soak.pair import Bench, Cloud, step
from adatom.sim.soak.processes import until
from adatom.sim.soak.row import Row, Say, Trial
from adatom.sim.soak.rows.broker_killed import receipts

POINTS_S = 2000
DAY_S = 86_400
DAYS_S = 20.0  # of the time asked for, a day is simulated each
SEGMENTS = 50  # that the quota is divided into
POINT_BYTES = 20.4  # of the readings below, about
# the quota in days of whole points: nothing thinned; thinned and enough; not enough
WITHIN, THINNED, SMALL = "within the quota", "thinned", "too small"
QUOTAS = {WITHIN: 2.0, THINNED: 1.02, SMALL: 0.5}
EVENT_S, KEEP_S = 300, 10
DELIVERED_MS = 7_200_000


def real(seed: int, seconds: float, folder: Path, say: Say, points_s: int = POINTS_S) -> Trial:
    """The broker away for so long while a bench measures; then back, and everything delivered."""
    trial = Trial(seed, n=1)
    with Lab(folder, TUNED) as lab:
        lab.start_broker()
        lab.start_cloud()
        lab.start_bench("load-1", points_s=points_s, seed=seed)
        until(lambda: receipts(lab), "the first receipt", (lab.log("cloud"), lab.log("load-1")))
        lab.kill("broker")
        say(f"the broker is away for {seconds:.0f} s")
        time.sleep(seconds)
        behind = lab.last("load-1").get("backlog", 0)
        lab.start_broker()
        since_s = time.monotonic()
        lab.drain()
        trial.measured = [time.monotonic() - since_s]
        trial.figures = lab.last("load-1") | {"away_s": seconds, "records_behind": behind}
        return trial.judge(lab.history())


def day(seed: int, seconds: float, folder: Path, say: Say, length_s: int = DAY_S, days: int | None = None) -> Trial:
    """Days of virtual time without a cloud, each with another quota; then everything delivered and compared."""
    days = max(len(QUOTAS), round(seconds / DAYS_S)) if days is None else days
    folder.mkdir(parents=True, exist_ok=True)
    trial = Trial(seed)
    history: list[Entry] = []
    for number in range(days):
        name, share = list(QUOTAS.items())[number % len(QUOTAS)]
        place = folder / f"day-{number}"
        place.mkdir()
        quota = int(share * POINT_BYTES * length_s)
        bench = Bench(f"bench-{number}", place / "journal", history, segment_bytes=quota // SEGMENTS, batch_points=60,
                      thin=THINNABLE, quota_bytes=quota)  # fmt: skip
        given = _measured(bench, random.Random(f"day {seed} {number}"), length_s)
        held = bench.station.recorder.journal.backlog[1]
        with StoreThread(place / "lab.duckdb") as store:
            delivered = asyncio.run(_delivered(bench, Cloud(store), given))
        trial.n += 1
        trial.measured.append(delivered)
        with Store(place / "lab.duckdb") as read:
            figures, problems = _compared(read, given, name, math.ceil(length_s / EVENT_S))
        trial.figures[f"{name}, day {number}"] = figures | {"held_bytes": held, "quota_bytes": quota}
        trial.problems += [f"day {number}, {name}: {text}" for text in problems]
        history += stored_entries(place / "lab.duckdb")
        say(f"{trial.n} of {days} days: {figures}")
    return trial.judge(history)


def _measured(bench: Bench, rng: random.Random, length_s: int) -> dict[int, list[int]]:
    """A point a second and an event now and then, with nobody to take them; time in ms -> the point."""
    given: dict[int, list[int]] = {}
    level = [20_000.0] * COUNT
    for second in range(length_s):
        bench.now_ms = 1000 * second
        level = [value + rng.gauss(0, 30) for value in level]
        given[bench.now_ms] = [round(value) for value in level]
        bench.point(given[bench.now_ms])
        if second % EVENT_S == 0:
            bench.station.tell(bench.now_ms, "trip", {"second": second})
        if second % KEEP_S == 0:
            bench.tick()
            bench.station.keep(bench.now_ms)
    return given


async def _delivered(bench: Bench, cloud: Cloud, given: dict[int, list[int]]) -> float:
    """Let the cloud come back while the bench goes on measuring; seconds of virtual time until all is delivered."""
    began_ms, flushed = bench.now_ms, False
    while bench.now_ms < began_ms + DELIVERED_MS:
        done = await step(bench, cloud)
        if bench.station.trouble or (bench.recorder.thinning and bench.recorder.thinning.active):
            if bench.now_ms % 1000 == 0:
                given[bench.now_ms] = [20_000] * COUNT
                bench.point(given[bench.now_ms])
        elif not flushed:
            bench.recorder.flush()
            flushed = True
        elif done:
            break
    bench.station.close(bench.now_ms)
    return (bench.now_ms - began_ms) / 1000


def _compared(store: Store, given: dict[int, list[int]], quota: str, events: int) -> tuple[dict[str, Any], list[str]]:
    """(figures, what is wrong): every point that is stored against what was measured, and what the events say.

    `events`: how many safety events the bench told of, all of them in the day without a cloud.
    """
    names = ", ".join(f'"{name}"' for name in NAMES)
    stored = {int(row[0]): row[1:] for row in store.rows(f"SELECT t_ms, {names} FROM point")}  # noqa: S608
    said = [(name, json.loads(data)) for name, data in store.rows("SELECT name, data FROM event")]
    thinned = [data for name, data in said if name == "thinned"]
    gone = [data for name, data in said if name == WORKS and "points_given_up" in data]
    without = {t_ms for t_ms, row in stored.items() if row[NAMES.index(THINNABLE[0])] is None}
    missing = set(given) - set(stored)
    problems = [f"{t_ms} ms: {name} is {row[k]}" for t_ms, row in stored.items() for k, name in enumerate(NAMES)
                if not _right(row[k], given[t_ms][k], SCALES[k], name in THINNABLE and t_ms in without)]  # fmt: skip
    problems += [f"{t_ms} ms: thinned outside of what is told" for t_ms in without if not _within(t_ms, thinned)]
    problems += [f"{t_ms} ms: missing outside of what is told" for t_ms in missing if not _within(t_ms, gone)]
    told = (sum(data["points"] for data in thinned), sum(data["points_given_up"] for data in gone))
    if told != (len(without), len(missing)):
        problems.append(f"told of {told} points thinned and given up, they are {(len(without), len(missing))}")
    trips = sum(name == "trip" for name, _ in said)
    if trips != events and quota != SMALL:
        problems.append(f"{trips} safety events are stored, {events} were told")
    expected = {WITHIN: (False, False), THINNED: (True, False), SMALL: (True, True)}[quota]
    if (bool(without), bool(missing)) != expected:
        problems.append(f"{len(without)} points are thinned, {len(missing)} are given up")
    return {"stored": len(stored), "thinned": told[0], "given_up": told[1], "safety_events": trips}, problems[:10]


def _right(value: float | None, counts: int, scale: int, left_out: bool) -> bool:
    return value is None if left_out else value is not None and round(value * scale) == counts


def _within(t_ms: int, told: list[dict[str, Any]]) -> bool:
    return any(data["from_ms"] <= t_ms <= data["to_ms"] for data in told)


ROWS = [
    Row("broker away, real", "lost 0", "delivering the rest / s", None, real),
    Row("broker away for a day, virtual", "lost 0 within the quota; past it declared channels thinned, gaps recorded",
        "delivering the rest (virtual time) / s", None, day),
]  # fmt: skip
