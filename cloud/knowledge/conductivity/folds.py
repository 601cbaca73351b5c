"""Folds that do not flatter: a paper is never on both sides, and no composition of a test row is in its training rows.

Random folds flatter by about half a decade, as one paper gives a series of near-identical samples.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.conductivity.features import blocks_of
from adatom.cloud.knowledge.conductivity.rows import Row, paper_numbers
from adatom.cloud.optimize.arrays import Array, Bools, Indices
from adatom.protocol.errors import InputError
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

NEAR = 0.01  # L1 distance of fractions below which two compositions are the same
LEAST_FAMILY = 5  # rows; smaller families are left out together
PAPER, LINKED, FAMILY = "paper", "linked", "family"
PROTOCOLS = {
    PAPER: "by paper (DOI); compositions of test rows are dropped from training",
    LINKED: "by paper and composition: rows linked by either are never on both sides",
    FAMILY: "one family of structures left out; papers and compositions of its rows are dropped from training",
}


class Fold(NamedTuple):
    """Places of the rows to learn from and of those to predict, in one of several repeats."""

    repeat: int
    train: Indices
    test: Indices


def folds_of(rows: Sequence[Row], protocol: str, repeats: int, parts: int = 5, seed: int = 0) -> list[Fold]:
    """The folds of a protocol (one of PROTOCOLS). InputError for another word, or fewer papers than parts."""
    if protocol not in PROTOCOLS:
        raise InputError("protocol", f"{protocol!r}: must be one of {', '.join(PROTOCOLS)}")
    papers, near = np.array(paper_numbers(rows)), _near(rows)
    if protocol == FAMILY:
        return _by_family(rows, papers, near)
    groups = papers if protocol == PAPER else _linked(papers, near)
    if len(np.unique(groups)) < parts:
        raise InputError("rows", f"of {len(np.unique(groups))} papers: at least {parts} are needed for {parts} folds")
    found = []
    for repeat in range(repeats):
        place = _dealt(groups, parts, np.random.default_rng([seed, repeat]))
        for part in range(parts):
            test = place == part
            found.append(Fold(repeat, np.flatnonzero(~test & ~near[:, test].any(axis=1)), np.flatnonzero(test)))
    return found


def _near(rows: Sequence[Row]) -> Bools:
    """(n, n) whether two rows have the same composition."""
    (fractions,) = blocks_of([row.atoms for row in rows], names=("fractions",))
    return np.asarray(cdist(fractions, fractions, "cityblock") < NEAR)


def _linked(papers: Indices, near: Bools) -> Indices:
    labels = connected_components((papers[:, None] == papers[None, :]) | near, directed=False)[1]
    return np.asarray(labels, dtype=np.intp)


def _dealt(groups: Indices, parts: int, generator: np.random.Generator) -> Array:
    """(n,) the part of each row: groups, the large ones first, go to the part with the fewest rows."""
    names, counts = np.unique(groups, return_counts=True)
    order = generator.permutation(len(names))
    sizes, found = np.zeros(parts), np.zeros(len(groups))
    for group in order[np.argsort(-counts[order], kind="stable")]:
        part = generator.choice(np.flatnonzero(sizes == sizes.min()))
        found[groups == names[group]] = part
        sizes[part] += counts[group]
    return found


def _by_family(rows: Sequence[Row], papers: Indices, near: Bools) -> list[Fold]:
    names = [row.family.lower() for row in rows]
    kept = [name if names.count(name) >= LEAST_FAMILY else "" for name in names]
    found = []
    for name in sorted(set(kept)):
        test = np.array([other == name for other in kept])
        out = test | np.isin(papers, papers[test]) | near[:, test].any(axis=1)
        found.append(Fold(0, np.flatnonzero(~out), np.flatnonzero(test)))
    return found
