"""Images of lithium have the bodies that they are drawn with, and none touch."""

from dataclasses import replace

import numpy as np
import pytest
from adatom.sim.physics.morphology import BACKGROUND, LITHIUM, Deposit, lithium_image
from scipy import ndimage

ISLANDS = Deposit(8000.0, 2000.0, 0.0, 5000.0, 600.0, 0.0)


def test_islands_have_number_and_size() -> None:
    counts, sizes = [], []
    for seed in range(8):
        image = lithium_image(ISLANDS, 0.0, np.random.default_rng(seed), 200, 100.0)
        labels, count = ndimage.label(image > (BACKGROUND + LITHIUM) / 2.0)
        counts.append(count)
        border = set(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]).tolist())
        sizes += [np.sqrt(4.0 * np.sum(labels == k) / np.pi) for k in range(1, count + 1) if k not in border]
    # the middle of an island may lie a radius outside: 2.2 um a side
    assert np.mean(counts) == pytest.approx(8000.0 * 0.022**2, rel=0.3)
    assert sizes == pytest.approx([20.0] * len(sizes), abs=0.7)


def test_needles_are_long() -> None:
    needles = replace(ISLANDS, islands_per_mm2=0.0, needles_per_mm2=20_000.0)
    image = lithium_image(needles, 0.01, np.random.default_rng(2), 200, 100.0)
    boxes = ndimage.find_objects(ndimage.label(image > 0.5)[0])
    diagonals = [np.hypot(*(part.stop - part.start for part in box)) for box in boxes]
    assert max(diagonals) == pytest.approx(50.0, rel=0.15)
    assert image.min() >= 0.0


def test_a_seed_is_an_image() -> None:
    first, again = (lithium_image(ISLANDS, 0.02, np.random.default_rng(5), 100, 100.0) for _ in range(2))
    assert np.array_equal(first, again)
