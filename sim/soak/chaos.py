"""A TCP proxy before a broker that does to MQTT what bad networks do, by a schedule and a seed.

Resets, silence and slowness are of the connection; dropping, doubling and reordering are of whole packets. All chance
comes from the seed, the client's name, the number of its connection and the direction. It runs in a thread of its own.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from . import packets

UP, DOWN = "up", "down"  # to the broker, from the broker
RESET, DELAY, RATE, HALF_OPEN = "reset", "delay", "rate", "half-open"
DROP_ACKS, DROP, DUPLICATE, REORDER = "drop-acks", "drop", "duplicate", "reorder"
KINDS = (RESET, DELAY, RATE, HALF_OPEN, DROP_ACKS, DROP, DUPLICATE, REORDER)
READ_BYTES = 16384
PIECE_BYTES = 256  # of a packet on a slow line
QUEUE_MAX = 2000  # packets under way in one direction; then the sender's own buffers fill
HELD_S = 0.2  # a packet held back for another to pass waits no longer
RESET_NOW = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST

Tap = Callable[[float, str, str, bytes], None]  # monotonic s, client, direction, packet as it leaves


class Fault(NamedTuple):
    """From and to in seconds since the proxy's start. `amount`: s of a delay, bit/s of a rate, else a probability."""

    kind: str
    from_s: float
    to_s: float
    amount: float = 0.0
    who: str = ""  # beginning of the client's name; "" for everybody
    way: str = ""  # UP, DOWN, "" for both

    def on(self, at_s: float, who: str, way: str) -> bool:
        """Whether it concerns a client in a direction at a time."""
        return self.from_s <= at_s < self.to_s and who.startswith(self.who) and self.way in ("", way)


class Proxy:
    """Listens on `port` of loopback between start and stop. `count` says how often each fault was done."""

    def __init__(self, broker_port: int, faults: Sequence[Fault], seed: int, tap: Tap | None = None) -> None:
        self.broker_port = broker_port
        self.faults = tuple(faults)
        self.seed = seed
        self.tap = tap
        self.port = 0
        self.count = dict.fromkeys(KINDS, 0)
        self.left: list[tuple[float, float]] = []  # monotonic s at which a line fell silent, and its client left it
        self.lines: set[Line] = set()
        self.started_s = time.monotonic()
        self._numbers: dict[str, int] = {}
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="chaos", daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def now_s(self) -> float:
        """Seconds since the start: the schedule's time."""
        return time.monotonic() - self.started_s

    def on(self, kind: str, who: str, way: str) -> Fault | None:
        """The fault of a kind that concerns a client in a direction now."""
        now_s = self.now_s()
        return next((f for f in self.faults if f.kind == kind and f.on(now_s, who, way)), None)

    def chance(self, who: str, way: str) -> random.Random:
        """The source of chance for the next connection of a client."""
        number = self._numbers[who + way] = self._numbers.get(who + way, 0) + 1
        return random.Random(f"{self.seed} {who} {way} {number}")

    # --- inner ---------------------------------------------------------------------------------------------------
    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.started_s = time.monotonic()
        for fault in self.faults:
            if fault.kind == RESET:
                self._loop.call_later(fault.from_s, self._reset, fault)
            if fault.kind == HALF_OPEN:
                self._loop.call_later(fault.from_s, self._silence, fault)
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(self, writer)
        self.lines.add(line)
        try:
            await line.carry(reader)
        except asyncio.CancelledError:
            pass  # the proxy ends; before Python 3.12 asyncio would print the stack of a cancelled connection
        finally:
            self.lines.discard(line)

    def _reset(self, fault: Fault) -> None:
        for line in self.lines:
            if line.who.startswith(fault.who):
                self.count[RESET] += 1
                line.reset()

    def _silence(self, fault: Fault) -> None:
        for line in self.lines:
            if line.who.startswith(fault.who):
                line.silence()


class Line:
    """One client's connection and ours to the broker."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter) -> None:
        self.proxy = proxy
        self.client = client
        self.broker: asyncio.StreamWriter | None = None
        self.who = ""
        self.silent = False  # for good: a line that went dead does not come back
        self.silent_s = 0.0

    async def carry(self, reader: asyncio.StreamReader) -> None:
        """Both ways until either side hangs up; a silent line until both did."""
        try:
            from_broker, self.broker = await asyncio.open_connection("127.0.0.1", self.proxy.broker_port)
        except OSError:
            self.client.close()
            return
        ways = [self._way(UP, reader, self.broker), self._way(DOWN, from_broker, self.client)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self.silent:  # nobody tells either side that the other is gone
                await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
            self.client.close()
            self.broker.close()

    def reset(self) -> None:
        """RST to both sides."""
        for side in (self.client, self.broker):
            if side is not None:
                handle = side.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_NOW)
                side.transport.abort()

    def silence(self) -> None:
        """From now on whatever arrives is taken and nothing leaves."""
        if not self.silent:
            self.silent = True
            self.proxy.count[HALF_OPEN] += 1
            self.silent_s = time.monotonic()

    async def _way(self, way: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE_MAX)
        sender = asyncio.ensure_future(self._send(way, queue, writer))
        splitter = packets.Splitter()
        try:
            while data := await reader.read(READ_BYTES):
                for packet in splitter.feed(data):
                    self._know(way, packet)
                    if not self.silent and not sender.done():
                        await queue.put((time.monotonic(), packet))
        except (OSError, ValueError):
            return
        finally:
            sender.cancel()
            if way == UP and self.silent:
                self.proxy.left.append((self.silent_s, time.monotonic()))

    def _know(self, way: str, packet: bytes) -> None:
        if way == UP and packets.kind(packet) == packets.CONNECT:
            self.who = packets.client_id(packet)
            if self.proxy.on(HALF_OPEN, self.who, way):
                self.silence()

    async def _send(self, way: str, queue: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        """Packets of one direction, as the faults of the moment let them pass."""
        chance: random.Random | None = None
        held: bytes | None = None
        while True:
            try:
                arrived_s, packet = await asyncio.wait_for(queue.get(), HELD_S if held else None)
            except TimeoutError:
                await self._write(way, held or b"", writer)
                held = None
                continue
            chance = chance or self.proxy.chance(self.who, way)
            if delay := self.proxy.on(DELAY, self.who, way):
                self.proxy.count[DELAY] += 1
                await asyncio.sleep(max(0.0, arrived_s + delay.amount - time.monotonic()))
            if held is None and self._does(REORDER, way, packet, chance):
                held = packet
                continue
            if self._does(DROP, way, packet, chance) or self._does(DROP_ACKS, way, packet, chance):
                continue
            await self._write(way, packet, writer)
            if self._does(DUPLICATE, way, packet, chance):
                await self._write(way, packet, writer)
            if held is not None and topic_of(held) != topic_of(packet):  # a broker keeps the order within a topic
                await self._write(way, held, writer)
                self.proxy.count[REORDER] += 1
                held = None

    def _does(self, kind: str, way: str, packet: bytes, chance: random.Random) -> bool:
        """Whether a fault of single packets strikes this one."""
        wanted = packets.PUBACK if kind == DROP_ACKS else packets.PUBLISH
        fault = self.proxy.on(kind, self.who, way)
        if fault is None or packets.kind(packet) != wanted or chance.random() >= fault.amount:
            return False
        self.proxy.count[kind] += kind != REORDER  # counted when it came to pass
        return True

    async def _write(self, way: str, packet: bytes, writer: asyncio.StreamWriter) -> None:
        if self.silent:
            return
        if self.proxy.tap is not None:
            self.proxy.tap(time.monotonic(), self.who, way, packet)
        rate = self.proxy.on(RATE, self.who, way)
        size = PIECE_BYTES if rate else len(packet)
        for at in range(0, len(packet), size):
            piece = packet[at : at + size]
            writer.write(piece)
            await writer.drain()
            if rate:
                self.proxy.count[RATE] += 1
                await asyncio.sleep(8 * len(piece) / rate.amount)


def topic_of(packet: bytes) -> str:
    """The topic of a publication, "" of anything else."""
    published = packets.publication(packet)
    return published[0] if published else ""
