"""A stub of an MQTT 3.1.1 broker, for clients of clean sessions: QoS 1 with a window and a queue limit, nothing kept.

It acknowledges a publication before any subscriber has it, drops what does not fit into a subscriber's queue, and
forgets everything when it is killed: what mosquitto was measured to do. Neither side of the product asks for a kept
session or a retained message; the stub refuses both, so that a change of that is noticed here.
"""

import struct
from collections import deque

from adatom.sim.soak import packets
from adatom.sim.soak.packets import CONNECT, PUBACK, PUBLISH, Splitter

from .network import Line, Network
from .scheduler import MS, Life, S

SUBSCRIBE, PINGREQ, DISCONNECT = 0x80, 0xC0, 0xE0
CONNACK, SUBACK, PINGRESP = b"\x20\x02\x00\x00", 0x90, b"\xd0\x00"
CLEAN, DUP, RETAIN = 0x02, 0x08, 0x01
QUEUE_MAX = 1000  # mosquitto's max_queued_messages
WINDOW = 20  # and max_inflight_messages
MIXED_MS = (1, 30)

Contents = tuple[bytes, bytes]  # of a publication: what stands before its id, and its payload


class Session:
    """One client while it is connected."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.splitter = Splitter()
        self.name = ""
        self.keepalive_s = 0
        self.heard_us = 0
        self.filters: list[list[str]] = []
        self.number = 0
        self.in_flight: dict[int, None] = {}
        self.queue: deque[Contents] = deque()

    def wants(self, topic: list[str]) -> bool:
        return any(
            len(parts) == len(topic) and all(part in ("+", word) for part, word in zip(parts, topic, strict=True))
            for parts in self.filters
        )


class Broker:
    """`kill` loses sessions, queues and lines; `start` begins anew with nothing."""

    def __init__(self, network: Network) -> None:
        self.network = network
        network.broker = self
        self.scheduler = network.scheduler
        self.chance = self.scheduler.chance("broker")
        self.up = False
        self.dropped = 0
        self.start()

    def start(self) -> None:
        self.life = Life()
        self.up = True
        self._sessions: dict[Line, Session] = {}
        self._names: dict[str, Session] = {}
        self._held_us: dict[str, int] = {}  # topic -> when its last publication leaves: order is kept within a topic
        self.scheduler.after(S, self.life, self._look_for_dead)

    def kill(self) -> None:
        self.up = self.life.alive = False
        for line in list(self.network.lines):
            line.reset()

    # --- as an end of lines ---------------------------------------------------------------------------------------
    def arrived(self, line: Line, data: bytes) -> None:
        session = self._sessions.get(line)
        if session is None:
            session = self._sessions[line] = Session(line)
        session.heard_us = self.scheduler.now_us
        for packet in session.splitter.feed(data):
            self._take(session, packet)

    def hung_up(self, line: Line) -> None:
        session = self._sessions.pop(line, None)
        if session is not None and self._names.get(session.name) is session:
            del self._names[session.name]

    # --- inner ---------------------------------------------------------------------------------------------------
    def _take(self, session: Session, packet: bytes) -> None:
        kind = packets.kind(packet)
        if kind == PUBLISH:
            self._published(session, packet)
        elif kind == PUBACK:
            session.in_flight.pop(struct.unpack(">H", packet[-2:])[0], None)
            self._deliver(session)
        elif kind == PINGREQ:
            session.line.send(PINGRESP, False)
        elif kind == CONNECT:
            self._connected(session, packet)
        elif kind == SUBSCRIBE:
            size = struct.unpack(">H", packet[4:6])[0]
            session.filters.append(packet[6 : 6 + size].decode().split("/"))
            session.line.send(bytes([SUBACK, 3]) + packet[2:4] + b"\x01", False)
        elif kind == DISCONNECT:
            self._drop(session)

    def _connected(self, session: Session, packet: bytes) -> None:
        flags, session.keepalive_s = struct.unpack(">BH", packet[9:12])
        if not flags & CLEAN:
            raise NotImplementedError("the simulated broker keeps no sessions")
        session.name = packets.client_id(packet)
        before = self._names.get(session.name)
        self._names[session.name] = session
        if before is not None:
            self._drop(before)
        session.line.send(CONNACK, False)

    def _published(self, session: Session, packet: bytes) -> None:
        if packet[0] & RETAIN:
            raise NotImplementedError("the simulated broker retains no messages")
        topic, payload = packets.publication(packet) or ("", b"")
        start = len(packet) - len(payload)
        if packet[0] & packets.QOS:
            session.line.send(bytes([PUBACK, 2]) + packet[start - 2 : start], False)
        words = topic.split("/")
        contents = struct.pack(">H", len(topic.encode())) + topic.encode(), payload
        for other in list(self._names.values()):
            if other.wants(words):
                self._forward(other, topic, contents)

    def _forward(self, to: Session, topic: str, contents: Contents) -> None:
        """At once, or a little later than what other topics carry."""
        now_us = self.scheduler.now_us
        due_us = self._held_us.get(topic, 0)
        if to.line.weather.mixed and self.chance.random() < to.line.weather.mixed:
            due_us = max(due_us, now_us + self.chance.randint(*MIXED_MS) * MS)
        if due_us >= now_us:  # of that very moment too: what was held back comes first
            self._held_us[topic] = due_us
            self.scheduler.at(due_us, self.life, lambda: self._queue(to, contents))
        else:
            self._queue(to, contents)

    def _queue(self, to: Session, contents: Contents) -> None:
        if len(to.queue) >= QUEUE_MAX:
            self.dropped += 1
            return
        to.queue.append(contents)
        self._deliver(to)

    def _deliver(self, to: Session) -> None:
        while to.queue and len(to.in_flight) < WINDOW:
            head, payload = to.queue.popleft()
            to.number = to.number % 65535 + 1
            to.in_flight[to.number] = None
            body = head + struct.pack(">H", to.number) + payload
            to.line.send(_head(PUBLISH | 0x02, len(body)) + body, False)
            if to.line.weather.doubled and self.chance.random() < to.line.weather.doubled:
                to.line.send(_head(PUBLISH | 0x02 | DUP, len(body)) + body, False)

    def _look_for_dead(self) -> None:
        """Whoever says nothing for one and a half times its keepalive is gone."""
        for session in list(self._sessions.values()):
            if session.keepalive_s and self.scheduler.now_us - session.heard_us > 1.5 * session.keepalive_s * S:
                self._drop(session)
        self.scheduler.after(5 * S, self.life, self._look_for_dead)

    def _drop(self, session: Session) -> None:
        session.line.close(False)
        self.hung_up(session.line)


def _head(first: int, size: int) -> bytes:
    """The fixed header of a packet."""
    out = bytearray([first])
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    return bytes(out)
