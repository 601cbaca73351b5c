"""The flow controller on ProPar: stuffing, resynchronisation, status codes, units."""

from typing import Any

import pytest
from adatom.edge.drivers.bronkhorst import Bronkhorst
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments import bronkhorst as twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import Wire


def joined(*, chunk: int = 0, gas: str = "O2", **options: Any) -> Wire:
    return Wire(Bronkhorst(gas=gas), twin.Bronkhorst(Plant(flow_sccm=20.48), **options), chunk=chunk)


def unstuffed(data: bytes) -> list[bytes]:
    """The frames that the driver finds in a stream."""
    driver, buffer, found = Bronkhorst(), bytearray(data), []
    while buffer:
        reply, used = driver.frame(buffer)
        if used <= 0:
            break
        buffer = buffer[used:]
        if reply is not None:
            found.append(reply)
    return found


def test_a_request_is_the_one_of_the_manual() -> None:
    driver = Bronkhorst()
    requests = {exchange.key: exchange.request.hex() for exchange in driver.POLLS}
    assert requests["flow"] == "10020103050421402140" + "1003"


@settings(deadline=None)
@given(st.binary(min_size=4, max_size=60), st.binary(max_size=30).filter(lambda junk: b"\x10\x02" not in junk))
def test_a_stuffed_frame_is_found_behind_garbage(body: bytes, junk: bytes) -> None:
    assert unstuffed(junk.rstrip(b"\x10") + twin.framed(body) + twin.framed(b"\x10\x10\x10")) == [body, b"\x10\x10\x10"]


def test_a_frame_that_breaks_off_is_dropped_by_the_start_of_the_next() -> None:
    whole = twin.framed(b"\x01\x03\x02\x10\x10")
    assert unstuffed(whole[:-2] + whole) == [b"\x01\x03\x02\x10\x10"]


@pytest.mark.parametrize("chunk", [0, 1])
def test_it_identifies_reads_and_writes_through_doubled_bytes(chunk: int) -> None:
    wire = joined(chunk=chunk)
    wire.run(1000)
    assert wire.driver.identity == "Bronkhorst DMFC M12345678A"
    assert wire.driver.value("flow_sccm", wire.now) == 2048
    for value in (1600, 901, 0, 10000):
        wire.driver.write("flow_sccm", value, wire.now)
        wire.run(600)
        assert wire.twin.plant.flow_set_sccm == pytest.approx(value / 100)
        assert wire.driver.value("flow_set_sccm", wire.now) == value
    assert wire.driver.errors == 0


def test_safe_is_no_flow_and_is_read_back() -> None:
    wire = joined()
    wire.run(1000)
    wire.driver.write("flow_sccm", 2000, wire.now)
    wire.run(600)
    assert wire.driver.value("flow_set_sccm", wire.now) == 2000
    wire.twin.stuck = True
    wire.driver.safe(wire.now)
    wire.run(600)
    assert not wire.driver.is_safe(wire.now)
    wire.twin.stuck = False
    wire.driver.safe(wire.now)
    wire.run(600)
    assert wire.driver.is_safe(wire.now)
    assert wire.twin.plant.flow_set_sccm == 0


def test_the_wrong_gas_is_no_reading() -> None:
    wire = joined(fluid="Ar")
    wire.run(1000)
    assert wire.driver.value("flow_sccm", wire.now) is None
    assert wire.driver.reason("flow_sccm", wire.now) == "the gas is Ar, not O2"
    assert wire.driver.value("flow_set_sccm", wire.now) == 0
    wire.twin.fluid = "O2"
    wire.run(1500)
    assert wire.driver.value("flow_sccm", wire.now) == 2048


@pytest.mark.parametrize(
    ("unit", "counts"), [("mln/min", 2048), ("ln/min", 2048000), ("mls/min", 1908), ("m3/h", None)]
)
def test_units_are_read(unit: str, counts: int | None) -> None:
    wire = joined()
    wire.twin.unit = unit
    wire.run(1000)
    assert wire.driver.value("flow_sccm", wire.now) == counts
    if counts is None:
        assert wire.driver.reason("flow_sccm", wire.now) == "the instrument counts in m3/h"
        assert wire.driver.value("flow_set_sccm", wire.now) == 0  # none in any unit: it can be seen to be safe
        wire.driver.write("flow_sccm", 1000, wire.now)
        wire.run(500)
        assert wire.twin.plant.flow_set_sccm == 0


def test_a_control_mode_that_ignores_the_line_is_told() -> None:
    wire = joined()
    wire.twin.control_mode = 3
    wire.run(1500)
    assert wire.driver.value("flow_set_sccm", wire.now) is None
    assert wire.driver.reason("flow_set_sccm", wire.now) == "control mode 3 ignores the line"


def test_a_status_names_what_is_wrong() -> None:
    wire = joined()
    wire.run(1000)
    wire.driver.write("flow_sccm", 10100, wire.now)  # its capacity is 100
    wire.run(500)
    assert wire.driver.last_error == "write refused: value out of range"


def test_impossible_writes_are_refused() -> None:
    wire = joined()
    wire.run(1000)
    for name, value in (("flow_sccm", -1), ("heater_w", 1)):
        with pytest.raises(ProtocolError):
            wire.driver.write(name, value, wire.now)


def test_another_node_does_not_answer() -> None:
    wire = joined(node=5)
    wire.run(3000)
    assert not wire.driver.health(wire.now)[0]
    assert wire.driver.value("flow_sccm", wire.now) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_in_either_direction_are_survived(pieces: list[bytes]) -> None:
    wire = joined()
    for data in pieces:
        wire.driver.feed(data, wire.now)
        wire.twin.feed(data, wire.now / 1000)
        wire.run(50)
    wire.run(4000)
    assert wire.driver.value("flow_sccm", wire.now) == 2048


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("01 03 07 02 21 40 42 48 00 00", ""),
        ("02 03 07 02 21 40 42 48 00 00", "nobody asked for"),  # the sequence number of another question
        ("01 04 07 02 21 40 42 48 00 00", "nobody asked for"),  # another node
        ("01 03 08 02 21 40 42 48 00 00", "7 bytes in a frame of 8"),
        ("01 03 07 02 21 43 42 48 00 00", "no answer to flow"),  # another parameter
        ("01 03 03 00 04 02", "flow refused: unknown parameter"),
    ],
)
def test_an_answer_repeats_number_node_and_parameter_of_its_question(frame: str, error: str) -> None:
    wire = joined()
    wire.run(1000)
    driver = wire.driver
    driver.start_left, driver.poll_at, driver.in_flight = [], 0, None
    assert driver.outgoing(5000) == driver.POLLS[0].request
    driver.feed(twin.framed(bytes.fromhex(frame)), 5010)
    assert error in driver.last_error
    assert (driver.value("flow_sccm", 5010) == 5000) == (error == "")


def test_a_number_that_is_too_short_is_no_flow_and_ends_nothing() -> None:
    """Unpacking it raises struct.error, which is no ValueError on CPython: it left `feed` and ended the agent."""
    wire = joined()
    wire.run(3000)
    driver = wire.driver
    while driver.in_flight is None or driver.in_flight.key != "flow":
        wire.now += 5
        driver.outgoing(wire.now)
        if driver.in_flight is not None and driver.in_flight.key != "flow":
            wire.now += 600
    number, node = driver.in_flight.request[2], driver.node
    errors = driver.errors
    driver.feed(bytes([0x10, 0x02, number, node, 5, 2, 0x21, 0x40, 0x41, 0x42, 0x10, 0x03]), wire.now + 1)
    assert driver.errors > errors
    assert "4 bytes" in driver.last_error
