"""The potentiostat's driver: scripts out, packages in, and the cell off after whatever goes wrong."""

import itertools
import re

import numpy as np
import pytest
from adatom.edge.drivers.emstat import Emstat4
from adatom.protocol.errors import ProtocolError
from hypothesis import given, settings
from hypothesis import strategies as st

from .potentiostat_wire import cell, connected, finish

SWEEP = {"start_hz": 200e3, "end_hz": 10.0, "points": 20}
SCRIPT = (
    "e\nvar f\nvar r\nvar j\nset_pgstat_chan 0\nset_pgstat_mode 3\nset_max_bandwidth 200k\nset_range_minmax da 0 0\n"
    "set_range ba 2u\nset_autoranging ba 500n 2m\nset_e 0\ncell_on\nmeas_loop_eis f r j 10m 200k 10 20 0\npck_start\n"
    "pck_add f\npck_add r\npck_add j\npck_end\nendloop\non_finished:\ncell_off\n\n"
)


def test_it_switches_the_cell_off_first_and_identifies() -> None:
    wire, driver, _ = connected()
    assert wire.sent == [b"Z\n", b"e\ncell_off\n\n", b"t\n", b"i\n", b"v\n"]
    assert (driver.identity, driver.serial, driver.language) == ("espico1600", "ES4LR00SIM0001", "0108")
    assert driver.ready
    assert driver.errors == 0


@pytest.mark.parametrize("chunk", [0, 1])
def test_a_spectrum_comes_through_with_the_sign_as_measured(chunk: int) -> None:
    wire, driver, twin = connected(chunk)
    driver.eis(**SWEEP)
    result = finish(wire, driver)
    assert SCRIPT.encode() in wire.sent
    columns = result.measurement["columns"]
    freq_hz = np.array(columns["freq_hz"])
    z_ohm = np.array(columns["z_re_ohm"]) + 1j * np.array(columns["z_im_ohm"])
    assert result.error == ""
    assert len(freq_hz) == 20
    assert freq_hz[0] == 200000.0
    assert freq_hz[-1] == pytest.approx(10.0)
    assert np.max(np.abs(z_ohm / cell(freq_hz) - 1.0)) < 1e-5
    assert max(columns["z_im_ohm"]) < 0  # capacitive
    assert columns["status"] == [0] * 20
    assert result.raw.startswith(b"e\nM000D\nPdc8030D40 ;cc")
    assert result.raw.endswith(b"*\n\n")
    assert not twin.cell_on


def test_points_take_their_periods_and_the_limit_allows_for_them() -> None:
    wire, driver, twin = connected(instant=False)
    driver.eis(10.0, 0.1, 5)
    wire.run(20_000)
    assert twin.cell_on
    assert driver.run is not None
    result = finish(wire, driver, 60_000)
    assert result.error == ""
    assert len(result.measurement["columns"]["freq_hz"]) == 5


def test_an_overloaded_range_shows_in_the_status() -> None:
    wire, driver, twin = connected()
    twin.potentiostat.plant.cell = lambda freq_hz: np.full(len(freq_hz), 4.0 + 0j)
    driver.eis(**SWEEP)
    assert set(finish(wire, driver).measurement["columns"]["status"]) == {2}


def test_the_open_circuit_potential() -> None:
    wire, driver, _ = connected()
    driver.ocp(100, 1000)
    result = finish(wire, driver)
    columns = result.measurement["columns"]
    assert columns["time_s"] == pytest.approx([0.1 * k for k in range(1, 11)])
    assert columns["voltage_v"] == [0.002] * 10


def test_chronopotentiometry_needs_a_galvanostat() -> None:
    wire, driver, twin = connected()
    driver.chronopotentiometry([(100_000, 1000)], 100)
    result = finish(wire, driver)
    assert "001B" in result.error
    assert "not supported" in result.error
    assert not twin.cell_on


def test_chronopotentiometry_steps() -> None:
    wire, driver, twin = connected(driver=Emstat4(), model="es4")
    driver.chronopotentiometry([(100_000, 300), (-200_000, 300)], 100)
    result = finish(wire, driver)
    columns = result.measurement["columns"]
    assert result.error == ""
    assert columns["current_a"] == pytest.approx([1e-4] * 3 + [-2e-4] * 3)
    assert columns["voltage_v"] == pytest.approx([0.007] * 3 + [-0.008] * 3)
    assert columns["time_s"] == pytest.approx([0.1 * k for k in range(1, 7)])
    assert not twin.cell_on


def test_a_point_without_a_number_is_counted_and_left_out() -> None:
    wire, driver, _ = connected()
    wire.noise = lambda data: data.replace(b"Pdc8030D40 ;cc", b"Pdc8030D40 ;cc     nan,14,289;cd     nan,14,220\nPzz")
    driver.eis(**SWEEP)
    result = finish(wire, driver)
    assert result.measurement["meta"]["nan_points"] == 1
    assert len(result.measurement["columns"]["z_re_ohm"]) == 19
    assert b"     nan" in result.raw


# --- what goes wrong -----------------------------------------------------------------------------------------------
def test_a_runtime_error_leaves_the_cell_on_and_the_driver_switches_it_off() -> None:
    wire, driver, twin = connected(instant=False)
    driver.eis(1000.0, 100.0, 5)
    wire.run(300)
    twin.potentiostat.fail_with = 0x0032
    while twin.state()["running"]:
        wire.run(5)
    assert twin.cell_on
    result = finish(wire, driver)
    assert result.error == "!0032: Line 12: critical cell overload"
    assert 1 <= len(result.measurement["columns"]["freq_hz"]) < 5
    assert wire.sent[-1] == b"e\ncell_off\n\n"
    assert not twin.cell_on
    assert driver.is_safe(wire.now)
    assert driver.ready


def test_abort_ends_a_long_point_at_once() -> None:
    wire, driver, twin = connected(instant=False)
    driver.eis(1.0, 0.1, 5)
    wire.run(5000)
    assert twin.cell_on
    driver.abort(wire.now)
    wire.run(50)
    assert not twin.cell_on
    result = finish(wire, driver)
    assert result.error == "aborted"
    assert wire.sent[-2:] == [b"Z\n", b"e\ncell_off\n\n"]
    assert driver.errors == 0


def test_safe_twice_and_idle_is_harmless() -> None:
    wire, driver, twin = connected()
    driver.safe(wire.now)
    wire.run(500)
    driver.safe(wire.now)
    wire.run(500)
    assert driver.is_safe(wire.now)
    assert not twin.cell_on
    assert driver.errors == 0


def test_a_lost_port_ends_the_measurement_and_the_cell_is_switched_off_after_it() -> None:
    wire, driver, twin = connected(instant=False)
    driver.eis(1.0, 0.1, 5)
    wire.run(3000)
    wire.cut = True
    wire.run(1000)
    wire.cut = False
    driver.reconnected(wire.now)
    result = finish(wire, driver)
    assert "port was lost" in result.error
    assert not twin.cell_on


def test_a_dead_instrument_ends_in_an_error_soon() -> None:
    wire, driver, _ = connected()
    wire.cut = True
    driver.eis(1.0, 0.1, 50)
    wire.run(3000)
    result = driver.take_result()
    assert result is not None
    assert "did not start" in result.error
    assert not driver.is_safe(wire.now)
    wire.cut = False
    wire.run(3000)
    assert driver.is_safe(wire.now)


def test_a_script_that_is_refused_is_an_error_with_its_place() -> None:
    wire, driver, twin = connected()
    driver.eis(**SWEEP)
    exchange = driver.queue[0]
    exchange.request = exchange.request.replace(b"cell_on", b"cell_up")
    result = finish(wire, driver)
    assert result.error == "e!4001: Line 11, Col 8: unknown script command"
    assert not twin.cell_on
    assert driver.ready


def test_a_damaged_package_is_counted_and_left_out() -> None:
    wire, driver, _ = connected()
    wire.noise = lambda data: data.replace(b"Pdc8030D40 ", b"Pdc80?0D40 ")
    driver.eis(**SWEEP)
    result = finish(wire, driver)
    assert result.bad_lines == 1
    assert len(result.measurement["columns"]["freq_hz"]) == 19


def test_a_package_of_another_frequency_is_damaged() -> None:
    wire, driver, _ = connected()
    wire.noise = lambda data: data.replace(b"Pdc8030D40 ", b"Pdc8030E40 ")
    driver.eis(**SWEEP)
    result = finish(wire, driver)
    assert (result.bad_lines, result.error, len(result.measurement["columns"]["freq_hz"])) == (0, "", 20)  # 0.13 %
    wire.noise = lambda data: data.replace(b"Pdc8030D40 ", b"Pdc8031D40 ")
    driver.eis(**SWEEP)
    result = finish(wire, driver)
    assert (result.bad_lines, result.error, len(result.measurement["columns"]["freq_hz"])) == (1, "", 19)  # 2 %


@pytest.mark.parametrize(("spoilt", "error"), [(4, ""), (5, "5 points damaged or lost, 15 came")])
@pytest.mark.parametrize("lost", [False, True])
def test_a_sweep_of_which_a_fifth_is_missing_is_no_spectrum(spoilt: int, error: str, lost: bool) -> None:
    wire, driver, _ = connected()
    count = itertools.count(1)

    def spoil(line: re.Match[bytes]) -> bytes:
        place = next(count)
        return line[0] if place % 3 or place > 3 * spoilt else b"" if lost else b"P?\n"

    wire.noise = lambda data: re.sub(rb"P.*\n", spoil, data)
    driver.eis(**SWEEP)
    result = finish(wire, driver)
    assert result.error == error
    assert len(result.measurement["columns"]["freq_hz"]) == 20 - spoilt


def test_no_measurement_starts_before_the_last_one_is_taken() -> None:
    wire, driver, _ = connected()
    driver.eis(**SWEEP)
    with pytest.raises(ProtocolError, match="busy"):
        driver.eis(**SWEEP)
    finish(wire, driver)
    driver.eis(**SWEEP)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_hz": 1e6},
        {"end_hz": 1e-3},
        {"points": 0},
        {"points": 10_000},
        {"amplitude_mv": 0},
        {"amplitude_mv": 300},
    ],
)
def test_impossible_sweeps_are_refused(wrong: dict[str, float]) -> None:
    _, driver, _ = connected()
    with pytest.raises(ProtocolError):
        driver.eis(**{**SWEEP, **wrong})
    with pytest.raises(ProtocolError):
        driver.write("cell", 1, 0)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_garbage_never_raises_and_the_driver_recovers(junk: list[bytes], measuring: bool) -> None:
    wire, driver, twin = connected(instant=False)
    if measuring:
        driver.eis(1000.0, 100.0, 3)
    for piece in junk:
        wire.run(30)
        driver.feed(piece, wire.now)
    driver.feed(b"\n", wire.now)
    for _ in range(100):
        wire.run(200)
        driver.take_result()
        if driver.ready:
            break
    wire.run(200)
    assert not twin.cell_on
    driver.eis(1000.0, 100.0, 3)
    assert len(finish(wire, driver).measurement["columns"]["freq_hz"]) == 3
