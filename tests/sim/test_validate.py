"""The twin against the real chamber log: every judged figure within its stated tolerance."""

from pathlib import Path

import numpy as np
import pytest
from adatom.cloud import knowledge
from adatom.cloud.knowledge.logs import ChamberLog, read_log
from adatom.protocol.errors import InputError
from adatom.sim.validate import FIGURES, Comparison, compare
from adatom.sim.validate_page import page

LOG = read_log(Path(knowledge.__file__).parent / "examples" / "pld_log")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(LOG)


@pytest.mark.parametrize("name", [row[0] for row in FIGURES])
def test_figure_agrees_within_its_tolerance(comparison: Comparison, name: str) -> None:
    figure = comparison.figures[name]
    assert figure.agrees, figure


@pytest.mark.parametrize(
    ("name", "value", "tolerance"),
    [
        ("pump-down power", 0.222, 0.01),
        ("hold at 10 Pa, sd", 0.072, 0.05),
        ("gauge ratio at 10 Pa", 0.903, 0.01),
        ("ramp 260 to 500 °C", 19.94, 0.01),
        ("ramp 520 to 720 °C", 9.93, 0.01),
        ("hold at 750 °C, noise", 0.087, 0.05),
        ("free cooling at 100 °C", 1.16e-3, 0.01),
    ],
)
def test_log_figures_are_those_of_the_record(comparison: Comparison, name: str, value: float, tolerance: float) -> None:
    assert comparison.figures[name].log == pytest.approx(value, rel=tolerance)


def test_a_wrong_twin_would_be_told(comparison: Comparison) -> None:
    for row in FIGURES:
        figure = comparison.figures[row[0]]
        if figure.tolerance is not None:
            assert abs(figure.twin - 3.0 * figure.log) > figure.tolerance * 3.0 * figure.log


def test_both_records_share_the_logs_times(comparison: Comparison) -> None:
    assert np.array_equal(comparison.log["time_s"], comparison.twin["time_s"])
    gap = np.abs(comparison.log["heater_c"] - comparison.twin["heater_c"])
    assert gap[comparison.log["time_s"] > 1400.0].max() < 8.0


def test_page_needs_no_network_and_says_what_is_simulated(comparison: Comparison) -> None:
    text = page(comparison)
    assert "<script src=" not in text
    assert "twin (simulated)" in text
    assert "Plotly.newPlot" in text
    assert all(row[0] in text for row in FIGURES)


def test_log_that_is_not_this_run_is_refused() -> None:
    short = {name: values[:100] for name, values in LOG.columns.items()}
    with pytest.raises(InputError, match="short: the comparison needs"):
        compare(ChamberLog("short", short, [], []))
