"""MQTT 3.1.1 without I/O: packets in, events out. One file for MicroPython and CPython; a clean session, QoS 0 and 1.

The shell owns socket, TLS and time. It writes each packet of `take` in one write on a socket with TCP_NODELAY (two
small writes cost 40 ms between Nagle and a delayed acknowledgement), passes what arrives to `feed`, calls `tick` now
and then, and after a ProtocolError hangs up, connects again and calls `connect`. Nothing is repeated here: a broker's
acknowledgement is no receipt, and protocol.session sends again what got lost.
"""

import struct

from adatom.protocol.errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Event = tuple[Any, ...]

# events: (CONNECTED,), (SUBSCRIBED, id), (MESSAGE, topic, payload), (TAKEN, id)
CONNECTED, SUBSCRIBED, MESSAGE, TAKEN = "connected", "subscribed", "message", "taken"
PACKET_MAX = 1 << 17  # bytes of a packet that is taken: the largest message of protocol.messages fits twice
HEAD_MAX = 5  # type and flags, and at most four bytes of length
ID_MAX = 65535
IN_FLIGHT_MAX = 256  # packets that the broker has not acknowledged; more are refused
DEAD_AFTER = 12  # tenths of the keepalive in silence: with 10 s a half-open line is left after 12 s, within 15
ACK_MS = 20000  # a broker that acknowledges nothing of what is in flight for this long is as good as gone
# packet types, as they stand in the first byte with the flags that 3.1.1 gives them (section 2.2)
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90
PINGREQ, PINGRESP, DISCONNECT = 0xC0, 0xD0, 0xE0
FROM_BROKER = bytes((CONNACK, PUBACK, SUBACK, PINGRESP))  # and publications
CLEAN_SESSION, WITH_PASSWORD, WITH_USER = 0x02, 0x40, 0x80
REFUSALS = ("", "wrong protocol version", "client id refused", "broker unavailable", "bad user name or password",
            "not authorised")  # fmt: skip
NEW, CONNECTING, UP, BROKEN = range(4)


class Client:
    """One client over one connection after another. `up` between the broker's welcome and the end of a connection."""

    def __init__(self, client_id: str, keepalive_s: int, user: str = "", password: str = "") -> None:
        self.client_id = client_id
        self.keepalive_s = keepalive_s
        self.user = user
        self.password = password
        self.packet_max = PACKET_MAX
        self.state = NEW
        self.out: "list[bytes]" = []  # packets to write
        self.buffer = b""  # the start of a packet that is not complete
        self.packet_id = 0
        self.in_flight: "list[int]" = []  # ids of publications not acknowledged
        self.asked: "list[int]" = []  # ids of subscriptions not acknowledged
        self.now_ms = self.sent_ms = self.heard_ms = self.taken_ms = 0

    @property
    def up(self) -> bool:
        return self.state == UP

    @property
    def ready(self) -> bool:
        """Whether another publication finds room."""
        return self.state == UP and len(self.in_flight) < IN_FLIGHT_MAX

    # --- what the caller wants ---------------------------------------------------------------------------------
    def connect(self, now_ms: int) -> None:
        """A connection is there: forget the one before and introduce ourselves."""
        self.state = CONNECTING
        self.out, self.buffer, self.in_flight, self.asked = [], b"", [], []
        self.now_ms = self.sent_ms = self.heard_ms = self.taken_ms = now_ms
        flags = CLEAN_SESSION
        rest = _text(self.client_id)
        if self.user:
            flags |= WITH_USER
            rest += _text(self.user)
            if self.password:
                flags |= WITH_PASSWORD
                rest += _text(self.password)
        self._put(CONNECT, b"\x00\x04MQTT\x04" + struct.pack(">BH", flags, self.keepalive_s) + rest)

    def subscribe(self, topic_filter: str, qos: int = 1) -> int:
        """Ask for what is published under a filter; the id that SUBSCRIBED will name."""
        number = self._next_id(self.asked)
        self._put(SUBSCRIBE, struct.pack(">H", number) + _text(topic_filter) + bytes([qos]))
        return number

    def publish(self, topic: str, payload: "bytes | bytearray | memoryview", qos: int = 1) -> int:
        """Queue a publication; the id that TAKEN will name, 0 for QoS 0. ValueError while not `ready`."""
        if not self.ready:
            raise ValueError("mqtt: not connected, or %d packets without an acknowledgement" % len(self.in_flight))
        head = _text(topic)
        number = 0
        if qos:
            if not self.in_flight:
                self.taken_ms = self.now_ms
            number = self._next_id(self.in_flight)
            head += struct.pack(">H", number)
        self._put(PUBLISH | qos << 1, head, payload)
        return number

    def disconnect(self) -> None:
        """Say good-bye; hang up when `take` has given everything."""
        self._put(DISCONNECT, b"")
        self.state = BROKEN

    # --- for the shell -----------------------------------------------------------------------------------------
    def take(self) -> bytes:
        """The next packet, to be written whole before the one after it; b"" when there is none."""
        if not self.out:
            return b""
        self.sent_ms = self.now_ms
        return self.out.pop(0)

    def tick(self, now_ms: int) -> None:
        """Keep the connection alive; ProtocolError when the broker has been silent for too long."""
        self.now_ms = now_ms
        if self.state not in (CONNECTING, UP):
            return
        keepalive_ms = 1000 * self.keepalive_s
        if now_ms - self.heard_ms > keepalive_ms * DEAD_AFTER // 10:
            self._break("the broker is silent for %d ms" % (now_ms - self.heard_ms))
        if self.in_flight and now_ms - self.taken_ms > ACK_MS:
            self._break("the broker acknowledges nothing for %d ms" % (now_ms - self.taken_ms))
        # asked for by silence in either direction: a half-open line is found although this side goes on talking
        if self.state == UP and now_ms - min(self.sent_ms, self.heard_ms) >= keepalive_ms // 2:
            if not self.out and now_ms - self.sent_ms >= 1000:
                self._put(PINGREQ, b"")

    def feed(self, data: "bytes | bytearray | memoryview", now_ms: int) -> "list[Event]":
        """The events in what arrived. ProtocolError for anything but MQTT: the connection is over then."""
        if self.state not in (CONNECTING, UP):
            raise ProtocolError("mqtt: the connection is over")
        self.now_ms = now_ms
        if data:
            self.heard_ms = now_ms
        buffer = self.buffer + bytes(data) if self.buffer else bytes(data)
        events: "list[Event]" = []
        at = 0
        while True:
            start, stop = self._bounds(buffer, at)
            if not stop or stop > len(buffer):
                break
            self._packet(buffer[at], buffer[start:stop], events)
            at = stop
        self.buffer = buffer[at:] if at else buffer
        return events

    # --- inner -------------------------------------------------------------------------------------------------
    def _bounds(self, buffer: bytes, at: int) -> "tuple[int, int]":
        """(start, stop) of the contents of the packet that begins at a place; (0, 0) while its length is not known."""
        if at < len(buffer) and buffer[at] & 0xF0 != PUBLISH and buffer[at] not in FROM_BROKER:
            self._break("packet 0x%02X is no answer to a client" % buffer[at])
        size = shift = 0
        for place in range(at + 1, min(at + HEAD_MAX, len(buffer))):
            size |= (buffer[place] & 0x7F) << shift
            shift += 7
            if buffer[place] < 0x80:
                if size > self.packet_max:
                    self._break("a packet of %d bytes, at most %d are taken" % (size, self.packet_max))
                return place + 1, place + 1 + size
        if shift == 28:
            self._break("a length of more than four bytes")
        return 0, 0

    def _packet(self, head: int, body: bytes, events: "list[Event]") -> None:
        if (head == CONNACK) != (self.state == CONNECTING):
            self._break("packet 0x%02X out of turn" % head)
        if head & 0xF0 == PUBLISH:
            self._message(head, body, events)
        elif head == PUBACK:
            number = self._acknowledged(body[:2], body[2:], self.in_flight)
            self.taken_ms = self.now_ms
            events.append((TAKEN, number))
        elif head == CONNACK and len(body) == 2:
            if body[1]:
                self._break(REFUSALS[body[1]] if body[1] < len(REFUSALS) else "refused with code %d" % body[1])
            self.state = UP
            events.append((CONNECTED,))
        elif head == SUBACK:
            if body[2:] not in (b"\x00", b"\x01"):
                self._break("the subscription was refused")
            events.append((SUBSCRIBED, self._acknowledged(body[:2], b"", self.asked)))
        elif head != PINGRESP or body:
            self._break("packet 0x%02X of %d bytes" % (head, len(body)))

    def _message(self, head: int, body: bytes, events: "list[Event]") -> None:
        qos = head >> 1 & 3
        start = 2 + (body[0] << 8 | body[1]) if len(body) > 2 else 0
        payload = start + (2 if qos else 0)
        if qos > 1 or start <= 2 or payload > len(body):
            self._break("a publication that is none")
        try:
            topic = body[2:start].decode()
        except ValueError:
            self._break("a topic that is no text")
        if "+" in topic or "#" in topic or "\x00" in topic:
            self._break("a topic with a wildcard")
        if qos:
            if body[start:payload] == b"\x00\x00":
                self._break("a publication without an id")
            self._put(PUBACK, body[start:payload])
        events.append((MESSAGE, topic, body[payload:]))

    def _acknowledged(self, body: bytes, rest: bytes, waiting: "list[int]") -> int:
        number = body[0] << 8 | body[1] if len(body) == 2 and not rest else 0
        if number not in waiting:
            self._break("an acknowledgement of nothing")
        waiting.remove(number)
        return number

    def _next_id(self, taken: "list[int]") -> int:
        while True:
            self.packet_id = self.packet_id % ID_MAX + 1
            if self.packet_id not in taken:
                taken.append(self.packet_id)
                return self.packet_id

    def _put(self, head: int, body: bytes, payload: "bytes | bytearray | memoryview" = b"") -> None:
        size = len(body) + len(payload)
        packet = bytearray([head])
        while size > 0x7F:
            packet.append(size & 0x7F | 0x80)
            size >>= 7
        packet.append(size)
        self.out.append(bytes(packet) + body + payload)

    def _break(self, why: str) -> None:
        """End this connection for good: the peer is no broker that we understand."""
        self.state = BROKEN
        self.out, self.buffer, self.in_flight = [], b"", []
        raise ProtocolError("mqtt: " + why)


def _text(text: str) -> bytes:
    data = text.encode()
    if len(data) > ID_MAX:
        raise ValueError("mqtt: a text of %d bytes, at most %d fit" % (len(data), ID_MAX))
    return struct.pack(">H", len(data)) + data
