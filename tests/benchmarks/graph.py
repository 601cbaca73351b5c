"""The graph of a loaded store: build, PageRank, neighbourhood, betweenness, memory, beside the raw rustworkx call.

python -m tests.benchmarks.graph known.duckdb    writes docs/benchmark/graph.json
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import rustworkx
from adatom.cloud.knowledge.graph.backend import open_graph
from adatom.cloud.knowledge.graph.build import build, choose
from adatom.cloud.knowledge.graph.network import betweenness, find, neighbourhood, network, pagerank, related
from adatom.cloud.store.store import Store

FILE = Path("docs/benchmark/graph.json")
ASKED = "MATCH (m:Material)-[h:HAS]->(:Property {key: $p}) WHERE h.value > 0.01 RETURN m.formula, h.value"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", type=Path)
    parser.add_argument("--file", type=Path, default=FILE)
    asked = parser.parse_args()
    with Store(asked.database, read_only=True) as store:
        choose(store)
        net, loading_s = _timed(lambda: network(*store.graph_arrays()))
        found = {"nodes": len(net.label), "links": len(net.links), "network_s": loading_s} | _measures(net)
        found["network_peak_mb"] = _peak_mb()
        found |= _built(store)
    asked.file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def _measures(net):
    _, ours_s = _timed(lambda: pagerank(net))
    _, raw_s = _timed(lambda: rustworkx.pagerank(net.graph.to_directed(), alpha=0.85))
    start = find(net, "Material", "La3Li7O12Zr2")
    near, near_s = _timed(lambda: neighbourhood(net, start, 3, 100_000))
    _, related_s = _timed(lambda: related(net, start, 20, ("Document", "Family")))
    _, between_s = _timed(lambda: betweenness(net, 64, 0))
    return {"pagerank_s": ours_s, "raw_pagerank_s": raw_s, "pagerank_ratio": ours_s / raw_s, "near_3_hops_s": near_s,
            "near_3_hops_nodes": len(near), "related_s": related_s, "betweenness_64_s": between_s}  # fmt: skip


def _built(store):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.lbug"
        counts, build_s = _timed(lambda: build(store, str(file), [], lambda *_: None))
        graph = open_graph(str(file))
        _, query_s = _timed(lambda: graph.run(ASKED, {"p": "ionic_conductivity"}))
        graph.close()
        edges = sum(count for name, count in counts.items() if name.isupper())
        return {"build_s": build_s, "edges": edges, "file_mb": file.stat().st_size / 1e6, "query_s": query_s,
                "build_peak_mb": _peak_mb()}  # fmt: skip


def _timed(work):
    start = time.perf_counter()
    found = work()
    return found, round(time.perf_counter() - start, 3)


def _peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
