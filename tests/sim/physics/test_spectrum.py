"""The spectrum: what the circuit gives without noise, and that noise is noise."""

from dataclasses import replace

import numpy as np
import pytest
from adatom.sim.physics.cell import Cell
from adatom.sim.physics.chain import Sample, make_sample, measure
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.spectrum import (
    Leads,
    arc,
    cell_impedance_ohm,
    diffusion,
    frequencies_hz,
    measured_cell_ohm,
    near_mains,
    through_leads,
    witness_impedance_ohm,
)

from .samples import CLEANED, REFERENCE

FREQ = frequencies_hz()


def sample_of(clean: bool = False) -> Sample:
    return make_sample(CLEANED if clean else REFERENCE, K)


def test_sweep_is_that_of_the_bench() -> None:
    assert FREQ[0] == pytest.approx(200e3)
    assert FREQ[-1] == pytest.approx(0.1)
    assert len(FREQ) == 64


def test_arc_and_diffusion_have_the_right_ends() -> None:
    freq = np.array([1e-6, 1e9])
    assert arc(freq, 10.0, 1e-6, 0.85) == pytest.approx([10.0, 0.0], abs=0.01)
    assert diffusion(freq, 3.0, 5.0) == pytest.approx([3.0, 0.0], abs=0.01)


def test_arc_peaks_where_capacitance_says() -> None:
    """15 ohm cm2 at 1 uF: 10.6 kHz."""
    freq = np.geomspace(1e3, 1e5, 2001)
    assert freq[np.argmin(arc(freq, 15.0, 1e-6, 0.85).imag)] == pytest.approx(10.6e3, rel=0.02)


def test_symmetric_cell_counts_both_sides() -> None:
    cell = sample_of().cell
    total = cell.r_pellet_ohm_cm2 + 2.0 * (cell.r_film_ohm_cm2 + cell.r_int_ohm_cm2 + K["diffusion_ohm_cm2"])
    assert cell_impedance_ohm(cell, np.array([1e-7]), K)[0].real == pytest.approx(total / cell.area_cm2, rel=1e-3)


def test_a_2_ohm_interface_is_seen_below_200_khz() -> None:
    cell = replace(sample_of(clean=True).cell, r_int_ohm_cm2=2.0)
    z = cell_impedance_ohm(cell, FREQ, K)
    fast = FREQ > 300.0
    assert 5e3 < FREQ[fast][np.argmin(z[fast].imag)] < 50e3
    assert (z[FREQ < 100.0][0].real - z[0].real) * cell.area_cm2 / 2.0 > 1.2


def test_leads_add_inductance_and_stray_capacitance() -> None:
    seen = through_leads(np.array([100.0 + 0j]), np.array([200e3]), Leads(0.05, 1e-6, 0.0))[0]
    assert seen == pytest.approx(100.05 + 1.2566j, rel=1e-4)
    assert through_leads(np.array([1e6 + 0j]), np.array([200e3]), Leads(0.0, 0.0, 20e-12))[0].real < 1e4


def test_noise_is_small_and_larger_at_mains() -> None:
    cell = sample_of().cell
    clean = through_leads(cell_impedance_ohm(cell, FREQ, K), FREQ, Leads(0.06, 0.6e-6, 12e-12))
    runs = np.array([measured_cell_ohm(cell, FREQ, np.random.default_rng(n), K) / clean - 1.0 for n in range(100)])
    spread = np.abs(runs).std(axis=0)
    mains = near_mains(FREQ, 50.0) > 0.0
    assert 1 <= mains.sum() <= 4
    assert spread[mains].min() > 2.0 * np.median(spread)
    assert 0.001 < np.median(spread) < 0.01


@pytest.mark.parametrize("sigma", [2e-4, 2e-7, 1e-9])
def test_witness_plateau_gives_the_conductivity(sigma: float) -> None:
    cell = sample_of().cell
    constant = K["witness_gap_cm"] / (K["witness_length_cm"] * cell.film_thickness_nm * 1e-7)
    z = witness_impedance_ohm(constant / sigma, FREQ, K)
    flattest = z[np.argmax(np.degrees(np.angle(z)))]
    assert constant / flattest.real == pytest.approx(sigma, rel=0.1)


def test_measurements_have_the_agreed_shape() -> None:
    for technique, columns in (
        ("eis", ["freq_hz", "z_re_ohm", "z_im_ohm", "status"]),
        ("witness", ["freq_hz", "z_re_ohm", "z_im_ohm", "status"]),
        ("ccd", ["current_ma_cm2", "voltage_mv"]),
        ("cycling", ["cycle", "voltage_mv"]),
        ("thickness", ["x_mm", "y_mm", "thickness_nm"]),
    ):
        (record,) = measure(sample_of(), technique, np.random.default_rng(1), K)
        assert record["technique"] == technique
        assert list(record["columns"]) == columns
        assert len({len(values) for values in record["columns"].values()}) == 1
        assert record["meta"]["simulated"] == 1


def test_an_unusable_spectrum_is_handed_over_as_recorded_and_other_failures_give_nothing() -> None:
    broken = replace(sample_of(), failure="eis_unusable")
    (record,) = measure(broken, "eis", np.random.default_rng(1), K)
    assert set(record["columns"]["status"]) == {2}
    assert measure(broken, "ccd", np.random.default_rng(1), K) == []
    assert measure(replace(broken, failure="delamination"), "eis", np.random.default_rng(1), K) == []


def test_cell_values_are_finite_for_a_film_of_nothing() -> None:
    cell = make_sample(replace(REFERENCE, rate_nm_s=0.0), K).cell
    assert isinstance(cell, Cell)
    assert np.isfinite(cell_impedance_ohm(cell, FREQ, K)).all()
