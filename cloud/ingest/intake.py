"""From bytes to verified records, one bench at a time. Pure: no clock, no network, no database.

A record is taken only if its bytes decode, its number is the next of its boot, and its link continues the hash chain.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from adatom.protocol import codec, seal, telemetry
from adatom.protocol.errors import ProtocolError
from adatom.protocol.messages import NUMBERED
from adatom.protocol.session import GAP, NEW, Intake


@dataclass(frozen=True)
class Incoming:
    """A verified record, ready to be stored. `content` is a telemetry.Batch or the message's dict."""

    bench: str
    kind: str
    boot: int
    first: int
    count: int
    body: bytes
    link: bytes
    content: Any
    lost: int = 0  # numbers right before it that the bench has declared lost

    @property
    def last(self) -> int:
        return self.first + self.count - 1


class BenchIntake:
    """What is taken from one bench, boot by boot; `duplicates` and `gaps` count what was not."""

    def __init__(self, bench: str, stored: dict[int, tuple[int, bytes]] | None = None) -> None:
        """`stored`: boot -> (last committed number, its link), as the database has it."""
        self.bench = bench
        self.order = Intake()
        self.links: dict[int, bytes] = {}
        self.committed: dict[int, int] = {}  # boot -> last number on the disk, behind `order`: what may be receipted
        self.declared: dict[int, tuple[int, int, str]] = {}  # boot -> (first, last) lost, SHA-256 of what follows
        self.conflicts: set[int] = set()  # boots whose records contradict what is stored: nothing of them is taken
        self.duplicates = 0
        self.gaps = 0
        for boot, (upto, link) in (stored or {}).items():
            self.order.known(boot, upto)
            self.links[boot] = link
            self.committed[boot] = upto

    def take(self, kind: str, payload: bytes) -> Incoming | None:
        """The verified record, or None for a duplicate or one after a gap. ProtocolError for what is broken."""
        return self.follow(decode_record(self.bench, kind, payload), payload)

    def follow(self, record: Incoming, payload: bytes) -> Incoming | None:
        """As `take`, of a record that is decoded already."""
        if record.boot in self.conflicts:
            raise ProtocolError(f"{self.bench} boot {record.boot}: is stored with other records")
        verdict = self.order.judge(record.boot, record.first, record.count)
        lost = self._lost_before(record, payload) if verdict == GAP else 0
        if verdict != NEW and not lost:
            self.order.upto.setdefault(record.boot, 0)  # a receipt for nothing tells the bench what is awaited
            self.gaps += verdict == GAP
            self.duplicates += verdict != GAP
            return None
        previous = self.links.get(record.boot) or seal.genesis(self.bench, record.boot)
        if not lost and seal.chain_link(previous, record.body) != record.link:
            raise ProtocolError(f"{self.bench} boot {record.boot} record {record.first}: breaks the hash chain")
        self.order.accepted(record.boot, record.first, record.count)
        self.links[record.boot] = record.link
        return replace(record, lost=lost)

    def declare_lost(self, boot: int, first: int, last: int, following: str) -> None:
        """A bench has sealed that it has these numbers no more: its record with that SHA-256 may come after a gap."""
        self.declared[boot] = (first, last, following)

    def _lost_before(self, record: Incoming, payload: bytes) -> int:
        """How many numbers are missing before a record, if the bench has declared just this; else 0.

        The chain cannot be followed over them: the declaration vouches for the record's bytes instead.
        """
        first, last, following = self.declared.get(record.boot, (0, 0, ""))
        missing = record.first - 1 - self.upto(record.boot)
        if last != record.first - 1 or not 0 < missing <= last - first + 1:
            return 0
        return missing if hashlib.sha256(payload).hexdigest() == following else 0

    def upto(self, boot: int) -> int:
        """The last number taken of a boot."""
        return int(self.order.upto.get(boot, 0))


def decode_record(bench: str, kind: str, payload: bytes) -> Incoming:
    """A numbered record out of its bytes, its link not yet checked; ProtocolError for anything else."""
    if kind not in NUMBERED:
        raise ProtocolError(f"{kind}: is no numbered record")
    if kind == "telemetry":
        batch, body, link = telemetry.decode(payload)
        return Incoming(bench, kind, batch.boot, batch.first, batch.count, body, link, batch)
    message, body, tail = codec.decode(kind, payload)
    link = seal.from_hex(tail, seal.LINK_BYTES)
    return Incoming(bench, kind, message["boot"], message["seq"], 1, body, link, message)
