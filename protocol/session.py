"""The link without I/O: what to send and resend on the edge, what to accept and receipt in the cloud.

A broker's acknowledgement is no receipt. A record leaves the edge's memory only when the ingestor says that its
database has committed it; until then it is sent again (go-back-N). Time is passed in, in milliseconds of any clock.
"""

from collections import namedtuple

from .errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

RESEND_MS = 3000  # without progress for this long, what is in flight goes out again
WINDOW = 64  # records in flight
HEARTBEAT_MS = 2000
HELLO_MS = 30000  # a hello is said again: nobody may have been there to hear the first
SILENT_MS = 15000  # a peer silent for this long is gone, whatever its socket says

# kind: the message kind; [first, first + count) its sequence numbers; payload: its bytes
if TYPE_CHECKING:

    class Record(NamedTuple):
        boot: int
        first: int
        count: int  # type: ignore[assignment]  # hides tuple.count, which nobody counts with
        kind: str
        payload: bytes

else:
    Record = namedtuple("Record", ("boot", "first", "count", "kind", "payload"))

NEW, DUPLICATE, GAP = "new", "duplicate", "gap"


class Uplink:
    """The edge's side: records in order, at most WINDOW in flight, resent until receipted."""

    def __init__(self, window: int = WINDOW, resend_ms: int = RESEND_MS) -> None:
        self.window = window
        self.resend_ms = resend_ms
        self.waiting: "list[Record]" = []  # in order of boot and sequence; the first `in_flight` were sent
        self.in_flight = 0
        self.progress_ms = 0

    def offer(self, record: "Record") -> None:
        """Queue a journaled record. Records come in order."""
        if self.waiting:
            last = self.waiting[-1]
            if (record.boot, record.first) <= (last.boot, last.first):
                raise ValueError("records must be offered in order")
        self.waiting.append(record)

    def due(self, now: int) -> "list[Record]":
        """The Records to publish now: new ones within the window, or all in flight again after silence."""
        if self.in_flight and now - self.progress_ms >= self.resend_ms:
            self.in_flight = 0
        if not self.in_flight:
            self.progress_ms = now
        stop = min(self.window, len(self.waiting))
        out = self.waiting[self.in_flight : stop]
        self.in_flight = max(self.in_flight, stop)
        return out

    def receipt(self, boot: int, upto: int, now: int) -> int:
        """Take a cumulative receipt; the number of records that it frees."""
        freed = 0
        while freed < len(self.waiting):
            record = self.waiting[freed]
            if record.boot != boot or record.first + record.count - 1 > upto:
                break
            freed += 1
        if freed:
            self.waiting = self.waiting[freed:]
            self.in_flight = max(0, self.in_flight - freed)
            self.progress_ms = now
        return freed

    def is_behind(self, boot: int, upto: int) -> bool:
        """Whether a receipt stops short of the record before the oldest one to send."""
        return bool(self.waiting) and self.waiting[0].boot == boot and self.waiting[0].first > upto + 1

    def clear(self) -> None:
        """Forget what is queued: it will be offered again from its beginning."""
        self.waiting = []
        self.in_flight = 0

    def restart(self) -> None:
        """The connection is new: everything in flight may be lost and goes out again."""
        self.in_flight = 0

    @property
    def backlog(self) -> int:
        """Records not yet receipted."""
        return len(self.waiting)


class Intake:
    """The cloud's side for one bench: which record is new, and what may be receipted.

    Records of a boot are taken strictly in order, because each proves the one before it by the hash chain.
    """

    def __init__(self) -> None:
        self.upto: "dict[int, int]" = {}  # boot -> last sequence number accepted

    def known(self, boot: int, upto: int) -> None:
        """What the database has of a boot, at start."""
        self.upto[boot] = upto

    def judge(self, boot: int, first: int, count: int) -> str:
        """NEW, DUPLICATE or GAP; only NEW is to be stored, followed by `accepted`."""
        if count < 1:
            raise ProtocolError("a record without a sequence number")
        upto = self.upto.get(boot, 0)
        if first == upto + 1:
            return NEW
        if first + count - 1 <= upto:
            return DUPLICATE
        if first <= upto:
            raise ProtocolError("record %d-%d overlaps what is stored up to %d" % (first, first + count - 1, upto))
        return GAP

    def accepted(self, boot: int, first: int, count: int) -> None:
        """A NEW record was taken (its receipt waits for the commit)."""
        self.upto[boot] = first + count - 1
