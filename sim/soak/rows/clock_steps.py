"""The wall clocks of cloud and bench are set forth and back by up to an hour, and drift: nothing may hang on them.

In virtual time the ingest's clock is passed in; with real processes `time.time` is changed under them.
"""

import asyncio
import itertools
import random
import time
from pathlib import Path

from adatom.cloud.clock import Clock
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.channels import COUNT
from adatom.sim.soak import wall_clock
from adatom.sim.soak.checker import Entry
from adatom.sim.soak.commander import Commander
from adatom.sim.soak.lab import TUNED, Lab, stored_entries
from adatom.sim.soak.pair import Bench, Cloud, exchange, step
from adatom.sim.soak.processes import until
from adatom.sim.soak.row import Row, Say, Trial
from adatom.sim.soak.rows.bench_stopped import obeyed_by
from adatom.sim.soak.rows.broker_killed import receipts

STEP_S = 3600.0
DRIFT = 0.01  # of the time that passes
STEPS_S = 50.0  # virtual steps a second that is asked for
BETWEEN_S = (0.3, 2.0)
POINTS_S = 500
NAME, LATE_S = "load-1", 5.0  # no receipt may wait for longer; the window is resent after 3 s


class Wall:
    """A clock that its owner sets at will."""

    def __init__(self) -> None:
        self.utc = 1.8e9

    def stepped(self, rng: random.Random) -> None:
        self.utc += rng.uniform(-STEP_S, STEP_S)


def virtual(seed: int, seconds: float, folder: Path, say: Say, steps: int | None = None) -> Trial:
    """Steps between the exchanges of one bench and one ingest."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = max(1, round(STEPS_S * seconds)) if steps is None else steps
    rng, wall, trial, history = random.Random(f"clock {seed}"), Wall(), Trial(seed, n=steps), list[Entry]()
    bench = Bench("bench-1", folder / "journal", history)
    with StoreThread(folder / "lab.duckdb") as store:
        cloud = Cloud(store, Clock(lambda: bench.now_ms / 1000, lambda: wall.utc))
        asyncio.run(_stepped(bench, cloud, wall, rng, steps))
    if bench.station.backlog:
        trial.problems.append(f"stuck with {bench.station.backlog} records")
    if bench.station.upkeep.declared != (0, 0) or cloud.refused:
        trial.problems.append(f"{cloud.refused} messages refused, {bench.station.upkeep.declared} declared lost")
    say(f"{steps} steps")
    _spread(trial, folder / "lab.duckdb", 0.0)
    return trial.judge(history + stored_entries(folder / "lab.duckdb"))


async def _stepped(bench: Bench, cloud: Cloud, wall: Wall, rng: random.Random, steps: int) -> None:
    bench.station.recover(0)
    for number in range(steps):
        for _ in range(rng.randrange(30)):
            bench.now_ms += 10
            bench.point([rng.randrange(30_000) for _ in range(COUNT)])
        bench.station.tell(bench.now_ms, "state", {"n": number})
        if rng.random() < 0.2:
            bench.station.connected()
        wall.stepped(rng)
        await step(bench, cloud)
    bench.recorder.flush()
    await exchange(bench, cloud, bench.now_ms + 60_000)
    bench.station.close(bench.now_ms)


def real(seed: int, seconds: float, folder: Path, say: Say) -> Trial:
    """Steps and drift under a bench and a cloud that work, while somebody commands the bench."""
    rng = random.Random(f"real clock {seed}")
    trial = Trial(seed)
    with Lab(folder, TUNED) as lab:
        offset = folder / "offset"
        wall_clock.set_offset(offset, 0.0)
        changed = wall_clock.environment(offset)
        lab.start_broker()
        lab.start_cloud(env=changed)
        lab.start_bench(NAME, points_s=POINTS_S, seed=seed, env=changed)
        until(lambda: receipts(lab), "the first receipt", (lab.log("cloud"), lab.log(NAME)))
        with Commander(NAME, lab.port, lab.keys, seed) as commander:
            end_s = time.monotonic() + seconds
            while time.monotonic() < end_s:
                wall_clock.set_offset(offset, rng.uniform(-STEP_S, STEP_S), rng.uniform(-DRIFT, DRIFT))
                trial.n += 1
                time.sleep(rng.uniform(*BETWEEN_S))
                say(f"{trial.n} steps of the wall clock")
            given = list(commander.given)
        lab.drain()
        told = lab.told(NAME)
        times = [entry["t_s"] for entry in told if entry["what"] == "receipted"]
        trial.measured = [b - a for a, b in itertools.pairwise(times)]
        links = [entry["why"] for entry in told if entry["what"] == "link" and not entry["up"]]
        trial.figures = lab.last(NAME) | {"commands": len(given), "obeyed": len(obeyed_by(lab)), "links_lost": links}
        if len(links) > 1 or not obeyed_by(lab):  # one before the first connection
            trial.problems.append(f"links lost: {links}; {len(obeyed_by(lab))} commands obeyed")
        _spread(trial, lab.database, seconds)
        return trial.judge([*given, *lab.history()])


def _spread(trial: Trial, database: Path, seconds: float) -> None:
    """Note over how many hours the stamps of the records are spread; a problem when the clock was never off."""
    with Store(database) as store:
        ((spread_s, back),) = store.rows("""SELECT max(received_utc_s) - min(received_utc_s), count(*) FILTER (back)
            FROM (SELECT received_utc_s, received_utc_s < lag(received_utc_s) OVER (ORDER BY boot, first) AS back
                FROM record)""")
    trial.figures |= {"wall_spread_s": round(spread_s), "stamps_set_back": back}
    if spread_s < seconds + STEP_S / 10 or not back:
        trial.problems.append(f"the stamps are spread over {spread_s:.0f} s only: the clock was never off")


ROWS = [
    Row("clock steps, virtual", "order kept, nothing refused, lost 0", "", None, virtual),
    Row("clock steps, real", "no timeout of link, receipts or commands changes; order kept, lost 0",
        "time between two receipts / s", LATE_S, real),
]  # fmt: skip
