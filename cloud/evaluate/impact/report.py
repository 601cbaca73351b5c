"""A forecast and the accuracies on known topics, as text and as data."""

from typing import Any

from rich.console import Console
from rich.table import Table

from .convolution import PUBLISHED, Accuracy
from .forecast import Forecast

NOTE = (
    "The interval holds 90 % of what came in trials on generated graphs (no dated citations with a free licence are at "
    "hand); only citations between works of the file count."
)


def as_data(found: Forecast) -> dict[str, Any]:
    """The forecast for JSON."""
    return found._asdict() | {"families": [family._asdict() for family in found.families]}


def show(console: Console, found: Forecast) -> None:
    """Print a table, the most cited family first."""
    last = f"{found.year - found.horizon + 1}-{found.year}"
    table = Table(title=f"Citations by family, {found.year + 1} to {found.year + found.horizon}")
    for name in ("family", "works", f"cited {last}", "expected", "90 % interval"):
        table.add_column(name, justify="left" if name == "family" else "right")
    for one in sorted(found.families, key=lambda family: -family.expected):
        table.add_row(
            one.name, f"{one.works}", f"{one.recent:.0f}", f"{one.expected:.0f}", f"{one.low:.0f} to {one.high:.0f}"
        )
    console.print(table)
    console.print(f"Taught by {found.taught} past futures of families. {NOTE}", highlight=False)


def show_accuracies(console: Console, found: dict[str, Accuracy]) -> None:
    """Print how well topics are found, beside what was published for the same splits."""
    table = Table(title="Topics of papers found; SGC, GCN: as published")
    for name in ("graph", "tested", "found", "95 %", "SGC", "GCN"):
        table.add_column(name, justify="left" if name == "graph" else "right")
    for name, one in found.items():
        published = [f"{100 * PUBLISHED[name][method]:.1f} %" for method in ("SGC", "GCN")]
        ends = f"{100 * one.low:.1f}-{100 * one.high:.1f}"
        table.add_row(name, f"{one.n}", f"{100 * one.share:.1f} %", ends, *published)
    console.print(table)
