"""Counting and sizing of bodies that were drawn by hand."""

import numpy as np
import pytest
from adatom.cloud.measure.image.objects import find_objects, group
from scipy import ndimage

SHAPE = (200, 240)
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]
DISC = (Y - 60) ** 2 + (X - 60) ** 2 <= 12**2
BAR = (np.abs(Y - 140) <= 2) & (np.abs(X - 120) <= 25)
CUT = (Y - 100) ** 2 + (X - 239) ** 2 <= 9**2


def drawn(*bodies: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(3).normal(0.0, 0.01, SHAPE)
    return np.asarray(ndimage.gaussian_filter(np.any(bodies, axis=0) * 0.5, 0.8) + noise + 0.2)


def test_islands_needles_and_what_the_border_cuts() -> None:
    objects, mask = find_objects(drawn(DISC, BAR, CUT), half_height=True)
    needles = [one for one in objects if one.needle]
    islands = group([one for one in objects if not one.needle], SHAPE, 100.0)
    assert (len(needles), islands.seen, islands.cut) == (1, 2, 1)
    assert needles[0].size_px == pytest.approx(51.0, rel=0.04)
    assert needles[0].width_px == pytest.approx(5.0, rel=0.1)
    disc = next(one for one in objects if one.inside and not one.needle)
    assert disc.size_px == pytest.approx(24.0, rel=0.03)
    assert disc.centre == pytest.approx((60.0, 60.0), abs=0.3)
    assert mask[60, 60]
    assert not mask[20, 20]


def test_densities_are_weighted_by_the_chance_to_be_inside() -> None:
    objects, _ = find_objects(drawn(DISC), half_height=True)
    one = group(objects, SHAPE, 100.0).per_mm2
    assert one is not None
    area_mm2 = (200 - 25 - 1) * (240 - 25 - 1) * 1e-8  # where the disc's box lies inside
    assert one.value == pytest.approx(1.0 / area_mm2, rel=0.03)
    assert one.low < one.value < one.high


def test_noise_alone_has_no_objects() -> None:
    for seed in range(5):
        noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), 3.0)
        assert find_objects(noise, half_height=False)[0] == []


def test_discs_that_touch_are_ragged() -> None:
    other = (Y - 60) ** 2 + (X - 84) ** 2 <= 12**2
    whole = find_objects(drawn(DISC), half_height=True)[0][0]
    pair = find_objects(drawn(DISC, other, np.roll(other, 23, axis=0)), half_height=True)[0][0]
    assert whole.filled > 0.95
    assert pair.filled < 0.85


def test_a_flat_image_has_none() -> None:
    objects, mask = find_objects(np.full(SHAPE, 0.3), half_height=True)
    assert objects == []
    assert not mask.any()
    assert group([], SHAPE, None).per_mm2 is None
