"""Spectra through real MethodSCRIPT bytes in memory, as the fast campaign takes them."""

from typing import Any

import numpy as np
import pytest
from adatom.edge.drivers.emstat import EmstatPico
from adatom.protocol.errors import FailedError
from adatom.sim.instruments.emstat import Emstat
from adatom.sim.instruments.loopback import Bench, measure_eis
from adatom.sim.instruments.plant import Plant
from numpy.typing import NDArray


def cell(freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
    """30 ohm, 800 ohm || 20 nF and 120 ohm || 5 uF in series."""
    omega = 2j * np.pi * freq_hz
    return 30.0 + 800.0 / (1.0 + omega * 800.0 * 20e-9) + 120.0 / (1.0 + omega * 120.0 * 5e-6)


def impedance(measurement: dict[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    columns = measurement["columns"]
    return np.array(columns["freq_hz"]), np.array(columns["z_re_ohm"]) + 1j * np.array(columns["z_im_ohm"])


def test_a_bench_measures_cell_after_cell() -> None:
    bench = Bench()
    for scale in (1.0, 3.0):
        measurement, raw = bench.eis(lambda freq_hz, scale=scale: scale * cell(freq_hz), points=63)
        freq_hz, z_ohm = impedance(measurement)
        assert measurement["technique"] == "eis"
        assert len(freq_hz) == 63
        assert np.max(np.abs(z_ohm / (scale * cell(freq_hz)) - 1.0)) < 2e-5
        assert raw.count(b"\nP") == 63


def test_virtual_time_is_the_instruments_and_the_numbers_are_the_same() -> None:
    plant = Plant(cell=cell)
    measurement, raw, now_ms = measure_eis(EmstatPico(), Emstat(plant), 1000)
    _, instant_raw = Bench().eis(cell)
    assert 100_000 < now_ms < 200_000  # three periods a point down to 0.1 Hz
    assert raw == instant_raw
    assert measurement["meta"]["points_asked"] == 64


def test_a_failing_instrument_is_a_failure_with_its_words() -> None:
    bench = Bench()
    bench.eis(cell, points=2)
    bench.twin.potentiostat.fail_with = 0x0032
    with pytest.raises(FailedError, match="critical cell overload"):
        bench.eis(cell, points=5)
    assert bench.eis(cell, points=5)[0]["columns"]["status"] == [0] * 5
    assert not bench.twin.cell_on
