"""What benches send, into the database: every record as it came and as rows. Identity is (bench, boot, sequence).

One call of `ingest` is one transaction; when it returns, all of it is on the disk and may be receipted. It does not
judge: signatures, the hash chain and the order are checked before (cloud.ingest).
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from adatom.protocol import channels, telemetry
from numpy.typing import NDArray

from .audit import Audit
from .database import Values
from .jsontext import clean, to_json


class Record(Protocol):
    """A numbered record as the ingestor has verified it."""

    @property
    def bench(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def boot(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def link(self) -> bytes: ...
    @property
    def lost(self) -> int: ...  # numbers right before it that the bench has declared lost
    @property
    def content(self) -> Any:  # telemetry.Batch, of lists or arrays, or the message as a dict
        ...


Pair = tuple[Record, dict[str, Any]]
Columns = dict[str, Values]
KEY = ("bench", "boot", "first")  # of a record


class Records(Audit):
    """The ingestor's side of the store."""

    def hello(self, bench: str, message: Mapping[str, Any], utc_s: float) -> None:
        """Note a boot of a bench, and how its clock stands to this one's."""
        with self.transaction():
            self._note_benches({bench}, utc_s)
            self.rows(
                """INSERT INTO boot VALUES ($1, $2, $3, $3, $4, $5, $6, $7)
                ON CONFLICT DO UPDATE SET last_hello_utc_s = $3, wall_offset_ms = $4""",
                [bench, message["boot"], utc_s, 1000.0 * utc_s - message["t_ms"], clean(message["envelope"]),
                 clean(message["software"]), bool(message["simulated"])],
            )  # fmt: skip

    def ingest(self, records: Sequence[Record], utc_s: float) -> int:
        """How many of the records were new; each is stored once, however often it is delivered."""
        if not records:
            return 0
        with self.transaction():
            self._note_benches({record.bench for record in records}, utc_s)
            self.insert("lost_record", _lost_columns(records, utc_s), "OR IGNORE")
            new = self._insert_new(records, utc_s)
            for record in new:
                self._note_answer(record, utc_s)
            self._insert_points([record for record in new if record.kind == "telemetry"])
            for kind, to_columns in TABLES.items():
                pairs = [(record, record.content) for record in new if record.kind == kind]
                if pairs:
                    self.insert("blob_part" if kind == "blob" else kind, to_columns(pairs))
            for sha256 in sorted({record.content["sha256"] for record in new if record.kind == "blob"}):
                self._join_blob(sha256)
        return len(new)

    def _insert_new(self, records: Sequence[Record], utc_s: float) -> list[Record]:
        """Keep records as they came; those that were not there, in their order.

        The rows of a record are new if it is: only here the database has to look for duplicates, which for the rows
        themselves takes two thirds more time. Their keys stay, and refuse what this would let through.
        """
        once: dict[tuple[Any, ...], Record] = {}
        for record in records:
            once.setdefault((record.bench, record.boot, record.first), record)
        added = self.insert_new("record", _record_columns(list(once.values()), utc_s), KEY)
        return [record for key, record in once.items() if key in added]

    def committed_upto(self, bench: str, boot: int) -> int:
        """The last number of a boot before which none is missing but those declared lost; 0 when there is none."""
        row = self.row(
            f"""{SPANS.format(lost=LOST)} SELECT coalesce(
                (SELECT min(before) FROM span WHERE first > before + 1),
                (SELECT max(last) FROM span), 0)""",  # noqa: S608 - a constant of this file
            [bench, boot, bench, boot],
        )
        return int(row[0]) if row else 0

    def gaps(self, bench: str, boot: int) -> list[tuple[int, int]]:
        """(first, last) of every stretch of sequence numbers that is missing before one that is there."""
        sql = f"{SPANS.format(lost='')} SELECT before + 1, first - 1 FROM span WHERE first > before + 1 ORDER BY first"  # noqa: S608
        return [(int(first), int(last)) for first, last in self.rows(sql, [bench, boot])]

    def stored_boots(self, bench: str) -> dict[int, tuple[int, bytes]]:
        """Boot -> (last number before which none is missing, chain link of the record that it ends)."""
        boots = self.rows("SELECT DISTINCT boot FROM record WHERE bench = ? ORDER BY boot", [bench])
        found = {}
        for (boot,) in boots:
            upto = self.committed_upto(bench, boot)
            link = self.row("SELECT link FROM record WHERE bench = ? AND boot = ? AND first + count - 1 = ?",
                            [bench, boot, upto])  # fmt: skip
            if link:
                found[int(boot)] = (upto, bytes(link[0]))
        return found

    def put_blob(self, data: bytes) -> str:
        """Keep raw bytes by their content; the SHA-256 in hex that `blob` takes."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self.transaction():
            self.insert("blob", {"sha256": [sha256], "size": [len(data)], "data": [data]}, "OR IGNORE")
        return sha256

    def _note_benches(self, benches: set[str], utc_s: float) -> None:
        """Note who is new: an insert takes 2 ms also of one who is known, and every commit is of some."""
        for bench in sorted(benches - {bench for (bench,) in self.rows("SELECT bench FROM bench")}):
            self.rows("INSERT INTO bench VALUES (?, ?)", [bench, utc_s])

    def _note_answer(self, record: Record, utc_s: float) -> None:
        """A command that the bench obeyed or refused, into the audit chain."""
        answer = _answer(record)
        if answer is None:
            return
        what, fields = answer
        boot = self.row("SELECT envelope_sha256 FROM boot WHERE bench = ? AND boot = ?", [record.bench, record.boot])
        where = {"bench": record.bench, "boot": record.boot, "seq": record.first}
        self.append_audit(what, utc_s, where | fields | {"envelope": boot[0] if boot else ""})

    def _insert_points(self, records: Sequence[Record]) -> None:
        if not records:
            return
        offsets = self.rows("SELECT bench, boot, wall_offset_ms FROM boot")
        known = {(bench, boot): offset for bench, boot, offset in offsets}
        walls = [known.get((record.bench, record.boot), np.nan) for record in records]
        self.insert("point", point_columns(records, walls))

    def _join_blob(self, sha256: str) -> None:
        """Put a blob together once all its parts from one run are there and have the content that they claim."""
        for (run_id,) in self.rows(
            """SELECT coalesce(run_id, '') FROM blob_part WHERE sha256 = ? AND data IS NOT NULL
            GROUP BY ALL HAVING count(DISTINCT part) = max(parts) ORDER BY ALL""",
            [sha256],
        ):
            parts = self.rows(
                """SELECT any_value(data) FROM blob_part WHERE sha256 = ? AND coalesce(run_id, '') = ?
                GROUP BY part ORDER BY part""",
                [sha256, run_id],
            )
            if self.put_blob(b"".join(bytes(part[0]) for part in parts)) == sha256:
                self.rows("UPDATE blob_part SET data = NULL WHERE sha256 = ?", [sha256])
                return


def _answer(record: Record) -> tuple[str, dict[str, Any]] | None:
    """(obeyed or refused, who, name, counter, reasons) of a record that answers a command; else None."""
    if record.kind == "refusal":
        said = record.content
        return "refused", {"who": "", "name": said["name"], "counter": said["counter"], "reasons": said["reasons"]}
    if record.kind != "event" or record.content["name"] not in ("command", "local_command"):
        return None
    local, data = record.content["name"] == "local_command", record.content["data"]
    reasons = [str(reason)[:300] for reason in data.get("reasons") or ()][:16] if local else []
    who = "at the bench" if local else str(data.get("key", ""))[:32]
    counter = data.get("counter", 0)
    fields = {"who": who, "name": str(data.get("name", ""))[:32], "reasons": reasons,
              "counter": counter if isinstance(counter, int) else 0}  # fmt: skip
    return "refused" if reasons else "obeyed", fields


# Each record's span and the last number of all before it
SPANS = """WITH stored AS (
        SELECT first, first + count - 1 AS last FROM record WHERE bench = ? AND boot = ? {lost}
    ), span AS (
        SELECT first, last, coalesce(max(last) OVER (
            ORDER BY first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM stored
    )"""

# a lost span is stored only together with the record that follows it
LOST = "UNION ALL SELECT first, last FROM lost_record WHERE bench = ? AND boot = ?"


def point_columns(records: Sequence[Record], wall_offsets_ms: Sequence[float]) -> Columns:
    """Columns of the table `point` from telemetry records: scaled integers to real units, missing to NaN."""
    batches: list[telemetry.Batch] = [record.content for record in records]
    counts = [batch.count for batch in batches]
    columns: Columns = {
        "bench": _repeated([record.bench for record in records], counts),
        "boot": np.repeat(np.array([record.boot for record in records], dtype=np.uint64), counts),
        "seq": np.concatenate([np.arange(b.first, b.first + b.count, dtype=np.uint64) for b in batches]),
        "run_id": _repeated([clean(batch.run) or None for batch in batches], counts),
        "t_ms": np.concatenate([np.asarray(batch.t_ms, dtype=np.int64) for batch in batches]),
        "wall_offset_ms": np.repeat(np.array(wall_offsets_ms, dtype=float), counts),
    }
    # dtype float turns None into NaN
    readings = np.concatenate([np.asarray(batch.columns, dtype=float) for batch in batches], axis=1)
    units = readings / np.array(channels.SCALES, dtype=float)[:, None]
    return columns | dict(zip(channels.NAMES, units, strict=True))


def _repeated(values: Sequence[Any], counts: Sequence[int]) -> NDArray[Any]:
    return np.repeat(np.array(values, dtype=object), counts)


def _record_columns(records: Sequence[Record], utc_s: float) -> Columns:
    return {
        "bench": [record.bench for record in records],
        "boot": [record.boot for record in records],
        "first": [record.first for record in records],
        "count": [record.count for record in records],
        "kind": [record.kind for record in records],
        "run_id": [_run_of(record) for record in records],
        "received_utc_s": [utc_s] * len(records),
        "link": [bytes(record.link) for record in records],
        "body": [bytes(record.body) for record in records],
    }


def _lost_columns(records: Sequence[Record], utc_s: float) -> Columns:
    behind = [record for record in records if record.lost]
    return {
        "bench": [record.bench for record in behind],
        "boot": [record.boot for record in behind],
        "first": [record.first - record.lost for record in behind],
        "last": [record.first - 1 for record in behind],
        "declared_utc_s": [utc_s] * len(behind),
    }


def _run_of(record: Record) -> str | None:
    run = record.content.run if record.kind == "telemetry" else record.content.get("run", "")
    return clean(run) or None


def _identity(pairs: Sequence[Pair]) -> Columns:
    return {
        "bench": [record.bench for record, _ in pairs],
        "boot": [record.boot for record, _ in pairs],
        "seq": [record.first for record, _ in pairs],
    }


def _times(pairs: Sequence[Pair]) -> Columns:
    return {"t_ms": [message["t_ms"] for _, message in pairs]}


def _runs(pairs: Sequence[Pair]) -> Columns:
    return {"run_id": [_run_of(record) for record, _ in pairs]}


def _texts(pairs: Sequence[Pair], *names: str) -> Columns:
    return {name: [clean(message[name]) for _, message in pairs] for name in names}


def _jsons(pairs: Sequence[Pair], *names: str) -> Columns:
    return {name: [to_json(message[name]) for _, message in pairs] for name in names}


def _numbers(pairs: Sequence[Pair], *names: str) -> Columns:
    return {name: [message[name] for _, message in pairs] for name in names}


def _event(pairs: Sequence[Pair]) -> Columns:
    return _identity(pairs) | _runs(pairs) | _times(pairs) | _texts(pairs, "name") | _jsons(pairs, "data")


def _measurement(pairs: Sequence[Pair]) -> Columns:
    known = _identity(pairs) | _runs(pairs) | _times(pairs) | _texts(pairs, "technique")
    return known | _numbers(pairs, "part", "parts") | _jsons(pairs, "columns", "meta")


def _blob_part(pairs: Sequence[Pair]) -> Columns:
    data = {"data": [_decoded(message["data"]) for _, message in pairs]}
    known = _identity(pairs) | _runs(pairs) | _texts(pairs, "sha256")
    return known | _numbers(pairs, "part", "parts") | data


def _decoded(text: str) -> bytes | None:
    """The bytes of base64 text; None when it is not: the record is kept, the blob stays incomplete."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _result(pairs: Sequence[Pair]) -> Columns:
    known = _identity(pairs) | _runs(pairs) | _times(pairs) | {"trial_id": [clean(m["trial"]) for _, m in pairs]}
    return known | _texts(pairs, "outcome", "reason", "root") | _jsons(pairs, "ranges", "summary")


def _refusal(pairs: Sequence[Pair]) -> Columns:
    known = _identity(pairs) | _times(pairs) | _numbers(pairs, "counter")
    return known | _texts(pairs, "name") | _jsons(pairs, "reasons")


# kind of message -> its columns
TABLES: dict[str, Callable[[Sequence[Pair]], Columns]] = {
    "event": _event,
    "measurement": _measurement,
    "blob": _blob_part,
    "result": _result,
    "refusal": _refusal,
}
