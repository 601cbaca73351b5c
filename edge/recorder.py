"""What the bench says, numbered, chained and journaled before it is sent.

The recorder gives every point and every other record its sequence number, links it to the record before, and hands it
to the journal. What `commit` returns is on disk and may go out. It knows nothing of networks or of control.
"""

import binascii
import hashlib

from adatom.protocol import codec, seal, telemetry
from adatom.protocol.channels import COUNT
from adatom.protocol.errors import FailedError
from adatom.protocol.session import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .journal import Journal
    from .thinning import Thinning

    Ranges = list[list[int]]  # [boot, first, last]

PART_ROWS = 400  # rows of a measurement in one message: about 30 kB of JSON
BLOB_BYTES = 24000  # of raw data in one message, 32 kB as base64
SPARE = 0.02  # K: of the journal's quota, kept for everything that is no point, safety events above all
ABORTED_BY_RESTART = "the agent restarted during the run"


class Recorder:
    """Sequence numbers, hash chain and batching of one boot of a bench."""

    def __init__(
        self,
        bench: str,
        journal: "Journal",
        batch_points: int = 60,
        batch_ms: int = 60000,
        thin: "Sequence[str]" = (),  # names of channels, some of config.THINNABLE
    ) -> None:
        self.journal = journal
        self.thinning: "Thinning | None" = None
        if thin:
            from .thinning import Thinning

            self.thinning = Thinning(self, thin)
        self.boot = journal.boot
        self.batch_points = batch_points
        self.batch_ms = batch_ms
        self.last = 0  # last sequence number given out
        self.link = seal.genesis(bench, journal.boot)
        self.fresh: "list[Record]" = []  # Records appended, not yet committed
        self.syncing: "list[Record]" = []  # written, their sync not yet ended
        self.run = ""
        self.trial = ""
        self.last_run = ""  # that ended on this bench
        self.result_seq = 0  # of a result that is not yet on the medium; 0: none
        self.run_first = 0
        self.given_up: "tuple[int, int, int] | None" = None  # (points, first and last t_ms) that found no room
        self._clear_batch()

    def begin(self, run: str, trial: str) -> None:
        """From here on records belong to a run. Told to the journal, so that a crash in between is reported.

        OSError when the journal does not take it: then nothing has changed.
        """
        self.flush()
        self.journal.begin_run({"run": run, "trial": trial, "boot": self.boot, "first": self.last + 1})
        self.run, self.trial, self.run_first = run, trial, self.last + 1
        self.result_seq = 0  # what the journal remembers from now on is this run

    def point(self, t_ms: int, readings: "list[int | None]") -> None:
        """Add one reading of all channels; a batch leaves when it is full or old."""
        self.times.append(t_ms)
        for column, value in zip(self.columns, readings):
            column.append(value)
        if self.thinning is not None:
            self.thinning.point(self.columns)
        if len(self.times) >= self.batch_points or t_ms - self.times[0] >= self.batch_ms:
            self.flush()
            if self.thinning is not None:
                self.thinning.look(t_ms)

    def flush(self) -> None:
        """Turn the points gathered so far into a record. What the journal has no room for is given up, and counted."""
        count = len(self.times)
        if not count:
            return
        batch = telemetry.Batch(self.boot, self.last + 1, count, self.run, self.times, self.columns)
        body = telemetry.encode_body(batch)
        link = seal.chain_link(self.link, body)
        try:
            spare = int(SPARE * self.journal.quota_bytes)
            self._append("telemetry", count, telemetry.finish(body, link), link, spare)
        except FailedError:
            points, since_ms, _ = self.given_up or (0, self.times[0], 0)
            self.given_up = (points + count, since_ms, self.times[-1])
            self._clear_batch()
            raise
        self._clear_batch(True)

    def event(self, t_ms: int, name: str, data: "dict[str, Any]") -> None:
        self._record("event", t_ms, {"run": self.run, "name": name, "data": data})

    def refusal(self, t_ms: int, counter: int, name: str, reasons: "list[str]") -> None:
        """A command that was not obeyed, and why; refusals are part of the audit."""
        short = [reason[:300] for reason in reasons[:16]]
        self._record("refusal", t_ms, {"counter": counter, "name": name, "reasons": short})

    def measurement(self, t_ms: int, technique: str, columns: "dict[str, Any]", meta: "dict[str, Any]") -> None:
        """A measurement in as many parts as it needs; columns are lists of numbers of one length."""
        for fields in measurement_parts(self.run, technique, columns, meta):
            self._record("measurement", t_ms, fields)

    def blob(self, t_ms: int, data: bytes) -> str:
        """Raw bytes as the instrument gave them; returns their SHA-256, by which others refer to them."""
        digest = sha256_of(data)
        for fields in blob_parts(self.run, digest, data):
            self._record("blob", t_ms, fields)
        return digest

    def part(self, t_ms: int, kind: str, fields: "dict[str, Any]") -> None:
        """One of measurement_parts or blob_parts, for whoever records a large thing piece by piece."""
        self._record(kind, t_ms, fields)

    def result(self, t_ms: int, outcome: str, reason: str, summary: "dict[str, Any]") -> None:
        """The end of the run: what came of it, and which records prove it."""
        self.flush()
        ranges = _ranges(self.boot, self.run_first, self.last)
        self._result(t_ms, self.run, self.trial, outcome, reason, ranges, summary)
        self.last_run = self.run
        self.run = self.trial = ""

    def report_interrupted(self, t_ms: int, run: "dict[str, Any]", last: int) -> None:
        """The result of a run that a crash cut off; `run` is what the journal remembers, `last` its boot's end.

        None when the crash fell between the run's own result and the journal's forgetting of the run.
        """
        self.last_run = run["run"]
        if self._has_result(run["run"]):
            self.journal.end_run()
            return
        ranges = _ranges(run["boot"], run["first"], last)
        self._result(t_ms, run["run"], run["trial"], "aborted", ABORTED_BY_RESTART, ranges, {})

    def commit(self) -> "list[Record]":
        """Make everything so far durable; returns the Records that may be sent now."""
        if not self.fresh:
            return []
        self.journal.commit()
        done = self.fresh
        self.fresh = []
        self._durable(done)
        return done

    @property
    def is_durable(self) -> bool:
        """Whether everything recorded so far is on the medium."""
        return not self.fresh and not self.syncing

    def begin_commit(self) -> bool:
        """As the journal's: write, and tell whether there is something to sync. `end_commit` must follow."""
        if not self.journal.begin_commit():
            return False
        self.syncing, self.fresh = self.fresh, []
        return True

    def end_commit(self, error: "OSError | None") -> "list[Record]":
        """The Records that may be sent now; raises the sync's error, and keeps them for the next try."""
        done, self.syncing = self.syncing, []
        if error is not None:
            self.fresh = done + self.fresh
        self.journal.end_commit(error)
        self._durable(done)
        return done

    def _durable(self, records: "list[Record]") -> None:
        """Only a result on the medium ends a run for the journal: a crash before it is told at the next start."""
        if records and self.result_seq and records[-1].first >= self.result_seq:
            try:
                self.journal.end_run()
            except OSError:
                return  # the records are durable all the same; tried again with the next ones
            self.result_seq = 0

    def _has_result(self, run: str) -> bool:
        """Whether the journal has a result of a run; nothing of it is receipted before the run is forgotten."""
        for _, _, _, payload in self.journal.pending():
            if codec.kind_of(payload) == "result" and codec.decode("result", payload)[0]["run"] == run:
                return True
        return False

    def _result(
        self,
        t_ms: int,
        run: str,
        trial: str,
        outcome: str,
        reason: str,
        ranges: "Ranges",
        summary: "dict[str, Any]",
    ) -> None:
        root = seal.to_hex(self.link)
        self._record("result", t_ms, {"run": run, "trial": trial, "outcome": outcome, "reason": reason[:500],
                                      "ranges": ranges, "root": root, "summary": summary})  # fmt: skip
        self.result_seq = self.last

    def _record(self, kind: str, t_ms: int, fields: "dict[str, Any]") -> None:
        self.flush()
        fields.update({"boot": self.boot, "seq": self.last + 1, "t_ms": t_ms})
        body = codec.body_of(kind, fields)
        link = seal.chain_link(self.link, body)
        self._append(kind, 1, codec.with_tail(kind, body, seal.to_hex(link)), link)

    def _append(self, kind: str, count: int, payload: bytes, link: bytes, spare: int = 0) -> None:
        """Number and chain move on only when the journal has taken the record."""
        first = self.last + 1
        self.journal.append(first, count, payload, spare)
        self.last += count
        self.link = link
        self.fresh.append(Record(self.boot, first, count, kind, payload))

    def _clear_batch(self, recorded: bool = False) -> None:
        if self.thinning is not None:
            self.thinning.flushed(recorded)
        self.times: "list[int]" = []
        self.columns: "list[list[int | None]]" = [[] for _ in range(COUNT)]


def _ranges(boot: int, first: int, last: int) -> "Ranges":
    """The numbers of a run's records in a boot; none when nothing of it was recorded."""
    return [[boot, first, last]] if last >= first else []


def sha256_of(data: bytes) -> str:
    """The hex SHA-256 by which records refer to raw bytes."""
    return seal.to_hex(hashlib.sha256(data).digest())


def measurement_parts(
    run: str, technique: str, columns: "dict[str, Any]", meta: "dict[str, Any]"
) -> "Iterator[dict[str, Any]]":
    """The records of a measurement of a run."""
    rows = len(next(iter(columns.values())))
    parts = max(1, (rows + PART_ROWS - 1) // PART_ROWS)
    for part in range(parts):
        piece = {name: values[part * PART_ROWS : (part + 1) * PART_ROWS] for name, values in columns.items()}
        yield {"run": run, "technique": technique, "part": part + 1, "parts": parts, "columns": piece, "meta": meta}


def blob_parts(run: str, digest: str, data: bytes) -> "Iterator[dict[str, Any]]":
    """The records of raw bytes with this SHA-256."""
    parts = max(1, (len(data) + BLOB_BYTES - 1) // BLOB_BYTES)
    for part in range(parts):
        piece = data[part * BLOB_BYTES : (part + 1) * BLOB_BYTES]
        text = binascii.b2a_base64(piece).decode().replace("\n", "")
        yield {"run": run, "sha256": digest, "part": part + 1, "parts": parts, "data": text}
