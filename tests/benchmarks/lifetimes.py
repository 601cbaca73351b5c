"""A hundred pairs of groups of the twin's cells compared, and whether the intervals hold the twin's true ratio.

    python -m tests.benchmarks.lifetimes [--pairs 100] [--out docs/benchmark/lifetimes.json]

The truth is the ratio of the medians of TRUE_CELLS other cells of each recipe: their lives are no Weibull law, for each
run has a resistance of its own, and a droplet may short a cell before it is worn.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.measure.cycling.compare import compare
from adatom.cloud.measure.cycling.lifetimes import Lifetimes, kaplan_meier
from adatom.cloud.measure.cycling.weibull import Estimate, fit_weibull
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.lifetimes import cycled, true_lives
from adatom.sim.world import World

OUT = Path("docs/benchmark/lifetimes.json")
TRUE_CELLS = 10_000
RECIPES = {
    "annealed at 450 °C": {"anneal_c": 450.0, "anneal_min": 60.0},
    "2 minutes in air": {"air_exposure_min": 2.0},
    "the same recipe": {},
}
SETUPS = ((6, 5000), (12, 5000), (12, 500), (30, 5000))  # cells of a group, cycles of the longest test


def measured(pairs: int) -> dict[str, Any]:
    """Rows of (recipe, cells, longest test)."""
    began, world = time.perf_counter(), World(0)
    base = float(np.median(true_lives("baseline", recipe_from_dict(REFERENCE_RECIPE), world, TRUE_CELLS)))
    rows = []
    for name, change in RECIPES.items():
        recipe = {**REFERENCE_RECIPE, **change}
        median = float(np.median(true_lives("optimised", recipe_from_dict(recipe), world, TRUE_CELLS)))
        rows += [_row(name, recipe, world, (base, median), setup, pairs) for setup in SETUPS]
    return {"pairs": pairs, "seconds": round(time.perf_counter() - began, 1), "rows": rows}


def _row(
    name: str, recipe: dict[str, Any], world: World, medians: tuple[float, float], setup: tuple[int, int], pairs: int
) -> dict[str, Any]:
    cells, max_cycles = setup
    base, other = recipe_from_dict(REFERENCE_RECIPE), recipe_from_dict(recipe)
    results = [
        (
            cycled("baseline", base, world, cells, max_cycles, f"pair{n}"),
            cycled("optimised", other, world, cells, max_cycles, f"pair{n}"),
        )
        for n in range(pairs)
    ]
    found = [compare([ground, group], "baseline")[0] for ground, group in results]
    ratios = [one.ratio for one in found if one.ratio is not None]
    truth = medians[1] / medians[0]
    return {
        "recipe": name,
        "cells": cells,
        "longest_test_cycles": max_cycles,
        "true_ratio": _short(truth),
        "interval_holds": float(np.mean([_holds(one, truth) for one in ratios])),
        "median_ratio": _short(float(np.median([one.value for one in ratios]))),
        "median_low": _short(float(np.median([one.low for one in ratios]))),
        "median_high": _short(float(np.median([one.high for one in ratios]))),
        "log_rank_p_below_0.05": float(np.mean([(one.log_rank_p or 1.0) < 0.05 for one in found])),
        "weibull_median_holds": _medians_held([ground for ground, _ in results], medians[0]),
        "kaplan_meier_median_holds": _kaplan_meier_held([ground for ground, _ in results], medians[0]),
        "failed_of_optimised": float(np.mean([group.failures / cells for _, group in results])),
    }


def _medians_held(groups: list[Lifetimes], truth: float) -> float:
    fits = [fit_weibull(group) for group in groups]
    return float(np.mean([_holds(fit.median, truth) for fit in fits if fit is not None]))


def _kaplan_meier_held(groups: list[Lifetimes], truth: float) -> float:
    held = []
    for group in groups:
        curve = kaplan_meier(group)
        held.append((curve.median_low or 0.0) - 1.0 <= truth <= (curve.median_high or np.inf))  # whole cycles
    return float(np.mean(held))


def _holds(one: Estimate, truth: float) -> bool:
    return one.low <= truth <= one.high


def _short(value: float) -> float | None:
    """Three digits; None for a side without a bound."""
    return float(f"{value:.3g}") if np.isfinite(value) else None


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    text = json.dumps(measured(chosen.pairs), indent=1, ensure_ascii=False)
    chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
