"""Files into the store: batch by batch, each in one transaction, so that a load killed anywhere goes on where it was.

The same file read in the same way is one import, wherever it lies; the same saying is one fact, whatever its file.
"""

import hashlib
import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from adatom.cloud.knowledge.mapping import Mapping
from adatom.cloud.knowledge.properties import as_rows
from adatom.cloud.knowledge.said import Reader, Said, Understood
from adatom.cloud.knowledge.shipped import recognised
from adatom.cloud.knowledge.structures import StructureReader, kind_of, said_of
from adatom.cloud.knowledge.syntheses import READING, identities, is_recipes, put_recipes
from adatom.cloud.knowledge.tables import Rows, read_rows
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

VERSION = 1  # of the reading: a later adatom that reads more takes the files in again
CIFS = ("ID", "cif")  # columns of a table of structures
CIF_BATCH = 100
Progress = Callable[[str, float, int], None]  # file, share of it that is read, rows in


class Loaded(NamedTuple):
    """What became of a file."""

    file: str
    rows: int
    facts: int  # or recipes, that were new
    refused: int
    known: bool  # it was wholly in before
    seconds: float


class Batch(NamedTuple):
    """Some rows of a file: `skip` only counts them, `put(import, rows done)` takes them in."""

    rows: int
    fraction: float  # of the file that is read then
    skip: Callable[[], object]
    put: Callable[[str, int], object]


def load_file(store: Store, path: Path, mapping: Mapping | None = None, progress: Progress | None = None) -> Loaded:
    """Take in a file. Raises InputError for one that cannot be read; single rows are refused with their reason."""
    began = time.time()
    if not path.is_file():
        raise InputError(str(path), "no such file")
    sha256 = file_hash(path)
    reading, batches = _opened(store, path, mapping)
    import_id = hashlib.sha256(f"{VERSION} {sha256} {reading}".encode()).hexdigest()
    store.put_properties(as_rows())
    row = store.begin_import(import_id, str(path), sha256, reading, began)
    known = row["state"] == "complete"
    if not known:
        rows, done = 0, int(row["rows_done"])
        for batch in batches:
            rows += batch.rows
            batch.skip() if rows <= done else batch.put(import_id, rows)
            if progress:
                progress(path.name, batch.fraction, rows)
        store.end_import(import_id, time.time())
        row = store.begin_import(import_id, str(path), sha256, reading, began)
    return Loaded(str(path), row["rows_done"], row["facts"], row["refused"], known, time.time() - began)


def put(store: Store, found: Understood, import_id: str, rows: int) -> int:
    """How many of the facts were new. All of a batch or nothing; `rows` of the import are in with it."""
    distinct = {one.key: one for one in found.compositions}.values()
    with store.transaction():
        store.put_compositions(
            [c.key for c in distinct], [c.formula for c in distinct], [c.fractions for c in distinct]
        )
        new = store.put_facts(found.columns | {"import": [import_id] * len(found.columns["fact"])})
        if found.flags:
            ids, names, why = zip(*found.flags, strict=True)
            store.put_flags(list(ids), list(names), list(why))
        store.advance_import(import_id, rows, new, found.refused)
    return new


def _opened(store: Store, path: Path, mapping: Mapping | None) -> tuple[str, Iterator[Batch]]:
    """(how a file is read, its batches). Raises InputError for columns that nobody has explained."""
    if kind := kind_of(path):
        return f"structure {kind}", _structure(store, path, kind)
    rows = read_rows(path)
    first = next(rows, None)
    if first is None:
        raise InputError(str(path), "holds no rows")
    header = list(first.columns)
    rest = itertools.chain([first], rows)
    if mapping is None and is_recipes(header):
        return READING, _recipes(store, rest)
    if mapping is None and header == list(CIFS):
        small = read_rows(path, CIF_BATCH)
        return "structures", _structures(store, path, small)
    chosen = (mapping or _known(header, path)).named(path.name)
    chosen.check(header, str(path))
    return chosen.as_text(), _facts(store, rest, chosen)


def _known(header: list[str], path: Path) -> Mapping:
    found = recognised(header)
    if found is None:
        said = f"its columns are not known: {', '.join(header)[:300]}"
        raise InputError(str(path), f"{said}; say --formula COLUMN --value COLUMN --property NAME --unit UNIT")
    return found[1]


def _facts(store: Store, tables: Iterator[Rows], mapping: Mapping) -> Iterator[Batch]:
    reader = Reader()
    for rows in tables:
        yield _batch(store, reader, mapping.said(rows), len(rows.lines), rows.fraction)


def _batch(store: Store, reader: Reader, said: Said, rows: int, fraction: float) -> Batch:
    def take_in(import_id: str, done: int) -> object:
        return put(store, reader.understood(said), import_id, done)

    return Batch(rows, fraction, lambda: reader.identities(said), take_in)


def _recipes(store: Store, tables: Iterator[Rows]) -> Iterator[Batch]:
    reader = Reader()

    def batch(rows: Rows) -> Batch:
        return Batch(
            len(rows.lines), rows.fraction, lambda: identities(reader, rows),
            lambda import_id, done: put_recipes(store, reader, rows, import_id, done),
        )  # fmt: skip

    yield from map(batch, tables)


def _structure(store: Store, path: Path, kind: str) -> Iterator[Batch]:
    """One structure in a file."""
    with StructureReader() as structures:
        text = path.read_bytes()[: 10**8].decode("utf-8", "replace")
        found = structures.read(kind, text, str(path))
    yield _batch(store, Reader(), said_of([(found, path.name, 1)], path.name, path.name, "as of the source"), 1, 1.0)


def _structures(store: Store, path: Path, tables: Iterator[Rows]) -> Iterator[Batch]:
    """A table of structures; one that cannot be read is refused alone."""
    reader = Reader()
    with StructureReader() as structures:
        for rows in tables:
            read, refused = [], []
            for name, text, line in zip(rows.columns["ID"], rows.columns["cif"], rows.lines, strict=True):
                try:
                    read.append((structures.read("cif", text, name), name, line))
                except InputError as error:
                    refused.append((line, str(error)))
            said = said_of(read, "OBELiX", "OBELiX train structures", "CC BY 4.0")
            batch = _batch(store, reader, said, len(rows.lines), rows.fraction)
            yield batch._replace(put=_with_refused(store, reader, said, refused))


def _with_refused(
    store: Store, reader: Reader, said: Said, refused: list[tuple[int, str]]
) -> Callable[[str, int], object]:
    def take_in(import_id: str, done: int) -> object:
        found = reader.understood(said)
        return put(store, found._replace(refused=found.refused + refused), import_id, done)

    return take_in


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
