"""Drift during a sweep: measured at repeated frequencies, taken out, stated; left alone where it is not seen."""

from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.drift import both, measure_drift, steady
from adatom.cloud.measure.eis.files import read_spectra, read_spectrum
from adatom.cloud.measure.eis.kramers_kronig import judge
from adatom.cloud.measure.eis.table import Spectrum
from adatom.cloud.measure.eis.write import write_spectra

from .test_files import EXAMPLES

DOWN = np.geomspace(1e5, 0.1, 49)
THERE_AND_BACK = np.concatenate([DOWN, DOWN[::-1]])
AGAIN_AT_THE_END = np.concatenate([DOWN, DOWN[[10, 25, 40, 45]]])
NOISE = 0.003


def cell(freq_hz: Floats, growth: Floats) -> Complexes:
    """R0 and two arcs, the slower of which has grown by a share."""
    w = 2j * np.pi * freq_hz
    slow = 300 * (1 + growth) / (1 + (w * 3e-2 * (1 + growth)) ** 0.85)
    return np.asarray(20 + 100 / (1 + (w * 1e-4) ** 0.9) + slow, dtype=np.complex128)


def swept(freq_hz: Floats, change: float, seed: int, *, all_of_it: bool = True) -> tuple[Spectrum, Complexes]:
    """A noisy sweep of a cell that grows evenly by a share, all of it or its slow arc, and the cell half-way."""
    rng = np.random.default_rng(seed)
    time_s = np.cumsum(2 + 3 / freq_hz)
    grown = change * ((time_s - time_s[0]) / np.ptp(time_s) - 0.5)
    z = cell(freq_hz, 0 * grown) * (1 + grown) if all_of_it else cell(freq_hz, grown)
    noisy = z * (1 + NOISE * (rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size)))
    return Spectrum(freq_hz, noisy, time_s=time_s), cell(freq_hz, 0 * grown)


def error(z_ohm: Complexes, truth: Complexes) -> float:
    return float(np.sqrt(np.mean(np.abs(z_ohm / truth - 1) ** 2) / 2))


@pytest.mark.parametrize("freq_hz", [THERE_AND_BACK, AGAIN_AT_THE_END], ids=["there and back", "again at the end"])
def test_an_even_drift_of_a_tenth_is_taken_out_down_to_the_noise(freq_hz: Floats) -> None:
    raw, truth = swept(freq_hz, 0.1, 1)
    found = steady(raw)
    assert error(raw.z_ohm, truth) > 6 * NOISE
    assert error(found.z_ohm, truth) < 1.3 * NOISE
    keep = np.ones(freq_hz.size, dtype=np.bool_)
    assert judge(freq_hz, raw.z_ohm, keep, raw.time_s).verdict == "invalid"
    assert judge(freq_hz, found.z_ohm, keep, raw.time_s).verdict == "valid"
    assert "drift during" in found.notes[-1]
    assert "repeated frequencies and taken out, to the middle of the sweep" in found.notes[-1]


def test_a_drift_of_one_arc_is_taken_out_where_it_is() -> None:
    raw, truth = swept(THERE_AND_BACK, 0.1, 2, all_of_it=False)
    found = measure_drift(raw.freq_hz, raw.z_ohm, raw.time_s)
    assert found is not None
    assert found.duration_s == pytest.approx(float(np.ptp(raw.time_s if raw.time_s is not None else 0)))
    assert error(found.corrected_ohm, truth) < 1.2 * NOISE
    assert np.abs(found.change[0]) < 0.02
    assert np.abs(found.change[48]) == pytest.approx(0.07, abs=0.02)


def test_the_change_lies_within_its_error() -> None:
    off = []
    for seed in range(30):
        raw, _ = swept(AGAIN_AT_THE_END, 0.1, seed)
        found = measure_drift(raw.freq_hz, raw.z_ohm, raw.time_s)
        assert found is not None
        off.append((found.change[0].real - np.log(1.05 / 0.95)) / found.change_sd[0])
    assert np.mean(np.abs(off) < 1.96) >= 0.8
    assert 0.5 < np.std(off) < 2.0


@pytest.mark.parametrize("freq_hz", [DOWN, THERE_AND_BACK, AGAIN_AT_THE_END])
def test_without_drift_or_without_repeats_nothing_is_changed(freq_hz: Floats) -> None:
    for seed in range(10):
        raw, _ = swept(freq_hz, 0.0 if freq_hz.size > DOWN.size else 0.1, seed)
        assert steady(raw) is raw


def test_a_single_bad_repeat_is_no_drift() -> None:
    raw, _ = swept(THERE_AND_BACK, 0.0, 3)
    raw.z_ohm[60] *= 1.2
    assert steady(raw) is raw


def test_without_times_they_are_assumed_and_it_is_said() -> None:
    raw, truth = swept(THERE_AND_BACK, 0.1, 4)
    found = steady(Spectrum(raw.freq_hz, raw.z_ohm))
    assert error(found.z_ohm, truth) < 2 * NOISE
    assert "its times are assumed" in found.notes[-1]


def test_the_raw_spectrum_stays_beside_the_other_in_what_is_written(tmp_path: Path) -> None:
    raw, _ = swept(THERE_AND_BACK, 0.1, 5)
    for name in ("out.csv", "out.json"):
        write_spectra(tmp_path / name, both(raw))
        first, second = read_spectra(tmp_path / name)
        assert np.array_equal(first.z_ohm, raw.z_ohm)
        assert first.time_s is not None
        assert raw.time_s is not None
        assert np.array_equal(first.time_s, raw.time_s)
        assert np.array_equal(second.z_ohm, steady(raw).z_ohm)


def test_times_are_read_where_a_column_says_seconds(tmp_path: Path) -> None:
    table = "freq/Hz,Z'/ohm,Z''/ohm,{}\n1000,10,-1,3\n100,11,-2,4.5\n10,12,-1,7\n1,13,-0.1,20\n"
    for name, times in (("time/s", [3, 4.5, 7, 20]), ("Time (s)", [3, 4.5, 7, 20]), ("time", None), ("t_max/s", None)):
        path = tmp_path / "table.csv"
        path.write_text(table.format(name), encoding="utf-8")
        found = read_spectrum(path).time_s
        assert (None if found is None else found.tolist()) == times


@pytest.mark.parametrize("name", ["exampleDataGamry.DTA", "exampleDataBioLogic.mpt"])
def test_real_files_have_times_that_grow(name: str) -> None:
    found = read_spectrum(EXAMPLES / name)
    assert found.time_s is not None
    assert found.time_s.shape == found.freq_hz.shape
    assert (np.diff(found.time_s) > 0).all()
