"""The composition model of conductivity beside its rivals, on papers that neither has seen.

python -m tests.benchmarks.conductivity [--part paper] [--repeats 5] [--out docs/benchmark/conductivity.json]
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.knowledge.conductivity.check import (
    Answers,
    Learner,
    composition_only,
    crossed,
    family_learner,
    forest_learner,
    nearest_learner,
    per_formula_unit,
    process_learner,
)
from adatom.cloud.knowledge.conductivity.features import BLOCKS, BY_CELL, blocks_of
from adatom.cloud.knowledge.conductivity.folds import FAMILY, LINKED, NEAR, PAPER, PROTOCOLS, Fold, folds_of
from adatom.cloud.knowledge.conductivity.model import training_rows
from adatom.cloud.knowledge.conductivity.rows import Row, read_rows
from adatom.cloud.knowledge.conductivity.scores import Guesses, differences_of, scores_of
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.formula import fractions
from adatom.cloud.knowledge.garnets import ConductivityPrior, Garnets, features, garnet_atoms
from scipy.spatial.distance import cdist

OUT = Path("docs/benchmark/conductivity.json")
MODEL, FOREST = "model", "forest on counts"
ROOM_C = (15.0, 35.0)
INSIDE = (0.5, 0.8, 0.9, 0.95)
Z = {0.5: 0.674, 0.8: 1.282, 0.9: 1.645, 0.95: 1.96}


def without_papers(rows: Sequence[Row]) -> list[Row]:
    return [row._replace(papers=frozenset()) for row in rows]


def limits_as_values(rows: Sequence[Row]) -> list[Row]:
    return [row._replace(below=False) for row in rows]


def taught(change: Callable[[Sequence[Row]], list[Row]], learner: Learner) -> Learner:
    """A learner that is given changed rows."""
    return lambda rows: learner(change(rows))


def plain(**options: Any) -> Learner:
    return process_learner(systems=False, **options)


def rivals() -> dict[str, Learner]:
    """What the model stands beside."""
    return {
        FOREST: forest_learner(),
        "forest on counts, another seed": forest_learner(seed=1),
        "forest on counts, volume and crystal system": forest_learner(structure=True),
        "forest on fractions": forest_learner(fractions=True),
        "five nearest compositions": nearest_learner,
        "median of the family": family_learner,
    }


def parts() -> dict[str, Learner]:
    """The model without one of its parts, or with more rows; all see compositions only."""
    return {
        "only fractions": plain(blocks=["fractions"]),
        "without the cell's blocks": plain(blocks=[name for name in BLOCKS if name not in BY_CELL]),
        "without framework charge": plain(blocks=[name for name in BLOCKS if name != "framework_charge"]),
        "without disorder": plain(blocks=[name for name in BLOCKS if name != "disorder"]),
        "without the ions' charge and volume": plain(
            blocks=[name for name in BLOCKS if name not in ("cation_charge", "ion_volume")]
        ),
        "without the papers' effect": taught(without_papers, plain()),
        "limits as values": taught(limits_as_values, plain()),
        "with Liverpool's rows near room temperature": with_others(other_rows()),
    }


def other_rows() -> list[Row]:
    """Liverpool's rows near room temperature; a formula unit each, as most of them are."""
    found = read_rows(shipped("liion"), "formula")
    with shipped("liion").open(encoding="utf-8", newline="") as stream:
        warm = [ROOM_C[0] <= float(line["temperature_C"]) <= ROOM_C[1] for line in csv.DictReader(stream)]
    return [row for row, kept in zip(found, warm, strict=True) if kept]


def with_others(others: Sequence[Row]) -> Learner:
    """The model with other rows: none that a training row has already, none of a paper or composition not allowed."""
    every = training_rows()

    def learn(rows: Sequence[Row]) -> Callable[[Sequence[Row]], Answers]:
        papers = {paper for row in rows for paper in row.papers}
        held = {paper for row in every for paper in row.papers} - papers
        near = cdist(_shares(others), _shares(every), "cityblock").min(axis=1) < NEAR
        new = [row for row, known in zip(others, near, strict=True) if not known and not row.papers & held]
        return plain()([*rows, *new])

    return learn


def _shares(rows: Sequence[Row]) -> Any:
    return blocks_of([row.atoms for row in rows], names=("fractions",))[0]


def compared(
    rows: list[Row], protocol: str, repeats: int, others: dict[str, Learner]
) -> tuple[dict[str, Any], dict[str, Guesses]]:
    """Each method's scores under one protocol, and its differences from the forest's and the model's."""
    folds = folds_of(rows, protocol, repeats)
    asked = {
        MODEL: composition_only(rows),
        "model, with crystal system": rows,
        "model, asked per formula unit": per_formula_unit(rows),
        "model, not told the convention": [
            row._replace(convention="auto", formula_units=None, volume_a3=None) for row in composition_only(rows)
        ],
    }
    guesses = _timed(rows, folds, process_learner(), asked)
    for name, learner in others.items():
        ways = {name: rows}
        if name == FOREST:
            ways[f"{name}, asked per formula unit"] = per_formula_unit(rows)
        guesses |= _timed(rows, folds, learner, ways)
    table = {name: _compared(rows, guess, guesses) for name, guess in guesses.items()}
    return {"protocol": PROTOCOLS[protocol], "repeats": repeats, "folds": len(folds), "methods": table}, guesses


def _compared(rows: list[Row], guess: Guesses, guesses: dict[str, Guesses]) -> dict[str, Any]:
    found = {"scores": _rounded(scores_of(rows, guess))}
    for base in (FOREST, MODEL):
        if base in guesses:
            found[f"less_{base.split()[0]}"] = _rounded(differences_of(rows, guess, guesses[base]))
    return found


def _timed(rows: list[Row], folds: list[Fold], learner: Learner, asked: dict[str, Any]) -> dict[str, Guesses]:
    began = time.perf_counter()
    found = crossed(rows, folds, learner, asked)
    print(f"{', '.join(asked)}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return found


def garnets(rows: list[Row]) -> dict[str, Any]:
    """The garnet prior and the model on garnets, each paper predicted without itself and without its compositions."""
    found = [(row, atoms) for row in rows if (atoms := garnet_atoms(fractions(row.atoms))) is not None]
    own = [row for row, _ in found]
    table = Garnets(
        np.array([features(atoms) for _, atoms in found]),
        np.array([row.log10_sigma for row in own]),
        tuple("|".join(sorted(row.papers)) for row in own),
    )
    names = ("garnet prior", MODEL)
    guesses = {name: Guesses(*(np.full((1, len(own)), np.nan) for _ in range(3))) for name in names}
    for paper in sorted(set(table.papers)):
        test = [place for place, other in enumerate(table.papers) if other == paper]
        asked = composition_only([own[place] for place in test])
        out = {name for row in asked for name in row.papers}
        apart = cdist(_shares(rows), _shares(asked), "cityblock").min(axis=1)
        train = [row for row, near in zip(rows, apart, strict=True) if near >= NEAR and not row.papers & out]
        mean, low, high = plain()(train)(asked)
        _put(guesses[MODEL], test, mean, low, high)
        ids = {row.source_id for row in train}
        kept = [place for place, row in enumerate(own) if row.source_id in ids]
        prior = ConductivityPrior(Garnets(table.features[kept], table.log10_sigma[kept],
                                          tuple(table.papers[place] for place in kept)))  # fmt: skip
        told = np.array([prior(garnet_atoms(fractions(own[place].atoms)) or {}) for place in test])
        _put(guesses["garnet prior"], test, told[:, 0], *(told[:, 0] + sign * 1.645 * told[:, 1] for sign in (-1, 1)))
    scores = {name: _rounded(scores_of(own, guess)) for name, guess in guesses.items()}
    less = _rounded(differences_of(own, guesses[MODEL], guesses["garnet prior"]))
    return {"rows": len(own), "scores": scores, "model_less_prior": less}


def _put(guesses: Guesses, places: list[int], *values: Any) -> None:
    for whole, part in zip(guesses, values, strict=True):
        whole[0, places] = part


def reliability(rows: list[Row], guess: Guesses) -> dict[str, float]:
    """Share of measured rows inside central intervals of several sizes; normal in the model's own scale."""
    told = -np.log(-np.array([row.log10_sigma for row in rows]))
    measured = ~np.array([row.below for row in rows])
    centre, low, high = (-np.log(-one[:, measured]) for one in guess)
    scores = np.abs(told[measured] - centre) / ((high - low) / 2.0 / 1.645)
    return {f"{share:g}": round(float((scores <= Z[share]).mean()), 3) for share in INSIDE}


def _rounded(scores: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if one.value is None else [round(one.value, 3), round(one.low, 3), round(one.high, 3)]
        for name, one in scores.items()
    }


def points(rows: list[Row], guess: Guesses) -> list[list[Any]]:
    """(ID, measured, below, mean, low, high) of each row, of the first repeat: what the parity plot shows."""
    columns = zip(*(one[0].round(3).tolist() for one in guess), strict=True)
    return [[row.source_id, row.log10_sigma, row.below, *column] for row, column in zip(rows, columns, strict=True)]


PARTS = {PAPER: 5, LINKED: 2, FAMILY: 1, "parts": 1, "garnets": 1}  # what is run, and the repeats of its folds


def part_of(name: str, rows: list[Row], repeats: int) -> dict[str, Any]:
    """What one part adds to the file."""
    if name == "garnets":
        return {name: garnets(rows)}
    if name == "parts":
        return {name: compared(rows, PAPER, repeats, parts())[0]}
    others = rivals() if name == PAPER else {FOREST: forest_learner(), "five nearest compositions": nearest_learner}
    table, guesses = compared(rows, name, repeats, others)
    if name != PAPER:
        return {name: table}
    return {name: table, "reliability": reliability(rows, guesses[MODEL]), "points": points(rows, guesses[MODEL])}


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--part", action="append", choices=list(PARTS))
    arguments.add_argument("--repeats", type=int)
    arguments.add_argument("--out", type=Path, default=OUT)
    chosen = arguments.parse_args()
    rows = training_rows()
    found = json.loads(chosen.out.read_text(encoding="utf-8")) if chosen.out.exists() else {}
    found |= {"rows": len(rows), "below_detection": sum(row.below for row in rows)}
    for name in chosen.part or PARTS:
        found |= part_of(name, rows, chosen.repeats or PARTS[name])
        chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
