"""The distribution of relaxation times: what it finds of known ones, and what it does not claim."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.arrays import Complexes
from adatom.cloud.measure.eis.drt import GRID, Drt, solve_drt, weigh
from adatom.cloud.measure.eis.drt_peaks import Peak, elastance, find_peaks, interval
from adatom.cloud.measure.eis.relaxations import build

from tests.benchmarks.drt import arc as gamma_of_arc

from .spectra import FREQ_HZ
from .spectra import arc as arc_of_farad

W = 2 * np.pi * FREQ_HZ


def arc(r_ohm: float, tau_s: float, n: float) -> Complexes:
    return arc_of_farad(W, r_ohm, tau_s / r_ohm, n)


TWO_ARCS = 20 + arc(100.0, 1e-5, 0.9) + arc(300.0, 1e-3, 0.85)


def noisy(z: Complexes, noise: float = 0.003, seed: int = 1) -> Complexes:
    rng = np.random.default_rng(seed)
    return np.asarray(z * (1 + noise * (rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size))))


def solve(z: Complexes, draws: int = 100) -> tuple[Drt, list[Peak]]:
    found = solve_drt(FREQ_HZ, z, np.ones(z.size, dtype=np.bool_), draws=draws)
    return found, find_peaks(found)


def test_two_arcs_are_two_peaks_with_their_r_tau_and_c() -> None:
    found, peaks = solve(noisy(TWO_ARCS))
    assert len(peaks) == 2
    for peak, r_ohm, tau_s in zip(peaks, (100.0, 300.0), (1e-5, 1e-3), strict=True):
        assert peak.complete
        assert peak.r_ohm.low < peak.r_ohm.value < peak.r_ohm.high
        assert peak.r_ohm.value == pytest.approx(r_ohm, rel=0.1)
        assert peak.tau_s.value == pytest.approx(tau_s, rel=0.2)
        assert peak.c_f.value == pytest.approx(tau_s / r_ohm, rel=0.3)
    assert interval(found.r_series_ohm).value == pytest.approx(20.0, abs=3.0)
    assert found.noise == pytest.approx(0.003, rel=0.25)
    assert np.abs(found.residuals).mean() < 0.006


def test_nothing_is_negative_and_the_band_holds_the_true_curve() -> None:
    found, _ = solve(noisy(TWO_ARCS))
    low, high = found.band_ohm
    x = np.log(found.tau_s)
    truth = gamma_of_arc(100.0, 1e-5, 0.9)(x) + gamma_of_arc(300.0, 1e-3, 0.85)(x)
    assert (found.gamma_ohm >= 0).all()
    assert np.mean(((low <= truth) & (truth <= high))[found.window]) > 0.8


def test_arcs_too_near_for_the_noise_are_one_peak_with_the_sum_of_their_r() -> None:
    _, peaks = solve(noisy(20 + arc(100.0, 1e-4, 0.85) + arc(100.0, 3e-4, 0.85), 0.01))
    assert len(peaks) == 1
    assert peaks[0].r_ohm.low < 200.0 < peaks[0].r_ohm.high * 1.02


def test_blocking_capacitance_and_inductance_stand_beside_the_curve() -> None:
    found, peaks = solve(noisy(20 + arc(100.0, 1e-5, 0.9) + 1e-6j * W + 1 / (1j * W * 1e-3)))
    inductance = interval(found.inductance_h)
    assert elastance(found).low < 1e3 < elastance(found).high < 1.02e3
    assert inductance.value == pytest.approx(1e-6, rel=0.2)
    assert [peak.r_ohm.value for peak in peaks] == [pytest.approx(100.0, rel=0.1)]


def test_what_is_not_there_is_not_seen() -> None:
    found, _ = solve(noisy(TWO_ARCS))
    assert elastance(found).low == 0.0
    assert interval(found.inductance_h).low < 1e-7


def test_leads_with_losses_do_not_spoil_the_rest() -> None:
    leads = 1j * W * 1e-5 / (1 + 1j * W * 1e-5 / 30.0)  # 10 µH beside 30 ohm
    lossy, peaks = solve(noisy(TWO_ARCS + leads, 0.001))
    assert lossy.lossy
    assert lossy.noise < 0.003
    assert peaks[-1].r_ohm.value == pytest.approx(300.0, rel=0.1)


def test_a_peak_beyond_the_frequencies_is_cut_off() -> None:
    slow = 20 + arc(100.0, 1e-5, 0.9) + arc(300.0, 3.0 / W.min(), 0.9)
    _, peaks = solve(noisy(slow))
    assert [peak.complete for peak in peaks] == [True, False]


def test_the_order_of_points_and_the_unit_of_ohm_change_nothing() -> None:
    z = noisy(TWO_ARCS)
    keep = np.ones(z.size, dtype=np.bool_)
    first, turned = weigh(build(FREQ_HZ, z, GRID)), weigh(build(FREQ_HZ[::-1].copy(), 1e6 * z[::-1], GRID))
    assert turned.noise == pytest.approx(first.noise, rel=1e-6)
    a, b = (solve_drt(FREQ_HZ, scale * z, keep, draws=10).mean_ohm / scale for scale in (1.0, 1e6))
    assert np.allclose(a, b, atol=1e-3 * a.max())


def test_the_same_spectrum_gives_the_same_answer() -> None:
    a, b = (solve(noisy(TWO_ARCS), draws=5)[0].gamma_ohm for _ in range(2))
    assert np.array_equal(a, b)


def test_more_noise_asks_for_more_smoothness() -> None:
    quiet, loud = (weigh(build(FREQ_HZ, noisy(TWO_ARCS, noise), GRID)) for noise in (0.001, 0.03))
    assert loud.lambdas[loud.best] > 10 * quiet.lambdas[quiet.best]


@pytest.mark.parametrize(("r_ohm", "per_farad", "henry"), [(50.0, 0.0, 0.0), (0.0, 1e6, 0.0), (0.0, 0.0, 1e-6)])
def test_a_spectrum_without_an_arc_is_what_stands_in_series(r_ohm: float, per_farad: float, henry: float) -> None:
    z = np.asarray(r_ohm + per_farad / (1j * W) + 1j * W * henry, dtype=np.complex128)
    found, peaks = solve(z, draws=5)
    for one, truth in ((found.r_series_ohm, r_ohm), (found.elastance_per_f, per_farad), (found.inductance_h, henry)):
        assert interval(one).value == pytest.approx(truth, rel=1e-6, abs=1e-9)
    assert found.mean_ohm.min() >= 0.0
    assert interval(found.r_polarisation_ohm).value < 1e-6 * float(np.abs(z).min())
    assert peaks == []


@pytest.mark.parametrize("z", [np.conj(TWO_ARCS), -TWO_ARCS])
def test_a_spectrum_of_no_cell_leaves_most_of_it_over(z: Complexes) -> None:
    found, _ = solve(np.asarray(z, dtype=np.complex128), draws=5)
    assert found.noise > 0.3
    assert np.abs(found.residuals).mean() > 0.3
    assert np.isfinite(found.mean_ohm).all()


def test_a_range_narrower_than_the_grid_has_an_answer() -> None:
    freq_hz = np.geomspace(1000.0, 999.0, 20)
    found = solve_drt(freq_hz, 10 + 100 / (1 + 2j * np.pi * freq_hz * 1e-4), np.ones(20, dtype=np.bool_), draws=3)
    assert found.window.sum() >= 1
    find_peaks(found)
