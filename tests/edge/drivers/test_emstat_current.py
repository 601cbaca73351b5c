"""Currents through a cell: what a script holds, and that the cell is off whatever becomes of the agent."""

from typing import Any

import pytest
from adatom.edge.drivers.emstat import Emstat4
from adatom.protocol.errors import ProtocolError

from .potentiostat_wire import connected, finish
from .wire import Wire

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
