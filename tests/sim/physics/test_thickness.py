"""The thickness profile."""

import numpy as np
import pytest
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.thickness import cos_power, profile, thickness_map


def test_round_plume_follows_cos_n_plus_3() -> None:
    k = {**K, "plume_ellipticity": 1.0}
    x, theta = np.array([10.0]), np.arctan(10.0 / 50.0)
    expected = np.cos(theta) ** (cos_power(10.0, k) + 3.0)
    assert profile(x, np.zeros(1), 50.0, 10.0, k)[0] == pytest.approx(expected)


def test_plume_widens_with_pressure() -> None:
    assert 25.0 >= cos_power(0.0, K) > cos_power(10.0, K) > cos_power(100.0, K) >= 4.0


def test_map_is_thickest_near_the_centre_and_carries_noise() -> None:
    columns = thickness_map(200.0, 55.0, 10.0, np.random.default_rng(1), K)
    nm = np.array(columns["thickness_nm"])
    centre = [i for i, (x, y) in enumerate(zip(columns["x_mm"], columns["y_mm"], strict=True)) if x == y == 0.0]
    assert len(nm) == 25
    assert nm[centre[0]] == pytest.approx(200.0, rel=0.04)
    assert nm[0] < nm[centre[0]]
    assert 0.8 < 1.0 - (nm.max() - nm.min()) / (nm.max() + nm.min()) < 1.0
