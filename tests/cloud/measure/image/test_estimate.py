"""Jackknife and Poisson intervals against known ones."""

import math

import numpy as np
import pytest
from adatom.cloud.measure.image.estimate import counted, jackknifed, student


def test_the_jackknife_of_a_mean_is_students() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, 12)
    found = jackknifed(np.stack([np.ones(12), values], axis=1), lambda s: float(s[1] / s[0]))
    assert found is not None
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.value == pytest.approx(student(11) * values.std(ddof=1) / math.sqrt(12))


def test_theory_and_bias_widen_it() -> None:
    sums = np.stack([np.ones(9), np.full(9, 4.0)], axis=1)  # tiles that agree by chance
    found = jackknifed(sums, lambda s: float(s[1] / s[0]), log=True, bias_log=0.03, least_sd=0.04)
    assert found is not None
    assert found.high == pytest.approx(4.0 * math.exp(student(8) * 0.05))


@pytest.mark.parametrize("value", [math.nan, -1.0])
def test_what_has_no_logarithm_is_not_stated(value: float) -> None:
    assert jackknifed(np.ones((4, 1)), lambda _: value, log=True) is None


def test_counts_have_exact_intervals() -> None:
    assert counted(0) == pytest.approx((0.0, 3.689), abs=1e-3)
    assert counted(10) == pytest.approx((4.795, 18.390), abs=1e-3)
