"""The film monitor: fringes where optics puts them, a gain that walks, noise."""

import math
from itertools import repeat

import numpy as np
import pytest
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.draws import Draws
from adatom.sim.physics.reflectance import Monitor, reflectance

INDEX = NOMINAL["film_index"]
QUARTER_NM = NOMINAL["monitor_wavelength_nm"] / (4.0 * INDEX)


def draws(seed: int) -> Draws[float]:
    return Draws(np.random.default_rng(seed), 1000)


def fresnel(first: complex, second: complex) -> float:
    """Share of light sent back at one plain interface."""
    return abs((first - second) / (first + second)) ** 2


def test_no_film_shows_the_bare_witness() -> None:
    bare = fresnel(1.0, complex(NOMINAL["witness_index"], -NOMINAL["witness_extinction"]))
    assert reflectance(0.0, INDEX, NOMINAL) == pytest.approx(bare, abs=1e-12)


def test_a_film_like_the_witness_shows_no_fringes() -> None:
    clear = {**NOMINAL, "witness_extinction": 0.0}
    shown = [reflectance(nm, NOMINAL["witness_index"], clear) for nm in (0.0, 10.0, 33.0)]
    assert shown == pytest.approx([shown[0]] * 3)


def test_a_quarter_wave_is_darkest_and_a_half_wave_is_bare_again() -> None:
    clear = {**NOMINAL, "witness_extinction": 0.0}
    n = clear["witness_index"]
    assert reflectance(QUARTER_NM, INDEX, clear) == pytest.approx(((n - INDEX**2) / (n + INDEX**2)) ** 2)
    assert reflectance(2.0 * QUARTER_NM, INDEX, clear) == pytest.approx(fresnel(1.0, n))


def test_the_monitor_has_gain_and_noise() -> None:
    quiet = Monitor(repeat(0.0), 0.9, INDEX, NOMINAL)
    assert quiet.reading(20.0) == pytest.approx(0.9 * reflectance(20.0, INDEX, NOMINAL))
    noisy = Monitor(draws(1), 1.0, INDEX, NOMINAL)
    shown = [noisy.reading(20.0) for _ in range(2000)]
    assert np.std(np.diff(shown)) / math.sqrt(2.0) == pytest.approx(NOMINAL["monitor_noise"], rel=0.1)


def test_the_gain_walks_as_far_as_stated() -> None:
    still = {**NOMINAL, "monitor_noise": 0.0}
    ends = []
    for seed in range(60):
        monitor = Monitor(draws(seed), 1.0, INDEX, still)
        for _ in range(3600):
            shown = monitor.reading(0.0)
        ends.append(math.log(shown / reflectance(0.0, INDEX, NOMINAL)))
    assert np.std(ends) == pytest.approx(NOMINAL["monitor_fade_sd"] * math.sqrt(0.1), rel=0.3)
