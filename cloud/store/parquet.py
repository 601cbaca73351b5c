"""Parquet files, read by DuckDB in a database of its own: rows out, nothing of ours is touched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from adatom.protocol.errors import InputError

MAGIC = b"PAR1"
MAX_COLUMNS = 2_000


def parquet_batches(path: Path, size: int) -> Iterator[tuple[list[str], int, list[tuple[Any, ...]]]]:
    """(names, rows in all, at most `size` rows) in the file's order. Raises InputError for what is no Parquet file."""
    with path.open("rb") as stream:
        if stream.read(4) != MAGIC:
            raise InputError(str(path), "is no Parquet file")
    if any(sign in str(path) for sign in "*?[]"):  # DuckDB would look for other files
        raise InputError(str(path), "a name without * ? [ ] is needed")
    connection = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "512MB"})
    try:
        counted = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description or ()]
        if len(names) > MAX_COLUMNS:
            raise InputError(str(path), f"{len(names)} columns; at most {MAX_COLUMNS} are read")
        while rows := found.fetchmany(size):
            yield names, int(counted[0]) if counted else 0, rows
    except duckdb.Error as error:
        raise InputError(str(path), f"cannot be read as a Parquet file: {str(error)[:200]}") from None
    finally:
        connection.close()
