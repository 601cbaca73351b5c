"""The Shirley background finds a step that it did not make, and says when there is none."""

import numpy as np
import pytest
from adatom.cloud.measure.xps.background import linear, running_area, shirley
from adatom.cloud.measure.xps.shapes import gauss_lorentz_sum

ENERGY = np.arange(523.0, 538.0, 0.05)
PEAK = 5000.0 * gauss_lorentz_sum(ENERGY - 530.0, 1.5, 0.1)
STEP = 200.0 + 0.03 * running_area(ENERGY, PEAK)


def test_shirley_converges_to_the_step_of_the_line() -> None:
    found, converged = shirley(ENERGY, PEAK + STEP)
    assert converged
    assert found == pytest.approx(STEP, rel=0.03)
    again, _ = shirley(ENERGY, PEAK + STEP)
    assert (found == again).all()
    assert running_area(ENERGY, PEAK + STEP - found)[-1] == pytest.approx(5000.0, rel=0.03)


def test_a_spectrum_without_a_line_does_not_converge() -> None:
    found, converged = shirley(ENERGY, 500.0 - PEAK / 100.0)
    assert not converged
    assert found == pytest.approx(linear(ENERGY, 500.0 - PEAK / 100.0))


def test_linear_goes_through_the_ends() -> None:
    found = linear(ENERGY, PEAK + STEP)
    assert found[[0, -1]] == pytest.approx([201.0, 345.0], rel=0.02)
    assert np.diff(found) == pytest.approx(np.diff(found)[0])


def test_area_runs_from_nothing_to_all() -> None:
    assert running_area(np.array([0.0, 1.0, 3.0]), np.array([2.0, 2.0, 4.0])).tolist() == [0.0, 2.0, 8.0]
