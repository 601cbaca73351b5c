"""A journal damaged while its bench was down, in every way a medium knows; hundreds of times, in one process."""

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from adatom.cloud.store.thread import StoreThread
from adatom.edge import medium
from adatom.edge.journal import SUFFIX
from adatom.edge.segment import HEADER_BYTES, records_of
from adatom.protocol.channels import COUNT
from adatom.sim.soak.checker import Entry
from adatom.sim.soak.lab import stored_entries
from adatom.sim.soak.pair import Bench, Cloud, exchange
from adatom.sim.soak.row import Row, Say, Trial

DAMAGES_S = 5.0  # damages a second that is asked for
ALARM_S = 5.0
DELIVERED_MS = 120_000  # virtual; after this a bench is stuck
BOOTS = (1, 3)
RECORDS = (12, 40)  # a boot


class Place(NamedTuple):
    """Where a record lies."""

    path: Path
    at: int
    size: int
    boot: int
    first: int
    last: int


Damage = Callable[[random.Random, list[Place]], Iterator[Place]]


def flip(rng: random.Random, places: list[Place], bits: int = 1) -> Iterator[Place]:
    """One bit anywhere in the segments."""
    for _ in range(bits):
        spot = rng.choices(places, [place.size for place in places])[0]
        blob = bytearray(spot.path.read_bytes())
        blob[spot.at + rng.randrange(spot.size)] ^= 1 << rng.randrange(8)
        spot.path.write_bytes(blob)
        yield spot


def flips(rng: random.Random, places: list[Place]) -> Iterator[Place]:
    """Several bits; two that hit the same bit would leave no damage, so no record is hit twice."""
    for spot in rng.sample(places, min(len(places), rng.randint(2, 8))):
        yield from flip(rng, [spot])


def torn(rng: random.Random, places: list[Place]) -> Iterator[Place]:
    """The last record written in part: a power cut."""
    last = places[-1]
    _cut(last.path, last.at + rng.randrange(1, last.size))
    yield last


def truncated(rng: random.Random, places: list[Place]) -> Iterator[Place]:
    """A segment shorter than it was, maybe just between two records."""
    spot = rng.choice(places)
    _cut(spot.path, spot.at + rng.choice((0, rng.randrange(spot.size))))
    yield from (place for place in places if place.path == spot.path and place.at >= spot.at)


def wiped(rng: random.Random, places: list[Place]) -> Iterator[Place]:
    """A block of a segment reads as zeros or as ones."""
    spot = rng.choice(places)
    blob = bytearray(spot.path.read_bytes())
    start = spot.at + rng.randrange(spot.size)
    stop = min(len(blob), start + rng.choice((64, 512, 4096)))
    blob[start:stop] = rng.choice((b"\0", b"\xff")) * (stop - start)
    spot.path.write_bytes(blob)
    yield from (p for p in places if p.path == spot.path and p.at < stop and p.at + p.size > start)


def deleted(rng: random.Random, places: list[Place]) -> Iterator[Place]:
    """A whole segment is gone."""
    path = rng.choice(places).path
    path.unlink()
    yield from (place for place in places if place.path == path)


def swapped(rng: random.Random, places: list[Place]) -> Iterator[Place]:
    """A record's bytes overwritten by another record's: sound by its checksum, and not where it belongs."""
    pairs = [(a, b) for a in places for b in places if a.size >= b.size and (a.boot, a.first) != (b.boot, b.first)]
    over, source = rng.choice(pairs)
    blob, other = bytearray(over.path.read_bytes()), source.path.read_bytes()
    blob[over.at : over.at + source.size] = other[source.at : source.at + source.size]
    over.path.write_bytes(blob)
    yield over


KINDS: tuple[Damage, ...] = (flip, flips, torn, truncated, wiped, deleted, swapped)


def run(seed: int, seconds: float, folder: Path, say: Say, damages: int | None = None) -> Trial:
    """Damage journals and let each bench start again on what is left."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = max(1, round(DAMAGES_S * seconds)) if damages is None else damages
    trial, history = Trial(seed), list[Entry]()
    with StoreThread(folder / "lab.duckdb") as store:
        cloud = Cloud(store)
        for number in range(wanted):
            kind = KINDS[number % len(KINDS)]
            one = asyncio.run(_damaged(kind, random.Random(f"journal {seed} {number}"), cloud, folder, number, history))
            trial.n += 1
            trial.figures[kind.__name__] = trial.figures.get(kind.__name__, 0) + 1
            if isinstance(one, str):
                trial.problems.append(f"damage {number}, {kind.__name__}: {one}")
            else:
                trial.measured.append(one)
            say(f"{trial.n} of {wanted} journals damaged")
    return trial.judge(history + stored_entries(folder / "lab.duckdb"))


async def _damaged(
    kind: Damage, rng: random.Random, cloud: Cloud, folder: Path, number: int, history: list[Entry]
) -> float | str:
    """Seconds of virtual time until the cloud was told; or what is wrong."""
    name, journal = f"bench-{number}", folder / f"journal-{number}"
    for _ in range(rng.randint(*BOOTS)):
        _measure(Bench(name, journal, history), rng)
    history += [{"what": "spoilt", "bench": name, "boot": spot.boot, "first": spot.first, "last": spot.last}
                for spot in kind(rng, _places(journal))]  # fmt: skip
    bench = Bench(name, journal, history)
    bench.station.recover(0)
    told_ms: int | None = None
    for until_ms in range(1000, DELIVERED_MS, 1000):
        done = await exchange(bench, cloud, until_ms)
        if told_ms is None and any(who == name for who, _ in cloud.alarms):
            told_ms = bench.now_ms
        if done:
            break
    bench.station.close(bench.now_ms)
    if bench.station.backlog:
        return f"stuck with {bench.station.backlog} records: {bench.journal.dropped}"
    return "was not told" if told_ms is None else told_ms / 1000


def _measure(bench: Bench, rng: random.Random) -> None:
    """Points, events and a trip, on the medium and never delivered."""
    for number in range(rng.randint(*RECORDS)):
        for _ in range(rng.choice((0, 1, 7, 20))):
            bench.now_ms += 100
            bench.recorder.point(bench.now_ms, [rng.randrange(30_000) for _ in range(COUNT)])
        bench.recorder.event(bench.now_ms, rng.choice(("state", "trip")), {"n": number})
        if rng.random() < 0.3:
            bench.station.keep(bench.now_ms)
    bench.station.close(bench.now_ms)


def _places(journal: Path) -> list[Place]:
    """Every record of every segment, in the order of their numbers."""
    found: list[Place] = []
    for path in journal.glob("*" + SUFFIX):
        at, boot = 0, int(path.name.split("-")[0])
        for first, count, payload in records_of(str(path), boot, [], medium):
            found.append(Place(path, at, HEADER_BYTES + len(payload), boot, first, first + count - 1))
            at += HEADER_BYTES + len(payload)
    return sorted(found, key=lambda place: (place.boot, place.first))


def _cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


ROWS = [Row("journal damaged", "found and told, the rest delivered, nothing altered sent",
            "told to the cloud (virtual time) after / s", ALARM_S, run)]  # fmt: skip
