"""The gauge's twin by itself: acknowledge and enquire, errors, the stream of power-up."""

import pytest
from adatom.sim.instruments.plant import Plant
from adatom.sim.instruments.tpg36x import Tpg36x

ACK, NAK = b"\x06\r\n", b"\x15\r\n"


def ask(controller: Tpg36x, mnemonic: str) -> str:
    assert controller.feed(mnemonic.encode() + b"\r", 0.0) == ACK
    return controller.feed(b"\x05", 0.0).decode().removesuffix("\r\n")


def test_pressures_have_five_digits_and_a_signed_exponent() -> None:
    controller = Tpg36x(Plant(pressure_pa=10.0, vacuum_pa=7.91e-3))
    assert ask(controller, "PRX") == "0,7.9100E-05,0,1.0000E-01"
    assert ask(controller, "PR1") == "0,7.9100E-05"


def test_an_enquiry_can_be_repeated_for_a_fresh_value() -> None:
    controller = Tpg36x(Plant(pressure_pa=10.0))
    ask(controller, "PR2")
    controller.plant.pressure_pa = 20.0
    assert controller.feed(b"\x05\x05", 0.0) == b"0,2.0000E-01\r\n" * 2


@pytest.mark.parametrize(
    ("line", "word"),
    [("XYZ", "0001"), ("UNI,9", "0010"), ("SEN,5,5", "0010"), ("PR6", "0100"), ("PRX,1", "0010"), ("COM,7", "0010")],
)
def test_nak_and_the_error_word(line: str, word: str) -> None:
    controller = Tpg36x(Plant())
    assert controller.feed(line.encode() + b"\r", 0.0) == NAK
    assert controller.feed(b"\x05", 0.0) == word.encode() + b"\r\n"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("UNI", "0"),
        ("UNI,2", "2"),
        ("S E N", "2,2"),
        ("SEN,1,0", "1,2"),
        ("TID", "PKR,CMR"),
        ("ERR", "0000"),
        ("AYT", "TPG362,PTG28290,44990000,010500,010100"),
    ],
)
def test_settings_are_read_back(line: str, answer: str) -> None:
    assert ask(Tpg36x(Plant()), line) == answer


def test_the_older_model_knows_no_ayt() -> None:
    assert Tpg36x(Plant(), model=262).feed(b"AYT\r", 0.0) == NAK


def test_it_streams_each_second_until_the_first_character() -> None:
    controller = Tpg36x(Plant())
    assert controller.tick(0.0).endswith(b"\r\n")
    assert controller.tick(0.5) == b""
    assert controller.tick(1.0) != b""
    controller.feed(b"\x03", 1.5)
    assert controller.tick(2.0) == b""


def test_a_gauge_that_is_switched_off_or_gone_shows_the_value_of_none() -> None:
    controller = Tpg36x(Plant(pressure_pa=float("nan")))
    controller.feed(b"SEN,1,0\r", 0.0)
    assert ask(controller, "PRX") == "4,2.0000E-02,5,2.0000E-02"


@pytest.mark.parametrize(("vacuum_pa", "field"), [(1e-8, "1,5.0000E-09"), (101325.0, "0,1.0000E+03")])
def test_the_ends_of_the_full_range_gauge(vacuum_pa: float, field: str) -> None:
    assert ask(Tpg36x(Plant(vacuum_pa=vacuum_pa)), "PR1") == field


def test_there_is_one_value_per_channel_of_the_model() -> None:
    single = Tpg36x(Plant(vacuum_pa=7.91e-3), model=361)
    assert (ask(single, "TID"), ask(single, "PRX"), ask(single, "SEN")) == ("PKR", "0,7.9100E-05", "2")
    assert single.feed(b"PR2\r", 0.0) == NAK
    six = Tpg36x(Plant(pressure_pa=10.0, vacuum_pa=7.91e-3), model=366)
    assert ask(six, "TID") == "PKR,CMR,noSEn,noSEn,noSEn,noSEn"
    assert ask(six, "PRX") == "0,7.9100E-05,0,1.0000E-01" + ",5,2.0000E-02" * 4
    assert ask(six, "PR6") == "5,2.0000E-02"
    assert ask(six, "SEN,0,0,0,0,0,1") == "2,2,2,2,2,1"
