"""What the pages cost and how soon they are there, beside their limits:

python -m tests.benchmarks.window --output docs/benchmark/window.json

- live: processor time of a server that commits 3 benches x 17 channels at 10 Hz, without and with 20 pages that listen
- trace: a run of 10 million points for the eye, beside one pass that only finds each channel's extremes by row
- commits: how long a commit of 60 points takes at 20 a second, without and with a page that reads that run all the time
- first: from an empty browser to the first value on the screen (Chromium, with every script)

Values are made up. Times are of this machine; the shares and ratios are what counts.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.ingest.columns import Points
from adatom.cloud.ingest.intake import Incoming
from adatom.cloud.ingest.service import Everyone
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.cloud.web.server.serve import Place, open_window
from adatom.protocol import channels
from adatom.protocol.keyring import ring_from_json

BENCHES, RATE_HZ = 3, 10.0
PAGES = 20
SHOWN = ("heater_c", "guard_c", "target_c", "pressure_pa", "target_pa", "energy_mj", "target_mj", "flow_sccm")
BUCKETS = 900
CHUNK = 1_000_000
KEYS = json.dumps({"bench": "11" * 32, "campaign": "22" * 32, "ingest": "33" * 32})


class _Ingest:
    """What the window wants of an ingest: somebody to hear."""

    def __init__(self) -> None:
        self.listener = Everyone()


@contextlib.asynccontextmanager
async def _window(folder: Path) -> AsyncIterator[tuple[_Ingest, Fleet, str]]:
    async def send(topic: str, payload: bytes) -> bool:
        return False

    async def count(bench: str, name: str, args: dict[str, Any]) -> int:
        return 1

    ingest, fleet = _Ingest(), Fleet(ring_from_json(KEYS, "keys"), send, count)
    with StoreThread(folder / "window.duckdb") as store:
        async with open_window(Place(port=0), store, ingest, fleet) as address:  # type: ignore[arg-type]
            yield ingest, fleet, address


async def _produce(ingest: _Ingest, fleet: Fleet, seconds: float) -> None:
    """Committed points, one of each bench every tick."""
    rng, now = np.random.default_rng(1), asyncio.get_running_loop().time
    began, tick = now(), 0
    while now() - began < seconds:
        for bench in range(BENCHES):
            name = f"bench-{bench}"
            status = {"state": "deposit", "run": "r", "boot": 1, "last": tick, "receipted": tick, "nonce": "n",
                      "backlog": 0, "late_ticks": 0}  # fmt: skip
            fleet.status(name, "heartbeat", status, time.monotonic())
            columns = rng.integers(0, 100_000, (channels.COUNT, 1)).astype(float)
            content = Points(1, tick + 1, 1, "r", np.array([tick * 100]), columns)
            for listener in ingest.listener:
                listener.committed(Incoming(name, "telemetry", 1, tick + 1, 1, b"", b"", content))
        tick += 1
        await asyncio.sleep(max(0.0, began + tick / RATE_HZ - now()))


def _listen(address: str, pages: int, seconds: float, heard: Any) -> None:
    """So many pages' lines in a process of their own; how many bytes each got."""

    async def one(host: str, port: int) -> int:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET /api/v1/live HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        size, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                size += len(await asyncio.wait_for(reader.read(65536), end - time.monotonic() + 0.1))
        writer.close()
        return size

    async def all_pages() -> list[int]:
        host, _, port = address.removeprefix("http://").partition(":")
        return await asyncio.gather(*(one(host, int(port)) for _ in range(pages)))

    heard.put(asyncio.run(all_pages()))


async def _cost(folder: Path, pages: int, seconds: float) -> dict[str, float]:
    """Share of a core that the server's process takes, with so many pages."""
    context = multiprocessing.get_context("spawn")
    heard = context.Queue()
    async with _window(folder) as (ingest, fleet, address):
        listeners = context.Process(target=_listen, args=(address, pages, seconds + 8.0, heard))
        if pages:
            listeners.start()
        await _produce(ingest, fleet, 5.0)  # the other process starts
        began, cpu = time.monotonic(), time.process_time()
        await _produce(ingest, fleet, seconds)
        share = (time.process_time() - cpu) / (time.monotonic() - began)
        got = await asyncio.to_thread(heard.get) if pages else []
        if pages:
            listeners.join()
    return {"core_share": share, "bytes_a_page_and_s": float(np.mean(got)) / (seconds + 8.0) if got else 0.0}


def live(folder: Path, seconds: float) -> dict[str, Any]:
    """Without pages, and with them."""
    alone = asyncio.run(_cost(folder / "alone", 0, seconds))
    watched = asyncio.run(_cost(folder / "watched", PAGES, seconds))
    return {"channels": BENCHES * channels.COUNT, "rate_hz": RATE_HZ, "pages": PAGES, "without": alone, "with": watched,
            "core_share_of_pages": watched["core_share"] - alone["core_share"]}  # fmt: skip


def trace(folder: Path, points: int) -> dict[str, Any]:
    """A long run, put into the database in chunks, for the eye: whole, and a stretch of a hundredth."""
    rng = np.random.default_rng(1)
    with Store(folder / "long.duckdb") as store:
        for start in range(0, points, CHUNK):
            size = min(CHUNK, points - start)
            seq = np.arange(start, start + size) + 1
            store.insert("point", {"bench": ["b"] * size, "boot": np.ones(size, dtype=np.int64), "seq": seq,
                                   "run_id": ["r"] * size, "t_ms": seq * 100, "wall_offset_ms": np.full(size, 5.0),
                                   **{name: rng.normal(size=size) for name in channels.NAMES}})  # fmt: skip
        plain = ", ".join(f"sum({name} * {name})" for name in SHOWN)
        length_s = points / 10
        jobs = {
            "pass_s": lambda: store.rows(f"SELECT {plain}, count(DISTINCT floor(t_ms / 1000)) FROM point"),
            "whole_s": lambda: store.trace("r", SHOWN, BUCKETS),
            "stretch_s": lambda: store.trace("r", SHOWN, BUCKETS, length_s / 2, length_s * 0.51),
        }
        found = {name: min(_timed(job) for _ in range(3)) for name, job in jobs.items()}
        rows = store.trace("r", SHOWN, BUCKETS)["t_s"].size
    return {
        "points": points,
        "channels": len(SHOWN),
        "buckets": int(rows),
        **found,
        "ratio": found["whole_s"] / found["pass_s"],
    }


def commits(path: Path, seconds: float) -> dict[str, Any]:
    """Of a database with a long run: median and 99th percentile of commits, in ms."""

    async def measure(reading: bool) -> dict[str, float]:
        with StoreThread(path) as store:
            busy = asyncio.create_task(_read_on(store)) if reading else None
            took = await _commit_on(store, seconds, seq=2**40 if reading else 2**41)
            if busy is not None:
                busy.cancel()
                await asyncio.gather(busy, return_exceptions=True)
        return {
            "p50_ms": 1e3 * float(np.median(took)),
            "p99_ms": 1e3 * float(np.quantile(took, 0.99)),
            "commits": len(took),
        }

    return {"without": asyncio.run(measure(False)), "with": asyncio.run(measure(True))}


async def _read_on(store: StoreThread) -> None:
    while True:
        await store.read(Store.trace, "r", SHOWN, BUCKETS)


async def _commit_on(store: StoreThread, seconds: float, seq: int) -> list[float]:
    rng, now = np.random.default_rng(2), asyncio.get_running_loop().time
    began, took = now(), []
    while now() - began < seconds:
        columns = {name: rng.normal(size=60) for name in channels.NAMES}
        rows = {"bench": ["b"] * 60, "boot": np.ones(60, dtype=np.int64), "seq": np.arange(seq, seq + 60),
                "run_id": ["q"] * 60, "t_ms": np.arange(60), "wall_offset_ms": np.zeros(60), **columns}  # fmt: skip
        at = now()
        await store.call(Store.insert, "point", rows)
        took.append(now() - at)
        seq += 60
        await asyncio.sleep(0.05)
    return took


def _timed(job: Any) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


async def _first(folder: Path) -> list[float]:
    from tests.system.browser import page_of

    def look(address: str) -> list[float]:
        found = []
        for _ in range(5):
            with page_of(address) as page:
                page.goto("/")
                page.locator("section[data-bench] dd b").first.wait_for()
                found.append(page.evaluate("performance.now()") / 1000)
        return found

    async with _window(folder) as (ingest, fleet, address):
        producing = asyncio.create_task(_produce(ingest, fleet, 600.0))
        found = await asyncio.to_thread(look, address)
        producing.cancel()
    return found


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmark/window.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("alone", "watched", "first"):
            (folder / part).mkdir()
        found = {"live": live(folder, options.seconds)}
        print(found["live"], flush=True)
        found["first_s"] = sorted(asyncio.run(_first(folder / "first")))  # type: ignore[assignment]
        print(found["first_s"], flush=True)
        found["trace"] = trace(folder, options.points)
        print(found["trace"], flush=True)
        found["commits"] = commits(folder / "long.duckdb", options.seconds)
        print(found["commits"])
    options.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
