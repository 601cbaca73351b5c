import numpy as np
import pytest
from adatom.cloud.measure.cycling.weibull import fit_weibull
from scipy.stats import weibull_min

from tests.cloud.measure.cycling.groups import PLACEBO, lives


def test_the_fit_is_that_of_scipy() -> None:
    shape, _, scale = weibull_min.fit(PLACEBO.cycles, floc=0)
    found = fit_weibull(PLACEBO)
    assert found is not None
    assert (found.shape.value, found.scale.value) == pytest.approx((shape, scale), rel=1e-3)
    assert found.median.value == pytest.approx(scale * np.log(2) ** (1 / shape), rel=1e-3)


def test_intervals_of_five_cells_hold() -> None:
    rng = np.random.default_rng(7)
    held = np.zeros(3)
    for _ in range(100):
        found = fit_weibull(lives("x", (100 * rng.weibull(2.0, 5)).tolist()))
        assert found is not None
        truth = (2.0, 100.0, 100 * np.log(2) ** 0.5)
        pairs = zip((found.shape, found.scale, found.median), truth, strict=True)
        held += [one.low <= value <= one.high for one, value in pairs]
    assert (held >= 89).all()  # 95 expected, with a standard deviation of 2.2


def test_a_censored_group_has_its_scale_from_those_that_live() -> None:
    rng = np.random.default_rng(8)
    life = 100 * rng.weibull(2.0, 400)
    found = fit_weibull(lives("x", np.minimum(life, 80).tolist(), (life <= 80).tolist()))
    assert found is not None
    assert found.scale.low < 100 < found.scale.high < 115


@pytest.mark.parametrize("failed", [[0, 0, 0], [1, 0, 0]])
def test_one_failure_makes_no_law(failed: list[int]) -> None:
    assert fit_weibull(lives("x", [10, 20, 30], failed)) is None


def test_cells_that_fail_at_once_have_a_steep_law() -> None:
    found = fit_weibull(lives("x", [10.0, 10.0, 10.0]))
    assert found is not None
    assert found.median.value == pytest.approx(10, rel=0.02)
