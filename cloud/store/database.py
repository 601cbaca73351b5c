"""The DuckDB file: opening it, its transactions, columns in and columns out.

All the SQL of the package runs through the few methods here. It knows no table but the list of migrations.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import duckdb
import numpy as np
from adatom.protocol.errors import FailedError, InputError
from numpy.typing import NDArray

from . import migrate

# One thread: sums of floats then have one order, so a score (and the suggestion made from it) is the same each time;
# and the other core belongs to the fits. The memory is for 1.5 million points with their key: 240 MB measured.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "512MB"}
MEMORY = ":memory:"
DAMAGED = "Corrupt"  # how DuckDB's word on a block with a wrong checksum begins

Values = Sequence[Any] | NDArray[Any]


class Database:
    """One connection to one file, for one thread. InputError when the file cannot be a database of ours."""

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self.path = str(path)
        self.read_only = read_only
        self._depth = 0
        self._connection = _connect(self.path, read_only)
        try:
            self._migrate()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file; what was committed is safe without it."""
        self._connection.close()

    def beside(self) -> Self:
        """The same open file for another thread, to read from: it sees what is committed and waits for no write."""
        other = object.__new__(type(self))
        other.path, other.read_only, other._depth = self.path, True, 0
        other._connection = self._connection.cursor()
        return other

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Every row that a statement gives."""
        with self._blamed():
            return self._connection.execute(sql, list(parameters)).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def dicts(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Every row as column name -> value."""
        with self._blamed():
            found = self._connection.execute(sql, list(parameters))
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def columns(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, NDArray[Any]]:
        """Column name -> array; a missing number is NaN."""
        with self._blamed():
            found = self._connection.execute(sql, list(parameters)).fetchnumpy()
        return {name: _plain(values) for name, values in found.items()}

    def insert(
        self,
        table: str,
        columns: Mapping[str, Values],
        conflict: str = "",
        expressions: Mapping[str, str] | None = None,
    ) -> int:
        """Rows added from columns of one length; `conflict` is "", "OR IGNORE" or "OR REPLACE".

        The columns are handed over as arrays: a hundred times faster than a statement a row. NaN and None become NULL.
        `expressions`: what SQL makes of a column before it goes in, by its name.
        """
        added = self._insert(table, columns, conflict, expressions=expressions or {})
        return int(added[0][0]) if added else 0

    def insert_new(self, table: str, columns: Mapping[str, Values], key: Sequence[str]) -> set[tuple[Any, ...]]:
        """The keys of the rows added: those that the table did not have. `key` is its primary key."""
        return set(self._insert(table, columns, "OR IGNORE", f"RETURNING {', '.join(key)}"))

    def _insert(
        self,
        table: str,
        columns: Mapping[str, Values],
        conflict: str,
        returning: str = "",
        expressions: Mapping[str, str] = MappingProxyType({}),
    ) -> list[tuple[Any, ...]]:
        """What the statement gives; nothing without a row to insert."""
        arrays = {name: _array(values) for name, values in columns.items()}
        if not len(next(iter(arrays.values()))):
            return []
        names = ", ".join(f'"{name}"' for name in arrays)
        taken = ", ".join(expressions.get(name, f'"{name}"') for name in arrays)
        self._connection.register("incoming", arrays)
        try:
            # names come from this package's own tables, values from the arrays
            return self.rows(f"INSERT {conflict} INTO {table} ({names}) SELECT {taken} FROM incoming {returning}")  # noqa: S608
        finally:
            with contextlib.suppress(duckdb.TransactionException):  # in a transaction that failed: let its error out
                self._connection.unregister("incoming")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; joins a transaction that is under way. On the disk when the outermost one ends."""
        if self._depth:
            yield
            return
        self._connection.begin()
        self._depth = 1
        try:
            yield
            with self._blamed():
                self._connection.commit()
        except BaseException:
            with contextlib.suppress(duckdb.Error):  # a failed commit has rolled back by itself
                self._connection.rollback()
            raise
        finally:
            self._depth = 0

    @contextlib.contextmanager
    def _blamed(self) -> Iterator[None]:
        """What the machine could not do (disk, memory) as FailedError; a wrong statement of ours stays what it is."""
        try:
            yield
        except (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException) as error:
            raise FailedError(f"{self.path}: {error}") from error
        except duckdb.Error as error:
            if not str(error).startswith(DAMAGED):
                raise
            raise FailedError(f"{self.path}: is damaged, put a copy back: {error}") from error

    def read_through(self) -> None:
        """Read every row of every table; FailedError names the one whose bytes are not what was written.

        DuckDB keeps a checksum of each block and looks at it when it reads the block, which may be weeks later: about
        2 s a gigabyte. Indexes are not read by this.
        """
        for (table,) in self.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_name"):
            try:
                self.rows(f'SELECT bit_xor(hash(rows)) FROM "{table}" AS rows')  # noqa: S608 - a name of ours
            except FailedError as error:
                raise FailedError(f"table {table}: {error}") from error

    def _migrate(self) -> None:
        """Bring the file to the newest schema, or refuse it."""
        version = self._version()
        latest = migrate.migrations()[-1].version
        if version > latest:
            raise InputError(self.path, f"schema {version} is newer than {latest}, the newest this adatom knows")
        if version == latest:
            return
        if self.read_only:
            raise InputError(self.path, f"schema {version} is older than {latest}: open it once for writing")
        if version:
            self._back_up(version)
        with self.transaction():
            for migration in migrate.migrations()[version:]:
                self.rows(migration.sql())
                self.rows("INSERT INTO schema_migration (version, name) VALUES (?, ?)",
                          [migration.version, migration.name])  # fmt: skip

    def _version(self) -> int:
        """Number of the last migration applied; 0 for an empty file."""
        tables = {row[0] for row in self.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal")}
        if not tables:
            return 0
        if "schema_migration" not in tables:
            raise InputError(self.path, "is a DuckDB database but not one of adatom: it has no table schema_migration")
        return int(self.rows("SELECT coalesce(max(version), 0) FROM schema_migration")[0][0])

    def _back_up(self, version: int) -> None:
        """Copy the closed file aside: a copy of an open one may be torn."""
        self.rows("CHECKPOINT")
        self._connection.close()
        migrate.back_up(Path(self.path), version)
        self._connection = _connect(self.path, False)


def _connect(path: str, read_only: bool) -> duckdb.DuckDBPyConnection:
    if read_only and not Path(path).exists():
        raise InputError(path, "no such database")
    try:
        return duckdb.connect(path, read_only=read_only, config=SETTINGS)
    except duckdb.Error as error:
        text = str(error).removeprefix("IO Error: ")
        if text.startswith("Could not set lock"):
            raise InputError(path, f"is in use by another process, which has to end first ({text})") from error
        raise InputError(path, f"cannot be opened as a database: {text}") from error


def _array(values: Values) -> NDArray[Any]:
    """An array that DuckDB reads as one SQL type: floats masked where NaN, all else as objects or numbers."""
    if isinstance(values, np.ndarray):
        array = values
    elif values and all(isinstance(value, float) for value in values):
        array = np.asarray(values, dtype=float)
    else:
        array = np.empty(len(values), dtype=object)
        for place, value in enumerate(values):  # not array[:] = values: lists would become rows
            array[place] = value
    if array.dtype.kind != "f":
        return array
    missing = ~np.isfinite(array)
    return np.ma.MaskedArray(array, missing) if missing.any() else array


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """The array without a mask: NaN in numbers, None in anything else."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    missing = np.ma.getmaskarray(values)
    plain = values.data.astype(float if values.dtype.kind in "fiu" else object)
    plain[missing] = np.nan if plain.dtype.kind == "f" else None
    return plain
