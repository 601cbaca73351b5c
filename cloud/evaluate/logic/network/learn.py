"""Counts compounds by the network's states: what its tables are learnt from.

    adatom materials load --shipped --db known.duckdb
    python -m adatom.cloud.evaluate.logic.network.learn known.duckdb cloud/knowledge/data/logic/counts.csv.gz

Every composition of the database counts once, with the consensus of its facts. Reaction energies with lithium, which
are computed and not in the database, are those of interface/reactions_with_lithium.csv.gz. Two minutes.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.formula import parse_formula
from adatom.cloud.knowledge.interface.labels import read_labels
from adatom.cloud.store.store import Store
from numpy.typing import NDArray

from .formula import Composition, charge_balances, states_of, values_of
from .structure import BY_NAME, NODES, STATEMENTS, shape
from .tables import SHUFFLED, Ints, shapes, write_counts
from .told import Row, row_of, told

SHUFFLES = 20_000  # formulas with another's amounts


class Known(NamedTuple):
    """n compounds: shares of all atoms by element, values of what is told, and states of all quantities.

    `states[name]` is (n,), -1 where nothing is told.
    """

    compositions: Sequence[Composition]
    values: Sequence[Mapping[str, float | str]]
    states: Mapping[str, Ints]


def known_of(store: Store) -> Known:
    """Every compound in a database."""
    places = {key: place for place, (key, _, _) in enumerate(store.compositions())}
    compositions = [shares for _, _, shares in store.compositions()]
    values = _told(store.all_consensus(), places)
    for label in read_labels():
        place = places.get(composition_of(parse_formula(label.formula)).key)
        if place is not None:
            values[place].setdefault("interfacial_reaction_energy", label.reaction_ev_atom)
    for one, balance, of_formula in zip(values, charge_balances(compositions), values_of(compositions), strict=True):
        one.update(of_formula, charge_balance=balance)
    states = {
        node.name: np.array([node.state(one[node.name]) if node.name in one else -1 for one in values])
        for node in NODES
    }
    return Known(compositions, values, states)


def counted(known: Known, rows: Ints | slice = slice(None)) -> dict[str, Ints]:
    """Counts of some compounds: each table of those of which its quantity and all parents are known."""
    counts = {name: np.zeros(size, dtype=np.int64) for name, size in shapes().items() if name != SHUFFLED}
    for node in STATEMENTS:
        states = np.stack([known.states[name][rows] for name in (node.name, *node.parents)])
        np.add.at(counts[node.name], tuple(states[:, (states >= 0).all(axis=0)]), 1)
    return counts


def shuffled_counts(compositions: Sequence[Composition], seed: int = 0, number: int = SHUFFLES) -> Ints:
    """Counts of the balance of charges where elements have the amounts of another compound of as many, by parents."""
    rng = np.random.default_rng(seed)
    by_number = defaultdict(list)
    for place, one in enumerate(compositions):
        by_number[len(one)].append(place)
    made = []
    for place in rng.integers(len(compositions), size=number).tolist():
        elements = list(compositions[place])
        other = compositions[by_number[len(elements)][rng.integers(len(by_number[len(elements)]))]]
        amounts = rng.permutation(list(other.values())).tolist()
        made.append(dict(sorted(zip(elements, amounts, strict=True))))
    balance = BY_NAME["charge_balance"]
    counts = np.zeros(shape(balance), dtype=np.int64)
    for said, values in zip(charge_balances(made), values_of(made), strict=True):
        states = states_of(values)
        counts[(balance.state(said), *(states[parent] for parent in balance.parents))] += 1
    return counts


def _told(columns: Mapping[str, NDArray[Any]], places: Mapping[str, int]) -> list[dict[str, float | str]]:
    rows: list[list[Row]] = [[] for _ in places]
    lists = {name: column.tolist() for name, column in columns.items()}
    for cells in zip(*lists.values(), strict=True):
        row = dict(zip(lists, cells, strict=True))
        rows[places[row["composition"]]].append(row_of(row))
    return [told(of_one)[0] for of_one in rows]


def main() -> None:
    """Write the counts of a database."""
    database, out = map(Path, sys.argv[1:])
    with Store(database, read_only=True) as store:
        known = known_of(store)
    write_counts(out, counted(known) | {SHUFFLED: shuffled_counts(known.compositions)})


if __name__ == "__main__":
    main()
