"""The network link of a bench: an MQTT client over a stream that a dialer opens, kept up. It never waits.

A dialer has `start()`, `poll()` (a stream, or None while it takes its time; OSError when it failed) and `close()`. A
stream has `read(n)` and `write(data)` that return None instead of waiting, and `close()`. The loop calls `service`.
"""

from adatom.protocol import topics

from .mqtt import CONNECTED, MESSAGE, PACKET_MAX, SUBSCRIBED, Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .station import Station

KEEPALIVE_S = 10  # a half-open link is found after 1.2 times this, by the broker after 1.5 times
RETRY_MIN_MS, RETRY_MAX_MS = 1000, 5000  # between two attempts to reach the broker, doubling
READ_BYTES = 4096
# what is not fetched yet; while there is as much, nothing more is read and the broker waits: a flood may take a few
# milliseconds of each turn and no tick
INBOX_MAX, INBOX_BYTES = 64, 8192


class Link:
    """A connection that keeps itself up. What gets lost on the way, the station's session sends again."""

    def __init__(self, dialer: "Any", bench: str, packet_max: int = PACKET_MAX, read_bytes: int = READ_BYTES) -> None:
        self.bench = bench
        self.dialer = dialer
        self.client = Client("bench-" + bench, KEEPALIVE_S)
        self.client.packet_max = packet_max
        self.read_bytes = read_bytes
        self.stream: "Any" = None
        self.dialing = self.up = self._new = False
        self.retry_ms: "int | None" = None  # not before; None: at once
        self.wait_ms = RETRY_MIN_MS
        self.unsent: "bytes | memoryview" = b""  # rest of a packet that the stream did not take
        self.inbox: "list[tuple[str, bytes]]" = []
        self.inbox_bytes = 0
        self.trouble = ""  # why the last connection ended

    @property
    def ready(self) -> bool:
        """Whether the stream has taken everything so far: more may be published."""
        return self.up and self.client.ready and not self.unsent and not self.client.out

    def service(self, now_ms: int) -> None:
        """Dial, or move bytes both ways."""
        try:
            if self.stream is None:
                self._dial(now_ms)
            else:
                self._exchange(now_ms)
        except (OSError, ValueError) as error:  # ProtocolError is one; MicroPython's TLS raises one for a certificate
            self._hang_up(str(error).strip() or "lost", now_ms)

    def carry(self, station: "Station", run_ms: int, link_ms: int) -> None:
        """Messages both ways between the broker and a station; what the station records becomes durable in any case."""
        self.service(link_ms)
        if self.new_session():
            station.connected()
        for topic, payload in self.received():
            station.receive(topic, payload, run_ms, link_ms)
        if self.ready:
            for topic, payload in station.publish(run_ms, link_ms):
                self.publish(topic, payload)
            self.service(link_ms)
        else:
            station.keep(run_ms)

    def new_session(self) -> bool:
        """Whether the broker was reached anew since the last call."""
        new, self._new = self._new, False
        return new

    def publish(self, topic: str, payload: bytes) -> None:
        """Queue bytes (QoS 1); dropped when the connection is gone or full."""
        if self.client.ready:
            self.client.publish(topic, payload)

    def received(self) -> "list[tuple[str, bytes]]":
        """The (topic, payload) pairs that arrived since the last call."""
        inbox, self.inbox = self.inbox, []
        self.inbox_bytes = 0
        return inbox

    def close(self) -> None:
        """Say good-bye as far as the stream takes it at once, and hang up."""
        if self.up:
            self.client.disconnect()
            try:
                self._write()
            except OSError as error:
                self.trouble = str(error)
        self._drop()

    # --- inner -------------------------------------------------------------------------------------------------
    def _dial(self, now_ms: int) -> None:
        if not self.dialing:
            if self.retry_ms is not None and now_ms < self.retry_ms:
                return
            self.dialing = True
            self.dialer.start()
        self.stream = self.dialer.poll()
        if self.stream is not None:
            self.dialing = False
            self.client.connect(now_ms)
            self._write()

    def _exchange(self, now_ms: int) -> None:
        self.client.tick(now_ms)
        while len(self.inbox) < INBOX_MAX and self.inbox_bytes < INBOX_BYTES:
            data = self.stream.read(self.read_bytes)
            if data is None:
                break
            if not data:
                raise OSError("the broker hung up")
            for event in self.client.feed(data, now_ms):
                self._take(event)
        self._write()

    def _take(self, event: "tuple[Any, ...]") -> None:
        if event[0] == MESSAGE:
            self.inbox.append((event[1], event[2]))
            self.inbox_bytes += len(event[2])
        elif event[0] == CONNECTED:
            self.client.subscribe(topics.all_down(self.bench))
        elif event[0] == SUBSCRIBED:  # only now do answers to a hello arrive
            self.up = self._new = True
            self.wait_ms = RETRY_MIN_MS
            self.trouble = ""

    def _write(self) -> None:
        while True:
            data = self.unsent or self.client.take()
            if not data:
                return
            sent = self.stream.write(data) or 0
            self.unsent = memoryview(data)[sent:] if sent < len(data) else b""
            if self.unsent:
                return

    def _hang_up(self, why: str, now_ms: int) -> None:
        self._drop()
        self.trouble = why
        self.retry_ms = now_ms + self.wait_ms
        self.wait_ms = min(2 * self.wait_ms, RETRY_MAX_MS)

    def _drop(self) -> None:
        self.dialer.close()
        if self.stream is not None:
            self.stream.close()
        self.stream = None
        self.unsent = b""
        self.dialing = self.up = False
