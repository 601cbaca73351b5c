"""From bytes to verified records, one bench at a time. Pure: no clock, no network, no database.

A record is taken only if its bytes decode, its number is the next of its boot, and its link continues the hash chain.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from adatom.cloud.ingest import columns
from adatom.protocol import codec, seal
from adatom.protocol.errors import ProtocolError
from adatom.protocol.messages import NUMBERED
from adatom.protocol.session import GAP, NEW, Intake


@dataclass(frozen=True)
class Incoming:
    """A verified record, ready to be stored. `content` is columns.Points or the message's dict."""

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
        return replace(record, lost=lost) if lost else record

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


def decode_records(messages: Sequence[tuple[str, str, bytes]]) -> list[Incoming | ProtocolError]:
    """Numbered records out of (bench, kind, bytes), links not yet checked; an error in the place of anything else."""
    telemetries = iter(columns.decode([payload for _, kind, payload in messages if kind == "telemetry"]))
    return [_telemetry(bench, next(telemetries)) if kind == "telemetry" else _message(bench, kind, payload)
            for bench, kind, payload in messages]  # fmt: skip


def decode_record(bench: str, kind: str, payload: bytes) -> Incoming:
    """One of them; ProtocolError is raised."""
    (record,) = decode_records([(bench, kind, payload)])
    if isinstance(record, ProtocolError):
        raise record
    return record


def _telemetry(bench: str, found: columns.Decoded | ProtocolError) -> Incoming | ProtocolError:
    if isinstance(found, ProtocolError):
        return found
    batch, body, link = found
    return Incoming(bench, "telemetry", batch.boot, batch.first, batch.count, body, link, batch)


def _message(bench: str, kind: str, payload: bytes) -> Incoming | ProtocolError:
    if kind not in NUMBERED:
        return ProtocolError(f"{kind}: is no numbered record")
    try:
        message, body, tail = codec.decode(kind, payload)
        link = seal.from_hex(tail, seal.LINK_BYTES)
    except ProtocolError as error:
        return error
    return Incoming(bench, kind, message["boot"], message["seq"], 1, body, link, message)
