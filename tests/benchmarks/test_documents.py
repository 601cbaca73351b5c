"""The benchmark of reading papers, short: a paper of each layout, and the figures that the docs give."""

import json
from pathlib import Path

from tests.benchmarks.documents import share, summary
from tests.benchmarks.documents_corpus import paper

ROOT = Path(__file__).parents[2]


def test_papers_are_the_same_for_a_seed_and_differ_between_seeds() -> None:
    assert paper(1).truth == paper(1).truth
    assert paper(1).truth != paper(2).truth
    assert len(paper(1).truth) > 10


def test_shares_have_their_bands() -> None:
    assert share(0, 0) == {"share": None, "of": 0}
    row = share(90, 100)
    assert row["low"] < row["share"] < row["high"]
    assert summary([{"judged": [(0.9, True), (0.5, False)], "hits": [True]}])["precision"]["share"] == 0.5


def test_the_docs_have_the_figures_of_the_last_run() -> None:
    kept = json.loads((ROOT / "docs" / "benchmark" / "documents.json").read_text())
    page = (ROOT / "docs" / "how-to" / "read-papers-and-inputs.md").read_text()
    for name in ("precision", "recall"):
        row = kept["all"][name]
        assert f"{100 * row['share']:.1f} % ({100 * row['low']:.1f} to {100 * row['high']:.1f})" in page
