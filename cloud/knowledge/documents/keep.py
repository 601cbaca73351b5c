"""What a document says into the store's facts, each with page or line, method and its own confidence."""

import hashlib
import time
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from adatom.cloud.knowledge.documents.model import Document, Found
from adatom.cloud.knowledge.load import put
from adatom.cloud.knowledge.properties import as_rows
from adatom.cloud.knowledge.said import Reader, Said
from adatom.cloud.store.store import Store

VERSION = 1  # of the reading: a later adatom that reads more takes the files in again
LONGEST_METHOD = 200


class Kept(NamedTuple):
    """What became of a document's facts."""

    new: int
    refused: int
    known: bool  # the same file was in before


def keep(store: Store, path: Path, document: Document) -> Kept:
    """Put the facts of a document into the store. The same file again changes nothing."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    reading = f"document {document.kind} {VERSION}"
    import_id = hashlib.sha256(f"{VERSION} {sha256} {reading}".encode()).hexdigest()
    store.put_properties(as_rows())
    row = store.begin_import(import_id, str(path), sha256, reading, time.time())
    if row["state"] == "complete":
        return Kept(0, int(row["refused"]), True)
    reader, rows = Reader(), 0

    def place(one: Found) -> tuple[int, float]:
        return one.page or 0, one.confidence

    for (page, confidence), group in groupby(sorted(document.facts, key=place), key=place):
        held = list(group)
        rows += len(held)
        said = said_of(held, document, page or None, confidence)
        put(store, reader.understood(said), import_id, rows)
    store.end_import(import_id, time.time())
    row = store.begin_import(import_id, str(path), sha256, reading, 0.0)
    return Kept(int(row["facts"]), int(row["refused"]), False)


def said_of(facts: list[Found], document: Document, page: int | None, confidence: float) -> Said:
    """Facts of one page and confidence as columns."""
    size = len(facts)
    method = [_method(one, document) for one in facts]
    return Said(
        formula=[one.formula for one in facts],
        shown=[one.material for one in facts],
        property=[one.property for one in facts],
        value=[one.value for one in facts],
        unit=[one.unit for one in facts],
        temperature=[one.temperature for one in facts],
        dois=[document.doi] * size,
        source_id=[f"{one.said[:120]}" for one in facts],
        phase=[""] * size,
        source=[document.title or document.name] * size,
        dataset=[document.name] * size,
        method=method,
        licence=["as of the source"] * size,
        line=[one.line or 0 for one in facts],
        confidence=confidence,
        page=page,
    )


def _method(fact: Found, document: Document) -> str:
    """How the value was found; of an input with the settings of the calculation."""
    if fact.method != "input":
        return fact.method
    told = [f"{one.name} {one.value}" for one in document.settings if one.name in ("functional", "cutoff_ev", "k_mesh")]
    return ", ".join(["input", *told])[:LONGEST_METHOD]
