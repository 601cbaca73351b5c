"""What was recorded of a run, out of the database. Reads only."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from adatom.protocol import channels
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

from .database import Database
from .jsontext import from_json

ORDER = "ORDER BY bench, boot, seq"
UTC_MS = "(t_ms + coalesce(wall_offset_ms, 0))"


class Reads(Database):
    """The report's and the analysis' side of the store."""

    def telemetry(
        self, run_id: str, names: Sequence[str] | None = None, buckets: int | None = None
    ) -> dict[str, NDArray[Any]]:
        """Columns of a run's points in order: t_ms and the channels (all, or those named) in their units, NaN missing.

        With `buckets` at most that many rows: the mean of a channel under its name, its extremes under name_min and
        name_max, t_ms the first of the bucket. Order is by boot, then sequence: t_ms starts anew with a boot.
        """
        wanted = _known_channels(channels.NAMES if names is None else names)
        if buckets is None:
            columns = ", ".join(["t_ms", *wanted])
            return self.columns(f"SELECT {columns} FROM point WHERE run_id = ? {ORDER}", [run_id])  # noqa: S608
        parts = ", ".join(f"avg({n}) AS {n}, min({n}) AS {n}_min, max({n}) AS {n}_max" for n in wanted)
        found = self.columns(
            f"""WITH numbered AS (
                SELECT *, ntile(?) OVER ({ORDER}) AS bucket FROM point WHERE run_id = ?)
            SELECT bucket, first(t_ms {ORDER}) AS t_ms, {parts} FROM numbered GROUP BY bucket ORDER BY bucket""",  # noqa: S608
            [buckets, run_id],
        )
        del found["bucket"]
        return found

    def trace(
        self, run_id: str, names: Sequence[str], buckets: int, from_s: float | None = None, to_s: float | None = None
    ) -> dict[str, NDArray[Any]]:
        """A run's telemetry for the eye: t_s, points, and of each channel name_min and name_max in each bucket.

        t_s (middle of the bucket) is seconds since the run's first point, by the bench's clock and, across boots, the
        wall clock. Buckets are of equal time, so a silence is a gap between them; half to one and a half times as many
        as asked for hold points, however long the silences. Empty ones are left out, a channel that said nothing in
        one is NaN. Passes without a sort: 10 million points in a second or two.
        """
        wanted = _known_channels(names)
        span = self.row(f"SELECT min({UTC_MS}), max({UTC_MS}) FROM point WHERE run_id = ?", [run_id])  # noqa: S608
        if span is None or span[0] is None:
            return {"t_s": np.empty(0), "points": np.empty(0)}
        first_ms, last_ms = span
        low = first_ms if from_s is None else max(first_ms, first_ms + 1000 * from_s)
        high = last_ms if to_s is None else min(last_ms, first_ms + 1000 * to_s)
        width_ms = self._bucket_ms(run_id, buckets, low, high)
        parts = "".join(f", min({n}) AS {n}_min, max({n}) AS {n}_max" for n in wanted)
        found = self.columns(
            f"""SELECT floor(({UTC_MS} - $2) / $3) AS bucket, count(*) AS points {parts} FROM point
            WHERE run_id = $1 AND {UTC_MS} BETWEEN $2 AND $4 GROUP BY bucket ORDER BY bucket""",  # noqa: S608
            [run_id, low, width_ms, high],
        )
        return {"t_s": (low - first_ms + (found.pop("bucket") + 0.5) * width_ms) / 1000, **found}

    def _bucket_ms(self, run_id: str, buckets: int, low_ms: float, high_ms: float) -> float:
        """The width at which at least half of so many buckets hold points; 1 ms at least."""
        width_ms = max((high_ms - low_ms) / max(buckets - 1, 1), 1.0)
        while True:
            row = self.row(
                f"""SELECT count(DISTINCT floor(({UTC_MS} - $2) / $3)) FROM point
                WHERE run_id = $1 AND {UTC_MS} BETWEEN $2 AND $4""",  # noqa: S608
                [run_id, low_ms, width_ms, high_ms],
            )
            held = int(row[0]) if row else 0
            if not 0 < held < buckets / 2 or width_ms <= 1.0:
                return width_ms
            # each of these is cut in buckets / held, and one more where the edges do not fall together
            width_ms = max(width_ms * held / buckets, 1.0)

    def events_of_trace(self, run_id: str) -> list[dict[str, Any]]:
        """Events of a run in order: t_s as in `trace`, name, data; none where the run has no point."""
        found = self.dicts(
            f"""WITH first AS (SELECT min({UTC_MS}) AS utc_ms FROM point WHERE run_id = $1),
            offsets AS (SELECT bench, boot, any_value(wall_offset_ms) AS wall_offset_ms FROM point
                WHERE run_id = $1 GROUP BY ALL)
            SELECT ({UTC_MS} - first.utc_ms) / 1000 AS t_s, name, data
            FROM event LEFT JOIN offsets USING (bench, boot), first WHERE run_id = $1 AND first.utc_ms IS NOT NULL
            {ORDER}""",  # noqa: S608
            [run_id],
        )
        return [row | {"data": from_json(row["data"])} for row in found]

    def techniques(self, run_id: str) -> dict[str, int]:
        """Technique -> how many parts of measurements a run has of it."""
        found = self.rows(
            "SELECT technique, count(*) FROM measurement WHERE run_id = ? GROUP BY ALL ORDER BY ALL", [run_id]
        )
        return {technique: int(number) for technique, number in found}

    def points(self, run_id: str) -> dict[str, NDArray[Any]]:
        """Columns of a run's points in order: boot, seq, t_ms and every channel in its unit, NaN missing."""
        columns = ", ".join(["boot", "seq", "t_ms", *channels.NAMES])
        return self.columns(f"SELECT {columns} FROM point WHERE run_id = ? {ORDER}", [run_id])  # noqa: S608

    def point_count(self, run_id: str | None = None) -> int:
        """How many points a run has, or the whole database."""
        row = self.row("SELECT count(*) FROM point WHERE ?1 IS NULL OR run_id = ?1", [run_id])
        return int(row[0]) if row else 0

    def events(self, run_id: str) -> list[dict[str, Any]]:
        """Events of a run in order: boot, seq, t_ms, name, data."""
        found = self.dicts(f"SELECT boot, seq, t_ms, name, data FROM event WHERE run_id = ? {ORDER}", [run_id])  # noqa: S608
        return [row | {"data": from_json(row["data"])} for row in found]

    def measurements(self, run_id: str, technique: str | None = None) -> list[dict[str, Any]]:
        """Measurements of a run in order: technique, columns (lists), meta; boot, seq and t_ms of the first part.

        Parts are joined; one that lacks a part is left out.
        """
        found = self.rows(
            f"""SELECT technique, part, parts, columns, meta, t_ms, boot, seq FROM measurement
            WHERE run_id = $1 AND ($2 IS NULL OR technique = $2) {ORDER}""",  # noqa: S608
            [run_id, technique],
        )
        whole: list[dict[str, Any]] = []
        pieces: list[tuple[Any, ...]] = []
        for row in found:
            _, part, parts = row[:3]
            pieces = [row] if part == 1 else [*pieces, row]
            numbers = [piece[1] for piece in pieces if piece[0] == row[0] and piece[2] == parts]
            if numbers == list(range(1, parts + 1)):
                whole.append(_joined(pieces))
                pieces = []
        return whole

    def result(self, run_id: str) -> dict[str, Any] | None:
        """How the bench says that a run ended: outcome, reason, ranges, root, summary, bench, trial, boot, t_ms.

        None before.
        """
        row = self.row(
            f"""SELECT outcome, reason, ranges, root, summary, bench, trial_id, boot, t_ms FROM result
            WHERE run_id = ? {ORDER} DESC""",  # noqa: S608
            [run_id],
        )
        if row is None:
            return None
        outcome, reason, ranges, root, summary, bench, trial, boot, t_ms = row
        return {"outcome": outcome, "reason": reason, "ranges": from_json(ranges), "root": root,
                "summary": from_json(summary), "bench": bench, "trial": trial, "boot": boot, "t_ms": t_ms}  # fmt: skip

    def boot(self, bench: str, boot: int) -> dict[str, Any] | None:
        """What a boot said of itself: envelope_sha256, software, simulated, wall_offset_ms."""
        row = self.row("""SELECT envelope_sha256, software, simulated, wall_offset_ms FROM boot
                       WHERE bench = ? AND boot = ?""", [bench, boot])  # fmt: skip
        names = ("envelope_sha256", "software", "simulated", "wall_offset_ms")
        return None if row is None else dict(zip(names, row, strict=True))

    def origin(self, run_id: str) -> tuple[str, int] | None:
        """(bench, boot) of a run's first record; None when there is none."""
        row = self.row("SELECT bench, boot FROM record WHERE run_id = ? ORDER BY received_utc_s, boot, first", [run_id])
        return None if row is None else (row[0], int(row[1]))

    def command_of(self, run_id: str) -> dict[str, Any] | None:
        """The arguments of the last command that started a run; None where the cloud gave none."""
        row = self.row("""SELECT args FROM command WHERE name = 'run' AND args ->> '$.run' = ?
                       ORDER BY counter DESC""", [run_id])  # fmt: skip
        return None if row is None else from_json(row[0])

    def blob(self, sha256: str) -> bytes | None:
        """Raw bytes by their SHA-256 in hex; None when they are not (wholly) here."""
        row = self.row("SELECT data FROM blob WHERE sha256 = ?", [sha256])
        return bytes(row[0]) if row else None


def _known_channels(names: Sequence[str]) -> list[str]:
    unknown = [name for name in names if name not in channels.NAMES]
    if unknown:
        raise InputError("channel", f"{', '.join(unknown)}: must be of {', '.join(channels.NAMES)}")
    return list(names)


def _joined(pieces: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """One measurement of its parts; columns run on, meta is the first part's."""
    parts = [from_json(piece[3]) for piece in pieces]
    columns = {name: [value for part in parts for value in part.get(name, [])] for name in parts[0]}
    technique, _, _, _, meta, t_ms, boot, seq = pieces[0]
    return {"technique": technique, "columns": columns, "meta": from_json(meta), "t_ms": t_ms, "boot": boot, "seq": seq}
