"""Birch and Murnaghan's curve: known parameters come back, noise is told, and no minimum is made up."""

import numpy as np
import pytest
from adatom.cloud.evaluate.atoms.equation_of_state import (
    GPA_PER_EV_A3,
    birch_murnaghan,
    fitted,
    side_of_minimum,
)
from adatom.protocol.errors import FailedError

E0, V0, B0_GPA, SLOPE = -866.3, 17.0, 68.0, 4.3  # near LiF
VOLUMES = V0 * np.linspace(0.94, 1.08, 7)
ENERGIES = birch_murnaghan(VOLUMES, E0, V0, B0_GPA / GPA_PER_EV_A3, SLOPE)


def test_known_parameters_come_back() -> None:
    found = fitted(VOLUMES, ENERGIES)
    assert found.energy_ev.value == pytest.approx(E0, abs=1e-7)
    assert found.volume_a3.value == pytest.approx(V0, rel=1e-6)
    assert found.bulk_gpa.value == pytest.approx(B0_GPA, rel=1e-5)
    assert found.bulk_slope.value == pytest.approx(SLOPE, rel=1e-4)
    assert found.scatter_ev < 1e-8
    np.testing.assert_allclose(found.energy_at(VOLUMES), ENERGIES, atol=1e-7)


def test_the_curve_has_its_bulk_modulus_and_slope_as_derivatives() -> None:
    """p = -dE/dV and B = -V dp/dV by differences, independent of the formula's derivation."""
    step = 1e-3 * V0
    energy = birch_murnaghan(V0 + step * np.arange(-3, 4), 0.0, V0, B0_GPA, SLOPE)
    pressure = -(energy[2:] - energy[:-2]) / (2.0 * step)  # at -2 to 2 steps
    bulk = -(V0 + step * np.arange(-1, 2)) * (pressure[2:] - pressure[:-2]) / (2.0 * step)
    assert pressure[2] == pytest.approx(0.0, abs=1e-3)
    assert bulk[1] == pytest.approx(B0_GPA, rel=1e-4)
    assert (bulk[2] - bulk[0]) / (pressure[3] - pressure[1]) == pytest.approx(SLOPE, rel=1e-3)


def test_standard_errors_are_those_of_repeated_noise() -> None:
    rng = np.random.default_rng(4)
    fits = [fitted(VOLUMES, ENERGIES + rng.normal(0.0, 1e-4, len(VOLUMES))) for _ in range(100)]
    scattered = np.std([one.bulk_gpa.value for one in fits])
    told = np.sqrt(np.mean([one.bulk_gpa.sd**2 for one in fits]))
    assert told == pytest.approx(scattered, rel=0.25)
    assert np.mean([one.bulk_gpa.value for one in fits]) == pytest.approx(B0_GPA, rel=0.01)


@pytest.mark.parametrize(
    ("volumes", "words"),
    [(V0 * np.linspace(1.05, 1.2, 7), "no minimum"), (V0 * np.linspace(0.7, 0.85, 7), "no minimum")],
)
def test_a_minimum_outside_is_not_extrapolated(
    volumes: "np.ndarray[tuple[int], np.dtype[np.float64]]", words: str
) -> None:
    with pytest.raises(FailedError, match=words):
        fitted(volumes, birch_murnaghan(volumes, E0, V0, B0_GPA / GPA_PER_EV_A3, SLOPE))


def test_a_curve_that_bends_down_and_too_few_points_are_refused() -> None:
    with pytest.raises(FailedError, match="no minimum"):
        fitted(VOLUMES, -ENERGIES)
    with pytest.raises(FailedError, match="needs 5"):
        fitted(VOLUMES[:4], ENERGIES[:4])


@pytest.mark.parametrize(("lowest", "side"), [(0, -1), (1, -1), (2, 0), (4, 0), (5, 1), (6, 1)])
def test_side_of_the_least_energy(lowest: int, side: int) -> None:
    energies = np.abs(np.arange(7.0) - lowest)
    mixed = np.random.default_rng(1).permutation(7)
    assert side_of_minimum(VOLUMES[mixed], energies[mixed]) == side
