"""What is known beforehand: published materials with their conductivity, and logs of real chambers."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .database import Database
from .jsontext import clean, to_json


class Material(NamedTuple):
    """A published conductivity. `fractions` are of all atoms and sum to one."""

    source: str
    source_id: str
    formula: str
    fractions: Mapping[str, float]
    conductivity_s_cm: float  # of one below detection: the limit
    below_detection: bool
    temperature_c: float
    family: str
    space_group: str
    doi: str
    licence: str


class Known(Database):
    """The importers' side of the store."""

    def put_materials(self, materials: Sequence[Material]) -> int:
        """How many of the materials were new; one with a known (source, source_id) is replaced."""
        if not materials:
            return 0
        with self.transaction():
            before = self.material_count()
            fields = [name for name in Material._fields if name != "fractions"]
            columns: dict[str, list[Any]] = {name: [getattr(m, name) for m in materials] for name in fields}
            columns["elements"] = [sorted(m.fractions) for m in materials]
            columns["fractions"] = [[float(m.fractions[element]) for element in sorted(m.fractions)] for m in materials]
            self.insert("material", columns, "OR REPLACE")
            return self.material_count() - before

    def material_count(self) -> int:
        """How many materials are known."""
        return int(self.rows("SELECT count(*) FROM material")[0][0])

    def materials(self) -> list[Material]:
        """Every known material, by source and id."""
        found = []
        for row in self.dicts("SELECT * FROM material ORDER BY source, source_id"):
            fractions = dict(zip(row.pop("elements"), row.pop("fractions"), strict=True))
            found.append(Material(**row, fractions=fractions))
        return found

    def put_log(
        self,
        source: str,
        columns: Mapping[str, Sequence[float]],
        units: Mapping[str, str],
        events: Sequence[tuple[float, str]],
        quirks: Sequence[str],
        utc_s: float,
    ) -> tuple[str, bool]:
        """(id, whether it is new) of a chamber's log. `columns` have one length and hold time_s; events (time_s, text).

        The id is the SHA-256 of the values, so the same log comes in once whatever its file is called.
        """
        arrays = {name: np.asarray(values, dtype=float) for name, values in columns.items()}
        sha256 = _log_id(arrays, events)
        with self.transaction():
            if self.row("SELECT 1 FROM imported_log WHERE sha256 = ?", [sha256]):
                return sha256, False
            self.rows("INSERT INTO imported_log VALUES (?, ?, ?, ?)", [sha256, source, utc_s, to_json(list(quirks))])
            channels = [name for name in arrays if name != "time_s"]
            self.insert("log_channel", {"sha256": [sha256] * len(channels), "channel": channels,
                                        "unit": [units[name] for name in channels]})  # fmt: skip
            for name in channels:
                self.insert("log_point", _log_points(sha256, arrays["time_s"], name, arrays[name]))
            times, texts = [time_s for time_s, _ in events], [clean(text) for _, text in events]
            self.insert("log_event", {"sha256": [sha256] * len(events), "time_s": times, "text": texts})
        return sha256, True

    def logs(self) -> list[dict[str, Any]]:
        """Imported logs: sha256, source, imported_utc_s, rows."""
        return self.dicts(
            """SELECT sha256, source, imported_utc_s,
                (SELECT coalesce(max(row_number) + 1, 0) FROM log_point p WHERE p.sha256 = l.sha256) AS rows
            FROM imported_log l ORDER BY imported_utc_s, source"""
        )

    def log_columns(self, sha256: str) -> dict[str, NDArray[Any]]:
        """Columns of an imported log: time_s and each channel, in the file's order of rows."""
        columns: dict[str, NDArray[Any]] = {}
        for (channel,) in self.rows("SELECT channel FROM log_channel WHERE sha256 = ? ORDER BY rowid", [sha256]):
            found = self.columns(
                "SELECT time_s, value FROM log_point WHERE sha256 = ? AND channel = ? ORDER BY row_number",
                [sha256, channel],
            )
            columns.setdefault("time_s", found["time_s"])
            columns[channel] = found["value"]
        return columns

    def log_events(self, sha256: str) -> list[tuple[float, str]]:
        """(time_s, text) of each event of an imported log."""
        found = self.rows("SELECT time_s, text FROM log_event WHERE sha256 = ? ORDER BY time_s, rowid", [sha256])
        return [(float(time_s), str(text)) for time_s, text in found]


def _log_points(sha256: str, time_s: NDArray[Any], channel: str, values: NDArray[Any]) -> dict[str, NDArray[Any]]:
    size = len(values)
    return {
        "sha256": np.full(size, sha256, dtype=object),
        "row_number": np.arange(size),
        "time_s": time_s,
        "channel": np.full(size, channel, dtype=object),
        "value": values,
    }


def _log_id(arrays: Mapping[str, NDArray[Any]], events: Sequence[tuple[float, str]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode() + arrays[name].tobytes())
    digest.update(repr(list(events)).encode())
    return digest.hexdigest()
