"""One file to a document: its tree, its facts and settings. The kind is told by the name, else by the bytes."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from adatom.cloud.knowledge.documents.cells import facts_of_table
from adatom.cloud.knowledge.documents.code import reader as code_reader
from adatom.cloud.knowledge.documents.confidence import product
from adatom.cloud.knowledge.documents.inputs.espresso import read_espresso
from adatom.cloud.knowledge.documents.inputs.lammps import read_lammps
from adatom.cloud.knowledge.documents.inputs.vasp import read_incar, read_kpoints
from adatom.cloud.knowledge.documents.layout import layout
from adatom.cloud.knowledge.documents.model import Document, Found, Node, walk
from adatom.cloud.knowledge.documents.names import definitions, materials
from adatom.cloud.knowledge.documents.pdf import read_pages
from adatom.cloud.knowledge.documents.quantities import uniform
from adatom.cloud.knowledge.documents.sentences import Context, facts_of
from adatom.cloud.knowledge.structures import CELL, StructureReader
from adatom.protocol.errors import InputError

MAX_TEXT = 5_000_000  # bytes of a text, a code or an input
MAX_FACTS = 20_000  # of one document
Reader = Callable[[str, str], Document]


def read_document(path: Path, kind: str = "") -> Document:
    """The document in a file. Raises InputError for what cannot be read, with the reason."""
    if not path.is_file():
        raise InputError(str(path), "no such file")
    with path.open("rb") as stream:
        data = stream.read(50_000_001)
    return document_of(data, path.name, str(path), kind)


def document_of(data: bytes, name: str, where: str = "", kind: str = "") -> Document:
    """The document in the bytes of a file with a name; `kind` where the name does not tell it."""
    where = where or name
    if data[:1024].lstrip().startswith(b"%PDF-") or name.lower().endswith(".pdf"):
        return _pdf(data, name, where)
    if len(data) > MAX_TEXT:
        raise InputError(where, f"has {len(data)} bytes; at most {MAX_TEXT} are read of a text")
    if b"\0" in data:
        raise InputError(where, "is neither a PDF nor a text")
    reader = KINDS[kind] if kind else _reader_of(name, data)
    return reader(data.decode("utf-8", "replace"), name)


def _pdf(data: bytes, name: str, where: str) -> Document:
    pages, metadata = read_pages(data, where)
    found = layout(pages, metadata)
    facts = facts_in(found.nodes, found.title)
    notes = [] if any(page.chars for page in pages) else ["holds no text: it may be pictures of pages"]
    return Document(
        name, "pdf", found.nodes, tuple(facts), (), tuple(notes), found.title, found.authors, found.doi, len(pages)
    )


def facts_in(nodes: tuple[Node, ...], title: str = "") -> list[Found]:
    """The facts of a tree's paragraphs, captions and tables; references say what others have found and are left out."""
    held = walk(nodes)
    text = "\n".join(node.text for node in held if node.kind in ("title", "section", "paragraph", "caption"))
    own = definitions(uniform(text))
    subjects = materials(uniform(title), own)
    context = Context(own, subjects[0] if len({one.formula for one in subjects}) == 1 else None)
    found: list[Found] = []
    for place, node in enumerate(held):
        if node.kind in ("paragraph", "caption"):
            found += facts_of(node.text, context, node.page, node.line)
        elif node.kind == "table":
            found += facts_of_table(node, _caption(held, place), context)
        if len(found) > MAX_FACTS:
            break
    return found[:MAX_FACTS]


def _caption(nodes: Sequence[Node], place: int) -> str:
    """The caption of a table: the nearest of a table before it or right behind it on its page."""
    for step in (-1, 1, -2, 2):
        other = nodes[place + step] if 0 <= place + step < len(nodes) else None
        if other and other.kind == "caption" and other.number.startswith("Table") and other.page == nodes[place].page:
            return other.text
    return ""


def _text(text: str, name: str) -> Document:
    """Paragraphs between empty lines, each with the line where it begins."""
    nodes: list[Node] = []
    at = 1
    for block in re.split(r"(\n\s*\n)", text):
        if block.strip():
            words = " ".join(block.split())
            nodes.append(Node("paragraph", words, None, at + block[: len(block) - len(block.lstrip())].count("\n")))
        at += block.count("\n")
    return Document(name, "text", tuple(nodes), tuple(facts_in(tuple(nodes))))


def _poscar(text: str, name: str) -> Document:
    """A crystal structure by pymatgen, in the process that adatom materials load has for it."""
    with StructureReader() as structures:
        found = structures.read("poscar", text, name)
    formula = found["formula"]
    confidence, why = product(["an input's own line"])
    units = ["angstrom"] * 3 + ["degree"] * 3
    rows = [
        *zip(CELL, found["cell"], units, [3, 4, 5, 3, 3, 3], strict=True),
        ("volume_per_atom", found["volume_per_atom"], "angstrom^3", 2),
        ("density", found["density"], "g/cm^3", 2),
    ]
    facts = [
        Found(formula, formula, key, f"{value:.8g}", unit, "", "input", None, line, confidence, why, "the cell")
        for key, value, unit, line in rows
    ]
    node = Node("structure", f"{formula}, {found['space_group'] or 'no symmetry found'}", line=1)
    return Document(name, "poscar", (node,), tuple(facts))


# (name's pattern, reader); the first that fits counts
BY_NAME: tuple[tuple[str, Reader], ...] = (
    (r"incar.*|.*\.incar", read_incar),
    (r"kpoints.*|.*\.kpoints", read_kpoints),
    (r"(?:poscar|contcar).*|.*\.(?:poscar|vasp)", _poscar),
    (r".*\.(?:pwi|pw|scf\.in|relax\.in|vc-relax\.in|pw\.in|nscf\.in)", read_espresso),
    (r".*\.(?:lmp|lammps)|in\..*|lmp\..*", read_lammps),
    (r".*\.py", code_reader("python")),
    (r".*\.[ch]", code_reader("c")),
    (r".*\.(?:f|for|f77|f90|f95|f03|f08)", code_reader("fortran")),
)
KINDS = {
    "incar": read_incar,
    "kpoints": read_kpoints,
    "poscar": _poscar,
    "espresso": read_espresso,
    "lammps": read_lammps,
    "python": code_reader("python"),
    "c": code_reader("c"),
    "fortran": code_reader("fortran"),
    "text": _text,
}


def _reader_of(name: str, data: bytes) -> Reader:
    """By the name; of a name that says nothing by the first commands of the text."""
    for pattern, reader in BY_NAME:
        if re.fullmatch(pattern, name, re.IGNORECASE):
            return reader
    start = data[:4000].decode("utf-8", "replace")
    if re.search(r"^\s*&(?:control|system)\b", start, re.IGNORECASE | re.MULTILINE):
        return read_espresso
    if re.search(r"^\s*(?:pair_style|atom_style|read_data)\s", start, re.MULTILINE):
        return read_lammps
    if re.search(r"^\s*(?:ENCUT|ISMEAR|IBRION)\s*=", start, re.MULTILINE):
        return read_incar
    return _text
