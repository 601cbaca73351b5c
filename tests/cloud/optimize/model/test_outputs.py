"""Scales keep order, can be undone, and carry means and standard deviations over as sampling would."""

import numpy as np
import pytest
from adatom.cloud.optimize.model.outputs import POWERS, Output, bent, bent_slope, straightened
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import yeojohnson

LOSSES = np.array([-1.0, 0.0, 0.5, 1.0, 4.0, 9.0])
powers = st.sampled_from(POWERS)
values = st.lists(st.floats(-30.0, 30.0), min_size=2, max_size=20, unique=True)


def test_the_bend_is_scipys() -> None:
    points = np.linspace(-5.0, 5.0, 41)
    for power in POWERS:
        assert bent(points, power) == pytest.approx(yeojohnson(points, power), abs=1e-12)


@given(values, powers)
def test_a_bend_keeps_the_order_and_can_be_undone(numbers: list[float], power: float) -> None:
    points = np.sort(np.array(numbers))
    assert (np.diff(bent(points, power)) >= 0.0).all()
    assert straightened(bent(points, power), power) == pytest.approx(points, rel=1e-7, abs=1e-7)
    rise = (bent(points + 1e-5, power) - bent(points - 1e-5, power)) / 2e-5
    assert bent_slope(points, power) == pytest.approx(rise, rel=1e-3)


@given(values, powers, st.booleans())
def test_a_scale_keeps_the_order_and_can_be_undone(numbers: list[float], power: float, fold: bool) -> None:
    losses = np.sort(np.array(numbers))
    output = Output.of(losses, fold=fold, power=power)
    units = output.to_unit(losses)
    assert (np.diff(units) >= 0.0).all()
    assert output.from_unit(units) == pytest.approx(losses, rel=1e-6, abs=1e-6)
    assert abs(units.mean()) < 1e-6


def test_folding_is_gentle_below_the_median_and_a_logarithm_above() -> None:
    output = Output.of(LOSSES, fold=True)
    folded = output.centre + output.spread * output.to_unit(LOSSES)
    assert folded[:3] == pytest.approx(LOSSES[:3])
    assert folded[-1] == pytest.approx(0.75 + np.log1p(9.0 - 0.75))


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 1.5, 2.0])
def test_slopes_are_derivatives(power: float, fold: bool) -> None:
    output = Output.of(LOSSES, fold=fold, power=power)
    points = np.array([-2.0, 0.3, 2.0, 7.0])
    rise = (output.to_unit(points + 1e-6) - output.to_unit(points - 1e-6)) / 2e-6
    assert output.slope(points) == pytest.approx(rise, rel=1e-6)


@pytest.mark.parametrize(("power", "fold"), [(0.0, False), (0.5, False), (1.5, False), (1.0, True), (0.5, True)])
def test_moments_are_those_of_a_sample(power: float, fold: bool) -> None:
    output = Output.of(LOSSES, fold=fold, power=power)
    mean, sd = np.array([-0.5, 0.4]), np.array([0.2, 0.5])
    drawn = output.from_unit(mean + sd * np.random.default_rng(1).standard_normal((400_000, 2)))
    ours = output.moments(mean, sd)
    assert ours[0] == pytest.approx(drawn.mean(axis=0), rel=0.01, abs=0.01)
    assert ours[1] == pytest.approx(drawn.std(axis=0), rel=0.03)


def test_straight_moments_are_exact() -> None:
    output = Output.of(np.array([1.0, 3.0]))
    mean, sd = output.moments(np.array([0.5]), np.array([2.0]))
    assert (mean[0], sd[0]) == (pytest.approx(2.5), pytest.approx(2.0))


def test_the_evidence_of_losses_needs_the_volume() -> None:
    losses = np.array([0.1, 0.4, 2.0])
    output = Output.of(losses, power=0.25)
    jacobian = np.diag(output.slope(losses))
    assert output.log_slope(losses) == pytest.approx(np.log(np.linalg.det(jacobian)))


def test_what_is_far_out_gives_no_infinity() -> None:
    output = Output.of(LOSSES, fold=True, power=0.0)
    mean, sd = output.moments(np.array([-1e3, 0.0, 1e3]), np.full(3, 50.0))
    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()
    assert Output.of(np.full(4, 2.0)).to_unit(np.array([2.0]))[0] == 0.0
