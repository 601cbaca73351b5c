"""What was recorded of a run, out of the database. Reads only."""

from collections.abc import Sequence
from typing import Any

from adatom.protocol import channels
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

from .database import Database
from .jsontext import from_json

ORDER = "ORDER BY bench, boot, seq"


class Reads(Database):
    """The report's and the analysis' side of the store."""

    def telemetry(
        self, run_id: str, names: Sequence[str] | None = None, buckets: int | None = None
    ) -> dict[str, NDArray[Any]]:
        """Columns of a run's points in order: t_ms and the channels (all, or those named) in their units, NaN missing.

        With `buckets` at most that many rows: the mean of a channel under its name, its extremes under name_min and
        name_max, t_ms the first of the bucket. Order is by boot, then sequence: t_ms starts anew with a boot.
        """
        wanted = list(channels.NAMES if names is None else names)
        unknown = [name for name in wanted if name not in channels.NAMES]
        if unknown:
            raise InputError("channel", f"{', '.join(unknown)}: must be of {', '.join(channels.NAMES)}")
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


def _joined(pieces: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """One measurement of its parts; columns run on, meta is the first part's."""
    parts = [from_json(piece[3]) for piece in pieces]
    columns = {name: [value for part in parts for value in part.get(name, [])] for name in parts[0]}
    technique, _, _, _, meta, t_ms, boot, seq = pieces[0]
    return {"technique": technique, "columns": columns, "meta": from_json(meta), "t_ms": t_ms, "boot": boot, "seq": seq}
