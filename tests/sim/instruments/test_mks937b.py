"""The MKS gauge controller's twin by itself: acknowledgements, refusals, gauges that start and words."""

import pytest
from adatom.sim.instruments.mks937b import Mks937b
from adatom.sim.instruments.plant import Plant


def ask(controller: Mks937b, body: str, address: str = "253", now_s: float = 0.0) -> str:
    return controller.feed(f"@{address}{body};FF".encode(), now_s).decode()


def fresh(vacuum_pa: float = 101325.0) -> Mks937b:
    return Mks937b(Plant(pressure_pa=101325.0, vacuum_pa=vacuum_pa))


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("PR3?", "@253ACK7.60E+2;FF"),
        ("PR1?", "@253ACKOFF;FF"),
        ("PRZ?", "@253ACKOFF 7.60E+2 7.60E+2 NOGAUGE NOGAUGE NOGAUGE;FF"),
        ("PC1?", "@253ACK7.60E+2;FF"),
        ("U?", "@253ACKTORR;FF"),
        ("U!PASCAL", "@253ACKPASCAL;FF"),
        ("SN?", "@253ACK0912123456;FF"),
        ("T1?", "@253ACKC;FF"),
        ("T2?", "@253NAK152;FF"),
        ("PR9?", "@253NAK160;FF"),
        ("XX?", "@253NAK160;FF"),
        ("PR1", "@253NAK160;FF"),
        ("U!BARN", "@253NAK169;FF"),
        ("CP1!MAYBE", "@253NAK169;FF"),
        ("PC2?", "@253NAK172;FF"),
        ("SP1!2.00E-3", "@253ACK2.00E-3;FF"),
    ],
)
def test_answers(body: str, answer: str) -> None:
    assert ask(fresh(), body) == answer


def test_only_its_own_address_and_any_are_heard_and_it_answers_with_its_own() -> None:
    assert ask(fresh(), "U?", address="254") == "@253ACKTORR;FF"
    assert ask(fresh(), "U?", address="001") == ""
    assert fresh().feed(b"noise@25@253U?;F", 0.0) == b""


def test_units_of_torr_and_millibar() -> None:
    controller = fresh()
    ask(controller, "U!MBAR")
    assert ask(controller, "U?") == "@253ACKmBAR;FF"
    assert ask(controller, "PR3?") == "@253ACK1.01E+3;FF"


def test_the_cold_cathode_starts_takes_a_while_and_is_switched_off() -> None:
    controller = fresh(vacuum_pa=1.33322368e-4)
    assert ask(controller, "PR1?", now_s=0.0) == "@253ACKWAIT;FF"
    assert ask(controller, "T1?", now_s=1.0) == "@253ACKW;FF"
    assert ask(controller, "PR1?", now_s=4.0) == "@253ACK1.00E-6;FF"
    assert ask(controller, "PC1?", now_s=4.0) == "@253ACK1.00E-6;FF"
    assert ask(controller, "PR2?", now_s=4.0) == "@253ACKLO<E-03;FF"
    assert ask(controller, "CP1!OFF", now_s=5.0) == "@253ACKOFF;FF"
    assert ask(controller, "T1?", now_s=5.0) == "@253ACKO;FF"


def test_the_ends_of_the_gauges_and_a_broken_one() -> None:
    controller = fresh(vacuum_pa=1e-12)
    controller.tick(0.0)
    assert ask(controller, "PR1?", now_s=9.0) == "@253ACKLO<E-11;FF"
    controller.plant.pressure_pa, controller.plant.vacuum_pa = float("nan"), 2e5
    assert ask(controller, "PRZ?", now_s=9.0).startswith("@253ACKOFF ATM MISCONN ")
