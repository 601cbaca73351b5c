"""The fit against courses of its own model: values come back, errors are honest, what cannot be told is said."""

from random import Random

import pytest
from adatom.edge.config import default_bench
from adatom.edge.plant_fit import NAMES, Course, fit, simulate

PLANT = default_bench("twin-1").plant
TRUE = (42.0, 0.62, 0.011, 2.5, 1.4, 23.0)
WIDE = [0.0] * 20 + [36.0] * 300 + [60.0] * 300 + [0.0] * 240


def course(powers: list[float], noise_k: float = 0.07, seed: int = 1, true: tuple[float, ...] = TRUE) -> Course:
    noise = Random(seed)
    clean = simulate(true, Course(powers, [0.0] * len(powers)), PLANT)
    return Course(powers, [value + noise.gauss(0.0, noise_k) for value in clean])


def test_without_noise_the_values_come_back() -> None:
    found = fit(course(WIDE, noise_k=0.0), PLANT, 600.0)
    for name, value in zip(NAMES[:3], TRUE[:3], strict=True):
        assert found.plant[name].value == pytest.approx(value, rel=1e-3)
    assert found.plant["dead_time_s"].value == pytest.approx(2 * 2.5 + 1.4, abs=0.01)
    assert found.rms_k < 1e-3
    assert found.good


def test_a_steady_state_is_the_balance_of_powers() -> None:
    values = simulate(TRUE, Course([40.0] * 6000, [0.0] * 6000), PLANT)
    kelvin = values[-1] + 273.15
    lost = 0.62 * 5.670374e-8 * 40e-4 * (kelvin**4 - 298.15**4) + 0.011 * (kelvin - 298.15)
    assert lost == pytest.approx(40.0, rel=1e-4)


def test_the_delay_of_a_ramp_is_two_lags_and_the_dead_time() -> None:
    """Early on a block that loses nothing yet rises at P/C, and its reading comes that much later."""
    lossless = (50.0, 0.05, 1e-6, 3.0, 2.0, 25.0)
    values = simulate(lossless, Course([50.0] * 60, [0.0] * 60), PLANT)
    assert 59 - (values[59] - 25.0) == pytest.approx(3.0 + 0.0, abs=0.2)  # constant power: only the thermocouple lags
    stepped = simulate(lossless, Course([0.0] * 10 + [50.0] * 50, [0.0] * 60), PLANT)
    assert 49 - (stepped[59] - 25.0) == pytest.approx(2 * 3.0 + 2.0, abs=0.3)


def test_errors_cover_the_truth_at_about_their_rate() -> None:
    inside = total = 0
    for seed in range(8):
        found = fit(course(WIDE, noise_k=0.3, seed=seed), PLANT, 600.0)
        for name, value in zip(NAMES[:3], TRUE[:3], strict=True):
            total += 1
            inside += abs(found.plant[name].value - value) < 1.96 * found.plant[name].sd
    assert inside >= 0.9 * total


def test_a_small_rise_tells_the_sum_of_the_losses_and_not_the_split() -> None:
    small = [0.0] * 20 + [3.0] * 600 + [5.0] * 600 + [0.0] * 240
    found = fit(course(small, noise_k=0.5), PLANT, 60.0)
    assert not found.split
    slope = 4 * 0.62 * 5.670374e-8 * 40e-4 * 333.15**3 + 0.011
    assert found.at["gain_k_w"].value == pytest.approx(1 / slope, rel=0.03)


@pytest.mark.parametrize(
    ("powers", "noise_k", "text"),
    [
        ([0.0] * 20 + [36.0] * 20 + [60.0] * 20 + [0.0] * 20, 0.07, "gain to"),
        (WIDE, 2.0, "the model misses the course by"),
    ],
)
def test_a_course_that_is_not_good_enough_is_said_to_be(powers: list[float], noise_k: float, text: str) -> None:
    found = fit(course(powers, noise_k), PLANT, 600.0)
    assert not found.good
    assert any(text in said for said in found.says)
