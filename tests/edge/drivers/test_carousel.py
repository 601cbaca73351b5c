"""The carousel's driver: dead reckoning that agrees with the twin, and doubt that ends in homing."""

import pytest
from adatom.edge.drivers.carousel import SLOT_DEG, Carousel
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments.carousel import Carousel as Twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import Wire


def homed() -> tuple[Wire, Carousel, Plant]:
    plant = Plant()
    driver = Carousel()
    wire = Wire(driver, Twin(plant))
    wire.run(7000)
    return wire, driver, plant


def test_it_homes_first_and_believes_nothing_before() -> None:
    plant = Plant()
    driver = Carousel()
    assert driver.value("slot", 0) is None
    assert driver.reason("slot", 0).startswith("not homed")
    wire = Wire(driver, Twin(plant))
    driver.write("slot", 3, 0)
    wire.run(5000)
    assert wire.sent == [b"o\n"]
    assert driver.value("slot", wire.now) is None
    assert "moving" in driver.reason("slot", wire.now)
    wire.run(6000)
    assert wire.sent == [b"o\n", b",134\n"]
    assert (driver.value("slot", wire.now), plant.carousel_slot) == (3, 3)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(5, 7000)), max_size=5))
def test_an_assumed_slot_is_never_wrong(moves: list[tuple[int, int]]) -> None:
    wire, driver, plant = homed()
    for slot, wait_ms in moves:
        driver.write("slot", slot, wire.now)
        for _ in range(wait_ms // 500 + 1):
            wire.run(500)
            assumed = driver.value("slot", wire.now)
            assert assumed is None or assumed == plant.carousel_slot
    wire.run(12000)
    assert driver.value("slot", wire.now) == (moves[-1][0] if moves else 0)


def test_the_same_slot_is_sent_once() -> None:
    wire, driver, _ = homed()
    for _ in range(10):
        driver.write("slot", 2, wire.now)
        wire.run(700)
    assert wire.sent.count(b",74\n") == 1


def test_a_new_target_on_the_way_is_sent_after_the_move() -> None:
    wire, driver, plant = homed()
    driver.write("slot", 6, wire.now)
    wire.run(500)
    driver.write("slot", 1, wire.now)
    wire.run(1000)
    assert wire.sent[-1] == b",314\n"
    wire.run(10000)
    assert wire.sent[-1] == b",14\n"
    assert plant.carousel_slot == 1


@pytest.mark.parametrize("how", ["doubt", "reconnected"])
def test_doubt_and_a_new_connection_home_again(how: str) -> None:
    wire, driver, plant = homed()
    driver.write("slot", 4, wire.now)
    wire.run(5000)
    plant.carousel_deg += 30.0  # somebody turned it
    wire.twin.offset_deg = 30.0  # type: ignore[attr-defined]
    if how == "doubt":
        driver.doubt("no thickness gained")
    else:
        driver.reconnected(wire.now)
    assert driver.value("slot", wire.now) is None
    driver.write("slot", 4, wire.now)
    wire.run(12000)
    assert wire.sent[-2:] == [b"o\n", b",194\n"]
    assert (driver.value("slot", wire.now), plant.carousel_slot) == (4, 4)


def test_rotation_and_raster() -> None:
    wire, driver, _ = homed()
    driver.write("rotation_deg_s", 20, wire.now)
    driver.write("raster_deg", 10, wire.now)
    wire.run(300)
    assert wire.sent[-3:] == [b"#20\n", b"g\n", b"s10\n"]
    driver.safe(wire.now)
    driver.safe(wire.now)
    wire.run(300)
    assert wire.sent[-3:] == [b"h\n", b"r\n", b",0\n"]
    assert wire.twin.state()["rotating"] is False
    assert driver.is_safe(wire.now)


def test_safe_does_not_wait_for_a_move_to_end() -> None:
    wire, driver, _ = homed()
    driver.write("slot", 6, wire.now)
    wire.run(500)
    driver.safe(wire.now)
    wire.run(100)
    assert wire.sent[-3:] == [b"h\n", b"r\n", b",0\n"]


@pytest.mark.parametrize(("name", "value"), [("slot", 7), ("slot", -1), ("raster_deg", 31), ("gate", 1)])
def test_impossible_writes_are_refused(name: str, value: int) -> None:
    with pytest.raises(ProtocolError):
        Carousel().write(name, value, 0)


@given(st.binary(max_size=200))
def test_whatever_arrives_is_dropped(junk: bytes) -> None:
    driver = Carousel()
    driver.feed(junk, 0)
    assert len(driver.buffer) == 0


def test_the_angles_are_the_manufacturers() -> None:
    assert SLOT_DEG == (0, 14, 74, 134, 194, 254, 314)
