"""The laser's pulses and the energy meter."""

import numpy as np
import pytest
from adatom.sim.physics.optics import METER_GAP_S, METER_PULSES, EnergyMeter, Laser


def train(seed: int, pulses: int, set_mj: float = 125.0) -> list[float]:
    laser = Laser(np.random.default_rng(seed))
    return [laser.fire(set_mj) for _ in range(pulses)]


def test_pulses_scatter_by_one_percent_round_the_set_point() -> None:
    energies = np.array([energy for energy in train(1, 20000) if energy > 0.0])
    assert energies.mean() == pytest.approx(125.0, rel=0.003)
    assert energies.std() / energies.mean() == pytest.approx(0.0102, rel=0.05)


def test_same_seed_same_train() -> None:
    assert train(7, 300) == train(7, 300)
    assert train(7, 300) != train(8, 300)


def test_drift_is_slow_and_small() -> None:
    energies = np.array(train(3, 40000))
    blocks = energies.reshape(-1, 400).mean(axis=1) / 125.0
    assert 0.0005 < blocks.std() < 0.005
    assert np.corrcoef(blocks[:-1], blocks[1:])[0, 1] > 0.3


def test_missed_pulses_are_rare_until_told_otherwise() -> None:
    assert sum(energy == 0.0 for energy in train(5, 100000)) < 20
    laser = Laser(np.random.default_rng(1))
    laser.misses(1.0)
    assert [laser.fire(100.0) for _ in range(5)] == [0.0] * 5
    laser.misses(0.3)
    assert 200 < sum(laser.fire(100.0) == 0.0 for _ in range(1000)) < 400


def test_meter_reads_zero_first_then_the_mean_of_at_most_so_many_pulses() -> None:
    meter = EnergyMeter()
    shown = []
    for number in range(20):
        meter.see(float(number), 0.1 * number)
        shown.append(meter.reading_mj)
    assert shown[0] == 0.0
    assert shown[1] == 0.5
    assert shown[-1] == np.mean(range(20 - METER_PULSES, 20))
    assert METER_PULSES <= 16


def test_meter_holds_between_bursts_and_falls_to_zero_at_rest() -> None:
    meter = EnergyMeter()
    for k in range(4):
        meter.see(100.0, 0.1 * k)
    meter.rest(0.3 + METER_GAP_S)
    assert meter.reading_mj == 100.0
    meter.rest(0.4 + METER_GAP_S)
    assert meter.reading_mj == 0.0
    meter.see(100.0, 10.0)
    assert meter.reading_mj == 0.0  # the first pulse of the next train
    meter.see(100.0, 10.1)
    assert meter.reading_mj == 100.0


def test_missed_pulse_shows_in_the_mean() -> None:
    meter = EnergyMeter()
    for k, energy in enumerate([80.0, 80.0, 80.0, 0.0]):
        meter.see(energy, 0.1 * k)
    assert meter.reading_mj == 60.0
