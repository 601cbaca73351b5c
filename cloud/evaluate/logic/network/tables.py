"""Counts of compounds by state, and the tables of probabilities that follow from them.

The prior of every column of a table is the quantity's own distribution, worth SMOOTHING compounds: where nothing is
learnt of a combination of parents, the network says no more than independence does.
"""

import csv
import gzip
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.data import shipped
from adatom.protocol.errors import FailedError
from numpy.typing import NDArray

from .structure import BY_NAME, STATEMENTS, fingerprint, shape

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

SMOOTHING = 5.0  # compounds; 1, 5 and 20 tell systems left out about as well (docs/benchmark/logic.json)
SHUFFLED = "charge_balance of shuffled formulas"  # elements of one compound with the amounts of another
COLUMNS = ("quantity", "state", "given", "compounds")


class Tables(NamedTuple):
    """Of each statement: P(state | parents), and P(state) had it been taken from any compound.

    `given[name]` has the shape (states, states of parent 1, ...); `alone[name]` is (states,), but of the balance of
    charges that of shuffled formulas, with its parents.
    """

    given: Mapping[str, Array]
    alone: Mapping[str, Array]


def tables_of(counts: Mapping[str, Ints], smoothing: float = SMOOTHING) -> Tables:
    """The tables of counts, each of `shape(node)`; a statement without counts is uniform."""
    given, alone = {}, {}
    for node in STATEMENTS:
        counted = np.asarray(counts[node.name], dtype=np.float64)
        total = counted.sum(axis=tuple(range(1, counted.ndim))) + 1.0
        alone[node.name] = total / total.sum()
        prior = smoothing * _like(alone[node.name], counted.ndim)
        given[node.name] = (counted + prior) / (counted + prior).sum(axis=0)
    shuffled = counts[SHUFFLED] + smoothing * _like(alone["charge_balance"], counts[SHUFFLED].ndim)
    return Tables(given, alone | {"charge_balance": shuffled / shuffled.sum(axis=0)})


def _like(own: Array, dimensions: int) -> Array:
    """A distribution as the first axis of a table."""
    return own.reshape(-1, *[1] * (dimensions - 1))


@cache
def shipped_tables() -> Tables:
    """The tables that travel with adatom."""
    return tables_of(read_counts(shipped("logic_counts")))


def read_counts(path: Path) -> dict[str, Ints]:
    """Counts of a file that `write_counts` made. FailedError for one of another structure."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        said = stream.readline().strip()
        if said != f"# structure {fingerprint()}":
            raise FailedError(f"{path.name} was learnt for another structure: python -m {__package__}.learn makes it")
        counts = {name: np.zeros(size, dtype=np.int64) for name, size in shapes().items()}
        for row in csv.DictReader(stream):
            given = [int(state) for state in row["given"].split("|")]
            counts[row["quantity"]][(int(row["state"]), *given)] = int(row["compounds"])
    return counts


def write_counts(path: Path, counts: Mapping[str, Ints]) -> None:
    """One row a combination that has compounds, states as numbers from 0; the same counts give the same bytes."""
    text = io.StringIO()
    text.write(f"# structure {fingerprint()}\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for name, counted in counts.items():
        for state, *given in np.argwhere(counted).tolist():
            rows.writerow([name, state, "|".join(map(str, given)), int(counted[(state, *given)])])
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def shapes() -> dict[str, tuple[int, ...]]:
    """The shape of each table of counts."""
    balance = BY_NAME["charge_balance"]
    return {node.name: shape(node) for node in STATEMENTS} | {SHUFFLED: shape(balance)}
