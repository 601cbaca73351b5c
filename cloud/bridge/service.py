"""The shell of a bridge: hears benches at one broker, speaks to the far side at another. Ends only when cancelled."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import aiomqtt
from adatom.cloud.ingest.dial import Broker
from adatom.protocol import topics
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.limit import Limit

from .benches import TOLD, Benches, Change
from .far import Far, Out

RETRY_S = 1.0
LOOK_S = 1.0  # between two looks for benches that fell silent
KEEPALIVE_S = 6  # as the ingest: a half-open line is found within 15 s
OUTBOX_MAX = 10_000  # messages; who takes them no faster gets all births anew instead
GOODBYE_S = 5.0  # for the last message to leave
WARNINGS_AT_ONCE, WARNING_MS = 20, 10_000
LOG = logging.getLogger(__name__)


def now_ms() -> int:
    """Milliseconds since 1970 by the clock of this machine."""
    return int(1000 * time.time())


class Bridge:
    """From the laboratory's broker to the far side. `watch` is told what a person at the terminal wants to know."""

    def __init__(
        self, source: Broker, target: Broker, benches: Benches, far: Far, only: Sequence[str] = (),
        watch: Callable[[dict[str, Any]], None] = lambda said: None,
    ) -> None:  # fmt: skip
        """`only`: the benches to hear; all when empty."""
        self.source, self.target, self.benches, self.far, self.watch = source, target, benches, far, watch
        self.filters = [topics.all_up(bench) for bench in only] or [topics.all_up()]
        self._outbox: asyncio.Queue[Out] | None = None  # there is one while there is a session
        self._warnings = Limit(WARNINGS_AT_ONCE, WARNING_MS)
        self._complaints: dict[str, str] = {}

    async def run(self) -> None:
        """Bridge until cancelled; both brokers are tried again for ever."""
        sides = self._for_ever(self.source, self._hear), self._for_ever(self.target, self._speak)
        tasks = [asyncio.create_task(one) for one in (*sides, self._look())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _for_ever(self, broker: Broker, session: Callable[[], Any]) -> None:
        while True:
            try:
                await session()
            except (aiomqtt.MqttError, InputError) as error:
                self._complain(broker.url, f"broker {broker.url}: {error}; trying again")
            await asyncio.sleep(RETRY_S)

    # --- the laboratory's side -----------------------------------------------------------------------------------
    async def _hear(self) -> None:
        async with _client(self.source, "adatom-bridge") as client:
            for topic in self.filters:
                await client.subscribe(topic, qos=0)
            self._complaints.pop(self.source.url, None)
            self.watch({"hears": self.source.url})
            async for message in client.messages:
                with self._warned():
                    for change in self.benches.take(str(message.topic), bytes(message.payload), now_ms()):
                        self._pass_on(change)

    async def _look(self) -> None:
        while True:
            for change in self.benches.silent(now_ms()):
                self._pass_on(change)
            await asyncio.sleep(LOOK_S)

    def _pass_on(self, change: Change) -> None:
        if change.what != TOLD:
            self.watch({"bench": change.bench, "is": change.what})
        self._send(self.far.told(change, now_ms()))

    # --- the far side --------------------------------------------------------------------------------------------
    async def _speak(self) -> None:
        will = self.far.will(now_ms())
        title = self.far.title.replace("/", "-")
        async with _client(self.target, f"adatom-bridge-{title}", aiomqtt.Will(*will)) as client:
            for topic in self.far.topics():
                await client.subscribe(topic, qos=1)
            self._complaints.pop(self.target.url, None)
            self.watch({"speaks_to": self.target.url, "as": self.far.title})
            self._outbox = asyncio.Queue()
            self._send(self.far.connected(now_ms()))
            try:
                await _first_done(self._listen(client), self._empty(client, self._outbox))
            finally:
                self._outbox = None
                with contextlib.suppress(aiomqtt.MqttError, TimeoutError):  # a lost line: the broker speaks our will
                    async with asyncio.timeout(GOODBYE_S):
                        for out in self.far.death(now_ms()):
                            await client.publish(*out)

    async def _listen(self, client: aiomqtt.Client) -> None:
        """Answer until the session is to end."""
        async for message in client.messages:
            with self._warned():
                self._send(self.far.heard(str(message.topic), bytes(message.payload), now_ms()))
            if self.far.hang_up:
                return

    async def _empty(self, client: aiomqtt.Client, outbox: asyncio.Queue[Out]) -> None:
        while outbox.qsize() < OUTBOX_MAX:
            await client.publish(*await outbox.get())
        raise aiomqtt.MqttError(f"takes messages too slowly: {OUTBOX_MAX} are waiting")

    def _send(self, outs: Sequence[Out]) -> None:
        if self._outbox is not None:
            for out in outs:
                self._outbox.put_nowait(out)

    # --- complaints ----------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def _warned(self) -> Any:
        """Warn of a message that is none, as long as there are not too many."""
        try:
            yield
        except ProtocolError as error:
            if self._warnings.allow(int(1000 * time.monotonic())):
                LOG.warning("refused: %s", error)

    def _complain(self, url: str, text: str) -> None:
        """Warn, once a text until it changes."""
        if self._complaints.get(url) != text:
            LOG.warning(text)
        self._complaints[url] = text


@contextlib.asynccontextmanager
async def _client(broker: Broker, name: str, will: aiomqtt.Will | None = None) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client(
        broker.host, broker.port, identifier=name, keepalive=KEEPALIVE_S, clean_session=True, will=will,
        tls_context=broker.context(), username=broker.user or None, password=broker.password or None,
    ) as client:  # fmt: skip
        yield client


async def _first_done(*jobs: Any) -> None:
    """Wait for the first of them; the others are ended, and its error is raised."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
