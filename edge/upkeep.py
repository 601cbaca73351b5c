"""What a bench says of its own journal: damage, a medium that takes no more, records that are gone. No I/O.

The cloud takes a boot's records without a gap. When a medium has spoilt some, or the cloud's database has lost what it
receipted, receipts stay at the number before them. The journal is then read anew; what it has no more is declared lost.
"""

from adatom.protocol import codec
from adatom.protocol.session import RESEND_MS

from .alarms import DAMAGED, LOST
from .recorder import sha256_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.protocol.session import Record, Uplink

    from .recorder import Recorder

    Event = tuple[str, dict[str, Any]]

WORKS = "journal_works"
TEXTS, TEXT_CHARS = 8, 200  # of damage, in one event


class Upkeep:
    """Watches the journal of one station, which records the events that it gets from here."""

    def __init__(self, bench: str, recorder: "Recorder") -> None:
        self.bench = bench
        self.recorder = recorder
        self.trouble = ""  # why the journal takes no more
        self.troubled_at = 0  # the last number given out then: a later one on the medium ends it
        self.told = 0  # texts of damage
        self.stays = (0, 0)  # (boot, number) that receipts stay at, although the records after it are gone
        self.since_ms = 0
        self.declared = (0, 0)  # (boot, last number) that was declared lost last

    # --- the medium --------------------------------------------------------------------------------------------
    def failed(self, why: str) -> bool:
        """The journal takes no more; whether that is news."""
        news = not self.trouble
        self.trouble = why or "unknown"
        self.troubled_at = self.recorder.last
        return news

    def durable(self, first: int) -> "list[Event]":
        """A record is on the medium: the events of a trouble that has ended by this."""
        if not self.trouble or first <= self.troubled_at:
            return []
        why, self.trouble = self.trouble, ""
        data: "dict[str, Any]" = {"why": why[:TEXT_CHARS]}
        if self.recorder.given_up is not None:
            data["points_given_up"], data["from_ms"], data["to_ms"] = self.recorder.given_up
            self.recorder.given_up = None
        return [(WORKS, data)]

    def damage(self) -> "list[Event]":
        """The events of damage that was found since the last call."""
        found = self.recorder.journal.dropped[self.told :]
        self.told += len(found)
        if not found:
            return []
        return [(DAMAGED, {"found": len(found), "texts": [text[-TEXT_CHARS:] for text in found[:TEXTS]]})]

    # --- records that are gone ---------------------------------------------------------------------------------
    def stays_behind(self, boot: int, upto: int, uplink: "Uplink", now: int) -> bool:
        """Whether receipts stay at a number although the oldest record to send is not the next one.

        A receipt may be an old one that comes late: only one that is the same for long, and no other, is believed.
        """
        if not uplink.is_behind(boot, upto):
            if boot == self.stays[0]:
                self.stays = (0, 0)
            return False
        if self.stays != (boot, upto):
            self.stays, self.since_ms = (boot, upto), now
            return False
        if now - self.since_ms < RESEND_MS:
            return False
        self.since_ms = now
        return True

    def lost(self, upto: int, oldest: "Record") -> "tuple[bytes, list[Event]]":
        """(message without its seal, events) that declare what is missing before the oldest record."""
        first, last = upto + 1, oldest.first - 1
        fields = {"bench": self.bench, "boot": oldest.boot, "first": first, "last": last,
                  "next": sha256_of(oldest.payload)}  # fmt: skip
        news = self.declared != (oldest.boot, last)
        self.declared = (oldest.boot, last)
        events: "list[Event]" = [(LOST, {"boot": oldest.boot, "first": first, "last": last})]
        return codec.body_of("lost", fields), events if news else []
