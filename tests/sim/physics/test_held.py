"""A cell held at currents step by step lives and dies as the records say that are drawn at once."""

from dataclasses import replace

import numpy as np
import pytest
from adatom.sim.physics.cell import Cell
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.held import HeldCell
from adatom.sim.physics.life import critical_current_record, cycling_record, polarisation_ohm_cm2

from .samples import REFERENCE

CELL = replace(make_sample(REFERENCE, K).cell, r_film_ohm_cm2=0.0, r_int_ohm_cm2=150.0)


def held(seed: int, cell: Cell = CELL) -> HeldCell:
    return HeldCell(cell, np.random.default_rng(seed), np.random.default_rng(seed), K)


def ampere(ma_cm2: float) -> float:
    return 1e-3 * ma_cm2 * CELL.area_cm2


def test_the_voltage_is_the_polarisation_and_changes_its_sign_with_the_current() -> None:
    cell = held(1)
    volt = np.mean([cell.voltage_v(ampere(0.02), 1.0) for _ in range(200)])
    assert 1000 * volt == pytest.approx(0.02 * polarisation_ohm_cm2(CELL, 1.0, K), rel=1e-3)
    assert cell.voltage_v(ampere(-0.02), 1.0) == pytest.approx(-volt, rel=0.02)
    assert abs(cell.voltage_v(0.0, 1.0)) < 2e-3


def test_a_current_above_the_critical_one_shorts_for_good() -> None:
    cell = held(2)
    before = cell.voltage_v(ampere(0.9 * cell.critical_ma_cm2), 1.0)
    assert not cell.shorted
    after = cell.voltage_v(ampere(1.1 * cell.critical_ma_cm2), 1.0)
    assert after < 0.2 * before
    assert cell.voltage_v(ampere(0.01), 1.0) < 0.2 * 1e-5 * polarisation_ohm_cm2(CELL, 1.0, K)
    assert cell.voltage_v(0.0, 1.0) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_it_shorts_in_the_cycle_of_the_record(seed: int) -> None:
    record = cycling_record(CELL, np.random.default_rng(seed), K, 0.05, 400)
    cell = held(seed)
    cell.critical_ma_cm2 = 9.0  # this test is of wear alone
    while not cell.shorted and cell.cycle < 400:
        for sign in (1.0, -1.0):
            for _ in range(3):  # readings of a half cycle, and looks that take no time
                cell.voltage_v(sign * ampere(0.05), 10.0)
                cell.voltage_v(sign * ampere(0.05), 0.0)
    if record.ended == "short":
        assert cell.cycle == record.columns["cycle"][-1]
    else:
        assert record.ended != "survived" or not cell.shorted


@pytest.mark.parametrize("seed", range(20))
def test_the_critical_current_is_the_one_of_the_record(seed: int) -> None:
    record = critical_current_record(CELL, np.random.default_rng(seed), K)
    current = np.array(record.columns["current_ma_cm2"])
    voltage = np.array(record.columns["voltage_mv"])
    shorted = np.flatnonzero((voltage / current)[1:] < 0.5 * (voltage / current)[0])
    critical = held(seed).critical_ma_cm2
    if record.ended == "short" and shorted.size:
        assert current[shorted[0]] <= critical < current[shorted[0] + 1]
