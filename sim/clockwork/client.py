"""The cloud's connection to the simulated broker, as aiomqtt shows one; the packets are the edge's own client's."""

import asyncio
from collections import deque
from types import TracebackType
from typing import NamedTuple

import aiomqtt
from adatom.cloud.ingest.dial import Broker
from adatom.cloud.ingest.service import KEEPALIVE_S
from adatom.edge import mqtt

from .network import Line, Network
from .scheduler import Life

NAME = "adatom-ingest"
TICK_S = 2.0
TIMEOUT_S = 10.0  # aiomqtt's, for each answer of the broker


class Arrived(NamedTuple):
    """A message from a bench."""

    topic: str
    payload: bytes


class CloudClient:
    """One connection. MqttError leaves everything once it is over."""

    def __init__(self, network: Network, life: Life) -> None:
        self.network = network
        self.life = life
        self.loop = asyncio.get_running_loop()
        self.client = mqtt.Client(NAME, KEEPALIVE_S)
        self.line: Line | None = None
        self.over = ""  # why
        self._arrived: deque[Arrived] = deque()
        self._waiting: dict[tuple[str, int], asyncio.Future[None]] = {}  # (event, id) -> who waits for it
        self._reader: asyncio.Future[None] | None = None

    async def __aenter__(self) -> "CloudClient":
        answered: asyncio.Future[None] = self.loop.create_future()

        def done(line: Line | None) -> None:
            self.line = line
            _settle(answered)

        self.network.dial(NAME, self, self.life, done)
        await answered
        if self.line is None:
            raise aiomqtt.MqttError("simulated: connection refused")
        self.client.connect(self._now_ms())
        await self._answer(mqtt.CONNECTED, 0)
        self._tick()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end("closed")

    async def subscribe(self, topic: str, qos: int) -> None:
        await self._answer(mqtt.SUBSCRIBED, self.client.subscribe(topic, qos))

    async def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """QoS 1: until the broker has it, which says nothing of whoever it is for. QoS 0: sent."""
        if self.over or not self.client.ready:
            raise aiomqtt.MqttError(self.over or "too many messages in flight")
        if number := self.client.publish(topic, payload, qos):
            await self._answer(mqtt.TAKEN, number)
        else:
            self._write()

    @property
    def messages(self) -> "CloudClient":
        return self

    def __aiter__(self) -> "CloudClient":
        return self

    async def __anext__(self) -> Arrived:
        while not self._arrived:
            if self.over:
                raise aiomqtt.MqttError(self.over)
            self._reader = self.loop.create_future()
            await self._reader
        return self._arrived.popleft()

    # --- as an end of a line --------------------------------------------------------------------------------------
    def arrived(self, line: Line, data: bytes) -> None:
        if not self.over and self.life.alive:
            self.network.scheduler.after(0, self.life, lambda: self._feed(data))

    def hung_up(self, line: Line) -> None:
        self.network.scheduler.after(0, self.life, lambda: self._end("the broker hung up"))

    # --- inner ---------------------------------------------------------------------------------------------------
    def _feed(self, data: bytes) -> None:
        if self.over:
            return
        for event in self.client.feed(data, self._now_ms()):
            if event[0] == mqtt.MESSAGE:
                self._arrived.append(Arrived(event[1], event[2]))
                self._wake()
            else:
                _settle(self._waiting.pop((event[0], event[1] if len(event) > 1 else 0), None))
        self._write()

    async def _answer(self, event: str, number: int) -> None:
        waiting = self._waiting[event, number] = self.loop.create_future()
        self._write()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await waiting
        except TimeoutError as error:
            raise aiomqtt.MqttError("Operation timed out") from error

    def _tick(self) -> None:
        if self.over:
            return
        try:
            self.client.tick(self._now_ms())
        except ValueError as error:
            self._end(str(error))
            return
        self._write()
        self.loop.call_later(TICK_S, self._tick)

    def _write(self) -> None:
        while self.line is not None and not self.over and (packet := self.client.take()):
            self.line.send(packet, True)

    def _end(self, why: str) -> None:
        if self.over:
            return
        self.over = why
        if self.line is not None and self.line.client is not None and self.life.alive:
            self.line.close(True)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(aiomqtt.MqttError(why))
        self._wake()

    def _wake(self) -> None:
        _settle(self._reader)

    def _now_ms(self) -> int:
        return int(1000 * self.loop.time())


def _settle(waiting: "asyncio.Future[None] | None") -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


class Connect:
    """As cloud.ingest.service.connect, to the simulated broker."""

    def __init__(self, network: Network, life: Life) -> None:
        self.network = network
        self.life = life

    def __call__(self, broker: Broker) -> CloudClient:
        return CloudClient(self.network, self.life)
