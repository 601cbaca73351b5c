"""From bytes to verified records, one bench at a time. Pure: no clock, no network, no database.

A record is taken only if its bytes decode, its number is the next of its boot, and its link continues the hash chain.
"""

from dataclasses import dataclass
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
        self.conflicts: set[int] = set()  # boots whose records contradict what is stored: nothing of them is taken
        self.duplicates = 0
        self.gaps = 0
        for boot, (upto, link) in (stored or {}).items():
            self.order.known(boot, upto)
            self.links[boot] = link

    def take(self, kind: str, payload: bytes) -> Incoming | None:
        """The verified record, or None for a duplicate or one after a gap. ProtocolError for what is broken."""
        record = decode_record(self.bench, kind, payload)
        if record.boot in self.conflicts:
            raise ProtocolError(f"{self.bench} boot {record.boot}: is stored with other records")
        verdict = self.order.judge(record.boot, record.first, record.count)
        if verdict != NEW:
            self.gaps += verdict == GAP
            self.duplicates += verdict != GAP
            return None
        previous = self.links.get(record.boot) or seal.genesis(self.bench, record.boot)
        if seal.chain_link(previous, record.body) != record.link:
            raise ProtocolError(f"{self.bench} boot {record.boot} record {record.first}: breaks the hash chain")
        self.order.accepted(record.boot, record.first, record.count)
        self.links[record.boot] = record.link
        return record

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
