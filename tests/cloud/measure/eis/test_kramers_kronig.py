"""The Kramers-Kronig verdict: quiet on noise, whatever its size and the order of points; it says where it is broken."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.kramers_kronig import judge

from tests.benchmarks.eis import GROUPS, make
from tests.benchmarks.kramers_kronig import measure


@pytest.mark.parametrize("name", ["usual", "truncated_low", "noise_0.1", "noise_3"])
def test_valid_spectra_raise_no_alarm(name: str) -> None:
    assert measure(name, 20)["false_alarms"] <= 0.05  # one of 20


def test_drift_steps_and_shifts_are_seen() -> None:
    row = measure("usual", 20)
    assert max(row["missed_drifted"], row["missed_stepped"], row["missed_shifted"]) <= 0.15, row


def test_order_that_harms_nobody_is_suspect_and_not_invalid() -> None:
    made = make(GROUPS["noise_0.1"], np.random.default_rng(3))
    z_ohm = made.z_ohm * (1.0 + 0.006 * (made.freq_hz < np.median(made.freq_hz)))
    found = judge(made.freq_hz, z_ohm, np.ones(z_ohm.size, dtype=np.bool_))
    assert found.verdict == "suspect"
    assert 0.0005 < found.size < 0.01


def test_the_band_holds_the_place_of_a_disturbance_in_any_order_of_points() -> None:
    made = make(GROUPS["usual"], np.random.default_rng(3))
    middle = made.freq_hz.size // 2
    z_ohm = made.z_ohm.copy()
    z_ohm[middle - 3 : middle + 4] *= 1.05
    keep = np.ones(z_ohm.size, dtype=np.bool_)
    found = judge(made.freq_hz, z_ohm, keep)
    assert found.verdict == "invalid"
    assert found.band_hz is not None
    assert found.band_hz[0] <= made.freq_hz[middle + 3] * 3
    assert found.band_hz[1] >= made.freq_hz[middle - 3] / 3
    assert judge(made.freq_hz[::-1], z_ohm[::-1], keep).score == pytest.approx(found.score, rel=1e-4)
