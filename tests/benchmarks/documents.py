"""How many of the facts of made papers are found, and how many of those found are true, by layout and confidence.

python -m tests.benchmarks.documents [--papers 60] [--first 2000] [--out docs/benchmark/documents.json]

The corpus is generated (documents_corpus.py): the figures say how the reader does on such papers, not on a journal's.
"""

import argparse
import json
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.documents.model import Found, walk
from adatom.cloud.knowledge.documents.read import document_of
from adatom.cloud.knowledge.tolerant import read_written
from adatom.cloud.knowledge.units import converter
from adatom.cloud.knowledge.values import parse_value

from tests.benchmarks.documents_corpus import Paper, Truth, paper

OUT = Path("docs/benchmark/documents.json")
NEAR = 0.006  # relative: a value is the same
BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 1.01)  # of confidence
Z = 1.96


def understood(fact: Found) -> Truth | None:
    """A found fact in the property's unit, None where its texts are not understood (it would not enter the store)."""
    parsed = parse_value(fact.value)
    if parsed is None:
        return None
    to = converter(fact.unit, fact.property)
    number = 10.0 ** parsed[0].value if to.log10 else parsed[0].value
    return Truth(composition_of(read_written(fact.formula).atoms).key, fact.property, number * to.factor + to.offset)


def same(a: Truth, b: Truth) -> bool:
    return a[:2] == b[:2] and abs(a.value - b.value) <= NEAR * abs(b.value)


def scored(one: Paper) -> dict[str, Any]:
    """Of one paper: (confidence, true) of each fact found, which of the true ones were found, and what was missed."""
    began = time.process_time()
    document = document_of(one.data, one.name)
    truths = list(one.truth)
    hits = [False] * len(truths)
    judged = []
    wrong = []
    for fact in document.facts:
        said = understood(fact)
        place = next((k for k, truth in enumerate(truths) if said and same(said, truth) and not hits[k]), None)
        again = place is None and any(said and same(said, truth) for truth in truths)
        if place is not None:
            hits[place] = True
        judged.append((fact.confidence, place is not None or again))
        if not judged[-1][1]:
            wrong.append(f"{fact.formula} {fact.property} {fact.value} {fact.unit} <- {fact.said}")
    sections = [node.text for node in walk(document.nodes) if node.kind == "section"]
    return {
        "layout": one.layout,
        "judged": judged,
        "hits": hits,
        "missed": [truth for truth, hit in zip(truths, hits, strict=True) if not hit],
        "wrong": wrong,
        "title": document.title == one.title,
        "sections": len(sections) == one.sections,
        "references": sum(node.kind == "reference" for node in walk(document.nodes)),
        "seconds": time.process_time() - began,
    }


def share(good: int, of: int) -> dict[str, Any]:
    """A share with its 95 % band by Wilson's formula."""
    if not of:
        return {"share": None, "of": 0}
    p, z2 = good / of, Z * Z / of
    middle, half = (p + z2 / 2) / (1 + z2), Z * ((p * (1 - p) + z2 / 4) / of) ** 0.5 / (1 + z2)
    return {"share": round(p, 4), "low": round(middle - half, 4), "high": round(middle + half, 4), "of": of}


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Precision and recall of some papers."""
    judged = [one for row in rows for one in row["judged"]]
    hits = [hit for row in rows for hit in row["hits"]]
    return {"papers": len(rows), "precision": share(sum(good for _, good in judged), len(judged)),
            "recall": share(sum(hits), len(hits))}  # fmt: skip


def measured(first: int, papers: int) -> dict[str, Any]:
    """The table of the docs."""
    rows = [scored(paper(seed)) for seed in range(first, first + papers)]
    judged = [one for row in rows for one in row["judged"]]
    parts = {part: [row for row in rows if part in row["layout"].split(", ")]
             for part in sorted({part for row in rows for part in row["layout"].split(", ")})}  # fmt: skip
    return {
        "corpus": "generated: tests/benchmarks/documents_corpus.py; real papers will do worse",
        "first_seed": first,
        "all": summary(rows),
        "by_layout": {part: summary(held) for part, held in parts.items()},
        "precision_by_confidence": {
            f"{low:g}-{min(high, 1):g}": share(
                sum(good for c, good in judged if low <= c < high), sum(low <= c < high for c, _ in judged)
            )
            for low, high in pairwise(BANDS)
        },
        "title": share(sum(row["title"] for row in rows), papers),
        "all_sections": share(sum(row["sections"] for row in rows), papers),
        "by_property": _by_property(rows),
        "rows": rows,
    }


def _by_property(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    missed: dict[str, int] = {}
    for row in rows:
        for truth in row["missed"]:
            missed[truth.property] = missed.get(truth.property, 0) + 1
    return dict(sorted(missed.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Precision and recall on generated papers.")
    parser.add_argument("--papers", type=int, default=60)
    parser.add_argument("--first", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--wrong", action="store_true", help="print what was wrong and missed")
    words = parser.parse_args()
    found = measured(words.first, words.papers)
    rows = found.pop("rows")
    if words.wrong:
        for row in rows:
            for one in row["wrong"]:
                print("WRONG", one)
            for truth in row["missed"]:
                print("MISSED", row["layout"], truth)
    found["missed_by_property"] = found.pop("by_property")
    print(json.dumps(found, indent=1))
    words.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
