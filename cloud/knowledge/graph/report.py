"""What the `adatom graph` commands compute and print."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.graph.backend import Rows
from adatom.cloud.knowledge.graph.build import choose
from adatom.cloud.knowledge.graph.network import (
    Network,
    betweenness,
    degrees,
    find,
    neighbourhood,
    network,
    pagerank,
    related,
)
from adatom.cloud.knowledge.graph.schema import EDGES, NODES
from adatom.cloud.knowledge.tolerant import read_written
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

THROUGH = ("Document", "Family")  # by default: two oxides that one kiln made are not related
WIDEST = 48  # letters of a cell
MEASURES = ("pagerank", "degree", "betweenness")


@contextmanager
def counting() -> Iterator[Callable[[str, int], None]]:
    """A line on the terminal with the rows done."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    done: Counter[str] = Counter()
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("choosing", total=None)

        def tick(table: str, rows: int) -> None:
            done[table] += rows
            progress.update(task, description=f"{table}: {done[table]}")

        yield tick


def parameters(given: Sequence[str]) -> dict[str, Any]:
    """name=value: a value is read as JSON, else it is a text."""
    found: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            raise InputError("--parameter", f"{one!r}: must be name=value")
        try:
            found[name] = json.loads(value)
        except (ValueError, RecursionError):
            found[name] = value
    return found


def load_network(db: Path) -> Network:
    """The network of all that is known."""
    with Store(db, read_only=True) as store:
        choose(store)
        return network(*store.graph_arrays())


def near_data(net: Network, formula: str, hops: int, most: int, limit: int, through: Sequence[str]) -> dict[str, Any]:
    """What is around a material: links by label, the neighbourhood's size by hop and label, related materials."""
    labels = tuple(through) or THROUGH
    if unknown := [one for one in labels if one not in NODES]:
        raise InputError("--through", f"{unknown[0]!r}: must be one of {', '.join(NODES)}")
    start = find(net, "Material", composition_of(read_written(formula).atoms).key)
    direct: dict[str, list[str]] = {}
    for other in sorted(net.graph.neighbors(start)):
        direct.setdefault(str(net.label[other]), []).append(str(net.name[other]))
    around = Counter((hop, str(net.label[node])) for node, hop in neighbourhood(net, start, hops, most).items())
    sized = [{"hops": hop, "label": label, "nodes": count} for (hop, label), count in sorted(around.items())]
    close = [{"formula": str(net.name[one.node]), "composition": str(net.key[one.node]), "score": one.score,
              "through": one.through} for one in related(net, start, limit, labels)]  # fmt: skip
    return {"formula": str(net.name[start]), "direct": direct, "around": sized,
            "full": sum(around.values()) >= most, "related": close}  # fmt: skip


def central_data(
    load: Callable[[], Network], by: str, label: str, limit: int, pivots: int, seed: int
) -> dict[str, Any]:
    """The nodes of a label with the greatest measure."""
    if by not in MEASURES:
        raise InputError("--by", f"{by!r}: must be one of {', '.join(MEASURES)}")
    if label not in NODES:
        raise InputError("--label", f"{label!r}: must be one of {', '.join(NODES)}")
    net = load()
    values, errors = _measured(net, by, pivots, seed)
    of = np.flatnonzero(net.label == label)
    best = of[np.argsort(-values[of], kind="stable")][:limit]
    rows = [{"name": str(net.name[one]), "key": str(net.key[one]), "value": float(values[one])}
            | ({} if errors is None else {"standard_error": float(errors[one])}) for one in best]  # fmt: skip
    return {"by": by, "label": label, "nodes": len(net.label), "links": len(net.links), "top": rows}


def _measured(net: Network, by: str, pivots: int, seed: int) -> tuple[Any, Any]:
    if by == "betweenness":
        return betweenness(net, pivots, seed)
    return (pagerank(net) if by == "pagerank" else degrees(net)), None


def show_counts(counts: Mapping[str, int], where: str) -> None:
    """Rows by label and kind."""
    nodes, edges = sum(counts[one] for one in NODES), sum(counts[one] for one in EDGES)
    _print([["", "rows"], *([name, str(count)] for name, count in counts.items())])
    print(f"{nodes} nodes and {edges} edges in {where}")


def show_rows(found: Rows) -> None:
    """The rows of a query."""
    _print([found.columns, *([_cell(one) for one in row] for row in found.rows)])
    print(f"{len(found.rows)} rows" + ("; there are more (--rows)" if found.more else ""))


def show_near(found: dict[str, Any]) -> None:
    """Links, neighbourhood, related materials."""
    print(found["formula"])
    for label, names in found["direct"].items():
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        print(f"  {label}: {', '.join(names[:6])}{more}")
    for one in found["around"]:
        print(f"  {one['hops']} hops: {one['nodes']} {one['label']}")
    if found["full"]:
        print("note: the neighbourhood is larger (--most)")
    rows = [[one["formula"], f"{one['score']:.3g}", _shown(one["through"])] for one in found["related"]]
    _print([["related", "score", "through"], *rows]) if rows else print("related: none")


def show_central(found: dict[str, Any]) -> None:
    """The most central nodes."""
    print(f"{found['by']} of {found['nodes']} nodes with {found['links']} links")
    rows = [[one["name"], f"{one['value']:.4g}", f"{one['standard_error']:.2g}" if "standard_error" in one else ""]
            for one in found["top"]]  # fmt: skip
    _print([[found["label"], found["by"], "standard error" if found["by"] == "betweenness" else ""], *rows])


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _print(rows: Sequence[Sequence[str]]) -> None:
    """Columns side by side."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
