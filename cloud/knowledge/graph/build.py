"""From the store into a graph: whole tables into a new file of ladybug, batches by MERGE to a server."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.graph.backend import Limits, open_graph, remote
from adatom.cloud.knowledge.graph.bolt import Bolt
from adatom.cloud.knowledge.graph.ladybug import Ladybug
from adatom.cloud.knowledge.graph.schema import EDGES, NODES
from adatom.cloud.knowledge.tolerant import read_written
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

BATCH_ROWS = 2000  # (K) of one statement to a server; some thousands are usual
LIMITS = Limits(seconds=3600.0, rows=1)
Tick = Callable[[str, int], None]  # table, rows done


def choose(store: Store, elements: Sequence[str] = ()) -> None:
    """Choose what the graph is of: materials that hold all elements (none: everything)."""
    found: dict[str, str] = {}
    for said in store.graph_precursors():
        try:
            found[said] = composition_of(read_written(said).atoms).key
        except InputError:  # a name or a variable: the recipe still has its reaction
            continue
    store.graph_choose(found, elements)


def build(store: Store, where: str, elements: Sequence[str], tick: Tick, batch: int = BATCH_ROWS) -> dict[str, int]:
    """Rows by label and kind, now in the graph. Building again gives the same graph. `batch`: of a server's."""
    choose(store, elements)
    return _merge(store, where, tick, batch) if remote(where) else _replace(store, Path(where), tick)


def _replace(store: Store, path: Path, tick: Tick) -> dict[str, int]:
    """A new file takes the old one's place when it is whole: whoever reads meanwhile reads the old one."""
    if path.exists():
        Ladybug(path, False, LIMITS).close()  # only a graph may be replaced
    path.parent.mkdir(parents=True, exist_ok=True)
    counts = {}
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".graph-") as folder:
        made, rows = Path(folder) / "new.lbug", Path(folder) / "rows.parquet"
        graph = Ladybug(made, True, LIMITS)
        try:
            graph.create()
            for table in (*NODES, *EDGES):
                store.graph_parquet(table, rows)
                graph.copy(table, rows)
                counts[table] = store.graph_count(table)
                tick(table, counts[table])
        finally:
            graph.close()
        os.replace(made, path)
    return counts


def _merge(store: Store, where: str, tick: Tick, rows: int) -> dict[str, int]:
    graph = open_graph(where, write=True, limits=LIMITS)
    assert isinstance(graph, Bolt)  # for the type: `where` is a server's
    try:
        return merge(store, graph, tick, rows)
    finally:
        graph.close()


def merge(store: Store, graph: Bolt, tick: Tick, rows: int) -> dict[str, int]:
    """Rows by label and kind, merged into a server, so many a statement."""
    graph.create()
    counts = dict.fromkeys((*NODES, *EDGES), 0)
    for table in counts:
        for batch in store.graph_batches(table, rows):
            graph.run(merging(table), {"rows": batch})
            counts[table] += len(batch)
            tick(table, len(batch))
    return counts


def merging(table: str) -> str:
    """The statement that puts $rows into a label or kind; rows known already are changed to what is given."""
    if table in NODES:
        fields, target = list(NODES[table]), "n"
        found = f"MERGE (n:{table} {{key: row.key}})"
    else:
        edge, target = EDGES[table], "e"
        fields = [name for name in edge.fields if name not in edge.identity]
        same = ", ".join(f"{name}: row.{name}" for name in edge.identity)
        found = (f"MATCH (a:{edge.start} {{key: row.from}}) MATCH (b:{edge.end} {{key: row.to}}) "
                 f"MERGE (a)-[e:{table}{f' {{{same}}}' if same else ''}]->(b)")  # fmt: skip
    given = ", ".join(f"{target}.{name} = row.{name}" for name in fields)
    return f"UNWIND $rows AS row {found}" + (f" SET {given}" if given else "")
