"""The attenuator's driver: nothing is believed that the energy meter has not shown."""

import pytest
from adatom.edge.drivers.attenuator import Attenuator
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments.attenuator import Attenuator as Twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given
from hypothesis import strategies as st

from .wire import Wire


def connected() -> tuple[Wire, Attenuator, Plant]:
    plant = Plant(beam_blocked=False, attenuator_deg=20.0)
    driver = Attenuator()
    wire = Wire(driver, Twin(plant))
    wire.run(300)
    return wire, driver, plant


def shoot(wire: Wire, driver: Attenuator, plant: Plant, triggers: int) -> bool:
    """Fire with the laser on: the meter sees light where the block lets it."""
    return bool(driver.light(triggers > 0 and not plant.beam_blocked, triggers, wire.now))


def unblock(wire: Wire, driver: Attenuator, duration_ms: int = 300) -> None:
    wire.run(duration_ms, lambda now: driver.write("beam", 1, now, lease_ms=500))


def test_it_starts_blocked_and_homed() -> None:
    wire, driver, plant = connected()
    assert wire.sent[:2] == [b"g\n", b"o\n"]
    assert plant.beam_blocked
    assert driver.value("beam", wire.now) == 0


def test_the_beam_counts_as_open_only_after_light_was_seen() -> None:
    wire, driver, plant = connected()
    unblock(wire, driver)
    assert not plant.beam_blocked
    assert driver.value("beam", wire.now) == 0
    assert shoot(wire, driver, plant, 1)
    assert driver.value("beam", wire.now) == 1


def test_the_beam_counts_as_dark_only_after_triggers_without_light() -> None:
    wire, driver, plant = connected()
    unblock(wire, driver)
    assert driver.value("beam_dark", wire.now) is None
    driver.write("beam", 0, wire.now)
    wire.run(300)
    assert driver.value("beam_dark", wire.now) is None
    assert "no trigger" in driver.reason("beam_dark", wire.now)
    assert shoot(wire, driver, plant, 2)
    assert driver.value("beam_dark", wire.now) == 1


def test_light_through_a_blocked_beam_asks_for_a_trip() -> None:
    wire, driver, plant = connected()
    unblock(wire, driver)
    wire.twin.stuck = True  # type: ignore[attr-defined]
    driver.safe(wire.now)
    wire.run(300)
    assert not shoot(wire, driver, plant, 1)
    assert driver.value("beam_dark", wire.now) == 0
    assert driver.last_error == "light through the blocked beam"


def test_light_of_the_moment_of_blocking_is_no_fault() -> None:
    wire, driver, _ = connected()
    unblock(wire, driver)
    driver.write("beam", 0, wire.now)
    wire.run(20)
    assert driver.light(True, 1, wire.now)


def test_an_open_beam_without_light_is_no_open_beam() -> None:
    wire, driver, plant = connected()
    wire.twin.stuck = True  # type: ignore[attr-defined]
    unblock(wire, driver)
    assert shoot(wire, driver, plant, 5)
    assert driver.value("beam", wire.now) == 0


def test_the_lease_blocks_the_beam_when_the_agent_falls_silent() -> None:
    wire, driver, plant = connected()
    unblock(wire, driver)
    wire.run(600)
    assert plant.beam_blocked
    with pytest.raises(ProtocolError, match="lease"):
        driver.write("beam", 1, wire.now)
    driver.write("beam", 0, wire.now)  # blocking needs none


def test_safe_blocks_and_twice_is_as_good() -> None:
    wire, driver, plant = connected()
    unblock(wire, driver)
    driver.safe(wire.now)
    driver.safe(wire.now)
    wire.run(100)
    assert plant.beam_blocked
    assert driver.is_safe(wire.now)
    driver.write("beam", 0, wire.now)
    assert driver.is_safe(wire.now)


def test_the_angle_is_assumed_after_the_time_of_the_turn() -> None:
    wire, driver, plant = connected()
    assert driver.value("angle_cdeg", wire.now) is None
    wire.run(73000)
    driver.write("angle_deg", 30, wire.now)
    wire.run(1000)
    assert driver.value("angle_cdeg", wire.now) is None
    wire.run(6000)
    assert driver.value("angle_cdeg", wire.now) == 3000
    assert plant.attenuator_deg == pytest.approx(30.0)


def test_a_new_connection_knows_nothing() -> None:
    wire, driver, plant = connected()
    unblock(wire, driver)
    shoot(wire, driver, plant, 1)
    driver.reconnected(wire.now)
    assert driver.value("beam", wire.now) == 0
    wire.run(300)
    assert plant.beam_blocked


@pytest.mark.parametrize(("name", "value"), [("angle_deg", 91), ("angle_deg", -1), ("gate", 1)])
def test_impossible_writes_are_refused(name: str, value: int) -> None:
    with pytest.raises(ProtocolError):
        Attenuator().write(name, value, 0, 500)


@given(st.binary(max_size=200))
def test_whatever_arrives_is_dropped(junk: bytes) -> None:
    driver = Attenuator()
    driver.feed(junk, 0)
    assert len(driver.buffer) == 0
