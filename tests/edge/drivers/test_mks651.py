"""The throttle valve's driver against its twin: positions, pressures, late and wrong answers."""

import pytest
from adatom.edge.drivers.base import Exchange
from adatom.edge.drivers.mks651 import Mks651
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments.mks651 import Mks651 as Twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given
from hypothesis import strategies as st

from .wire import Wire


def connected(chunk: int = 0) -> tuple[Wire, Mks651, Plant]:
    plant = Plant(pressure_pa=12.5, valve_pct=80.0)
    driver = Mks651()
    wire = Wire(driver, Twin(plant), chunk=chunk)
    wire.run(4000)
    return wire, driver, plant


@pytest.mark.parametrize("chunk", [0, 1])
def test_it_identifies_and_reads_valve_and_pressure(chunk: int) -> None:
    wire, driver, _ = connected(chunk)
    assert driver.health(wire.now) == (True, "MKS 651 1.50", 0, "")
    assert driver.value("valve_pct", wire.now) == 8000
    assert driver.value("valve_pressure_pa", wire.now) == 12500
    assert driver.value("remote", wire.now) == 1


def test_the_start_makes_set_point_a_a_position_and_moves_nothing() -> None:
    wire, _, plant = connected()
    assert wire.sent[:5] == [b"R38\r\n", b"R33\r\n", b"R34\r\n", b"T10\r\n", b"R26\r\n"]
    assert plant.valve_pct == 80.0


def test_a_write_moves_the_valve_and_is_read_back() -> None:
    wire, driver, plant = connected()
    driver.write("valve_pct", 3305, wire.now)
    wire.run(1500)
    assert b"S133.05\r\n" in wire.sent
    assert b"D1\r\n" in wire.sent
    assert plant.valve_pct == 33.05
    assert driver.value("valve_pct", wire.now) == 3305
    assert driver.value("setpoint_active", wire.now) == 1


def test_a_pressure_is_a_set_point_in_percent_of_full_scale() -> None:
    wire, driver, _ = connected()
    wire.sent.clear()
    driver.write("pressure_pa", 10500, wire.now)
    wire.run(2000)
    assert [r for r in wire.sent if r[:1] != b"R"] == [b"T11\r\n", b"S110.50\r\n", b"D1\r\n"]
    assert driver.errors == 0
    wire.run(3000)
    driver.write("pressure_pa", 10500, wire.now)  # now and then, should a byte have been lost
    wire.run(1000)
    assert wire.sent.count(b"S110.50\r\n") == 2
    assert wire.sent.count(b"T11\r\n") == 1


def test_position_and_pressure_take_turns() -> None:
    wire, driver, plant = connected()
    for name, value, kind in (("pressure_pa", 5000, True), ("valve_pct", 4000, False), ("pressure_pa", 5000, True)):
        driver.write(name, value, wire.now)
        wire.run(1500)
        assert wire.twin.is_pressure[1] is kind
        if not kind:
            assert plant.valve_pct == 40.0
    driver.write("valve_pct", 10000, wire.now)
    driver.write("pressure_pa", 5000, wire.now)  # the last one counts
    wire.run(2000)
    assert wire.twin.is_pressure[1]
    assert wire.twin.setpoint_pct[1] == 5.0
    assert driver.errors == 0


def test_a_set_point_of_the_wrong_kind_is_reported_and_made_right() -> None:
    wire, driver, _ = connected()
    driver.write("pressure_pa", 5000, wire.now)
    wire.run(1000)
    wire.twin.is_pressure[1] = False  # its memory was reset
    driver.queue.append(Exchange(b"R26\r\n", 26))
    wire.run(1000)
    assert "position set-point although it was made a pressure" in driver.last_error
    driver.write("pressure_pa", 5000, wire.now)
    wire.run(1500)
    assert wire.twin.is_pressure[1]


def test_no_pressure_is_written_before_the_range_is_known() -> None:
    driver = Mks651()
    driver.write("pressure_pa", 5000, 0)
    assert driver.encode("pressure_pa", 5000) == []


def test_safe_opens_the_valve() -> None:
    wire, driver, plant = connected()
    driver.write("valve_pct", 500, wire.now)
    wire.run(600)
    driver.safe(wire.now)
    driver.safe(wire.now)
    wire.run(600)
    assert plant.valve_pct == 100.0
    assert driver.is_safe(wire.now)
    driver.write("valve_pct", 500, wire.now)
    wire.run(600)
    assert plant.valve_pct == 5.0


@pytest.mark.parametrize(("name", "value"), [("valve_pct", -1), ("valve_pct", 10001), ("flow_sccm", 0),
                                            ("pressure_pa", 0), ("pressure_pa", 100001)])  # fmt: skip
def test_impossible_writes_are_refused(name: str, value: int) -> None:
    wire, driver, _ = connected()
    with pytest.raises(ProtocolError):
        driver.write(name, value, wire.now)


def test_local_mode_is_reported() -> None:
    wire, driver, plant = connected()
    wire.twin.local = True  # type: ignore[attr-defined]
    driver.write("valve_pct", 500, wire.now)
    wire.run(2500)
    assert plant.valve_pct == 80.0
    assert driver.value("remote", wire.now) == 0
    assert "local mode" in driver.last_error


def test_a_pressure_before_the_range_is_known_is_none_with_a_reason() -> None:
    driver = Mks651()
    driver.parse(5, b"P50.00", 0)
    assert driver.value("valve_pressure_pa", 0) is None
    assert "range" in driver.reason("valve_pressure_pa", 0)


def test_an_unplugged_controller_goes_stale_and_comes_back_by_itself() -> None:
    wire, driver, _ = connected()
    wire.cut = True
    wire.run(4000)
    assert driver.value("valve_pct", wire.now) is None
    assert not driver.health(wire.now)[0]
    wire.cut = False
    wire.run(6000)
    assert driver.value("valve_pct", wire.now) == 8000


@pytest.mark.parametrize("reply", [b"V", b"Vx", b"V-5", b"V150", b"Vnan", b"V\xff", b"P10", b"V1e9"])
def test_a_wrong_answer_is_an_error_and_no_reading(reply: bytes) -> None:
    wire, driver, _ = connected()
    before = driver.values["valve_pct"]
    while driver.in_flight is None or driver.in_flight.key != 6:
        wire.run(5)
    errors = driver.errors
    driver.feed(reply + b"\r\n", wire.now)
    assert driver.errors == errors + 1
    assert driver.values["valve_pct"][0] == before[0]


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_garbage_never_raises_and_the_driver_recovers(junk: list[bytes]) -> None:
    wire, driver, _ = connected()
    for piece in junk:
        driver.feed(piece, wire.now)
        wire.run(50)
    driver.feed(b"\r\n", wire.now)
    wire.run(3000)
    assert driver.value("valve_pct", wire.now) == 8000
