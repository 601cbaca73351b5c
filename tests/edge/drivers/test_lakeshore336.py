"""The Lake Shore's driver against its twin: open and closed loop, what it refuses, broken sensors and heaters."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from adatom.edge.drivers.lakeshore336 import Lakeshore336
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments import lakeshore336 as twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import Wire


def joined(*, chunk: int = 0, **options: Any) -> Wire:
    return Wire(Lakeshore336(full_power_w=220.0), twin.Lakeshore336(Plant(), **options), chunk=chunk)


def heating(wire: Wire, value: int = 5500) -> Callable[[int], None]:
    return lambda now: wire.driver.write("heater_w", value, now, lease_ms=500)


def supervised(wire: Wire, setpoint: int, ramp: int, cap: int = 22000) -> Callable[[int], None]:
    def each(now: int) -> None:
        for name, value in (("limit_w", cap), ("ramp_c_min", ramp), ("setpoint_c", setpoint), ("heater_auto", 1)):
            wire.driver.write(name, value, now, lease_ms=500)

    return each


@pytest.mark.parametrize("chunk", [0, 1])
def test_it_identifies_and_reads(chunk: int) -> None:
    wire = joined(chunk=chunk)
    wire.twin.plant.heater_c = 651.237
    wire.run(1000)
    assert wire.driver.identity.startswith("Lake Shore MODEL336")
    assert wire.driver.value("heater_c", wire.now) == 65124
    assert wire.driver.value("heater_w", wire.now) == 0
    assert wire.driver.errors == 0


@pytest.mark.parametrize("display", [twin.POWER, twin.CURRENT])
def test_direct_mode_gives_the_power_that_was_asked_for_whatever_percent_means(display: int) -> None:
    wire = joined(display=display)
    wire.run(2000, heating(wire))
    assert wire.twin.plant.heater_power_w == pytest.approx(55.0, abs=0.02)
    assert wire.driver.value("heater_w", wire.now) == pytest.approx(5500, abs=25)  # HTR? has 0.1 %
    assert wire.driver.value("heater_manual", wire.now) == 1
    wire.run(1000, heating(wire, 0))
    assert wire.twin.values["RANGE", "1"] == [0]


def test_requests_keep_the_50_ms_between_messages() -> None:
    wire = joined()
    times: list[int] = []

    def each(now: int) -> None:
        heating(wire)(now)
        if len(wire.sent) > len(times):
            times.extend([now] * (len(wire.sent) - len(times)))

    wire.run(3000, each)
    assert len(times) > 20
    assert min(b - a for a, b in itertools.pairwise(times)) >= 50


def test_after_a_power_cycle_in_closed_loop_the_open_loop_comes_with_the_power() -> None:
    wire = joined()
    wire.run(1000, heating(wire))
    wire.twin.values["OUTMODE", "1"][0] = twin.CLOSED_LOOP
    wire.twin.values["SETP", "1"][0] = 1200.0
    wire.run(1500, heating(wire, 600))
    assert wire.twin.values["OUTMODE", "1"][0] == twin.OPEN_LOOP
    assert wire.twin.plant.heater_power_w == pytest.approx(6.0, abs=0.02)


@pytest.mark.parametrize("unit", [1, 2])
def test_supervised_mode_ramps_closes_the_loop_and_is_seen(unit: int) -> None:
    wire = joined()
    wire.twin.values["INTYPE", "A"][4] = unit
    wire.twin.plant.heater_c = 300.0
    wire.run(2000, supervised(wire, 30000, 0))  # the working set-point to where the heater is
    assert wire.driver.value("setpoint_c", wire.now) == 30000
    wire.run(30000, supervised(wire, 60000, 2000))
    assert wire.twin.state()["working_setpoint_c"] == pytest.approx(310.0, abs=0.4)
    assert wire.driver.value("setpoint_c", wire.now) == pytest.approx(31000, abs=40)
    assert wire.driver.value("heater_manual", wire.now) == 0
    assert wire.twin.plant.heater_power_w > 0
    assert (wire.driver.errors, wire.driver.last_error) == (0, "")


def test_the_cap_on_power_is_held_by_the_range() -> None:
    wire = joined()
    wire.twin.plant.heater_c = 20.0
    wire.run(20000, supervised(wire, 90000, 0, cap=10000))
    assert wire.twin.state()["range"] == 2
    assert 0 < wire.twin.plant.heater_power_w <= 22.0


def test_an_unrenewed_supervised_lease_ends_with_the_range_off() -> None:
    wire = joined()
    wire.run(3000, supervised(wire, 60000, 0))
    assert wire.twin.plant.heater_power_w > 0
    wire.run(1500)
    assert wire.twin.plant.heater_power_w == 0
    assert wire.twin.state()["open_loop"]
    assert wire.driver.is_safe(wire.now)


def test_power_ends_the_closed_loop_and_the_other_way_round() -> None:
    wire = joined()
    wire.run(3000, supervised(wire, 60000, 0))
    wire.run(1000, heating(wire, 1100))
    assert wire.twin.plant.heater_power_w == pytest.approx(11.0, abs=0.02)
    assert set(wire.driver.leases) == {"heater_w"}
    wire.run(1000, supervised(wire, 60000, 0))
    assert "heater_w" not in wire.driver.leases
    assert wire.twin.values["MOUT", "1"] == [0.0]


@pytest.mark.parametrize(
    ("celsius", "reason"), [(float("nan"), "invalid reading"), (1500.0, "over range")]
)  # fmt: skip
def test_a_reading_with_a_status_is_none_with_the_reason(celsius: float, reason: str) -> None:
    wire = joined()
    wire.twin.plant.heater_c = celsius
    wire.run(1000)
    assert wire.driver.value("heater_c", wire.now) is None
    assert wire.driver.reason("heater_c", wire.now) == reason
    wire.twin.plant.heater_c = 300.0
    wire.run(600)
    assert wire.driver.value("heater_c", wire.now) == 30000


def test_a_broken_sensor_ends_the_power_of_a_closed_loop() -> None:
    wire = joined()
    wire.run(3000, supervised(wire, 60000, 0))
    wire.twin.plant.heater_c = float("nan")
    wire.run(200, supervised(wire, 60000, 0))
    assert wire.twin.plant.heater_power_w == 0


def test_an_open_heater_is_told() -> None:
    wire = joined()
    wire.run(1000, heating(wire))
    wire.twin.open_load = True
    wire.run(600, heating(wire))
    assert wire.twin.plant.heater_power_w == 0
    assert wire.driver.values["heater_faults"][2] == "heater load open"


def test_a_refused_command_is_reported() -> None:
    wire = joined()
    wire.run(1000)
    wire.run(1000, supervised(wire, 190000, 0))
    assert "cannot carry out" in wire.driver.last_error
    assert not wire.twin.state()["energised"]  # no set-point, no closed loop


def test_another_instrument_on_the_port_is_not_taken_for_a_lake_shore() -> None:
    driver = Lakeshore336()
    assert driver.outgoing(0) == b"*IDN?\n"
    driver.feed(b"ACME,FURNACE,1,2\r\n", 10)
    assert "is no Lake Shore" in driver.last_error


def test_impossible_writes_are_refused() -> None:
    with pytest.raises(ProtocolError, match="0 to 220"):
        Lakeshore336(full_power_w=220.0).write("heater_w", 22001, 0, lease_ms=100)
    with pytest.raises(ProtocolError, match="no write"):
        Lakeshore336().write("valve_pct", 1, 0, lease_ms=100)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_in_either_direction_are_survived(pieces: list[bytes]) -> None:
    wire = joined()
    for data in pieces:
        wire.driver.feed(data, wire.now)
        wire.twin.feed(data + b"\n", wire.now / 1000)
        wire.run(50)
    wire.run(2500)
    assert wire.driver.value("heater_c", wire.now) == 2200


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"+373.150;000\r\n", ""),
        (b"000\r\n", "nobody asked for"),  # the answer to a command
        (b"+025.0;3;3,1,0;+373.150;0\r\n", "nobody asked for"),  # outputs
        (b"+5000.0;000\r\n", "no temperature"),
        (b"+0.000;000\r\n", "no temperature"),
        (b"+373.150;016\r\n", "under range"),
    ],
)
def test_only_an_answer_to_its_question_is_a_temperature(answer: bytes, error: str) -> None:
    driver = Lakeshore336()
    driver.start_left, driver.last_error = [], ""
    assert driver.outgoing(0) == b"KRDG? A;RDGST? A\n"
    driver.feed(answer, 10)
    assert (driver.value("heater_c", 10) == 10000) == (error == "")
    assert error in driver.last_error + driver.reason("heater_c", 10)
