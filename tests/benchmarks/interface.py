"""Reactions with lithium beside the literature; the priors of composition beside a forest; what a prior saves a search.

python -m tests.benchmarks.interface [--part literature|reaction_ev_atom|log10_shear_gpa|search] [--out FILE.json]
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.knowledge.interface.analyse import Asked, analyse
from adatom.cloud.knowledge.interface.energies import materials_project, written
from adatom.cloud.knowledge.interface.labels import read_labels
from adatom.cloud.knowledge.interface.literature import PUBLISHED
from adatom.cloud.knowledge.interface.report import as_data
from adatom.cloud.knowledge.prior.check import LeftOut, coverage, left_out, score, widening
from adatom.cloud.knowledge.prior.descriptors import Array, describe
from adatom.cloud.knowledge.prior.process import Process, fitted, guess
from adatom.cloud.knowledge.prior.targets import TARGETS, Rows, rows_of
from adatom.cloud.optimize import Continuous, Objective, Optimizer, Space

OUT = Path("docs/benchmark/interface.json")
SEEDS = 20
POOL, TRIALS = 200, 10
START = 3  # of the arm `start`: its first trials are the prior's best
GUESSED = 40  # candidates that the arm `source` tells the prior's means of
DESCRIBED_BY = ("lithium", "electronegativity", "radius", "spread", "row")
MAGPIE = {"electronegativity": 7, "radius": 6, "row": 5}  # columns of the elements' properties


def literature() -> list[dict[str, Any]]:
    """Every material that something is published of."""
    asked = [Asked(written(atoms)) for atoms, _ in PUBLISHED.values()]
    return [as_data(found) for found in analyse(materials_project(), asked)]


def prior_check(name: str) -> dict[str, Any]:
    """Both models with chemical systems left out, on all rows and on those with lithium; hyper-parameters on all."""
    rows = rows_of(name)
    *_, found = left_out(rows)
    hyper = fitted(describe(rows.compositions), rows.values)
    lithium = np.array(["Li" in atoms for atoms in rows.compositions])
    given, calibrated = coverage(found, rows.values)
    result: dict[str, Any] = {
        "rows": len(rows.values),
        "systems": int(rows.groups.max()) + 1,
        "with_lithium": int(lithium.sum()),
        "covered_90": given,
        "covered_90_calibrated": calibrated,
        "hyper": hyper._replace(widen=widening(found.process, rows.values))._asdict(),
        "all": _scores(rows, found, np.ones(len(lithium), dtype=bool)),
    }
    if not lithium.all():
        result["lithium"] = _scores(rows, found, lithium)
    if name == "reaction_ev_atom":
        result["hull_of_other_phases"] = _hull(rows)
    return result


def _scores(rows: Rows, found: LeftOut, chosen: Array) -> dict[str, Any]:
    values, groups = rows.values[chosen], rows.groups[chosen]
    inside = np.abs(values - found.process.mean[chosen]) < 1.645 * found.process.sd[chosen]
    constant = np.full(len(values), np.median(values))
    pair = np.abs(found.process.mean[chosen] - values) - np.abs(found.forest[chosen] - values)
    return {
        "rows": len(values),
        "process": score(found.process.mean[chosen], values, groups)._asdict(),
        "forest": score(found.forest[chosen], values, groups)._asdict(),
        "process_minus_forest_mae": [float(pair.mean()), float(1.96 * pair.std() / len(pair) ** 0.5)],
        "constant_mae": float(np.abs(constant - values).mean()),
        "process_covered_90": float(inside.mean()),
    }


def _hull(rows: Rows) -> dict[str, Any]:
    """The reaction energy of a compound on the hull of the others: needs the data, not composition alone."""
    energies = {label.formula: min(0.0, label.margin_ev_atom + label.above_hull_ev_atom) for label in read_labels()}
    guesses = np.array([energies[written(atoms)] for atoms in rows.compositions])
    return score(guesses, rows.values, rows.groups)._asdict()


# --- a search over a pool, with and without the prior ---------------------------------------------------------------


def search(seed: int) -> dict[str, list[float]]:
    """Arm -> best true reaction energy (eV/atom) after each trial, less the pool's best: 0 is the best of the pool.

    The pool: compounds of a fifth of the chemical systems, that the prior has not seen.
    """
    rows = rows_of("reaction_ev_atom")
    random = np.random.default_rng(seed)
    held = random.permutation(int(rows.groups.max()) + 1) % 5 == 0
    outside = np.flatnonzero(held[rows.groups] & (rows.values < -0.02))  # nothing that is simply stable: too easy
    pool = random.choice(outside, POOL, replace=False)
    train = np.flatnonzero(~held[rows.groups])
    described = describe(rows.compositions)
    process = Process(described.rows(train), rows.values[train], TARGETS["reaction_ev_atom"].hyper)
    expected = np.minimum(guess(process, described.rows(pool)).mean, 0.0)
    plain = [_point(described.shares[row], described.statistics[row]) for row in pool]
    values = rows.values[pool]
    best_first = np.argsort(-expected)[:START]
    return {
        "without": _course(plain, values, seed),
        "feature": _course(plain, values, seed, feature=expected),
        "source": _course(plain, values, seed, told=expected),
        "start": _course(plain, values, seed, feature=expected, start=best_first),
        "prior alone": _greedy(values, expected),
        "random": _random(values, seed),
    }


def _point(shares: Array, statistics: Array) -> dict[str, float]:
    size = len(statistics) // 4
    point = {name: float(statistics[column]) for name, column in MAGPIE.items()}
    return point | {"lithium": float(shares[2]), "spread": float(statistics[size + MAGPIE["electronegativity"]])}


def _course(
    points: list[dict[str, float]],
    values: Array,
    seed: int,
    *,
    feature: Array | None = None,
    told: Array | None = None,
    start: Sequence[int] = (),
) -> list[float]:
    """One search: `feature` is a further column, `told` is told as another source, `start` are its first rows."""
    names = [*DESCRIBED_BY, *(["expected"] if feature is not None else [])]
    rows = [
        {**point, "number": float(number)} | ({"expected": float(feature[number])} if feature is not None else {})
        for number, point in enumerate(points)
    ]
    columns = {name: np.array([row[name] for row in rows]) for name in names}
    space = Space([Continuous(name, float(of.min()) - 1e-6, float(of.max()) + 1e-6) for name, of in columns.items()])
    candidates = [{name: row[name] for name in names} for row in rows]
    optimizer = Optimizer(space, [Objective("reaction_ev_atom", "maximise")], seed=seed, budget=TRIALS)
    if told is not None:
        few = np.random.default_rng(seed).choice(len(points), GUESSED, replace=False)
        results = [{"reaction_ev_atom": float(told[row])} for row in few]
        optimizer.tell([candidates[row] for row in few], results, source="prior")
    best: list[float] = []
    for trial in range(TRIALS):
        asked = candidates[start[trial]] if trial < len(start) else optimizer.ask(1, among=candidates)[0]
        row = min(range(len(candidates)), key=lambda at: sum(abs(candidates[at][n] - asked[n]) for n in names))
        optimizer.tell([asked], [{"reaction_ev_atom": float(values[row])}])
        best.append(max([*best[-1:], float(values[row] - values.max())]))
    return best


def _greedy(values: Array, expected: Array) -> list[float]:
    return list(np.maximum.accumulate((values - values.max())[np.argsort(-expected)][:TRIALS]).astype(float))


def _random(values: Array, seed: int) -> list[float]:
    order = np.random.default_rng(seed + 1000).permutation(len(values))[:TRIALS]
    return list(np.maximum.accumulate((values - values.max())[order]).astype(float))


def searches(seeds: int) -> dict[str, Any]:
    """Means over seeds and paired differences to the search without the prior, with 95 % half widths (minutes)."""
    return summary([search(seed) for seed in range(seeds)])


def summary(courses: list[dict[str, list[float]]]) -> dict[str, Any]:
    """Of the courses of all seeds."""
    seeds = len(courses)
    result: dict[str, Any] = {"seeds": seeds, "pool": POOL, "trials": TRIALS}
    for arm in courses[0]:
        values = np.array([course[arm] for course in courses])
        gain = (values - np.array([course["without"] for course in courses])).mean(axis=1)
        result[arm] = {
            "missing_ev_atom": (-values).mean(axis=0).round(4).tolist(),
            "mean_missing_ev_atom": float(-values.mean()),
            "gain_ev_atom": [float(gain.mean()), float(2.0 * gain.std(ddof=1) / seeds**0.5)],
            "found_best": float((values[:, -1] > -1e-9).mean()),
        }
    return result


PARTS = {
    "literature": literature,
    **{name: lambda name=name: prior_check(name) for name in TARGETS},
    "search": lambda: searches(SEEDS),
}


def main() -> None:
    """Runs one part, or all, into the file; parts that are there and not run stay."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    results = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    for name in [options.part] if options.part else PARTS:
        results[name] = PARTS[name]()
        print(name, json.dumps(results[name])[:2000])
    options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
