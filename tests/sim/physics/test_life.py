"""Critical current and cycle life: the laws and the records."""

import json
from dataclasses import replace

import numpy as np
import pytest
from adatom.protocol.errors import InputError
from adatom.sim.physics.cell import Cell
from adatom.sim.physics.chain import make_sample, measure
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.life import (
    VOLTAGE_LIMIT_MV,
    critical_current_ma_cm2,
    critical_current_record,
    cycling_record,
    draw_critical_current,
    draw_cycles_to_short,
    median_cycles,
)

from .samples import REFERENCE


def cell(r_interface: float) -> Cell:
    made = make_sample(REFERENCE, K).cell
    return replace(made, r_film_ohm_cm2=0.0, r_int_ohm_cm2=r_interface, toughness_mpa_m=1.0, droplets_per_cm2=1e-6)


@pytest.mark.parametrize(
    ("resistance", "ccd", "band"), [(514, 0.05, 0.5), (32, 0.6, 0.7), (5, 0.6, 0.4), (10, 0.35, 0)]
)
def test_critical_current_law(resistance: float, ccd: float, band: float) -> None:
    """Points of the literature: 514:0.05, 32:0.6, 5:0.4-0.9 mA/cm2; 10 ohm cm2 is the law's own reference."""
    assert critical_current_ma_cm2(cell(resistance), K) == pytest.approx(ccd, rel=max(band, 1e-6))


def test_critical_current_rises_with_temperature_as_measured() -> None:
    """Sharafi 2016: 50 to 20000 uA/cm2 from 30 to 160 °C."""
    cold, hot = (critical_current_ma_cm2(replace(cell(30.0), temperature_c=c), K) for c in (30.0, 160.0))
    assert hot / cold == pytest.approx(400.0, rel=0.15)


def test_ten_times_less_resistance_is_ten_times_the_cycles() -> None:
    lives = [median_cycles(critical_current_ma_cm2(cell(r), K), 0.1, K) for r in (150.0, 15.0)]
    assert lives[0] == pytest.approx(100.0, rel=0.05)
    assert lives[1] / lives[0] == pytest.approx(10.0, rel=0.05)


def test_draws_scatter_around_the_medians() -> None:
    rng = np.random.default_rng(3)
    critical = [draw_critical_current(cell(10.0), rng, K) for _ in range(2000)]
    assert np.median(critical) == pytest.approx(0.35, rel=0.05)
    assert np.percentile(critical, 95) / np.percentile(critical, 5) > 3.0
    lives = [draw_cycles_to_short(cell(150.0), 0.1, rng, K) for _ in range(2000)]
    assert np.median(lives) == pytest.approx(100.0, rel=0.1)


def test_droplets_can_end_a_good_cell() -> None:
    rng = np.random.default_rng(3)
    full = replace(cell(2.0), droplets_per_cm2=1e7)
    assert np.median([draw_cycles_to_short(full, 0.1, rng, K) for _ in range(200)]) < 100.0


def test_ramp_shows_the_short_as_a_drop() -> None:
    record = critical_current_record(cell(10.0), np.random.default_rng(1), K)
    volts = np.array(record.columns["voltage_mv"]) / np.array(record.columns["current_ma_cm2"])
    assert record.ended == "short"
    assert volts[-1] < 0.2 * volts[0]
    assert (np.diff(volts) < -0.5 * volts[0]).sum() == 1


def test_ramp_of_a_blocking_cell_ends_at_the_voltage_limit() -> None:
    record = critical_current_record(cell(5e5), np.random.default_rng(1), K)
    assert record.ended == "voltage_limit"
    assert record.columns["voltage_mv"][-1] > 0.9 * VOLTAGE_LIMIT_MV


def test_cycling_plateau_and_ending() -> None:
    """0.1 mA/cm2 over 2 x 15 + 50 ohm cm2 is 8 mV."""
    good = cycling_record(cell(15.0), np.random.default_rng(1), K, max_cycles=20)
    assert good.ended == "survived"
    assert good.columns["voltage_mv"][0] == pytest.approx(8.0, rel=0.05)
    poor = cycling_record(cell(400.0), np.random.default_rng(1), K, max_cycles=2000)
    assert poor.ended == "short"
    assert poor.columns["voltage_mv"][-1] < 0.2 * poor.columns["voltage_mv"][0]


def test_records_are_json_and_unknown_techniques_are_refused() -> None:
    sample = make_sample(REFERENCE, K)
    for technique in ("eis", "witness", "ccd", "cycling", "thickness"):
        json.dumps(measure(sample, technique, np.random.default_rng(1), K), allow_nan=False)
    with pytest.raises(InputError, match="xrd"):
        measure(sample, "xrd", np.random.default_rng(1), K)
