"""A bench and a cloud whose way to the broker is bad: one kind of badness a row, the first third of the time quiet."""

import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from adatom.sim.soak import chaos
from adatom.sim.soak.chaos import Fault, Proxy
from adatom.sim.soak.checker import Entry
from adatom.sim.soak.lab import TUNED, Lab
from adatom.sim.soak.processes import json_lines, until
from adatom.sim.soak.row import Row, Say, Trial

POINTS_S = 500
SLOW_POINTS_S = 100  # what fits through 64 kbit/s
RATE_BIT_S, DELAY_S = 64_000.0, 2.0
SHARE = {chaos.DROP_ACKS: 0.3, chaos.DROP: 0.1, chaos.DUPLICATE: 0.3, chaos.REORDER: 0.3}  # of packets
RESET_EVERY_S = (2.0, 8.0)
HALF_OPEN_S = 25.0  # between two: found, dialled anew, and some peace
FOUND_S = 15.0
CLOUD, BENCH = "adatom-ingest", "bench-"
LATE_MORE = 0.05  # of all ticks, above the quiet time's share; the rest of the machine is not this row's
CATCH_UP, FOUND = "delivering the rest at the end / s", "half-open link left after / s"


def faults(kind: str, seed: int, from_s: float, to_s: float) -> list[Fault]:
    """The schedule of a kind for a seed."""
    rng = random.Random(f"{kind} {seed}")
    if kind == chaos.RESET:
        return [Fault(kind, at, at) for at in _times(rng, from_s, to_s, *RESET_EVERY_S)]
    if kind == chaos.HALF_OPEN:
        times = list(_times(rng, from_s, to_s - HALF_OPEN_S, HALF_OPEN_S, HALF_OPEN_S + 2)) or [from_s]
        return [Fault(kind, at, at + 1.0, who=who) for at, who in zip(times, (BENCH, CLOUD) * len(times), strict=False)]
    amount = {chaos.DELAY: DELAY_S, chaos.RATE: RATE_BIT_S}.get(kind, SHARE.get(kind, 0.0))
    way = (
        chaos.DOWN if kind == chaos.DUPLICATE else ""
    )  # a broker delivers twice; a client that does is another's fault
    return [Fault(kind, from_s, to_s, amount, way=way)]


def run(kind: str, seed: int, seconds: float, folder: Path, say: Say, points_s: int | None = None) -> Trial:
    """Bench and cloud through one proxy, measured for so long, then everything delivered without faults."""
    points_s = points_s or (SLOW_POINTS_S if kind == chaos.RATE else POINTS_S)
    if kind == chaos.HALF_OPEN:
        seconds = max(seconds, 3 * HALF_OPEN_S)
    trial = Trial(seed)
    with Lab(folder, TUNED) as lab:
        lab.start_broker()
        start_s, quiet_s = 5.0, seconds / 3
        with Proxy(lab.port, faults(kind, seed, start_s + quiet_s, start_s + seconds), seed) as proxy:
            lab.start_cloud(proxy.port)
            lab.start_bench("load-1", proxy.port, points_s=points_s, seed=seed)
            until(lambda: any(e["what"] == "receipted" for e in lab.told("load-1")), "the first receipt",
                  (lab.log("cloud"), lab.log("load-1")))  # fmt: skip
            while proxy.now_s() < start_s + seconds:
                time.sleep(1.0)
                say(f"{kind}: {proxy.count[kind]} times, bench: {lab.last('load-1')}")
            began_s = time.monotonic()
            lab.drain()
            trial.n = proxy.count[kind]
            trial.figures = lab.last("load-1") | {"done": {k: n for k, n in proxy.count.items() if n}}
            trial.measured = left_s(proxy) if kind == chaos.HALF_OPEN else [time.monotonic() - began_s]
            if kind == chaos.HALF_OPEN and len(trial.measured) < trial.n:
                trial.problems.append(f"{trial.n - len(trial.measured)} half-open links were never left")
            quiet, bad = late_shares(list(json_lines(lab.log("load-1"))), proxy.started_s + start_s + quiet_s)
        trial.figures |= {"late_quiet": quiet, "late_bad": bad}
        if bad > quiet + LATE_MORE:
            trial.problems.append(
                f"the control loop is affected: {bad:.1%} of ticks late, {quiet:.1%} when all is quiet"
            )
        if not trial.n:
            trial.problems.append("the network was never bad")
        return trial.judge(lab.history())


def left_s(proxy: Proxy) -> list[float]:
    """Seconds from each link's silence to its client's leaving it."""
    return [left - silent for silent, left in proxy.left]


def late_shares(reports: list[Entry], parted_s: float) -> tuple[float, float]:
    """Share of late ticks in a bench's reports before and after a moment, without its first second."""
    ticks = [r for r in reports if "t_s" in r][1:]
    before, after = [r for r in ticks if r["t_s"] < parted_s], [r for r in ticks if r["t_s"] >= parted_s]
    return _late(before), _late(after)


def _late(reports: list[dict[str, Any]]) -> float:
    ticks = reports[-1]["ticks"] - reports[0]["ticks"] if reports else 0
    return (reports[-1]["late"] - reports[0]["late"]) / ticks if ticks else 0.0


def _times(rng: random.Random, from_s: float, to_s: float, least_s: float, most_s: float) -> Iterator[float]:
    at = from_s + rng.uniform(0.0, min(least_s, 2.0))
    while at < to_s:
        yield at
        at += rng.uniform(least_s, most_s)


WORDS = {chaos.RESET: "resets", chaos.DELAY: "2 s delay", chaos.RATE: "64 kbit/s", chaos.HALF_OPEN: "half-open",
         chaos.DROP_ACKS: "dropped PUBACK", chaos.DROP: "dropped PUBLISH", chaos.DUPLICATE: "duplicates",
         chaos.REORDER: "reordering"}  # fmt: skip
ROWS = [
    Row(f"network: {WORDS[kind]}", "lost 0, duplicate 0, control loop unaffected"
        + (", found within 15 s" if kind == chaos.HALF_OPEN else ""),
        FOUND if kind == chaos.HALF_OPEN else CATCH_UP, FOUND_S if kind == chaos.HALF_OPEN else None,
        partial(run, kind))
    for kind in chaos.KINDS
]  # fmt: skip
