"""The graph as GraphML or as RDF (N-Triples), written row by row: memory does not grow with the graph.

N-Triples: nodes are urn:adatom:LABEL:KEY, documents their https://doi.org/ address. An edge is one triple of
urn:adatom:vocabulary#KIND; what it says (value, unit, provenance) hangs on a statement about it, in RDF's own
vocabulary of reification.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from adatom.cloud.knowledge.graph.schema import EDGES, NODES, NUMBER, TEXT, WHOLE
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

ENDINGS = (".graphml", ".nt")
GRAPHML_TYPES = {TEXT: "string", NUMBER: "double", WHOLE: "long"}
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
VOCABULARY = "urn:adatom:vocabulary#"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
DOI = re.compile(r"10\.\d{4,9}/\S+")
Tick = Callable[[str, int], None]


def export(store: Store, path: Path, tick: Tick) -> dict[str, int]:
    """Write what is chosen in the store (build.choose); lines by label and kind. InputError as of check_ending."""
    check_ending(path)
    write = _graphml if path.suffix == ".graphml" else _triples
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        return write(store, stream, tick)


def check_ending(path: Path) -> None:
    """Raises InputError for a name that ends otherwise than we can write."""
    if path.suffix not in ENDINGS:
        raise InputError(str(path), f"must end in {' or '.join(ENDINGS)}")


def _rows(store: Store, table: str, tick: Tick) -> Iterator[dict[str, Any]]:
    for batch in store.graph_batches(table):
        yield from batch
        tick(table, len(batch))


# --- GraphML ----------------------------------------------------------------------------------------------------------
def _graphml(store: Store, stream: TextIO, tick: Tick) -> dict[str, int]:
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    for owner, tables in (("node", {name: {"key": TEXT} | fields for name, fields in NODES.items()}),
                          ("edge", {name: edge.fields for name, edge in EDGES.items()})):  # fmt: skip
        declared = {"label": TEXT}
        for fields in tables.values():
            declared |= fields
        stream.writelines(
            f'<key id="{owner}_{name}" for="{owner}" attr.name="{name}" attr.type="{GRAPHML_TYPES[kind]}"/>\n'
            for name, kind in declared.items()
        )
    stream.write('<graph edgedefault="directed">\n')
    counts = dict.fromkeys((*NODES, *EDGES), 0)
    for label in NODES:
        for row in _rows(store, label, tick):
            counts[label] += 1
            stream.write(f"<node id={_attribute(label, row['key'])}>{_data('node', label, row)}</node>\n")
    for kind, edge in EDGES.items():
        for row in _rows(store, kind, tick):
            counts[kind] += 1
            ends = f"source={_attribute(edge.start, row['from'])} target={_attribute(edge.end, row['to'])}"
            said = {name: row[name] for name in edge.fields}
            stream.write(f"<edge {ends}>{_data('edge', kind, said)}</edge>\n")
    stream.write("</graph>\n</graphml>\n")
    return counts


def _attribute(label: str, key: str) -> str:
    return quoteattr(NOT_XML.sub("\ufffd", f"{label}:{key}"))


def _data(owner: str, label: str, row: Mapping[str, Any]) -> str:
    """What is told of a node or edge; what is not known stands nowhere."""
    known = {"label": label} | {name: value for name, value in row.items() if value is not None}
    return "".join(
        f'<data key="{owner}_{name}">{escape(NOT_XML.sub(chr(0xFFFD), str(value)))}</data>'
        for name, value in known.items()
    )


# --- N-Triples --------------------------------------------------------------------------------------------------------
def _triples(store: Store, stream: TextIO, tick: Tick) -> dict[str, int]:
    counts = dict.fromkeys((*NODES, *EDGES), 0)
    for label, kinds in NODES.items():
        for row in _rows(store, label, tick):
            counts[label] += 1
            name = _iri(label, row["key"])
            stream.write(f"{name} <{RDF}type> <{VOCABULARY}{label}> .\n")
            stream.writelines(_said(name, row, {"key": TEXT} | kinds))
    for kind, edge in EDGES.items():
        for row in _rows(store, kind, tick):
            counts[kind] += 1
            ends = _iri(edge.start, row["from"]), f"<{VOCABULARY}{kind}>", _iri(edge.end, row["to"])
            stream.write(f"{' '.join(ends)} .\n")
            if edge.fields:
                stream.writelines(_statement(f"_:{kind}{counts[kind]}", ends, row, edge.fields))
    return counts


def _statement(name: str, ends: tuple[str, str, str], row: Mapping[str, Any], kinds: Mapping[str, str]) -> list[str]:
    """A triple as a thing of its own, with its fields."""
    parts = zip(("subject", "predicate", "object"), ends, strict=True)
    about = [f"{name} <{RDF}type> <{RDF}Statement> .\n", *(f"{name} <{RDF}{part}> {end} .\n" for part, end in parts)]
    return about + _said(name, row, kinds)


def _said(name: str, row: Mapping[str, Any], kinds: Mapping[str, str]) -> list[str]:
    return [
        f"{name} <{VOCABULARY}{field}> {_literal(row[field], kind)} .\n"
        for field, kind in kinds.items()
        if row[field] is not None
    ]


def _iri(label: str, key: str) -> str:
    if label == "Document" and DOI.fullmatch(key):
        return f"<https://doi.org/{quote(key, safe='/')}>"
    return f"<urn:adatom:{label}:{quote(key, safe='')}>"


def _literal(value: Any, kind: str) -> str:
    if kind == WHOLE:
        return f'"{value}"^^<{XSD}integer>'
    if kind == NUMBER:
        said = repr(float(value)) if math.isfinite(value) else {"inf": "INF", "-inf": "-INF"}.get(str(value), "NaN")
        return f'"{said}"^^<{XSD}double>'
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")  # JSON's escapes are among Turtle's
