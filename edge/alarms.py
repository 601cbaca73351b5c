"""Safety events on their way to the cloud ahead of their records: told again with each heartbeat until receipted."""

DAMAGED, FAILS, LOST = "journal_damaged", "journal_fails", "records_lost"  # of the journal (upkeep.py)
MOST = 8  # are held; of more only the newest


class Alarms:
    """(sequence number, message) of events whose records are not receipted yet."""

    def __init__(self) -> None:
        self.held: "list[tuple[int, bytes]]" = []
        self.told = 0  # how many of them were, from the first on

    def add(self, seq: int, message: bytes) -> None:
        """One more to tell."""
        self._keep(self.held + [(seq, message)])

    def receipted(self, upto: int) -> None:
        """Forget those whose records have arrived."""
        self._keep([alarm for alarm in self.held if alarm[0] > upto])

    def again(self) -> None:
        """Tell all that are held once more."""
        self.told = 0

    def due(self) -> "list[bytes]":
        """The messages to tell now."""
        out = [message for _, message in self.held[self.told :]]
        self.told = len(self.held)
        return out

    def _keep(self, alarms: "list[tuple[int, bytes]]") -> None:
        """Go on with these, but for the oldest where they are too many. Who was told before stays told."""
        told = [alarm[0] for alarm in self.held[: self.told]]
        self.held = alarms[-MOST:]
        self.told = len([alarm for alarm in self.held if alarm[0] in told])
