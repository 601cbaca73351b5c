"""The shell around the intake: broker in, database through its thread, receipts out after each commit."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import aiomqtt
from adatom.cloud.clock import CLOCK, Clock
from adatom.cloud.ingest.dial import Broker
from adatom.cloud.ingest.intake import BenchIntake, Incoming, decode_records
from adatom.cloud.store.jsontext import to_json
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol import codec, topics
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.keyring import KeyRing
from adatom.protocol.limit import Limit
from adatom.protocol.session import SILENT_MS

BATCH_RECORDS = 500
BATCH_S = 0.02  # from one batch to the next at least: so long, records wait for company
RETRY_S = 1.0
# paho asks after one of it in silence and hangs up after a second: a half-open line is found within 15 s
KEEPALIVE_S = 6
SILENT_S = SILENT_MS / 1000  # benches that all fall silent at once: rather the line than they
NOTE_S = 600.0  # between two notes of one boot's clock
# messages, kept while the store's thread commits those before: 0.3 MB of 60 points each. A full queue stops reading
# from the broker, and the benches' windows stop them
QUEUE_MAX = BATCH_RECORDS
WARNINGS_AT_ONCE, WARNING_MS = 50, 10000  # of refused messages: their number is for the sender to choose
LOST = "the bench's medium was damaged; their runs get no certificate"
SHORT_ALARM = "database_short"
SHORT = "the database was damaged or replaced; the bench sends again what it still has"
LOG = logging.getLogger(__name__)
Arrived = tuple[str, str, bytes]  # bench, kind and bytes of a numbered record
Certify = Callable[[Store, float], object]


class Listener(Protocol):
    """Who wants to know: a campaign, a page. Called on the event loop, after the commit."""

    def committed(self, record: Incoming) -> None: ...

    def status(self, bench: str, kind: str, message: dict[str, Any], now_s: float) -> None: ...

    def alarm(self, bench: str, message: dict[str, Any]) -> None:
        """A safety event ahead of its record, which may have to wait behind a backlog. Told once."""


class Everyone(list[Listener]):
    """Several listeners as one, told in their order."""

    def committed(self, record: Incoming) -> None:
        for one in self:
            one.committed(record)

    def status(self, bench: str, kind: str, message: dict[str, Any], now_s: float) -> None:
        for one in self:
            one.status(bench, kind, message, now_s)

    def alarm(self, bench: str, message: dict[str, Any]) -> None:
        for one in self:
            one.alarm(bench, message)


class Message(Protocol):
    """What arrives; aiomqtt's topic is an object whose text it is."""

    @property
    def topic(self) -> object: ...
    @property
    def payload(self) -> Any: ...


class Client(Protocol):
    """A connection to a broker, as aiomqtt has it. MqttError leaves all of it when the broker is gone."""

    @property
    def messages(self) -> AsyncIterator[Message]: ...

    async def subscribe(self, topic: str, qos: int) -> object: ...

    async def publish(self, topic: str, payload: bytes, qos: int) -> object: ...


class Connect(Protocol):
    """Opens a connection; in a simulation to a simulated broker."""

    def __call__(self, broker: Broker) -> AbstractAsyncContextManager[Client]: ...


def connect(broker: Broker) -> aiomqtt.Client:
    """The ingest's connection to a broker, to be entered."""
    return aiomqtt.Client(
        broker.host, broker.port, identifier="adatom-ingest", keepalive=KEEPALIVE_S, socket_options=[NO_DELAY],
        max_inflight_messages=100, tls_context=broker.context(), username=broker.user or None,
        password=broker.password or None,
    )  # fmt: skip


class Ingest:
    """Takes what benches publish into the store; the only writer of records, the only source of receipts."""

    def __init__(
        self, store: StoreThread, keys: KeyRing, listener: Listener, certify: Certify | None = None,
        clock: Clock = CLOCK, connect: Connect = connect,
    ) -> None:  # fmt: skip
        """certify: called on the store's thread whenever a run may have become whole, with the time (UTC, s)."""
        self.store = store
        self.keys = keys
        self.listener = Everyone([listener])  # who else wants to hear is appended
        self.certify = certify
        self.clock = clock
        self.connect = connect
        self.refused = 0
        self.records = 0
        self._warnings = Limit(WARNINGS_AT_ONCE, WARNING_MS)
        self._intakes: dict[str, BenchIntake] = {}
        self._alarms: dict[str, tuple[int, int]] = {}  # bench -> (boot, number) of the last one passed on
        self._greeted: dict[str, int] = {}  # bench -> its boot whose hello is stored
        self._noted_s: dict[str, float] = {}  # bench -> when
        self._short: dict[tuple[str, str], tuple[int, int]] = {}  # bench, kind of message -> where the database ended
        self._queue: asyncio.Queue[Arrived] = asyncio.Queue(QUEUE_MAX)
        self._client: Client | None = None
        self._complaint = ""
        self.connected = asyncio.Event()

    async def run(self, broker: Broker) -> None:
        """Serve until cancelled; a lost broker is tried again for ever."""
        await self.store.call(Store.read_through)
        await self._certify()  # what a crash kept from it
        tasks = [asyncio.create_task(self._write_batches()), asyncio.create_task(self._keep_reading(broker))]
        try:
            # neither ends but by an error, which ends the other: without a writer no receipt may leave
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def send(self, topic: str, payload: bytes, qos: int = 1) -> bool:
        """Publish; False when the broker is away (the caller repeats what matters)."""
        if self._client is None or not self.connected.is_set():
            return False
        try:
            await self._client.publish(topic, payload, qos=qos)
        except aiomqtt.MqttError:
            return False
        return True

    async def take(self, messages: list[tuple[str, bytes]]) -> None:
        """Take in messages at once, without a broker: for tests and imports."""
        for topic, payload in messages:
            await self._sort(topic, payload)
        waiting = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        if waiting:
            await self._write(waiting)

    async def _keep_reading(self, broker: Broker) -> None:
        while True:
            try:
                await self._read(broker)
            except (aiomqtt.MqttError, InputError) as error:
                # one ingest a broker: a second one takes this one's place under the same name, and is told here
                self._complain(f"broker {broker.url}: {error}; trying again (is another adatom using it?)")
            self.connected.clear()
            await asyncio.sleep(RETRY_S)

    async def _read(self, broker: Broker) -> None:
        async with self.connect(broker) as client:
            await client.subscribe(topics.all_up(), qos=1)
            self._client, self._complaint = client, ""
            self.connected.set()
            await self._hear(client)

    async def _hear(self, client: Client) -> None:
        """Sort what arrives. MqttError when nothing more does after a bench has spoken.

        A broker whose deliveries are never acknowledged keeps the line alive and delivers nothing: acknowledgements got
        lost. A new session begins with an empty window.
        """
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(None) as silence:
                async for message in client.messages:
                    silence.reschedule(None)  # the queue may be full: that is not the broker's silence
                    await self._sort(str(message.topic), bytes(message.payload))
                    silence.reschedule(now() + SILENT_S)
        except TimeoutError as error:
            raise aiomqtt.MqttError(f"nothing arrived for {SILENT_S:.0f} s, though benches were there") from error

    async def _sort(self, topic: str, payload: bytes) -> None:
        try:
            bench, _, kind = topics.parse(topic)
            if kind in ("hello", "heartbeat"):
                await self._status(bench, kind, payload)
            elif kind == "alarm":
                await self._alarm(bench, payload)
            elif kind == "lost":
                await self._lost(bench, payload)
            else:
                await self._queue.put((bench, kind, payload))
        except ProtocolError as error:
            self._refuse(topic, error)

    async def _status(self, bench: str, kind: str, payload: bytes) -> None:
        message, body, tail = codec.decode(kind, payload)
        if kind == "hello":
            await self._hello(bench, message, body, tail)
        elif not await self._has_greeted(bench, message["boot"]):
            return  # nothing may be made in a boot whose envelope is not known; it says hello again
        await self._check_receipted(bench, kind, message)
        self.listener.status(bench, kind, message, self.clock.monotonic_s())

    async def _hello(self, bench: str, message: dict[str, Any], body: bytes, tail: str) -> None:
        """Note a boot, and tell it how far its bench's boots are committed."""
        if message["bench"] != bench:
            raise ProtocolError(f"{bench}: hello of another bench")
        self.keys.check_hello(body, tail, bench)
        await self._note_boot(bench, message)
        await self._check_boot(bench, message)
        for boot in {message["boot"], *(row[0] for row in message["boots"])}:
            await self._receipt(await self._intake(bench), boot)

    async def _note_boot(self, bench: str, message: dict[str, Any]) -> None:
        """Store a hello: the first of a boot, and then one in a while, for the clocks drift."""
        is_new, now_s = not await self._has_greeted(bench, message["boot"]), self.clock.monotonic_s()
        if not is_new and now_s - self._noted_s.get(bench, float("-inf")) < NOTE_S:
            return
        self._noted_s[bench] = now_s
        await self.store.call(Store.hello, bench, message, self.clock.utc_s())
        if is_new:
            await self._certify()  # runs whose envelope was not known

    async def _has_greeted(self, bench: str, boot: int) -> bool:
        """Whether the hello of a boot is stored."""
        if self._greeted.get(bench) != boot and await self.store.call(Store.boot, bench, boot) is not None:
            self._greeted[bench] = boot
        return self._greeted.get(bench) == boot

    async def _lost(self, bench: str, payload: bytes) -> None:
        """A bench declares that it has records no more; what follows them may come."""
        message, body, tail = codec.decode("lost", payload)
        if message["bench"] != bench:
            raise ProtocolError(f"{bench}: lost records of another bench")
        self.keys.check_hello(body, tail, bench)
        intake, boot, last = await self._intake(bench), message["boot"], message["last"]
        if intake.upto(boot) < last and intake.declared.get(boot, (0, 0, ""))[1] != last:
            LOG.error("%s: records %d to %d of boot %d are lost: %s", bench, intake.upto(boot) + 1, last, boot, LOST)
        intake.declare_lost(boot, message["first"], last, message["next"])

    async def _check_receipted(self, bench: str, kind: str, message: dict[str, Any]) -> None:
        """A bench that has more receipts than there are records here: the database is not the one that it was."""
        boot, receipted = message["boot"], message["receipted"]
        upto = (await self._intake(bench)).upto(boot)
        if receipted > upto and self._short.get((bench, kind)) != (boot, upto):
            self._short[bench, kind] = (boot, upto)
            LOG.error("%s: boot %d has receipts up to %d, %s ends at %d: %s",
                      bench, boot, receipted, self.store.path, upto, SHORT)  # fmt: skip
            if kind == "hello":  # sealed: anybody may send heartbeats
                data = {"boot": boot, "receipted": receipted, "upto": upto}
                self.listener.alarm(bench, {"name": SHORT_ALARM, "data": data})

    async def _alarm(self, bench: str, payload: bytes) -> None:
        """Pass on a bench's sealed word of a safety event, unless its record or itself has been here."""
        message, body, tail = codec.decode("alarm", payload)
        self.keys.check_hello(body, tail, bench)
        boot, seq = message["boot"], message["seq"]
        last = self._alarms.get(bench, (0, 0))
        if (boot, seq) <= last or seq <= (await self._intake(bench)).upto(boot):
            return
        self._alarms[bench] = (boot, seq)
        LOG.warning("%s: %s %s", bench, message["name"], to_json(message["data"]))
        self.listener.alarm(bench, message)

    async def _check_boot(self, bench: str, message: dict[str, Any]) -> None:
        """A bench that lost its journal counts its boots anew: its records must not pass for those of the old boot."""
        intake, boot = await self._intake(bench), message["boot"]
        upto = intake.upto(boot)
        if message["last"] < upto:
            intake.conflicts.add(boot)
            LOG.error(
                "%s: boot %d has %d records here, but the bench knows of %d: its journal folder was lost or replaced. "
                "Nothing of this boot is taken or receipted: put the old folder back, or start a new database",
                bench, boot, upto, message["last"],
            )  # fmt: skip

    async def _write_batches(self) -> None:
        now = asyncio.get_running_loop().time
        next_s = now()
        while True:
            waiting = [await self._queue.get()]
            if not self._queue.full():
                await asyncio.sleep(next_s - now())  # what came during a long commit has waited enough
            next_s = now() + BATCH_S
            while len(waiting) < BATCH_RECORDS and not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            await self._write(waiting)

    async def _write(self, waiting: list[Arrived]) -> None:
        fresh, touched = await self._verified(waiting)
        try:
            await self.store.call(Store.ingest, fresh, self.clock.utc_s())
        except Exception:
            self._intakes.clear()  # what was taken in memory is not in the database: ask it again
            raise
        for record in fresh:
            self._intakes[record.bench].committed[record.boot] = record.last
        self.records += len(fresh)
        if any(record.kind == "result" for record in fresh):
            await self._certify()
        await self.receipts(touched)
        for record in fresh:
            self.listener.committed(record)

    async def _verified(self, waiting: list[Arrived]) -> tuple[list[Incoming], set[tuple[str, int]]]:
        """The records that are to be stored; and whose receipts are due: of duplicates and after gaps too."""
        fresh: list[Incoming] = []
        touched: set[tuple[str, int]] = set()
        for (bench, kind, payload), record in zip(waiting, decode_records(waiting), strict=True):
            intake = await self._intake(bench)
            try:
                if isinstance(record, ProtocolError):
                    raise record
                taken = intake.follow(record, payload)
            except ProtocolError as error:
                self._refuse(f"{bench} {kind}", error)
                continue
            touched.add((bench, record.boot))
            if taken is not None:
                fresh.append(taken)
        return fresh, touched

    async def receipts(self, touched: set[tuple[str, int]]) -> None:
        """Tell benches how far their boots, pairs of (bench, boot), are committed."""
        for bench, boot in sorted(touched):
            await self._receipt(self._intakes[bench], boot)

    async def _certify(self) -> None:
        if self.certify is not None:
            await self.store.call(self.certify, self.clock.utc_s())

    async def _intake(self, bench: str) -> BenchIntake:
        if bench not in self._intakes:
            self._intakes[bench] = BenchIntake(bench, await self.store.call(Store.stored_boots, bench))
        return self._intakes[bench]

    async def _receipt(self, intake: BenchIntake, boot: int) -> None:
        """Tell a bench how far a boot is committed: not how far it is taken, of which the commit may be under way."""
        if boot in intake.conflicts:
            return
        bench, upto, key = intake.bench, intake.committed.get(boot, 0), self.keys.signing_id("ingest")
        body = codec.body_of("receipt", {"bench": bench, "boot": boot, "upto": upto, "key": key})
        payload = codec.with_tail("receipt", body, self.keys.sign(key, body, bench))
        # QoS 0: the broker's acknowledgement would come behind all that benches send, and the next receipt says as much
        await self.send(topics.down(bench, "receipt"), payload, qos=0)

    def _complain(self, text: str) -> None:
        """Warn, once a text until it changes."""
        if text != self._complaint:
            LOG.warning(text)
        self._complaint = text

    def _refuse(self, where: str, error: ProtocolError) -> None:
        self.refused += 1
        more = self._warnings.dropped
        if self._warnings.allow(int(1000 * self.clock.monotonic_s())):
            LOG.warning("refused %s: %s%s", where, error, f" (and {more} more before)" if more else "")
            self._warnings.dropped = 0


NO_DELAY: tuple[int, int, int] = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
