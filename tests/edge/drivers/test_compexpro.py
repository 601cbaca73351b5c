"""The laser's driver against the laser's twin: read back everything, trip on silence, trust no bare number."""

from collections.abc import Callable

import pytest
from adatom.edge.drivers.compexpro import OFF, ON, STARTING, CompexPro
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments import compexpro as twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import Wire


def joined(**options: int) -> Wire:
    return Wire(CompexPro(), twin.CompexPro(Plant()), **options)


def keep_on(wire: Wire) -> Callable[[int], None]:
    return lambda now: wire.driver.write("laser_on", 1, now, lease_ms=500)


def firing(wire: Wire, energy_mj: float = 212.0, every_ms: int = 100) -> Callable[[int], None]:
    """Each 100 ms a pulse, with the laser kept on."""
    plant = wire.twin.plant
    keep = keep_on(wire)

    def each(now: int) -> None:
        keep(now)
        if now % every_ms == 0 and plant.laser_on:
            plant.pulses += 1
            plant.energy_mj = energy_mj

    return each


@pytest.mark.parametrize("chunk", [0, 1])
def test_it_identifies_starts_from_off_and_keeps_the_watchdog_on(chunk: int) -> None:
    wire = joined(chunk=chunk)
    wire.run(3000)
    assert wire.driver.identity == "COMPexPro 205"
    assert wire.driver.value("laser_on", wire.now) == OFF
    assert wire.driver.value("laser_watchdog", wire.now) == 1
    assert wire.driver.errors == 0
    assert wire.twin.state()["trigger"] == "EXT"


def test_on_takes_the_start_delay_and_is_sent_once() -> None:
    wire = joined()
    wire.run(1000)
    wire.run(2000, keep_on(wire))
    assert wire.driver.value("laser_on", wire.now) == STARTING
    wire.run(4000, keep_on(wire))
    assert wire.driver.value("laser_on", wire.now) == ON
    assert wire.sent.count(b"OPMODE=ON\r") == 1


def test_energy_is_a_reading_only_while_pulses_come() -> None:
    wire = joined()
    wire.driver.write("energy_mj", 21200, 0)
    wire.run(1000)
    assert wire.driver.value("energy_set_mj", wire.now) == 21200
    assert wire.driver.value("energy_mj", wire.now) is None  # the preset is no measurement
    assert wire.driver.reason("energy_mj", wire.now) == "the laser is not on"
    wire.run(8000, firing(wire))
    assert wire.driver.value("energy_mj", wire.now) == 21200
    wire.run(wire.driver.STALE_MS + 500, keep_on(wire))
    assert wire.driver.value("energy_mj", wire.now) is None


def test_the_newest_energy_comes_with_its_own_reply_and_only_while_the_laser_is_on() -> None:
    wire = joined()
    wire.driver.write("energy_mj", 21200, 0)
    wire.run(1000)
    assert wire.driver.value("newest_mj", wire.now) is None  # the preset
    wire.run(8000, firing(wire))
    began, shown = wire.now, {}

    def each(now: int) -> None:
        firing(wire, 600.0)(now)
        for name in ("newest_mj", "energy_mj"):
            if wire.driver.value(name, now) == 60000:
                shown.setdefault(name, now - began)

    wire.run(1000, each)
    assert shown["newest_mj"] < shown["energy_mj"]
    assert shown["newest_mj"] <= 100 + 3 * wire.driver.POLL_MS + 50  # the pulse, the poll, a command's pause


def test_an_unrenewed_lease_switches_off() -> None:
    wire = joined()
    wire.run(6000, keep_on(wire))
    assert wire.twin.plant.laser_on
    wire.run(700)
    assert not wire.twin.plant.laser_on
    assert wire.driver.is_safe(wire.now)


def test_safe_also_ends_the_start_delay() -> None:
    wire = joined()
    wire.run(2000, keep_on(wire))
    wire.driver.safe(wire.now)
    wire.run(200)
    assert wire.twin.state()["opmode"] == "OFF:0"
    assert wire.driver.is_safe(wire.now)
    wire.run(6000)
    assert not wire.twin.plant.laser_on


def test_a_silent_host_stops_the_laser_and_the_driver_names_the_reason() -> None:
    wire = joined()
    wire.run(6000, keep_on(wire))
    wire.cut = True
    wire.run(1500, keep_on(wire))
    assert not wire.twin.plant.laser_on
    wire.cut = False
    wire.run(600, keep_on(wire))
    assert wire.driver.trip(wire.now).startswith("laser off, code 31: host silent")
    wire.run(3000, keep_on(wire))
    assert not wire.twin.plant.laser_on  # never on again by itself


def test_an_interlock_is_a_trip_with_its_name() -> None:
    wire = joined()
    wire.run(6000, keep_on(wire))
    wire.twin.open_interlocks = ["COVER", "REMOTE"]
    wire.run(1000, keep_on(wire))
    assert wire.driver.trip(wire.now) == "laser off, code 1: interlock COVER,REMOTE"


def test_missed_pulses_are_counted_and_low_light_stops_the_laser() -> None:
    wire = joined()
    each = firing(wire)

    def dim(now: int) -> None:
        each(now)
        if now % 200 == 0 and wire.twin.plant.laser_on:
            wire.twin.plant.pulses_missed += 1

    wire.run(30000, dim)
    assert wire.driver.value("missed_pulses", wire.now) > 20
    assert wire.driver.trip(wire.now).startswith("laser off, code 26")


def test_a_watchdog_switched_off_by_someone_is_switched_on_again() -> None:
    wire = joined()
    wire.run(1000)
    wire.twin.watchdog = False
    wire.run(1500)
    assert wire.twin.watchdog


def test_a_slipped_reply_never_becomes_a_reading() -> None:
    """A reply too many: from here on every answer would belong to the question before."""
    wire = joined()
    wire.run(8000, firing(wire))
    wire.driver.feed(b"999\r", wire.now)
    seen = set()
    each = firing(wire)

    def watch(now: int) -> None:
        each(now)
        seen.add(wire.driver.value("energy_mj", now))

    wire.run(3000, watch)
    assert seen <= {21200, None}
    assert wire.driver.value("energy_mj", wire.now) == 21200


@pytest.mark.parametrize(("name", "value"), [("energy_mj", 0), ("laser_on", 2), ("fill", 1)])
def test_writes_that_the_laser_has_not_are_refused(name: str, value: int) -> None:
    with pytest.raises(ProtocolError):
        CompexPro().write(name, value, 0, lease_ms=100)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_in_either_direction_are_survived(pieces: list[bytes]) -> None:
    wire = joined()
    for data in pieces:
        wire.driver.feed(data, wire.now)
        wire.twin.feed(data, wire.now / 1000)
        wire.run(50)
    wire.twin.feed(b"\r", wire.now / 1000)
    wire.run(3000)
    assert wire.driver.value("laser_on", wire.now) is not None
    assert wire.driver.health(wire.now)[0]
