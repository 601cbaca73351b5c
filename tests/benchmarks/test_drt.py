"""The benchmark of distributions, short: intervals hold the truth about as often as they say, wrong ones do not."""

import json
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.eis.drt_peaks import Interval

from tests.benchmarks.drt import GROUPS, NAMES, arc, holds, integral, keep_rows, make, measure, normal, table


@pytest.mark.parametrize("name", ["usual", "blocking"])
def test_two_arcs_are_found_with_intervals_that_hold(name: str) -> None:
    row = measure(name, 6)
    assert row["two_found"] >= 5 / 6, row
    assert row["more_found"] == 0.0, row
    assert min(row["band"], row["peak_r"], row["peak_tau"]) >= 0.8, row


def test_the_truth_has_the_resistance_of_its_arcs() -> None:
    x = np.linspace(-60.0, 60.0, 200_001)
    for gamma in (arc(100.0, 1e-4, 0.8), normal(100.0, 1e-4, 0.5)):
        assert np.trapezoid(gamma(x), x) == pytest.approx(100.0, rel=1e-4)
    known = make("usual", np.random.default_rng(3))
    whole, middle = integral(known, -np.inf, np.inf)
    half, _ = integral(known, -np.inf, middle)
    assert 0 < half < whole
    assert not holds(Interval(half, 0.9 * half, 1.1 * half), whole)


def test_rows_of_other_groups_stay_in_the_table(tmp_path: Path) -> None:
    path = tmp_path / "drt.json"
    keep_rows(path, {"normal": {"n": 1}, "usual": {"n": 2}})
    keep_rows(path, {"one_decade": {"n": 3}, "normal": {"n": 4}})
    assert list(json.loads(path.read_text("utf-8")).items()) == [
        ("usual", {"n": 2}), ("one_decade", {"n": 3}), ("normal", {"n": 4}),
    ]  # fmt: skip


def test_the_page_shows_the_measured_figures() -> None:
    docs = Path(__file__).parents[2] / "docs"
    rows = json.loads((docs / "benchmark" / "drt.json").read_text(encoding="utf-8"))
    assert tuple(rows) == GROUPS == tuple(NAMES)
    page = (docs / "how-to" / "impedance.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in table(rows) if line not in page] == []
