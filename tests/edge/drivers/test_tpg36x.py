"""The gauge's driver against the controller's twin: units, statuses, the two steps of a question."""

import math

import pytest
from adatom.edge.drivers.tpg36x import Tpg36x
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments import tpg36x as twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import Wire


def joined(chunk: int = 0, unit: int = 0) -> Wire:
    wire = Wire(Tpg36x(), twin.Tpg36x(Plant(), unit=unit), chunk=chunk)
    wire.twin.plant.pressure_pa = 10.02
    wire.twin.plant.vacuum_pa = 6.3e-4
    return wire


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize("unit", [0, 1, 2, 3, 4])
def test_both_gauges_are_read_in_every_unit(unit: int, chunk: int) -> None:
    wire = joined(chunk, unit)
    wire.run(1500)
    assert wire.driver.value("pressure_pa", wire.now) == pytest.approx(10020, abs=2)
    assert wire.driver.value("vacuum_lgpa", wire.now) == pytest.approx(1000 * math.log10(6.3e-4), abs=1)
    assert wire.driver.identity == "TPG PKR,CMR"


def test_a_stream_at_power_up_is_no_obstacle() -> None:
    wire = joined()
    wire.driver.feed(wire.twin.tick(0.0), 0)
    wire.run(1500)
    assert wire.driver.value("pressure_pa", wire.now) is not None


def test_a_unit_changed_on_the_front_panel_is_noticed() -> None:
    wire = joined()
    wire.run(1000)
    wire.twin.unit = 5
    wire.run(1500)
    assert wire.driver.value("pressure_pa", wire.now) is None
    assert wire.driver.reason("pressure_pa", wire.now) == "pressure unit number 5 is none"


@pytest.mark.parametrize(("status", "reason"), [(1, "under range"), (3, "sensor error"), (5, "no sensor")])
def test_a_gauge_status_is_none_with_the_reason(status: int, reason: str) -> None:
    wire = joined()
    wire.twin.faults[0] = status
    wire.run(1000)
    assert wire.driver.value("vacuum_lgpa", wire.now) is None
    assert wire.driver.reason("vacuum_lgpa", wire.now) == reason
    assert wire.driver.value("pressure_pa", wire.now) is not None


def test_an_over_range_capacitance_gauge_gives_no_reading() -> None:
    wire = joined()
    wire.twin.plant.pressure_pa = 120000.0
    wire.run(1000)
    assert wire.driver.reason("pressure_pa", wire.now) == "over range"


def test_a_refused_mnemonic_is_named_with_its_error_word() -> None:
    driver = Tpg36x()
    driver.outgoing(0)
    driver.feed(b"\x15\r\n", 1)
    assert driver.outgoing(20) == b"\x05"
    driver.feed(b"0001\r\n", 21)
    assert driver.last_error == "error of TID: syntax error"


def test_a_gauge_takes_no_writes_and_is_always_safe() -> None:
    driver = Tpg36x()
    with pytest.raises(ProtocolError):
        driver.write("pressure_pa", 1, 0)
    driver.safe(0)
    assert driver.is_safe(0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_in_either_direction_are_survived(pieces: list[bytes]) -> None:
    wire = joined()
    for data in pieces:
        wire.driver.feed(data, wire.now)
        wire.twin.feed(data, wire.now / 1000)
        wire.run(50)
    wire.twin.unit = 0
    wire.twin.switched = [2, 2]
    wire.twin.feed(b"\x03", wire.now / 1000)
    wire.run(4000)
    assert wire.driver.value("pressure_pa", wire.now) == pytest.approx(10020, abs=2)


def test_channels_without_a_gauge_hide_no_reading() -> None:
    wire = Wire(Tpg36x(), twin.Tpg36x(Plant(pressure_pa=10.0, vacuum_pa=1e-3), model=366))
    wire.run(1000)
    assert wire.driver.channels == ("vacuum_lgpa", "pressure_pa", "", "", "", "")
    assert wire.driver.value("pressure_pa", wire.now) == 10000
    assert wire.driver.value("vacuum_lgpa", wire.now) == -3000


def test_of_two_gauges_for_one_reading_the_first_that_gives_a_value_counts() -> None:
    driver = Tpg36x(channels=("vacuum_lgpa", "vacuum_lgpa"))
    driver.pa_per_unit = 100.0
    for line, expected in (("0,1.0E-05,1,5.0E-04", -3000), ("4,2.0E-02,0,1.0E-02", 0), ("4,2.0E-02,5,2.0E-02", None)):
        driver.parse("PRX", line.encode(), 10)
        assert driver.value("vacuum_lgpa", 10) == expected
