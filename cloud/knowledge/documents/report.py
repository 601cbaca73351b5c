"""A document on the screen and as JSON."""

from collections.abc import Iterator
from typing import Any

from adatom.cloud.knowledge.documents.model import Document, Node
from rich.console import Console
from rich.markup import escape
from rich.table import Table

LONGEST = 90  # characters of a node on the screen
MAX_TREE = 400  # nodes on the screen; --json has all


def as_data(document: Document, tree: bool = True) -> dict[str, Any]:
    """A document as JSON has it."""
    data: dict[str, Any] = {
        "file": document.name,
        "kind": document.kind,
        "title": document.title,
        "authors": document.authors,
        "doi": document.doi,
        "pages": document.pages,
        "notes": list(document.notes),
        "facts": [one._asdict() for one in document.facts],
        "settings": [one._asdict() for one in document.settings],
    }
    return data | ({"tree": [_node(one) for one in document.nodes]} if tree else {})


def _node(node: Node) -> dict[str, Any]:
    """A node without what it has not."""
    data = {
        "kind": node.kind,
        "text": node.text,
        "page": node.page,
        "line": node.line,
        "box": node.box,
        "number": node.number,
        "rows": [list(row) for row in node.rows],
        "children": [_node(one) for one in node.children],
    }
    return {name: value for name, value in data.items() if value not in (None, "", [])}


def show(console: Console, document: Document, tree: bool) -> None:
    """Title, tree, settings, facts, notes."""
    pages = f", {document.pages} page{'s' if document.pages != 1 else ''}" if document.pages else ""
    console.print(f"[bold]{escape(document.name)}[/bold]: {document.kind}{pages}")
    for name in ("title", "authors", "doi"):
        if value := getattr(document, name):
            console.print(f"  {name}: {escape(value)}")
    if tree:
        _show_tree(console, document)
    if document.settings:
        table = Table("setting", "value", "line", "as it stands", title="Settings", title_justify="left")
        for one in document.settings:
            table.add_row(one.name, escape(one.value), str(one.line or ""), escape(one.said))
        console.print(table)
    _show_facts(console, document)
    for note in document.notes:
        console.print(f"note: {escape(note)}")


def _show_facts(console: Console, document: Document) -> None:
    if not document.facts:
        console.print("no facts found" if document.kind in ("pdf", "text") else "no facts of materials")
        return
    where = "page" if document.pages else "line"
    table = Table("material", "property", "value", "at", "method", where, "sure", title="Facts", title_justify="left")
    for one in document.facts:
        table.add_row(
            escape(one.material),
            one.property,
            escape(f"{one.value} {one.unit}".strip()),
            escape(one.temperature),
            one.method,
            str((one.page if document.pages else one.line) or ""),
            f"{one.confidence:.2f}",
        )
    console.print(table)


def _show_tree(console: Console, document: Document) -> None:
    for count, (depth, node) in enumerate(_deep(document.nodes, 0)):
        if count == MAX_TREE:
            console.print("  … more; --json has all")
            return
        place = f"p{node.page}" if node.page else f"line {node.line}" if node.line else ""
        text = node.text if len(node.text) <= LONGEST else node.text[: LONGEST - 1] + "…"
        number = f" {node.number}" if node.kind in ("formula", "reference") and node.number else ""
        console.print(f"  {'  ' * depth}[dim]{node.kind}{number}[/dim] {escape(text)} [dim]{place}[/dim]")


def _deep(nodes: tuple[Node, ...], depth: int) -> Iterator[tuple[int, Node]]:
    for node in nodes:
        yield depth, node
        yield from _deep(node.children, depth + 1)
