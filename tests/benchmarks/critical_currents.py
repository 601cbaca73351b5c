"""Groups of the twin's cells on ramps of the current, and whether intervals hold the twin's true median and ratio.

    python -m tests.benchmarks.critical_currents [--pairs 40] [--out docs/benchmark/critical_currents.json]

The truth is the median of TRUE_CELLS other cells of each recipe. It is neither a Weibull nor a lognormal law: a Weibull
one about a critical current that scatters from run to run with the resistance of the interface.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.measure.cycling.critical import Brackets, compare_critical, fit_critical
from adatom.cloud.measure.cycling.steps import LAWS, Law
from adatom.cloud.measure.cycling.weibull import Estimate
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.lifetimes import ramped, true_critical_currents
from adatom.sim.world import World

from tests.benchmarks.lifetimes import RECIPES

OUT = Path("docs/benchmark/critical_currents.json")
TRUE_CELLS = 10_000
CELLS = (5, 12)
Pairs = list[tuple[Brackets, Brackets]]


def measured(pairs: int, true_cells: int = TRUE_CELLS, cells: tuple[int, ...] = CELLS) -> dict[str, Any]:
    """Rows of (recipe, cells of a group, law)."""
    began, world = time.perf_counter(), World(0)
    base = _true_median("baseline", REFERENCE_RECIPE, world, true_cells)
    rows = []
    for name, change in RECIPES.items():
        recipe = {**REFERENCE_RECIPE, **change}
        median = _true_median("optimised", recipe, world, true_cells)
        for count in cells:
            made = [_pair(recipe, world, count, n) for n in range(pairs)]
            rows += [
                {"recipe": name, "cells": count, "law": law.name} | _row(made, (base, median), law)
                for law in LAWS.values()
            ]
    return {"pairs": pairs, "seconds": round(time.perf_counter() - began, 1), "rows": rows}


def _true_median(name: str, recipe: dict[str, Any], world: World, cells: int) -> float:
    return float(np.median(true_critical_currents(name, recipe_from_dict(recipe), world, cells)))


def _pair(recipe: dict[str, Any], world: World, cells: int, number: int) -> tuple[Brackets, Brackets]:
    key = f"ramp{number}"
    return (
        ramped("baseline", recipe_from_dict(REFERENCE_RECIPE), world, cells, key),
        ramped("optimised", recipe_from_dict(recipe), world, cells, key),
    )


def _row(made: Pairs, medians: tuple[float, float], law: Law) -> dict[str, Any]:
    fits = [fit_critical(ground, law) for ground, _ in made]
    ratios = [compare_critical([*pair], "baseline", law)[0] for pair in made]
    truth = medians[1] / medians[0]
    known = [one.median for one in fits if one is not None]
    return {
        "true_median_of_baseline": _short(medians[0]),
        "median_stated": len(known),
        "median_holds": float(np.mean([_holds(one, medians[0]) for one in known])),
        "median_width": _short(float(np.median([one.high / one.low for one in known]))),
        "true_ratio": _short(truth),
        "ratio_holds": float(np.mean([_holds(one.ratio, truth) for one in ratios])),
        "ratio_low": _short(float(np.median([one.ratio.low for one in ratios]))),
        "ratio_high": _short(float(np.median([one.ratio.high for one in ratios]))),
        "p_below_0.05": float(np.mean([one.p < 0.05 for one in ratios])),
    }


def _holds(one: Estimate, truth: float) -> bool:
    return one.low <= truth <= one.high


def _short(value: float) -> float | None:
    return float(f"{value:.3g}") if np.isfinite(value) else None


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    text = json.dumps(measured(chosen.pairs), indent=1)
    chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
