import numpy as np
import pytest
from adatom.cloud.measure.cycling.lifetimes import kaplan_meier
from adatom.protocol.errors import InputError
from scipy.stats import CensoredData, ecdf

from tests.cloud.measure.cycling.groups import PLACEBO, TREATED, lives


def test_the_textbook_curve() -> None:
    found = kaplan_meier(TREATED)
    assert found.cycles.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.share == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert (found.median, found.median_low, found.median_high) == (23, 13, None)


def test_the_band_is_that_of_scipy() -> None:
    known = ecdf(CensoredData(TREATED.cycles[TREATED.failed], right=TREATED.cycles[~TREATED.failed])).sf
    band = known.confidence_interval(0.95, method="log-log")
    found = kaplan_meier(TREATED)
    at = np.isin(known.quantiles, found.cycles)
    assert found.low == pytest.approx(band.low.probabilities[at])
    assert found.high == pytest.approx(band.high.probabilities[at])


def test_where_all_have_failed_the_band_stays_open() -> None:
    found = kaplan_meier(PLACEBO)
    assert (found.share[-1], found.low[-1]) == (0, 0)
    assert found.high[-1] == found.high[-2] > 0


def test_without_failures_nothing_falls() -> None:
    found = kaplan_meier(lives("good", [50, 50], [0, 0]))
    assert (found.cycles.size, found.median) == (0, None)


@pytest.mark.parametrize("cycles", [[], [0.0], [-1.0], [float("nan")], [float("inf")]])
def test_impossible_lifetimes_are_refused(cycles: list[float]) -> None:
    with pytest.raises(InputError, match="group 'x'"):
        lives("x", cycles)
