"""What a search keeps beside its table: seed, number of asks, what was asked, and the rows as it last saw them.

The table is the truth for results; without this file a search goes on all the same, as if asked for the first time.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.table.files import replace_file
from adatom.cloud.optimize.table.reading import Row
from adatom.protocol.errors import InputError

VERSION = 1
KINDS: dict[str, type | tuple[type, ...]] = {
    "seed": int, "asks": int, "digest": str, "space": str, "asked": list, "rows": list,
}  # fmt: skip
LATER = {"also": list}  # keys that files of before have not


@dataclass(frozen=True)
class Memory:
    """`digest`: of the rows at the last ask; the same rows again are the same ask again. `space`: path of the file.

    `also`: paths of other tables that are learnt from.
    """

    seed: int
    asks: int = 0
    digest: str = ""
    space: str = ""
    asked: Sequence[Mapping[str, Any]] = field(default_factory=list)  # {"ask", "strategy", "points"}
    rows: Sequence[Sequence[Any]] = field(default_factory=list)  # [number, point, result or None]
    also: Sequence[str] = ()

    def ask_of(self, rows: Sequence[Row]) -> int:
        """Number of the ask that these rows lead to."""
        return self.asks - 1 if self.asks and self.digest == digest_of(rows) else self.asks

    def after(self, rows: Sequence[Row], strategy: str, points: Sequence[Point]) -> Self:
        """The memory once these rows have led to these points."""
        ask = self.ask_of(rows)
        asked = [one for one in self.asked if one.get("ask") != ask]
        asked.append({"ask": ask, "strategy": strategy, "points": [dict(point) for point in points]})
        return replace(self, asks=ask + 1, digest=digest_of(rows), asked=asked).seen(rows)

    def seen(self, rows: Sequence[Row]) -> Self:
        """The memory once these rows were seen."""
        return replace(self, rows=[[row.number, dict(row.point), row.result] for row in rows])

    def changes(self, rows: Sequence[Row], skipped: Collection[int] = ()) -> list[str]:
        """What became of rows with results that were there the last time and are no longer, in words.

        `skipped`: numbers of rows that are left out now, which is said elsewhere.
        """
        other = self._other_columns(rows)
        if other:
            return [other]
        here = Counter(_print(row.point, row.result) for row in rows)
        by_number = {row.number: row for row in rows}
        said = []
        for number, point, result in self.rows:
            if result is None or number in skipped:
                continue
            if here[_print(point, result)]:
                here[_print(point, result)] -= 1
                continue
            said.append(_said(number, point, result, by_number.get(number)))
        return said

    def _other_columns(self, rows: Sequence[Row]) -> str:
        """In words when the space was given other columns; then no row is what it was."""
        if not self.rows or not rows:
            return ""
        before, now = self.rows[0][1], rows[0].point
        added, gone = [name for name in now if name not in before], [name for name in before if name not in now]
        said = [f"{what} {', '.join(names)}" for what, names in (("now has", added), ("no longer has", gone)) if names]
        return f"the space {' and '.join(said)}" if said else ""


def _said(number: int, point: Point, result: Mapping[str, Any], now: Row | None) -> str:
    if now is not None and now.point == point and now.result is not None:
        return f"row {number} was {result_text(result)} and now is {result_text(now.result)}"
    if now is not None and now.point == point:
        return f"row {number} was {result_text(result)} and now has no result"
    return f"what was row {number} ({point_text(point)}: {result_text(result)}) is no longer in the table"


def result_text(result: Mapping[str, Any]) -> str:
    """A result in a few words."""
    parts = [f"{name} {entry[0]:.4g}" for name, entry in result.items() if isinstance(entry, (list, tuple))]
    return ", ".join([*parts, *([f"failed: {result['failed']}"] if "failed" in result else [])])


def point_text(point: Point) -> str:
    """A point in a few words."""
    return ", ".join(
        f"{name} {value:.5g}" if isinstance(value, float) else f"{name} {value}" for name, value in point.items()
    )


def digest_of(rows: Sequence[Row]) -> str:
    """Of all points and results in their order."""
    text = json.dumps([[row.point, row.result] for row in rows], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _print(point: Mapping[str, Any], result: Any) -> str:
    # a number may have become a whole one: what a file calls 60 and 60.0 is the same
    plain = {name: float(value) if type(value) is int else value for name, value in point.items()}
    return json.dumps([plain, result], sort_keys=True)


def memory_path(table: Path) -> Path:
    """Where the memory of a table is."""
    return table.with_suffix(".adatom.json")


def read_memory(table: Path) -> Memory | None:
    """The memory of a table, None where there is none yet. Raises InputError for a damaged file."""
    path = memory_path(table)
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(fields, dict) or fields.pop("version", None) != VERSION:
            raise ValueError(f"must be a state of version {VERSION}")
        kinds = KINDS | {key: kind for key, kind in LATER.items() if key in fields}
        for key, kind in kinds.items():
            if not isinstance(fields.get(key), kind) or isinstance(fields[key], bool):
                raise ValueError(f"{key} is missing or wrong")
        if set(fields) != set(kinds) or min(fields["seed"], fields["asks"]) < 0:
            raise ValueError("has what no state has")
        _check_rows(fields["rows"], fields["asked"])
        if not all(isinstance(path, str) for path in fields.get("also", ())):
            raise ValueError("also is wrong")
        return Memory(**fields)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise InputError(
            str(path), f"damaged ({error}): move it away to go on; results are in the table, only the seed is lost"
        ) from None


def _check_rows(rows: Sequence[Any], asked: Sequence[Any]) -> None:
    for row in rows:
        if not isinstance(row, list) or len(row) != 3 or not isinstance(row[1], dict):
            raise ValueError("rows are wrong")
        if not isinstance(row[0], int) or not (row[2] is None or isinstance(row[2], dict)):
            raise ValueError("rows are wrong")
    if not all(isinstance(one, dict) for one in asked):
        raise ValueError("asked is wrong")


def write_memory(table: Path, memory: Memory) -> None:
    """Keep the memory of a table, replaced as a whole."""
    fields = {"version": VERSION, **asdict(memory)}
    text = json.dumps({key: value for key, value in fields.items() if key not in LATER or value}, indent=1)
    replace_file(memory_path(table), (text + "\n").encode())
