"""The gauge controller MKS 937B: six channels in one answer, words for what is no number, units that change."""

import math
from typing import Any

import pytest
from adatom.edge.drivers.base import Exchange
from adatom.edge.drivers.mks937b import Mks937b
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments import mks937b as twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import Wire

VACUUM_PA, PRESSURE_PA = 3.3e-4, 10.02


def joined(*, chunk: int = 0, options: dict[str, int] | None = None, **more: Any) -> Wire:
    plant = Plant(pressure_pa=PRESSURE_PA, vacuum_pa=VACUUM_PA)
    return Wire(Mks937b(**(options or {})), twin.Mks937b(plant, **more), chunk=chunk)


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize("unit", ["TORR", "MBAR", "PASCAL", "MICRON"])
def test_it_identifies_and_reads_both_gauges_in_every_unit(unit: str, chunk: int) -> None:
    wire = joined(unit=unit, chunk=chunk)
    wire.run(5000)  # the cold cathode takes 3 s
    assert wire.driver.identity == "MKS 937B 0912123456"
    assert wire.driver.value("pressure_pa", wire.now) == pytest.approx(1000 * PRESSURE_PA, rel=0.005)  # three digits
    assert wire.driver.value("vacuum_lgpa", wire.now) == pytest.approx(1000 * math.log10(VACUUM_PA), abs=3)
    assert wire.driver.errors == 0


def test_a_unit_changed_on_the_front_panel_is_noticed() -> None:
    wire = joined()
    wire.run(1000)
    wire.twin.unit = "PASCAL"
    wire.run(2000)
    assert wire.driver.value("pressure_pa", wire.now) == pytest.approx(1000 * PRESSURE_PA, rel=0.005)


def test_the_pirani_gives_the_vacuum_while_the_cold_cathode_is_off() -> None:
    wire = joined()
    wire.twin.plant.vacuum_pa = 101325.0
    wire.run(1000)
    assert wire.driver.value("vacuum_lgpa", wire.now) == pytest.approx(1000 * math.log10(101325.0), abs=3)
    wire.twin.plant.vacuum_pa = 1e-5
    wire.run(1000)
    assert wire.driver.value("vacuum_lgpa", wire.now) is None
    assert wire.driver.reason("vacuum_lgpa", wire.now) == (
        "channel 1: gauge is starting (WAIT); channel 2: under range (LO<E-03)"
    )
    wire.run(4000)
    assert wire.driver.value("vacuum_lgpa", wire.now) == -5000


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("LO<E-04", "under range (LO<E-04)"),
        ("ATM", "atmosphere (ATM)"),
        ("OFF", "gauge off (OFF)"),
        ("WAIT", "gauge is starting (WAIT)"),
        ("NOGAUGE", "no gauge (NOGAUGE)"),
        ("MISCONN", "gauge not connected (MISCONN)"),
    ],
)
def test_a_word_is_none_with_the_reason(word: str, reason: str) -> None:
    wire = joined()
    wire.twin.words[3] = word
    wire.run(1000)
    assert wire.driver.value("pressure_pa", wire.now) is None
    assert wire.driver.reason("pressure_pa", wire.now) == reason


def test_nonsense_in_a_field_is_no_reading() -> None:
    wire = joined()
    wire.twin.words[3] = "NAN"
    wire.run(1000)
    assert wire.driver.value("pressure_pa", wire.now) is None
    assert "not a number" in wire.driver.last_error


def test_another_address_does_not_answer_and_any_address_does() -> None:
    wire = joined(options={"address": 12})
    wire.run(3000)
    assert not wire.driver.health(wire.now)[0]
    wire = joined(options={"address": 254}, address=7)
    wire.run(1000)
    assert wire.driver.health(wire.now)[0]
    assert wire.driver.value("pressure_pa", wire.now) is not None


def test_an_answer_of_another_address_and_a_refusal_are_told() -> None:
    driver = Mks937b()
    assert driver.outgoing(0) == b"@253SN?;FF"
    driver.feed(b"@007ACK123;FF", 10)
    assert "not from address 253" in driver.last_error
    assert driver.outgoing(200) == b"@253U?;FF"
    driver.feed(b"@253NAK160;FF", 210)
    assert driver.last_error == "U refused: invalid command"


def test_a_gauge_takes_no_writes() -> None:
    driver = Mks937b()
    driver.safe(0)
    assert driver.is_safe(0)
    with pytest.raises(ProtocolError):
        driver.write("pressure_pa", 1, 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_in_either_direction_are_survived(pieces: list[bytes]) -> None:
    wire = joined()
    for data in pieces:
        wire.driver.feed(data, wire.now)
        wire.twin.feed(data + b";FF", wire.now / 1000)
        wire.run(50)
    wire.run(6000)
    assert wire.driver.value("pressure_pa", wire.now) is not None


def test_half_a_message_in_front_of_an_answer_is_dropped() -> None:
    driver = Mks937b()
    driver.outgoing(0)
    driver.feed(b"@253AC@253ACK0912;FF", 10)
    assert driver.identity == "MKS 937B 0912"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"@253ACK7.5E-2;FF", "nobody asked for"),
        (b"@253ACKTORR;FF", "nobody asked for"),
        (b"@253ACKOFF OFF 7.5E-2 OFF OFF OFF;FF", ""),
    ],
)
def test_an_answer_to_another_question_is_no_pressure(answer: bytes, error: str) -> None:
    driver = Mks937b()
    driver.pa_per_unit, driver.unit_text, driver.start_left, driver.last_error = 133.322368, "", [], ""
    assert driver.outgoing(0) == b"@253PRZ?;FF"
    driver.feed(answer, 10)
    assert error in driver.last_error
    assert (driver.value("pressure_pa", 10) == 9999) == (error == "")


def test_a_byte_of_noise_in_an_answer_ends_nothing() -> None:
    """`answers` decodes the unit as text: a byte that is none went through `feed` and ended the agent."""
    driver = Mks937b()
    driver.start_left = []
    driver.outgoing(0)
    for noise in (b"@253ACKTORR\xff;FF", b"@253ACK\x80ORR;FF", b"@253ACK\xc3;FF"):
        driver.in_flight = Exchange(b"@253U?;FF", "U")
        driver.feed(noise, 10)
        assert driver.pa_per_unit is None
        assert driver.last_error
