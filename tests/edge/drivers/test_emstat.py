"""The potentiostat's driver: scripts out, packages in, and the cell off after whatever goes wrong."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from adatom.edge.drivers.emstat import Emstat4, EmstatPico
from adatom.edge.drivers.methodscript import decode_package, error_code, literal, log_spaced
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments.emstat import Emstat
from adatom.sim.instruments.methodscript import encode_value, parse_literal
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from .wire import Wire

SWEEP = {"start_hz": 200e3, "end_hz": 10.0, "points": 20}
SCRIPT = (
    "e\nvar f\nvar r\nvar j\nset_pgstat_chan 0\nset_pgstat_mode 3\nset_max_bandwidth 200k\nset_range_minmax da 0 0\n"
    "set_range ba 2u\nset_autoranging ba 500n 2m\nset_e 0\ncell_on\nmeas_loop_eis f r j 10m 200k 10 20 0\npck_start\n"
    "pck_add f\npck_add r\npck_add j\npck_end\nendloop\non_finished:\ncell_off\n\n"
)


def cell(freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
    """40 ohm in series with 500 ohm parallel to 1 uF."""
    return np.asarray(40.0 + 500.0 / (1.0 + 2j * np.pi * freq_hz * 500.0 * 1e-6), dtype=np.complex128)


def connected(chunk: int = 0, instant: bool = True, driver: Any = None, model: str = "espico") -> tuple[Wire, Any, Any]:
    driver = driver or EmstatPico()
    twin = Emstat(Plant(cell=cell, cell_dc=lambda amp, s: 0.002 + 50.0 * amp), instant=instant, model=model)
    wire = Wire(driver, twin, chunk=chunk)
    wire.run(1000)
    return wire, driver, twin


def finish(wire: Wire, driver: Any, limit_ms: int = 20_000) -> Any:
    """The result, once the instrument is ready again."""
    for _ in range(limit_ms // 100):
        wire.run(100)
        if driver.done is not None and not driver.safe_left and driver.in_flight is None:
            return driver.take_result()
    raise AssertionError("no result")


# --- bytes ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (b"Pdc8030D40 ", [("dc", 200000.0, 0, None)]),
        (b"Pcc80F4240m", [("cc", 1000.0, 0, None)]),
        (b"Pcc80F4240m,10,289", [("cc", 1000.0, 0, 0x89)]),
        (b"Pcd7F0BDC0m,12,20B;da     nan", [("cd", -1000.0, 2, 11), ("da", None, 0, None)]),
        (b"Pja8000010i", [("ja", 16.0, 0, None)]),
        (b"Pba8000001a,14,200,40", [("ba", 1e-18, 4, 0)]),
    ],
)
def test_packages(package: bytes, expected: list[tuple[str, float | None, int, int | None]]) -> None:
    assert decode_package(package) == expected


@pytest.mark.parametrize(
    "package",
    [b"", b"P", b"Pdc8030D4 ", b"Pdc8030D400 ", b"PDC8030D40 ", b"Pdc8030G40 ", b"Pdc8030D40?", b"Pdc8030D40 ;",
     b"Pdc8030D40 ,1", b"Pdc8030D40 ,1x", b"Mdc8030D40 ", b"Pdc+030D40 ", b"P\xff\xff8030D40 "],
)  # fmt: skip
def test_what_is_no_package(package: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_package(package)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_package_or_a_protocol_error(data: bytes) -> None:
    with suppress(ProtocolError):
        decode_package(b"P" + data)


@given(st.floats(-1e20, 1e20, allow_subnormal=False))
def test_decode_reads_what_the_instrument_encodes(value: float) -> None:
    text = encode_value(value)
    assert len(text) == 8
    ((kind, number, _, _),) = decode_package(b"Pda" + text.encode())
    assert kind == "da"
    if abs(value) < (1 << 27) * 1e-18:
        assert number == pytest.approx(value, abs=0.51e-18)
    else:
        assert number == pytest.approx(value, rel=0.6 / (1 << 27) * 1000)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01, "10m"), (200000, "200k"), (0.1, "100m"), (-0.5, "-500m"), (1e-7, "100n"), (1500, "1500"),
     (123456.789, "123456789m"), (2, "2")],
)  # fmt: skip
def test_literals(value: float, text: str) -> None:
    assert literal(value) == text


@given(st.floats(1e-9, 1e8) | st.floats(-1e8, -1e-9))
def test_the_instrument_reads_the_literal_that_was_meant(value: float) -> None:
    text = literal(value)
    assert "." not in text
    assert parse_literal(text) == pytest.approx(value, rel=4e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"e!4001: Line 1, Col 4", 0x4001),
        (b"!0032: Line 7", 0x32),
        (b"Z!0006", 6),
        (b"Pdc8030D40 ", None),
        (b"!", None),
    ],
)
def test_error_lines(line: bytes, code: int | None) -> None:
    assert error_code(line) == code


def test_log_spacing() -> None:
    assert log_spaced(1000.0, 1.0, 4) == pytest.approx([1000.0, 100.0, 10.0, 1.0])
    assert log_spaced(5.0, 1.0, 1) == [5.0]


# --- measurements --------------------------------------------------------------------------------------------------
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


CP_SCRIPT = (
    "e\nvar p\nvar c\nvar t\nset_pgstat_chan 0\nset_pgstat_mode 6\nset_max_bandwidth 58500m\n"
    "set_range_minmax ab -500m 500m\nset_autoranging ab -500m 500m\nset_range db 200u\nset_i 0\ncell_on\ntimer_start\n"
    "meas_loop_cp p c -200u 100m 300m\ntimer_get t\npck_start\npck_add t\npck_add p\npck_add c\npck_end\n"
    'if p >= 500m\nsend_string "limit"\nabort\nendif\nif p <= -500m\nsend_string "limit"\nabort\nendif\nendloop\n'
    "on_finished:\ncell_off\n\n"
)


def galvanostat(**options: Any) -> tuple[Wire, Any, Any]:
    return connected(driver=Emstat4(), model="es4", **options)


@pytest.mark.parametrize("chunk", [0, 1])
def test_the_script_of_a_held_current_byte_for_byte(chunk: int) -> None:
    wire, driver, _ = galvanostat(chunk=chunk)
    driver.chronopotentiometry([(-200_000, 300)], 100, 500)
    assert finish(wire, driver).error == ""
    assert wire.sent[-1] == CP_SCRIPT.encode()


def test_a_script_ends_itself_at_the_voltage_limit_without_the_host() -> None:
    wire, driver, twin = galvanostat(instant=False)
    twin.potentiostat.plant.cell_dc = lambda amp, s: -0.6 if twin.potentiostat.time_s > 0.45 else 0.1
    driver.chronopotentiometry([(100_000, 5000), (-100_000, 5000)], 100, 500)
    result = finish(wire, driver)
    assert result.at_limit
    assert result.error == ""
    assert result.measurement["columns"]["voltage_v"] == pytest.approx([0.1] * 4 + [-0.6])
    assert wire.sent[-1].startswith(b"e\nvar")  # nothing had to be aborted
    assert not twin.cell_on


@pytest.mark.parametrize(
    "wrong",
    [{"steps": [(1000, 60_001)]}, {"steps": [(1000, 40_000), (-1000, 40_000)]}, {"steps": []}, {"limit_mv": 5000},
     {"interval_ms": 1}, {"interval_ms": 2000}],
)  # fmt: skip
def test_no_script_holds_a_current_for_longer_than_a_minute(wrong: dict[str, Any]) -> None:
    _, driver, _ = galvanostat()
    with pytest.raises(ProtocolError):
        driver.chronopotentiometry(**{"steps": [(1000, 1000)], "interval_ms": 100, "limit_mv": 500, **wrong})
    assert driver.ready


def test_an_agent_killed_while_a_current_flows_leaves_the_cell_on_for_a_minute_at_most() -> None:
    wire, driver, twin = galvanostat(instant=False)
    driver.chronopotentiometry([(100_000, 60_000)], 1000)
    wire.run(5000)
    assert twin.state()["current_a"] == pytest.approx(1e-4)
    wire.cut = True  # no process, no bytes
    wire.run(54_000)
    assert twin.cell_on
    wire.run(2000)
    assert not twin.cell_on
    assert twin.state()["current_a"] == 0.0


def test_an_agent_that_comes_back_switches_the_cell_off_first() -> None:
    _, _, twin = galvanostat(instant=False)
    script = CP_SCRIPT.replace("300m", "30").encode()
    twin.feed(script, 2.0)
    assert twin.cell_on
    wire = Wire(Emstat4(), twin)
    wire.now = 3000
    wire.run(200)
    assert wire.sent[0] == b"Z\n"
    assert not twin.cell_on


@pytest.mark.parametrize("cut_at", [1, 40, 150, 250, len(CP_SCRIPT) - 1])
def test_an_agent_killed_while_it_sends_a_script_leaves_nothing_that_runs_later(cut_at: int) -> None:
    _, _, twin = galvanostat(instant=False)
    twin.feed(CP_SCRIPT.encode()[:cut_at], 2.0)
    wire = Wire(Emstat4(), twin)
    wire.now = 3000
    wire.run(5000)
    assert wire.driver.ready
    assert not twin.cell_on
    assert not twin.state()["running"]


@pytest.mark.parametrize("after", range(1, 40, 3))
def test_safe_in_the_middle_of_a_package_switches_the_cell_off(after: int) -> None:
    wire, driver, twin = galvanostat(instant=False)
    driver.chronopotentiometry([(100_000, 5000)], 100, 500)
    wire.run(500)
    package = twin.tick(wire.now / 1000 + 0.1)
    assert package.startswith(b"P")
    driver.feed(package[:after], wire.now)
    driver.safe(wire.now)
    assert driver.outgoing(wire.now + 20) == b"Z\n"
    reply = twin.feed(b"Z\n", wire.now / 1000 + 0.11)
    assert not twin.cell_on
    driver.feed(package[after:] + reply, wire.now + 30)
    wire.now += 100
    wire.run(1000)
    assert wire.sent[-1] == b"e\ncell_off\n\n"
    assert driver.is_safe(wire.now)
    assert driver.take_result().error == "aborted"


def test_a_running_measurement_is_not_safe() -> None:
    wire, driver, _ = galvanostat(instant=False)
    assert driver.is_safe(wire.now)
    driver.chronopotentiometry([(100_000, 1000)], 100, 500)
    assert not driver.is_safe(wire.now)
    wire.run(500)
    assert not driver.is_safe(wire.now)
    assert finish(wire, driver).error == ""
    assert driver.is_safe(wire.now)


def test_safe_is_not_believed_before_the_instrument_has_confirmed_cell_off() -> None:
    wire, driver, _ = galvanostat(instant=False)
    driver.chronopotentiometry([(100_000, 5000)], 100, 500)
    wire.run(500)
    answers = wire.noise
    wire.noise = lambda data: b""
    driver.safe(wire.now)
    wire.run(3000)
    assert not driver.is_safe(wire.now)
    assert driver.value("cell_on", wire.now) != 0
    wire.noise = answers
    wire.run(1000)
    assert driver.is_safe(wire.now)
    assert driver.value("cell_on", wire.now) == 0


def test_points_that_stay_away_end_the_measurement_long_before_its_time() -> None:
    wire, driver, _ = galvanostat(instant=False)
    driver.chronopotentiometry([(100_000, 60_000)], 1000, 500)
    wire.run(20_000)
    assert driver.run is not None
    wire.cut = True
    wire.run(8000 + 1500)  # SLACK_MS and three intervals
    result = driver.take_result()
    assert result is not None
    assert "go on" in result.error
    assert len(result.measurement["columns"]["time_s"]) >= 18
    assert not driver.is_safe(wire.now)


def test_an_overloaded_voltage_that_the_script_does_not_see_is_aborted_by_the_host() -> None:
    wire, driver, twin = galvanostat(instant=False)
    driver.chronopotentiometry([(100_000, 50_000)], 100, 500)
    exchange = driver.queue[0]
    exchange.request = exchange.request.replace(b">= 500m", b">= 9").replace(b"<= -500m", b"<= -9")
    wire.run(400)
    twin.potentiostat.plant.cell_dc = None  # a lead fell off
    wire.run(600)
    assert not twin.cell_on
    result = finish(wire, driver)
    assert result.error == "voltage overloaded or past its limit"
    assert set(result.measurement["columns"]["status"]) == {0, 2}
    assert driver.ready


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
