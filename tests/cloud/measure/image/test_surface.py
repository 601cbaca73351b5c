"""Levelling, height parameters and correlation against surfaces that are known in closed form."""

import math

import numpy as np
import pytest
from adatom.cloud.measure.image.surface import correlation, crossing, heights, levelled
from adatom.cloud.measure.image.tiles import tile_sums, tiles_a_side

ALL = np.ones((120, 160), dtype=bool)
Y, X = np.mgrid[:120, :160].astype(np.float64)


def test_a_plane_is_levelled_away_and_objects_do_not_tilt_it() -> None:
    keep = ALL.copy()
    keep[:10, :10] = False
    values = 3.0 + 0.2 * X - 0.1 * Y + np.where(keep, 0.0, 50.0)
    flat = levelled(values, keep)
    assert np.abs(flat[keep]).max() < 1e-9
    assert flat[0, 0] == pytest.approx(50.0)


def test_a_sine_has_its_known_parameters() -> None:
    z = 5.0 * np.sin(2.0 * np.pi * X / 16.0)
    found = heights(z, ALL, 4.0, 0.0)
    expected = {"sa": 10.0 / math.pi, "sq": 5.0 / math.sqrt(2.0), "ssk": 0.0, "sku": 1.5}
    for name, value in expected.items():
        one = found[name]
        assert one is not None
        assert one.value == pytest.approx(value, abs=0.05), name
        assert one.low < one.value < one.high


def test_a_flat_surface_has_no_roughness_and_no_length() -> None:
    zeros = np.zeros(ALL.shape)
    assert set(heights(zeros, ALL, 1.0, 0.0).values()) == {None}
    assert correlation(zeros, ALL).length_px is None


def test_white_noise_is_correlated_over_less_than_a_pixel() -> None:
    found = correlation(np.random.default_rng(2).standard_normal(ALL.shape), ALL).length_px
    assert found is not None
    assert found.value < 1.0


def test_crossings_lie_between_lags() -> None:
    assert crossing(np.array([1.0, 0.6, 0.2]), 0.4) == pytest.approx(1.5)
    assert crossing(np.array([1.0, 0.9]), 0.4) is None


def test_tiles_share_the_image_out() -> None:
    sums = tile_sums(np.ones((119, 160)), ALL.shape, 5)
    assert sums.sum() == 119 * 160
    assert sums.size == 25
    assert tiles_a_side((100, 100), 100.0) == 3
    assert tiles_a_side((1000, 1000), 2.0) == 8
