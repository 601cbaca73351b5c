"""What a document becomes: a tree of nodes, and what was found in it. Plain values, no reading here."""

from typing import NamedTuple

Box = tuple[float, float, float, float]  # x0, top, x1, bottom in points from the page's upper left corner


class Node(NamedTuple):
    """A piece of a document. `kind`: title, section, paragraph, caption, table, formula, reference; of code function,
    call, import, constant; of an input tag, card, command."""

    kind: str
    text: str
    page: int | None = None  # 1 is the first; None: no pages
    line: int | None = None  # of the file, or on its page
    box: Box | None = None
    children: "tuple[Node, ...]" = ()
    rows: tuple[tuple[str, ...], ...] = ()  # of a table
    number: str = ""  # of a section, caption, formula or reference


class Found(NamedTuple):
    """A value of a property of a material, as a document says it. `value` and `unit` are the source's own texts."""

    material: str  # formula, or a name that the table of abbreviations knows
    formula: str  # for the reader of formulas
    property: str  # of cloud/knowledge/properties.py
    value: str  # number with sign, range and uncertainty: "<1e-10", "1.2 ± 0.1 × 10^-4"
    unit: str
    temperature: str = ""  # with unit, or RT
    method: str = "stated"  # measured, calculated, stated
    page: int | None = None
    line: int | None = None
    confidence: float = 0.0
    why: str = ""  # the rules that made the confidence
    said: str = ""  # the sentence or the table's cell


class Setting(NamedTuple):
    """A setting of a calculation: functional, cutoff_ev, k_mesh, smearing, potential, timestep_fs, ..."""

    name: str
    value: str
    said: str  # as the input writes it
    line: int | None
    confidence: float = 1.0


class Document(NamedTuple):
    """One file, read. `kind`: pdf, text, python, c, fortran, incar, kpoints, poscar, espresso, lammps."""

    name: str
    kind: str
    nodes: tuple[Node, ...]
    facts: tuple[Found, ...] = ()
    settings: tuple[Setting, ...] = ()
    notes: tuple[str, ...] = ()
    title: str = ""
    authors: str = ""
    doi: str = ""
    pages: int | None = None


def walk(nodes: tuple[Node, ...]) -> list[Node]:
    """All nodes, each before its children."""
    found: list[Node] = []
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed(node.children))
    return found
