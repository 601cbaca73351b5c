"""What happens now, for every open page: one frame is put together and encoded once, and goes to all of them.

Pages see what is committed, never what may still be lost. A page that cannot keep up is hung up on: it asks again and
gets the last minutes anew, so that nobody's slow line holds the others or the ingest.
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from adatom.cloud.campaign.fleet import BenchView
from adatom.cloud.clock import CLOCK, Clock
from adatom.cloud.ingest.columns import Points
from adatom.cloud.ingest.intake import Incoming
from adatom.protocol import channels
from numpy.typing import NDArray

FRAME_S = 0.25  # four a second look smooth, and cost a quarter of one for each point at 10 Hz
REST_S = 2.0  # between frames when nothing comes: heartbeats' ages, and the proof that the line is alive
FRAMES_WAITING = 16  # of a page that does not read: four seconds
KEPT_POINTS = 3600  # of each bench, for a page that opens: an hour at 1 Hz, six minutes at 10 Hz
FRAME_BUCKETS = 6  # of a frame with many points; a simulated bench makes a thousand a second
KEPT_EVENTS = 200
SCALES = np.array(channels.SCALES, dtype=float)[:, None]
DECIMALS = [len(str(scale)) - 1 for scale in channels.SCALES]


@dataclass
class Track:
    """The last points of one bench, as they were committed."""

    boot: int = 0
    t_ms: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty((channels.COUNT, 0)))

    def add(self, points: Points) -> None:
        """Points in order; a new boot has a clock of its own and begins anew."""
        if points.boot != self.boot:
            self.boot, self.t_ms, self.values = points.boot, self.t_ms[:0], self.values[:, :0]
        self.t_ms = np.concatenate([self.t_ms, points.t_ms])[-KEPT_POINTS:]
        self.values = np.concatenate([self.values, points.columns / SCALES], axis=1)[:, -KEPT_POINTS:]

    def thinned(self, buckets: int) -> "Track":
        """No more than the extremes of every channel in each of so many stretches, and the ends: peaks stay."""
        if self.t_ms.size <= 2 * buckets:
            return self
        chosen = extremes(self.values, buckets)
        return Track(self.boot, self.t_ms[chosen], self.values[:, chosen])

    def as_json(self) -> dict[str, Any]:
        """boot, t_ms and each channel by name; None where missing. A channel that never spoke is left out."""
        rows = {
            name: [None if value != value else round(value, digits) for value in column]
            for name, digits, column in zip(channels.NAMES, DECIMALS, self.values.tolist(), strict=True)
            if any(value == value for value in column)
        }
        return {"boot": self.boot, "t_ms": self.t_ms.tolist(), **rows}


@dataclass
class Live:
    """The hub; a listener of the ingest. `views`: what the benches last said of themselves."""

    views: Callable[[], dict[str, BenchView]]
    extra: Callable[[], dict[str, Any]] = dict  # what else a frame tells: the campaign
    clock: Clock = CLOCK
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    tracks: dict[str, Track] = field(default_factory=dict)
    _fresh: dict[str, Track] = field(default_factory=dict)  # since the last frame
    _said: list[dict[str, Any]] = field(default_factory=list)
    _pages: set[asyncio.Queue[bytes | None]] = field(default_factory=set)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)

    # --- the ingest calls these ---------------------------------------------------------------------------------
    def committed(self, record: Incoming) -> None:
        if record.kind == "telemetry":
            self.tracks.setdefault(record.bench, Track()).add(record.content)
            if self._pages:
                self._fresh.setdefault(record.bench, Track()).add(record.content)
        elif record.kind in ("event", "result", "refusal"):
            self._note(record.bench, record.kind, record.content)
        self._stirred.set()

    def status(self, bench: str, kind: str, message: dict[str, Any], now_s: float) -> None:
        self._stirred.set()

    def alarm(self, bench: str, message: dict[str, Any]) -> None:
        self._note(bench, "alarm", message)
        self._stirred.set()

    # --- the pages ----------------------------------------------------------------------------------------------
    def benches(self) -> list[dict[str, Any]]:
        """What is known of each bench now, in order of names."""
        now_s = self.clock.monotonic_s()
        return [of_view(view, now_s) for _, view in sorted(self.views().items())]

    def recent(self, bench: str) -> dict[str, Any]:
        """The last points of a bench."""
        return self.tracks.get(bench, Track()).as_json()

    async def frames(self) -> AsyncIterator[bytes]:
        """Server-sent events, until the page leaves, lags or the server ends."""
        page: asyncio.Queue[bytes | None] = asyncio.Queue(FRAMES_WAITING)
        self._pages.add(page)
        try:
            yield self._frame()
            while (frame := await page.get()) is not None:
                yield frame
        finally:
            self._pages.discard(page)

    async def run(self) -> None:
        """Send frames until cancelled."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), REST_S)
                self._stirred.clear()
                if self._pages:
                    self._send(self._frame())
                await asyncio.sleep(FRAME_S)
        finally:
            for page in self._pages:
                _hang_up(page)

    # --- inner --------------------------------------------------------------------------------------------------
    def _frame(self) -> bytes:
        points = {bench: track.thinned(FRAME_BUCKETS).as_json() for bench, track in self._fresh.items()}
        frame = {"benches": self.benches(), "points": points, "events": self._said, **self.extra()}
        self._fresh, self._said = {}, []
        return b"data: " + json.dumps(frame, separators=(",", ":")).encode() + b"\n\n"

    def _send(self, frame: bytes) -> None:
        for page in tuple(self._pages):
            try:
                page.put_nowait(frame)
            except asyncio.QueueFull:
                self._pages.discard(page)
                _hang_up(page)

    def _note(self, bench: str, kind: str, message: dict[str, Any]) -> None:
        said = {"bench": bench, "kind": kind, "utc_s": self.clock.utc_s(), "message": message}
        self.events.append(said)
        if self._pages:
            self._said.append(said)


def extremes(values: NDArray[np.float64], buckets: int) -> NDArray[np.intp]:
    """Places, in order, of each row's lowest and highest in every stretch of `values` (rows, N), and the ends."""
    chosen = {0, values.shape[1] - 1}
    for part in np.array_split(np.arange(values.shape[1]), buckets):
        for row in values[:, part]:
            if not np.isnan(row).all():
                chosen |= {int(part[np.nanargmin(row)]), int(part[np.nanargmax(row)])}
    return np.array(sorted(chosen), dtype=np.intp)


def of_view(view: BenchView, now_s: float) -> dict[str, Any]:
    """A bench as JSON. `heard_s_ago` None: never."""
    ago_s = now_s - view.heard_s
    return {
        "bench": view.name, "state": view.state, "run": view.run, "alive": view.alive(now_s),
        "heard_s_ago": round(ago_s, 1) if ago_s < float("inf") else None, "backlog": max(view.backlog, 0),
        "unreceipted": max(view.last - view.receipted, 0), "boot": view.boot, "late_ticks": view.late_ticks,
        "envelope_sha256": view.envelope, "simulated": view.simulated, "alarm": view.alarm,
    }  # fmt: skip


def _hang_up(page: asyncio.Queue[bytes | None]) -> None:
    while not page.empty():
        page.get_nowait()
    page.put_nowait(None)
