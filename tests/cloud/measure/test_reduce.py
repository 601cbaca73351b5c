from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from adatom.cloud.measure.quantity import Quantity
from adatom.cloud.measure.reduce import TECHNIQUES, reduce
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import MEASUREMENTS

from .eis.spectra import AREA_CM2, FREQ_HZ, make_cell


def measurement(technique: str, meta: dict[str, Any] | None = None, **columns: Any) -> dict[str, Any]:
    return {"technique": technique, "columns": columns, "meta": meta or {}}


def spectrum(technique: str, z: npt.NDArray[np.inexact], meta: dict[str, Any], status: int = 0) -> dict[str, Any]:
    return measurement(
        technique,
        meta,
        freq_hz=FREQ_HZ.tolist(),
        z_re_ohm=z.real.tolist(),
        z_im_ohm=z.imag.tolist(),
        status=[status] * z.size,
    )


CELL = {"area_cm2": AREA_CM2, "symmetric": 1}


def test_eis_gives_the_interface_resistance() -> None:
    made = make_cell(np.random.default_rng(1), 100.0, 50.0)
    first, series = reduce(spectrum("eis", made.z_ohm, CELL))
    assert (first.name, first.unit, first.quality) == ("r_interface_ohm_cm2", "Ω·cm²", "good")
    assert first.value == pytest.approx(150.0, rel=0.03)
    assert first.sd_log is not None
    assert 0.003 < first.sd_log < 0.05
    assert series.name == "r_series_ohm_cm2"


def test_overloaded_points_are_left_out() -> None:
    made = make_cell(np.random.default_rng(2), 100.0, 50.0)
    record = spectrum("eis", made.z_ohm, CELL)
    record["columns"]["status"][5] = 2
    record["columns"]["z_re_ohm"][5] = 1e9
    assert reduce(record)[0].value == pytest.approx(150.0, rel=0.03)
    assert "1 points left out" in reduce(record)[0].notes[0]


def test_overloaded_spectrum_fails_with_a_reason() -> None:
    made = make_cell(np.random.default_rng(3), 100.0, 50.0)
    (found,) = reduce(spectrum("eis", made.z_ohm, CELL, status=2))
    assert (found.value, found.quality, found.reason) == (None, "failed", "overload")


@pytest.mark.parametrize("sigma", [1e-9, 1e-6, 1e-4])
def test_witness_gives_the_conductivity(sigma: float) -> None:
    constant, w = 0.5, 2 * np.pi * FREQ_HZ
    z = 1 / (1 / (constant / sigma + 1 / (2e-8 * (1j * w) ** 0.9)) + 15e-12j * w)
    rng = np.random.default_rng(4)
    z = z * (1 + 0.002 * (rng.standard_normal(w.size) + 1j * rng.standard_normal(w.size)))
    (found,) = reduce(spectrum("witness", z, {"cell_constant_per_cm": constant}))
    assert found.name == "conductivity_s_cm"
    assert found.value == pytest.approx(sigma, rel=0.03)


def test_stated_uncertainty_of_the_area_is_carried_over() -> None:
    made = make_cell(np.random.default_rng(1), 100.0, 50.0)
    first, *_ = reduce(spectrum("eis", made.z_ohm, {**CELL, "area_sd_log": 0.1}))
    assert first.sd_log == pytest.approx(0.1, rel=0.02)


def test_witness_that_only_blocks_fails_with_a_reason() -> None:
    rng = np.random.default_rng(6)
    z = (1 + 0.002 * rng.standard_normal(FREQ_HZ.size)) / (15e-12j * 2 * np.pi * FREQ_HZ)
    (found,) = reduce(spectrum("witness", z, {"cell_constant_per_cm": 0.5}))
    assert (found.value, found.reason) == (None, "resistance_not_determined")


def ramp(share_after: float, short_at: float) -> dict[str, Any]:
    current = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    voltage = 150 * current * np.where(current >= short_at, share_after, 1.0)
    return measurement("ccd", current_ma_cm2=current.tolist(), voltage_mv=voltage.tolist())


@pytest.mark.parametrize(
    ("record", "value", "quality"),
    [
        (ramp(0.3, 0.4), 0.3, "good"),
        (ramp(0.65, 0.2), 0.1, "good"),
        (ramp(0.75, 0.3), 0.5, "censored"),
        (ramp(1.0, 9.0), 0.5, "censored"),
    ],
)
def test_critical_current_is_the_last_before_the_drop(record: dict[str, Any], value: float, quality: str) -> None:
    (found,) = reduce(record)
    assert found.value == pytest.approx(value)
    assert found.quality == quality
    assert found.sd == (pytest.approx(0.1 / np.sqrt(12)) if quality == "good" else None)


def test_short_at_the_first_current_fails() -> None:
    record = measurement("ccd", current_ma_cm2=[0.1, 0.1, 0.2], voltage_mv=[15.0, 3.0, 6.0])
    assert reduce(record)[0].reason == "short_at_first_current"


def cycling(voltage: list[float], ended: str) -> Quantity:
    cycles = list(range(1, len(voltage) + 1))
    (found,) = reduce(measurement("cycling", {"ended": ended, "current_ma_cm2": 0.1}, cycle=cycles, voltage_mv=voltage))
    return found


@pytest.mark.parametrize(
    ("voltage", "ended", "value", "quality"),
    [
        ([15.0] * 50, "survived", 50, "censored"),
        ([15.0] * 20 + [3.0], "short", 21, "good"),
        ([15.0] * 20, "short", 20, "good"),
        ([15.0] * 8 + [5.0] * 4, "survived", 9, "good"),
        ([15.0, 500.0, 1200.0], "voltage_limit", 3, "good"),
    ],
)
def test_cycles_to_failure(voltage: list[float], ended: str, value: float, quality: str) -> None:
    found = cycling(voltage, ended)
    assert (found.value, found.quality) == (value, quality)


def test_thickness_map() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid([-5.0, -2.5, 0.0, 2.5, 5.0], [-5.0, -2.5, 0.0, 2.5, 5.0]))
    rng = np.random.default_rng(5)
    nm = 500 * (1 - 0.002 * (x**2 + y**2)) * (1 + 0.005 * rng.standard_normal(x.size))
    columns = {"x_mm": x.tolist(), "y_mm": y.tolist(), "thickness_nm": nm.tolist()}
    mean, uniformity = reduce(measurement("thickness", **columns))
    assert mean.value == pytest.approx(nm.mean())
    assert mean.sd == pytest.approx(2.5 / 5, rel=0.4)
    assert uniformity.value == pytest.approx(1 - (nm.max() - nm.min()) / (nm.max() + nm.min()))
    assert uniformity.sd == pytest.approx(0.0035, rel=0.4)


def test_few_readings_have_no_uncertainty() -> None:
    found = reduce(measurement("thickness", x_mm=[0.0, 5.0], y_mm=[0.0, 0.0], thickness_nm=[100.0, 90.0]))
    assert [q.sd for q in found] == [None, None]


BAD = [
    ({"technique": "xrd"}, "technique 'xrd'; allowed: eis"),
    (measurement("eis", CELL, freq_hz=[1.0]), "column 'z_re_ohm' is missing; columns: freq_hz"),
    (measurement("eis", CELL), "columns: none"),
    (measurement("ccd", current_ma_cm2=[0.1, "x"], voltage_mv=[1, 2]), "numbers only"),
    (measurement("ccd", current_ma_cm2=[0.1, None], voltage_mv=[1, 2]), "finite numbers"),
    (measurement("ccd", current_ma_cm2=[0.1], voltage_mv=[1, 2]), "column lengths"),
    (measurement("ccd", current_ma_cm2=[0.0, 0.1], voltage_mv=[1, 2]), "currents must be above 0"),
    (measurement("thickness", x_mm=[0.0], y_mm=[0.0], thickness_nm=[-1.0]), "thicknesses must be above 0"),
    (spectrum("eis", np.ones(FREQ_HZ.size) + 0j, {"area_cm2": 0}), "meta 'area_cm2'"),
    (spectrum("witness", np.ones(FREQ_HZ.size) + 0j, {}), "meta 'cell_constant_per_cm'"),
    (spectrum("eis", np.ones(FREQ_HZ.size) + 0j, {**CELL, "area_sd_log": "big"}), "a number from 0 to 1"),
]


@pytest.mark.parametrize(("record", "problem"), BAD)
def test_malformed_measurements_are_refused(record: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        reduce(record)
    assert problem in str(caught.value)


@pytest.mark.parametrize("technique", ["ocp", "chronopotentiometry", "xps"])
def test_records_that_are_kept_give_no_quantity_but_must_be_whole(technique: str) -> None:
    columns: dict[str, list[float]] = {"time_s": [1.0, 2.0], "voltage_v": [0.1, 0.1]}
    assert reduce({"technique": technique, "columns": columns, "meta": {}}) == []
    with pytest.raises(InputError, match="column lengths"):
        reduce({"technique": technique, "columns": {**columns, "status": [0]}, "meta": {}})


def test_techniques_are_those_of_a_bench() -> None:
    assert set(TECHNIQUES) == {*MEASUREMENTS, "ocp", "chronopotentiometry"}
