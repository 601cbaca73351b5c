"""The benchmark of influence, short: noise stays noise, what is planted is found, the twin's truth is its own."""

import json
import re
from pathlib import Path

import numpy as np
from adatom.cloud.measure.influence.study import Study

from tests.benchmarks.influence import alarms, table
from tests.cloud.measure.influence import twin

ROOT = Path(__file__).parents[2]


def test_noise_raises_few_alarms() -> None:
    assert alarms(6, 12, 0.0, None)["false_alarms"] <= 0.2


def test_what_is_planted_is_found_and_what_is_idle_is_not() -> None:
    row = alarms(1, 40, 0.0, 0.1)
    assert row["found"][1] == 1.0
    assert row["false_alarms"] == 0.0


def test_correlated_factors_are_correlated() -> None:
    made: Study = table(1, 200, 0.9, 0.5)
    assert np.corrcoef(made.values[:, 0], made.values[:, 3])[0, 1] > 0.8


def test_the_twins_own_shares_are_of_the_twin() -> None:
    """Heat decides in every world; what nothing depends on has no share."""
    recipes, values = twin.measured(3, 14)
    made = twin.study(recipes, values)
    shares = twin.true_shares(made, recipes, 3)
    assert set(shares) == set(made.names)
    assert max(shares, key=lambda name: shares[name]) == "substrate_c"
    assert min(shares.values()) >= 0.0


def test_the_page_quotes_the_benchmark() -> None:
    page = re.sub(r"\s+", " ", (ROOT / "docs" / "how-to" / "influence.md").read_text(encoding="utf-8"))
    found = json.loads((ROOT / "docs" / "benchmark" / "influence.json").read_text(encoding="utf-8"))
    noise, (idle,), (correlated,) = found["noise"], found["idle"], found["correlated"]
    assert ", ".join(f"{100 * one['false_alarms']:.2g} %" for one in noise) + " (5 % allowed)" in page
    assert {one["tables"] for one in noise} == {200}
    for one in (idle, correlated):
        alarms_, (second, first, third) = one["false_alarms"], one["found"]
        shown = ", ".join(f"{100 * share:.0f} %" for share in (first, second, third))
        assert f"| {one['tables']} | {100 * alarms_:.0f} % | {shown} |" in page
    for trials, each in ((60, found["twin"]["each"]), (200, found["twin_200"])):
        samples = [one["samples"] for one in each]
        rank = np.median([one["rank_correlation"] for one in each])
        right, three = (
            sum(one["first_is_right"] for one in each),
            np.mean([one["of_first_three_right"] for one in each]),
        )
        row = f"{min(samples)} to {max(samples)} | {rank:.2f} | {right} of {len(each)} worlds | {three:.1f} |"
        assert f"| {trials} | {row}" in page
    assert f"of {found['twin']['factors_that_matter']} factors" in page
