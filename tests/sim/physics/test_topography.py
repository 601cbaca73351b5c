"""Height and thickness maps have the statistics that they are drawn with."""

import numpy as np
import pytest
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.topography import Texture, height_map, texture_of, thickness_map

from .samples import REFERENCE

SMOOTH = Texture(sq_nm=10.0, length_nm=40.0, hurst=0.75, droplets_per_mm2=0.0, droplet_nm=700.0)


def test_roughness_and_length_are_those_asked_for() -> None:
    maps = [height_map(SMOOTH, np.random.default_rng(seed), 128, 8.0) for seed in range(20)]
    across = np.linspace(-1.0, 1.0, 128)
    products = []
    for z in maps:
        tilt = [
            np.sum(z * axis) / np.sum(axis**2)
            for axis in (across + 0.0 * across[:, None], across[:, None] + 0.0 * across)
        ]
        flat = z - tilt[0] * across - tilt[1] * across[:, None]
        products.append([np.mean(flat**2), np.mean(flat[:, 5:] * flat[:, :-5])])  # 5 px are the length
    variance, at_length = np.mean(products, axis=0)
    assert np.sqrt(variance) == pytest.approx(10.0, rel=0.04)
    assert at_length / variance == pytest.approx(np.exp(-1.0), abs=0.04)


def test_a_seed_is_a_map() -> None:
    first, again = (height_map(SMOOTH, np.random.default_rng(3), 64, 8.0) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, height_map(SMOOTH, np.random.default_rng(4), 64, 8.0))


def test_droplets_stand_on_the_film() -> None:
    film = texture_of(make_sample(REFERENCE, NOMINAL).film)
    assert film.droplets_per_mm2 > 0.0
    many = Texture(film.sq_nm, film.length_nm, film.hurst, 5e4, film.droplet_nm)
    with_them = height_map(many, np.random.default_rng(1), 128, 50.0)
    assert with_them.max() > 15.0 * film.sq_nm


def test_thickness_falls_away_from_the_plume() -> None:
    film = make_sample(REFERENCE, NOMINAL).film
    small = thickness_map(film, np.random.default_rng(1), 64, 5.0, 55.0)
    large = thickness_map(film, np.random.default_rng(1), 64, 25.0, 55.0)
    assert small.max() <= film.thickness_nm
    assert small.std() / small.mean() < 0.02 < large.std() / large.mean()
