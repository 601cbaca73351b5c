"""The flow controller's driver against its twin: set-points are verified, units asked for, gases checked."""

from collections.abc import Callable

import pytest
from adatom.edge.drivers.alicat import Alicat
from adatom.sim.instruments import alicat as twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import Wire


def joined(**options: int) -> Wire:
    return Wire(Alicat(), twin.Alicat(Plant()), **options)


def flowing(wire: Wire, value: int = 2050) -> Callable[[int], None]:
    """Asks for a flow, and lets the plant follow the set-point."""

    def each(now: int) -> None:
        wire.driver.write("flow_sccm", value, now)
        wire.twin.plant.flow_sccm = wire.twin.plant.flow_set_sccm

    return each


@pytest.mark.parametrize("chunk", [0, 1])
def test_a_set_point_is_written_verified_and_flows(chunk: int) -> None:
    wire = joined(chunk=chunk)
    wire.run(2000, flowing(wire))
    assert wire.driver.value("flow_sccm", wire.now) == 2050
    assert wire.driver.value("flow_set_sccm", wire.now) == 2050
    assert "10v20" in wire.driver.identity
    assert wire.driver.errors == 0
    assert wire.sent.count(b"AS20.500\r") == 2  # refreshed each second


def test_no_request_is_the_legacy_integer_set_point() -> None:
    wire = joined()
    wire.run(1500, flowing(wire, 2000))
    wire.driver.safe(wire.now)
    wire.run(500)
    assert not [request for request in wire.sent if request[1:2].isdigit()]


def test_a_set_point_beyond_the_range_is_reported() -> None:
    wire = joined()
    wire.run(1000, flowing(wire, 20000))
    assert wire.driver.last_error == "asked for 200.00, the set-point is +100.00"


def test_safe_is_no_flow_and_is_verified() -> None:
    wire = joined()
    wire.run(1500, flowing(wire))
    wire.twin.stuck = True
    wire.driver.safe(wire.now)
    wire.run(1000)
    assert not wire.driver.is_safe(wire.now)
    wire.twin.stuck = False
    wire.run(1000)
    assert wire.driver.is_safe(wire.now)
    assert wire.twin.plant.flow_set_sccm == 0


def test_the_wrong_gas_is_no_reading() -> None:
    wire = joined()
    wire.twin.gas = 8
    wire.run(1000)
    assert wire.driver.value("flow_sccm", wire.now) is None
    assert wire.driver.reason("flow_sccm", wire.now) == "the gas is N2, not O2"


def test_units_are_asked_for_and_an_unknown_one_stops_readings_and_writes() -> None:
    driver = Alicat()
    driver.parse("units", b"A +020.50 +020.50 7 SLPM", 0)
    driver.parse(("poll",), b"A +014.62 +021.89 +001.00 +001.01 +020.00     O2", 0)
    assert driver.value("flow_sccm", 0) == 101000
    driver.parse("units", b"A +020.50 +020.50 66 SCFH", 0)
    driver.parse(("poll",), b"A +014.62 +021.89 +001.00 +001.01 +020.00     O2", 0)
    assert driver.reason("flow_sccm", 0) == "the instrument counts in SCFH"
    driver.write("flow_sccm", 100, 0)
    driver.start_left = []
    sent = [driver.outgoing(now) for now in range(0, 200, 10)]
    assert b"AS" not in b"".join(sent)


def test_another_unit_on_the_bus_does_not_answer() -> None:
    wire = Wire(Alicat(unit="B"), twin.Alicat(Plant()))
    wire.run(1500)
    assert wire.driver.value("flow_sccm", wire.now) is None
    assert wire.driver.health(wire.now)[0] is False


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_in_either_direction_are_survived(pieces: list[bytes]) -> None:
    wire = joined()
    for data in pieces:
        wire.driver.feed(data, wire.now)
        wire.twin.feed(data, wire.now / 1000)
        wire.run(50)
    wire.twin.feed(b"\r", wire.now / 1000)
    wire.twin.unit, wire.twin.gas = "A", 11
    wire.run(2000, flowing(wire))
    assert wire.driver.value("flow_set_sccm", wire.now) == 2050
