"""The embedded backend: a file of ladybug, in this process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adatom.cloud.knowledge.graph.backend import Limits, Rows, allowed
from adatom.cloud.knowledge.graph.schema import EDGES, NODES, TEXT
from adatom.protocol.errors import FailedError, InputError

READ_BYTES = 512 << 20  # (K) pages kept in memory, at most
WRITE_BYTES = 2048 << 20  # loading the facts of all shipped data fails with 512 MB
INTERRUPTED, FULL, BUSY = "Interrupted", "Buffer manager", "lock"  # in ladybug's words


class Ladybug:
    """One file, opened for reading unless `write`."""

    def __init__(self, path: Path, write: bool, limits: Limits) -> None:
        import ladybug

        if not write and not path.exists():
            raise InputError(str(path), "no such graph: adatom graph build makes one")
        self._write, self._limits = write, limits
        size = WRITE_BYTES if write else READ_BYTES
        try:
            self._database = ladybug.Database(path, buffer_pool_size=size, read_only=not write)
            self._connection = ladybug.Connection(self._database)
        except RuntimeError as error:
            why = "is in use by another process" if BUSY in str(error) else "is no graph of ladybug"
            raise InputError(str(path), f"{why} ({error})") from error
        self._connection.set_query_timeout(max(1, int(1000 * limits.seconds)))

    def run(self, cypher: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """The rows; see backend.Graph."""
        allowed(cypher, self._write)
        try:
            found = self._connection.execute(cypher, dict(parameters or {}))
        except RuntimeError as error:
            raise self._blamed(str(error)) from error
        result = found[-1] if isinstance(found, list) else found
        with result:
            rows = [list(row) for row in result.get_n(self._limits.rows + 1)]
            columns = list(result.get_column_names())
        plain = [[_plain(cell) for cell in row] for row in rows[: self._limits.rows]]
        return Rows(columns, plain, len(rows) > self._limits.rows)

    def create(self) -> None:
        """Make the tables that the schema tells."""
        for label, fields in NODES.items():
            typed = ", ".join(f"{name} {kind}" for name, kind in {"key": TEXT, **fields}.items())
            self.run(f"CREATE NODE TABLE {label}({typed}, PRIMARY KEY(key))")
        for kind, edge in EDGES.items():
            typed = "".join(f", {name} {type_}" for name, type_ in edge.fields.items())
            self.run(f"CREATE REL TABLE {kind}(FROM {edge.start} TO {edge.end}{typed})")

    def copy(self, table: str, parquet: Path) -> None:
        """All rows of a Parquet file into a table whose columns have the same order."""
        quoted = str(parquet).replace("\\", "\\\\").replace("'", "\\'")
        self.run(f"COPY {table} FROM '{quoted}'")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._database.close()

    def _blamed(self, text: str) -> Exception:
        if text.startswith(INTERRUPTED):
            return FailedError(f"the query took more than {self._limits.seconds:g} s (--seconds)")
        if text.startswith(FULL):
            return FailedError("the query needs more memory than it is allowed")
        return InputError("query", text)


def _plain(cell: Any) -> Any:
    """Nodes and edges by their own fields, with `label`."""
    if isinstance(cell, list):
        return [_plain(one) for one in cell]
    if not isinstance(cell, dict):
        return cell
    label = {"label": cell["_LABEL"]} if "_LABEL" in cell else {}
    return label | {name: _plain(one) for name, one in cell.items() if not name.startswith("_")}
