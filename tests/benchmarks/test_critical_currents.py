"""The benchmark of critical currents, tiny, and what the page says of it."""

import json
from pathlib import Path

from tests.benchmarks.critical_currents import measured

ROOT = Path(__file__).parents[2]


def test_a_tiny_run_has_every_row() -> None:
    found = measured(pairs=1, true_cells=40, cells=(5,))
    assert {(row["recipe"], row["law"]) for row in found["rows"]} == {
        (recipe, law)
        for recipe in ("annealed at 450 °C", "2 minutes in air", "the same recipe")
        for law in ("Weibull", "lognormal")
    }
    assert all(row["ratio_low"] < row["ratio_high"] for row in found["rows"])
    annealed = found["rows"][0]
    assert annealed["true_ratio"] > 2


def test_the_page_says_what_the_benchmark_found() -> None:
    page = (ROOT / "docs" / "how-to" / "cycling.md").read_text(encoding="utf-8")
    found = json.loads((ROOT / "docs" / "benchmark" / "critical_currents.json").read_text())
    for row in found["rows"]:
        median, ratio, small = (f"{100 * row[name]:.0f} %" for name in ("median_holds", "ratio_holds", "p_below_0.05"))
        begin = f"| {row['recipe']} | {row['cells']} | {row['law']} | {median} | {row['true_ratio']:g} | {ratio} |"
        assert f"{begin} {row['ratio_low']:g} to {row['ratio_high']:g} | {small} |" in page
