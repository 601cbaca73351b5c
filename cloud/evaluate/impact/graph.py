"""Citation graphs as arrays: dated works with their families, and the shipped graphs whose topics are known.

It knows nothing of forecasts, files of other formats (importers.py) and databases.
"""

import csv
import gzip
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.data import shipped
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TRAINED_PER_TOPIC = 20  # the Planetoid splits: the first 20 nodes of each topic teach, the next 500 choose
CHOOSING = 500


class Citations(NamedTuple):
    """n works: `year` (n,), `member` (n, families) of 0 and 1, pairs `citing` -> `cited` (m,) of their places."""

    ids: tuple[str, ...]
    year: Ints
    families: tuple[str, ...]
    member: Array
    citing: Ints
    cited: Ints

    def until(self, year: int) -> "Citations":
        """What was known at the end of a year: no later work, and no citation by one."""
        there = np.flatnonzero(self.year <= year)
        place = np.full(len(self.year), -1)
        place[there] = np.arange(len(there))
        kept = (place[self.citing] >= 0) & (place[self.cited] >= 0)
        return Citations(tuple(self.ids[k] for k in there), self.year[there], self.families, self.member[there],
                         place[self.citing[kept]], place[self.cited[kept]])  # fmt: skip

    def received(self, first: int, last: int) -> Array:
        """Citations that each work got from works of the years first to last, (n,)."""
        by = self.year[self.citing]
        return np.bincount(self.cited[(by >= first) & (by <= last)], minlength=len(self.year)).astype(np.float64)


class Topics(NamedTuple):
    """A graph of known topics: words (n, words), edges (m, 2), label (n,), and which nodes teach, choose and test."""

    words: sparse.csr_matrix
    edges: Ints
    label: Ints
    teach: Ints
    choose: Ints
    test: Ints


def read_topics(name: str) -> Topics:
    """The shipped graph "cora" or "citeseer" with its Planetoid split (Yang, Cohen, Salakhutdinov, ICML 2016)."""
    with gzip.open(shipped(f"{name}_nodes"), "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with gzip.open(shipped(f"{name}_edges"), "rt", encoding="utf-8", newline="") as stream:
        edges = np.array([(int(row["a"]), int(row["b"])) for row in csv.DictReader(stream)], dtype=np.int64)
    label = np.array([int(row["label"]) for row in rows], dtype=np.int64)
    taught = TRAINED_PER_TOPIC * (int(label.max()) + 1)
    test = np.flatnonzero([row["planetoid_test"] == "True" for row in rows])
    words = bag([[int(word) for word in row["words"].split()] for row in rows])
    return Topics(words, edges, label, np.arange(taught), np.arange(taught, taught + CHOOSING), test)


def bag(words: Sequence[Sequence[int]]) -> sparse.csr_matrix:
    """Rows of word numbers as a sparse matrix whose rows sum to one (a work without words is a row of zeros)."""
    counts = [len(row) for row in words]
    column = np.array([word for row in words for word in row], dtype=np.int64)
    row = np.repeat(np.arange(len(words)), counts)
    share = np.repeat(1.0 / np.maximum(counts, 1), counts)
    width = int(column.max()) + 1 if len(column) else 0
    return sparse.csr_matrix((share, (row, column)), shape=(len(words), width))
