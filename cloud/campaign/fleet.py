"""The benches as the campaign sees them: what they last said, which commands they took, how their runs ended.

Everything here follows from committed records and heartbeats; a bench that fell silent is told apart from an idle one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from adatom.cloud.clock import CLOCK, Clock
from adatom.cloud.ingest.intake import Incoming
from adatom.protocol import codec, topics
from adatom.protocol.keyring import KeyRing
from adatom.protocol.session import SILENT_MS

COMMAND_VALID_MS = 60000  # from the nonce, which is at most a heartbeat old
ANSWER_S = 20.0  # without an answer a command is sent again

T = TypeVar("T")
Send = Callable[[str, bytes], Awaitable[bool]]


@dataclass
class BenchView:
    """What a bench last said of itself."""

    name: str
    state: str = ""
    run: str = ""
    boot: int = 0
    last: int = 0
    receipted: int = 0
    backlog: int = 0
    nonce: str = ""
    envelope: str = ""
    simulated: bool = False
    heard_s: float = float("-inf")
    late_ticks: int = 0
    alarm: str = ""  # the last safety event, maybe ahead of its record

    def alive(self, now_s: float) -> bool:
        return now_s - self.heard_s < SILENT_MS / 1000

    @property
    def drained(self) -> bool:
        """Whether everything that the bench ever recorded has been committed here."""
        return self.backlog == 0 and self.receipted >= self.last


@dataclass
class Fleet:
    """All benches of a cloud; the ingest service's listener."""

    keys: KeyRing
    send: Send
    next_counter: Callable[[str, str, dict[str, Any]], Awaitable[int]]  # (bench, command, arguments): audited first
    on_change: Callable[[], None] = lambda: None
    clock: Clock = CLOCK
    benches: dict[str, BenchView] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)  # run -> result message
    _answers: dict[tuple[str, int], list[str]] = field(default_factory=dict)  # (bench, counter) -> reasons against
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    # --- the ingest service calls these -------------------------------------------------------------------------
    def committed(self, record: Incoming) -> None:
        message = record.content
        if record.kind == "result":
            self.results[message["run"]] = message
        elif record.kind == "refusal":
            self._answer(record.bench, message["counter"], message["reasons"])
        elif record.kind == "event":
            self._event(record.bench, message)
        else:
            return
        self._wake()

    def status(self, bench: str, kind: str, message: dict[str, Any], now_s: float) -> None:
        view = self.benches.setdefault(bench, BenchView(bench))
        view.heard_s = now_s
        for name in ("state", "run", "boot", "last", "receipted", "nonce"):
            setattr(view, name, message[name])
        if kind == "hello":
            view.envelope = message["envelope"]
            view.simulated = bool(message["simulated"])
            view.backlog = len(message["boots"])
        else:
            view.backlog = message["backlog"]
            view.late_ticks = message["late_ticks"]
        self._wake()

    def alarm(self, bench: str, message: dict[str, Any]) -> None:
        self.benches.setdefault(bench, BenchView(bench)).alarm = message["name"]
        self._wake()

    # --- the campaign calls these -------------------------------------------------------------------------------
    async def command(self, bench: str, name: str, args: dict[str, Any]) -> list[str]:
        """Send a command until the bench answers; the reasons why it refuses, empty when it obeys."""
        while True:
            view = await self.ready(bench)
            counter = await self.next_counter(bench, name, args)
            key = self.keys.signing_id("campaign")
            fields = {"bench": bench, "name": name, "args": args, "key": key, "counter": counter}
            body = codec.body_of("command", fields | {"nonce": view.nonce, "valid_ms": COMMAND_VALID_MS})
            payload = codec.with_tail("command", body, self.keys.sign(key, body, bench))
            if await self.send(topics.down(bench, "command"), payload):
                reasons = await self._until(partial(self._answers.pop, (bench, counter), None), ANSWER_S)
                if reasons is not None:
                    return reasons
            else:
                await asyncio.sleep(1.0)

    async def ready(self, bench: str) -> BenchView:
        """The view of a bench that speaks and has handed out a nonce; waits for it."""
        while (view := await self._until(lambda: self._speaking(bench), SILENT_MS / 1000)) is None:
            self.on_change()
        return view

    async def settled(self, bench: str, run: str) -> None:
        """Return when a bench carries out a run, or has told all there is to tell of earlier ones."""
        while not await self._until(lambda: self._settled(bench, run) or None, SILENT_MS / 1000):
            self.on_change()

    async def ended(self, bench: str, run: str) -> dict[str, Any] | None:
        """The result of a run, or None when the bench is idle, has told everything, and knows no such run."""
        while True:
            found = await self._until(lambda: self.results.get(run) or self._unknown(bench, run), SILENT_MS / 1000)
            if found is not None:
                return found or None

    # --- inner ---------------------------------------------------------------------------------------------------
    def _event(self, bench: str, message: dict[str, Any]) -> None:
        data = message["data"]
        if bench in self.benches and message["run"]:
            self.benches[bench].run = message["run"]  # news from the bench itself, maybe before its next heartbeat
        if message["name"] == "command" and str(data.get("key")).partition(".")[0] == "campaign":
            self._answer(bench, data["counter"], [])
        elif message["name"] == "state" and bench in self.benches:
            self.benches[bench].state = data["to"]

    def _answer(self, bench: str, counter: int, reasons: list[str]) -> None:
        """Keep the first answer: a command that a broker delivers twice is refused the second time."""
        self._answers.setdefault((bench, counter), reasons)

    def _speaking(self, bench: str) -> BenchView | None:
        view = self.benches.get(bench)
        return view if view is not None and view.nonce and view.alive(self.clock.monotonic_s()) else None

    def _settled(self, bench: str, run: str) -> bool:
        view = self._speaking(bench)
        return view is not None and (view.run == run or view.drained)

    def _unknown(self, bench: str, run: str) -> dict[str, Any] | None:
        view = self._speaking(bench)
        return {} if view is not None and view.run != run and view.drained else None

    async def _until(self, look: Callable[[], T | None], timeout_s: float) -> T | None:
        """The first value that is not None, or None after the time."""
        deadline = self.clock.monotonic_s() + timeout_s
        while (found := look()) is None:
            left = deadline - self.clock.monotonic_s()
            if left <= 0:
                return None
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                continue
        return found

    def _wake(self) -> None:
        self._changed.set()
        self.on_change()
