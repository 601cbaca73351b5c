"""Channels that most points go without while the journal is nearly full; loaded only where a bench file names some."""

from adatom.protocol.channels import NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .recorder import Recorder

THIN_AT, THIN_UNTIL = 0.9, 0.8  # K: of the journal's quota in use: begins at the first, ends below the second
KEEP = 10  # of so many points one stays whole


class Thinning:
    """Takes channels out of a recorder's points, and records from when to when."""

    def __init__(self, recorder: "Recorder", names: "Sequence[str]") -> None:
        self.recorder = recorder
        self.names = list(names)
        self.channels = [NAMES.index(name) for name in names]
        self.active = False
        self.points = self.since_ms = 0  # recorded without the channels, since
        self.in_batch = 0  # of the batch that is not a record yet

    def point(self, columns: "list[list[int | None]]") -> None:
        """Take the channels out of the last point, but for one in KEEP."""
        if self.active and len(columns[0]) % KEEP:
            self.in_batch += 1
            for channel in self.channels:
                columns[channel][-1] = None

    def flushed(self, recorded: bool) -> None:
        """The batch has become a record, or found no room."""
        self.points += self.in_batch if recorded else 0
        self.in_batch = 0

    def look(self, t_ms: int) -> None:
        """Begin or end, as the journal has room."""
        filled = self.recorder.journal.filled
        if not self.active and filled >= THIN_AT:
            self.recorder.event(t_ms, "thinning", {"channels": self.names, "filled": round(filled, 3)})
            self.active, self.points, self.since_ms = True, 0, t_ms
        elif self.active and filled < THIN_UNTIL:
            self.recorder.event(t_ms, "thinned", {"channels": self.names, "points": self.points,
                                                  "from_ms": self.since_ms, "to_ms": t_ms})  # fmt: skip
            self.active = False
