"""What every serial instrument needs: one exchange at a time, time-outs, retries, resynchronisation, leases.

Sans-I/O: the shell writes what `outgoing` returns and passes what arrives to `feed`. A reading is a scaled integer of
protocol.channels or None with a reason; a write to an energised output carries a lease and turns into `safe` when it
expires. Drivers know nothing of recipes, loops or networks. `now` is monotonic integer milliseconds that never wrap.
"""

import math
import struct

from adatom.protocol.errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_BUFFER = 1024  # bytes; more without one reply is garbage
# what decoding garbage raises; ProtocolError is a ValueError, CPython's struct.error is not (MicroPython has none)
BAD_REPLY = (ValueError, LookupError, ArithmeticError, getattr(struct, "error", ValueError))
READING_MAX = 2**31 - 1  # what telemetry carries
UNTIL_SAFE = -1  # UNCHANGED_MS: send once, then not again before `safe` or another value


class Exchange:
    """One request: bytes to send, the key that `parse` gets with the reply, None when no reply comes.

    `tries` counts how often silence makes the driver send it, `gap_ms` lengthens the pause behind it.
    """

    def __init__(
        self, request: bytes, key: "Any" = None, timeout_ms: int = 500, tries: int = 2, gap_ms: int = 0
    ) -> None:
        self.request = request
        self.key = key
        self.timeout_ms = timeout_ms
        self.tries = tries
        self.gap_ms = gap_ms


def scaled(text: "str | bytes | bytearray", counts: float) -> int:
    """`round(number * counts)` of a decimal number as str or bytes; ProtocolError for anything else."""
    try:
        number = text if isinstance(text, str) else bytes(text).decode()
        return round(float(number) * counts)
    except BAD_REPLY:  # round refuses NaN and infinity
        raise ProtocolError("%r is not a number" % (text,))


def first_line(buffer: bytearray, end: bytes) -> "tuple[bytes | None, int]":
    """(line without its end, bytes used) of the first line in a buffer, (None, 0) while there is none."""
    at = bytes(buffer).find(end)
    return (None, 0) if at < 0 else (bytes(buffer[:at]), at + 1)


class Driver:
    """The contract. Subclasses give ROLE, PROTOCOL, BAUD, POLLS and the methods marked "to override"."""

    ROLE = ""
    PROTOCOL = ""
    BAUD = 9600
    FRAME = "8N1"
    GAP_MS = 10  # least time between the end of one exchange and the next request
    RESYNC_MS = 100  # silence kept after a lost or bad reply, so that late bytes meet no new request
    SAFE_WAIT_MS = 50  # longest wait of `safe` for the exchange that it interrupts
    POLL_MS = 0  # least time between two polls
    STALE_MS = 2000  # a reading older than this is None
    POLLS: "tuple[Exchange, ...]" = ()  # Exchanges, sent in turn for ever
    START: "tuple[Exchange, ...]" = ()  # sent once after connecting (identify, watchdog on), again after a silence
    LEASED: "tuple[str, ...]" = ()  # names of writes that energise something
    OPTIONS: "tuple[tuple[Any, ...], ...]" = ()  # rows of driver_options.py, named as in __init__
    UNCHANGED_MS: "dict[str, int]" = {}  # name -> how long an accepted value need not be sent again, or UNTIL_SAFE

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.values: "dict[str, tuple[Any, int, str]]" = {}  # name -> (scaled value or None, time, reason)
        self.pending_writes: "dict[str, Any]" = {}  # name -> value, the newest wins
        self.write_order: "list[str]" = []  # of pending_writes (a MicroPython dict keeps no order)
        self.accepted: "dict[str, tuple[Any, int]]" = {}  # name -> (value, time) taken, or just sent
        self.leases: "dict[str, int]" = {}  # name -> expiry
        self.in_flight: "Exchange | None" = None
        self.deadline = 0
        self.tries_left = 0
        self.retry: "Exchange | None" = None
        self.not_before = 0
        self.poll_at = 0
        self.next_poll = 0
        self.poll_turn = False
        self.start_left = list(self.START)
        self.safe_left: "list[Exchange]" = []  # steps of the safe sequence that are not done yet
        self.is_safed = False
        self.queue: "list[Exchange]" = []  # what follows the exchange before: rest of a write, enquiry, retry
        self.writing: "tuple[str, Any, Exchange] | None" = None  # (name, value, last Exchange) of the write in progress
        self.lost = False
        self.identity = ""
        self.errors = 0
        self.last_error = "not connected yet"
        self.last_reply_ms: "int | None" = None

    # --- to override -------------------------------------------------------------------------------------------
    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """(reply, bytes consumed) of the first complete reply in the buffer, (None, n) to drop n bytes and go on,
        (None, 0) to wait for more."""
        raise NotImplementedError

    def answers(self, key: "Any", reply: bytes) -> bool:
        """Whether a reply belongs to the request in flight; otherwise `parse` gets it with the key None."""
        return True

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        """Store what a reply says by `self.store`; raise ProtocolError for a reply that is not one.

        The key None means that nobody asked: a status line, or a reply that comes too late."""
        raise NotImplementedError

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        """The Exchanges that write a scaled value; ProtocolError for a name or value the instrument has not."""
        raise NotImplementedError

    def safe_exchanges(self) -> "list[Exchange]":
        """The Exchanges that make the instrument safe; sending them twice is as good as once."""
        raise NotImplementedError

    # --- for the agent -----------------------------------------------------------------------------------------
    def value(self, name: str, now: int) -> "Any":
        """The newest scaled reading, or None when it is missing, stale or invalid."""
        value, when, _ = self.values.get(name, (None, now, ""))
        return value if now - when <= self.STALE_MS else None

    def reason(self, name: str, now: int) -> str:
        """Why `value` is None, fit for a user; "" when it is not."""
        if name not in self.values:
            return "never read: " + self.last_error
        value, when, why = self.values[name]
        if now - when > self.STALE_MS:
            return "stale for %d ms: %s" % (now - when, why or self.last_error or "no newer reading")
        return why if value is None else ""

    def write(self, name: str, value: "Any", now: int, lease_ms: int = 0) -> None:
        """Ask for a write. Energised outputs need a lease; each write renews it."""
        if name not in self.accepted or self.accepted[name][0] != value:
            self.encode(name, value)  # refuses what the instrument cannot do before anything is queued
        if name in self.LEASED:
            if lease_ms <= 0:
                raise ProtocolError("%s: a write to an energised output needs a lease" % name)
            self.leases[name] = now + lease_ms
            self.is_safed = False
        if self._unchanged(name, value, now):
            self._forget_write(name)
            return
        if name not in self.pending_writes:
            self.write_order.append(name)
        self.pending_writes[name] = value

    def safe(self, now: int) -> None:
        """Drop every write and lease and send the safe sequence before anything else, until each step is taken."""
        self.pending_writes = {}
        self.write_order = []
        self.accepted = {}
        self.leases = {}
        self.writing = None
        self.queue = []
        self.retry = None
        if self.safe_left:  # in progress: starting over at each call would never reach the last step
            return
        self.safe_left = list(self.safe_exchanges())
        self.is_safed = not self.safe_left
        self.not_before = min(self.not_before, now + self.GAP_MS)
        if self.in_flight is not None:  # its reply may still come; it is not sent again
            self.tries_left = 1
            self.deadline = min(self.deadline, now + self.SAFE_WAIT_MS)

    def is_safe(self, now: int) -> bool:
        """True once every step of the last `safe` was sent and, by instruments that answer, accepted."""
        return self.is_safed or not (self.safe_left or self.LEASED)

    def health(self, now: int) -> "tuple[bool, str, int, str]":
        """(connected, identity, errors so far, the last error)."""
        fresh = self.last_reply_ms is not None and now - self.last_reply_ms <= self.STALE_MS
        return fresh, self.identity, self.errors, self.last_error

    # --- for the shell -----------------------------------------------------------------------------------------
    def outgoing(self, now: int) -> bytes:
        """Bytes to write to the port now; b"" when it is the instrument's turn or nothing is due."""
        self._expire_leases(now)
        if self.in_flight is not None:
            if now < self.deadline:
                return b""
            self._timed_out(now)
        if now < self.not_before:
            return b""
        exchange = self._next_exchange(now)
        if exchange is None:
            return b""
        return self._start(exchange, now)

    def feed(self, data: bytes, now: int) -> None:
        """Take bytes that arrived; whatever they are, no exception leaves here."""
        self.buffer.extend(data)
        while self.buffer:
            try:
                reply, used = self.frame(self.buffer)
            except BAD_REPLY as error:
                self.buffer = bytearray()
                self._fault(str(error))
                break
            if used <= 0:
                break
            # slicing, not `del buffer[:n]`: MicroPython's bytearray cannot delete
            self.buffer = self.buffer[used:]
            if reply is not None:
                self._take(bytes(reply), now)
        if len(self.buffer) > MAX_BUFFER:
            self.buffer = bytearray()
            self._fault("more than %d bytes without a reply" % MAX_BUFFER)

    def reconnected(self, now: int) -> None:
        """The port was opened (again): forget half replies, identify again, keep leases and safe steps running."""
        self.buffer = bytearray()
        self.in_flight = None
        self.queue = []
        self.retry = None
        self.writing = None
        self.accepted = {n: self.accepted[n] for n in self.accepted if self.UNCHANGED_MS.get(n) == UNTIL_SAFE}
        self.start_left = list(self.START)
        self.not_before = now + self.GAP_MS

    # --- for subclasses ----------------------------------------------------------------------------------------
    def store(self, name: str, value: "Any", now: int, why: str = "") -> None:
        """Keep a reading. An integer that no channel can carry is garbage that a checksum did not catch."""
        if isinstance(value, int) and not -READING_MAX <= value <= READING_MAX:
            value, why = None, "out of all range: %d" % value
        self.values[name] = (value, now, why)

    def store_pascal(self, name: str, pascal: float, field: str, now: int) -> None:
        """Keep a pressure as the channel `pressure_pa` or `vacuum_lgpa`; `field` is what the instrument said."""
        if name == "pressure_pa":
            self.store(name, round(pascal * 1000), now)
        elif pascal > 0:
            self.store(name, round(math.log10(pascal) * 1000), now)
        else:
            self.store(name, None, now, "a logarithmic gauge cannot read %s" % field)

    # --- inner: what is sent next ------------------------------------------------------------------------------
    def _expire_leases(self, now: int) -> None:
        if self.leases and min(self.leases.values()) <= now:
            self._fault("lease expired: " + ", ".join([n for n in self.leases if self.leases[n] <= now]))
            self.safe(now)

    def _unchanged(self, name: str, value: "Any", now: int) -> bool:
        hold_ms = self.UNCHANGED_MS.get(name, 0)
        if name not in self.accepted or hold_ms == 0:
            return False
        old, when = self.accepted[name]
        return old == value and (hold_ms == UNTIL_SAFE or now - when < hold_ms)

    def _forget_write(self, name: str) -> None:
        if name in self.pending_writes:
            del self.pending_writes[name]
            self.write_order.remove(name)

    def _next_exchange(self, now: int) -> "Exchange | None":
        if self.safe_left:
            return self.safe_left[0]
        if self.queue:
            return self.queue.pop(0)
        if self.start_left:
            return self.start_left.pop(0)
        poll_due = len(self.POLLS) > 0 and now >= self.next_poll
        # turns: writes that come faster than the line carries them must not starve the readings
        if self.write_order and not (self.poll_turn and poll_due):
            return self._next_write()
        if not poll_due:
            return None
        self.poll_turn = False
        self.next_poll = now + self.POLL_MS
        exchange = self.POLLS[self.poll_at % len(self.POLLS)]
        self.poll_at = (self.poll_at + 1) % len(self.POLLS)
        return exchange

    def _next_write(self) -> "Exchange | None":
        name = self.write_order.pop(0)
        value = self.pending_writes.pop(name)
        self.accepted.pop(name, None)
        self.poll_turn = True
        try:
            exchanges = list(self.encode(name, value))
        except ProtocolError as error:  # allowed when it was asked for, not with what is known of the instrument now
            self._fault(str(error))
            return None
        if not exchanges:
            return None
        self.writing = (name, value, exchanges[-1])
        self.queue = exchanges[1:]
        return exchanges[0]

    def _start(self, exchange: Exchange, now: int) -> bytes:
        if exchange.key is None:
            self._done(exchange, now)
        else:
            if exchange is not self.retry:
                self.tries_left = exchange.tries
            self.retry = None
            self.in_flight = exchange
            self.deadline = now + exchange.timeout_ms
        return exchange.request

    # --- inner: how an exchange ends ---------------------------------------------------------------------------
    def _done(self, exchange: Exchange, now: int) -> None:
        self.not_before = now + max(self.GAP_MS, exchange.gap_ms)
        if self.safe_left and exchange is self.safe_left[0]:
            self.safe_left.pop(0)
            self.is_safed = not self.safe_left
        if self.writing is not None and exchange is self.writing[2]:
            self.accepted[self.writing[0]] = (self.writing[1], now)
            self.writing = None

    def _failed(self, exchange: Exchange, now: int, text: str) -> None:
        self._fault(text)
        self.writing = None
        self.not_before = now + self.RESYNC_MS
        if not self.safe_left:
            return
        if exchange is self.safe_left[0]:
            self.safe_left = self.safe_left[1:] + self.safe_left[:1]  # the other steps shall not wait for this one
        else:
            self.not_before = now + self.GAP_MS  # interrupted by `safe`, which is urgent

    def _timed_out(self, now: int) -> None:
        exchange = self.in_flight
        if exchange is None:
            return
        writing = self.writing
        self.buffer = bytearray()
        self.in_flight = None
        self._failed(exchange, now, "no answer to %r within %d ms" % (exchange.request, exchange.timeout_ms))
        if self.safe_left:
            return
        self.tries_left -= 1
        if self.tries_left > 0:
            self.writing = writing
            self.retry = exchange
            self.queue.insert(0, exchange)
        elif exchange in self.POLLS:  # an optional question of START may go unanswered for ever
            self.lost = not self.health(now)[0]

    def _take(self, reply: bytes, now: int) -> None:
        exchange = self.in_flight
        try:
            if exchange is not None and not self.answers(exchange.key, reply):
                exchange = None
        except BAD_REPLY:  # bytes that are no text belong to no question; the one in flight may still be answered
            exchange = None
        if exchange is not None:
            self.in_flight = None
            self.not_before = now + self.GAP_MS
        try:
            self.parse(None if exchange is None else exchange.key, reply, now)
        except BAD_REPLY as error:
            self._bad_reply(exchange, now, str(error))
            return
        self._good_reply(now)
        if exchange is not None:
            self._done(exchange, now)

    def _bad_reply(self, exchange: "Exchange | None", now: int, text: str) -> None:
        if exchange is None:
            self._fault(text)
            if self.in_flight is None:
                self.not_before = now + self.RESYNC_MS
        else:
            self._failed(exchange, now, text)

    def _good_reply(self, now: int) -> None:
        if self.last_reply_ms is None:
            self.last_error = ""
        self.last_reply_ms = now
        if self.lost:
            self.lost = False
            self.start_left = list(self.START)

    def _fault(self, text: str) -> None:
        self.errors += 1
        self.last_error = text
