"""The Kramers-Kronig verdict: quiet on noise, whatever its size and the order of points; it says where it is broken."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.disturbances import Disturbance
from adatom.cloud.measure.eis.kramers_kronig import CHANCE, GRID, LEAST_NOISE, Ratios, _verdict, judge, null_limits
from adatom.cloud.measure.eis.relaxations import build, decompose
from scipy.stats import norm

from tests.benchmarks.eis import GROUPS, make
from tests.benchmarks.kramers_kronig import (
    NAMES,
    OTHERS,
    drifted,
    drifted_slow,
    is_alarm,
    measure,
    shifted,
    stepped,
    table,
    table_of_others,
    valid_cell,
)


@pytest.mark.parametrize("name", ["usual", "truncated_low", "noise_0.1", "noise_3", "outliers"])
def test_valid_spectra_raise_no_alarm(name: str) -> None:
    made = [make(GROUPS[name], np.random.default_rng(seed)) for seed in range(10)]
    assert sum(is_alarm(one.freq_hz, one.z_ohm) for one in made) <= 1


@pytest.mark.parametrize("name", OTHERS)
def test_valid_spectra_of_other_cells_raise_no_alarm(name: str) -> None:
    rng = np.random.default_rng(4)
    assert sum(is_alarm(*valid_cell(name, 0.003, rng)) for _ in range(5)) <= 1


@pytest.mark.parametrize("name", ["usual", "noise_1"])
def test_drift_steps_and_shifts_are_seen(name: str) -> None:
    row = measure(name, 4)
    assert max(value for key, value in row.items() if key.startswith("missed")) <= 0.25, row
    assert max(row["missed_drifted"], row["missed_stepped"], row["missed_shifted"]) == 0.0, row


def test_at_three_percent_noise_even_the_best_test_misses_drifts() -> None:
    row = measure("noise_3", 4)
    assert row["bound_drifted"] > 0.15, row
    assert row["missed_drifted"] >= row["bound_drifted"], row


@pytest.mark.parametrize(
    ("spoil", "kinds", "size"),
    [(drifted, ("drift",), 0.1), (drifted_slow, ("drift",), 0.1), (stepped, ("step",), 0.05),
     (shifted, ("phase",), np.deg2rad(3.0))],
)  # fmt: skip
def test_kind_and_size_of_what_is_wrong(
    spoil: Callable[[Complexes, Floats], Complexes], kinds: tuple[str, ...], size: float
) -> None:
    made = make(GROUPS["noise_0.1"], np.random.default_rng(5))
    z_ohm = spoil(made.z_ohm, np.linspace(0.0, 1.0, made.z_ohm.size))
    found = judge(made.freq_hz, z_ohm, np.ones(z_ohm.size, dtype=np.bool_))
    assert found.verdict == "invalid"
    assert found.kind in kinds
    assert found.size == pytest.approx(size, abs=4 * found.size_sd + 0.1 * size)


def test_the_null_is_that_of_white_noise() -> None:
    """Strengths of noise alone, at the λ that was chosen, exceed the limits in CHANCE of the cases."""
    made = make(GROUPS["usual"], np.random.default_rng(6))
    known = decompose(build(made.freq_hz, made.z_ohm, GRID), LEAST_NOISE)
    directions = np.random.default_rng(7).standard_normal((2 * made.freq_hz.size, 1))
    limit = null_limits(known, directions, np.zeros(1, dtype=np.bool_))[0]
    assert limit == pytest.approx(norm.isf(CHANCE / 2), rel=0.1)


def test_kind_and_size_are_of_the_disturbance_that_the_score_is_of() -> None:
    """Drifts and the rest have limits of their own: the strongest is not always the furthest beyond its limit."""
    looked_for = [
        Disturbance("drift", np.ones(3, dtype=complex), 0, 2),
        Disturbance("bump", np.ones(3, dtype=complex), 1, 1),
    ]
    found = Ratios(np.array([6.0, 5.9]), np.array([0.1, 0.02]), np.array([0.01, 0.01]))
    scores = found.strength / np.array([3.2, 2.5])
    verdict = _verdict(found, scores, looked_for, np.array([100.0, 10.0, 1.0]), np.zeros(3, dtype=np.complex128))
    assert (verdict.score, verdict.kind, verdict.size) == (pytest.approx(5.9 / 2.5), "bump", 0.02)
    assert verdict.band_hz == (10.0, 10.0)


def test_a_single_bad_point_is_no_disturbance() -> None:
    made = make(GROUPS["usual"], np.random.default_rng(8))
    z_ohm = made.z_ohm.copy()
    z_ohm[0] *= 1.1  # at an end the smoother of find_outliers follows it
    found = judge(made.freq_hz, z_ohm, np.ones(z_ohm.size, dtype=np.bool_))
    assert found.verdict == "valid"
    assert np.flatnonzero(np.isnan(found.residuals)).tolist() == [0]


def test_few_points_and_exact_ones_raise_no_alarm() -> None:
    for count in (6, 8, 12, 300):
        freq_hz = np.geomspace(1e5, 1.0, count)
        z_ohm = np.asarray(10 + 100 / (1 + (2j * np.pi * freq_hz * 1e-4) ** 0.8), dtype=np.complex128)
        assert judge(freq_hz, z_ohm, np.ones(count, dtype=np.bool_)).verdict == "valid"


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


def test_the_page_shows_the_measured_figures_and_they_keep_the_contract() -> None:
    docs = Path(__file__).parents[4] / "docs"
    found = json.loads((docs / "benchmark" / "kramers_kronig.json").read_text(encoding="utf-8"))
    assert list(found["groups"]) == list(GROUPS) == list(NAMES)
    page = (docs / "how-to" / "impedance.md").read_text(encoding="utf-8").splitlines()
    lines = [*table(found["groups"]), *table_of_others(found["other_cells"])]
    assert [line for line in lines if line not in page] == []
    rows = found["groups"]
    assert np.mean([row["false_alarms"] for row in rows.values()]) <= 0.02
    missed = ("missed_drifted", "missed_stepped", "missed_shifted")
    assert max(rows[name][key] for name in rows if name != "noise_3" for key in missed) <= 0.15
