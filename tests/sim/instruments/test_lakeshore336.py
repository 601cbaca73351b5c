"""The Lake Shore's twin by itself: formats, compound lines, the error register, outputs, limits."""

import pytest
from adatom.sim.instruments.lakeshore336 import Lakeshore336
from adatom.sim.instruments.plant import Plant


def ask(controller: Lakeshore336, line: str, now_s: float = 0.0) -> str:
    return controller.feed(line.encode() + b"\n", now_s).decode().removesuffix("\r\n")


def fresh(heater_c: float = 26.85) -> Lakeshore336:
    controller = Lakeshore336(Plant(heater_c=heater_c))
    assert ask(controller, "*ESR?") == "128"  # power on
    return controller


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("*IDN?", "LSCI,MODEL336,LSA12AB/#######,2.9"),
        ("KRDG? A", "+300.000"),
        ("CRDG? A", "+26.850"),
        ("KRDG? 0", "+300.000,+0.000,+0.000,+0.000"),
        ("RDGST? A", "000"),
        ("RDGST? B", "001"),
        ("SETP? 1", "+295.000"),
        ("RAMP? 1", "0,+0.0"),
        ("RAMPST? 1", "0"),
        ("RANGE? 1", "0"),
        ("HTR? 1", "+000.0"),
        ("HTRST? 1", "0"),
        ("PID? 1", "+50.0,+20.0,+0.0"),
        ("OUTMODE? 1", "1,1,0"),
        ("INTYPE? A", "4,0,0,1,1"),
        ("INNAME? A", "HEATER         "),
        ("krdg? a;*opc?", "+300.000;1"),
        ("SETP 1,310.5;SETP? 1;*ESR?", "+310.500;000"),
    ],
)
def test_questions(question: str, answer: str) -> None:
    assert ask(fresh(), question) == answer


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("DANCE 1", "032"),
        ("DANCE?", "032"),
        ("SETP 1", "016"),
        ("SETP 9,300", "016"),
        ("SETP 1,hot", "016"),
        ("SETP 1,nan", "016"),
        ("RANGE 1,4", "016"),
        ("RANGE 1,1.5", "016"),
        ("MOUT 1,101", "016"),
        ("OUTMODE 1,5,1,0", "016"),
        ("KRDG? E", "016"),
        ("RANGE 1,1", "000"),
    ],
)
def test_errors_show_in_the_event_register_alone_and_once(line: str, event: str) -> None:
    controller = fresh()
    assert ask(controller, line) == ""
    assert ask(controller, "*ESR?") == event
    assert ask(controller, "*ESR?") == "000"


def test_commands_are_never_answered_and_half_lines_wait() -> None:
    controller = fresh()
    assert controller.feed(b"OUTMODE 1,3,1,0\r\nMOUT 1,25", 0.0) == b""
    assert controller.feed(b".00\nRANGE 1,3\n", 0.0) == b""
    assert controller.plant.heater_power_w == pytest.approx(55.0)
    assert ask(controller, "HTR? 1") == "+025.0"
    ask(controller, "RANGE 1,2")
    assert controller.plant.heater_power_w == pytest.approx(5.5)


def test_the_second_output_heats_nothing() -> None:
    controller = fresh()
    ask(controller, "OUTMODE 2,3,1,0;MOUT 2,50;RANGE 2,3")
    assert controller.plant.heater_power_w == 0
    assert ask(controller, "MOUT? 2") == "+50.00"


def test_a_ramp_moves_the_set_point_and_says_so() -> None:
    controller = fresh()
    ask(controller, "SETP 1,300;RAMP 1,1,6;SETP 1,400", 0.0)
    controller.tick(10.0)
    assert ask(controller, "SETP? 1;RAMPST? 1", 10.0) == "+301.000;1"
    ask(controller, "RAMP 1,0,0", 10.0)
    assert ask(controller, "SETP? 1;RAMPST? 1", 10.0) == "+400.000;0"


def test_over_the_temperature_limit_all_outputs_go_off() -> None:
    controller = fresh()
    ask(controller, "TLIMIT A,350;OUTMODE 1,3,1,0;MOUT 1,25;RANGE 1,3")
    controller.plant.heater_c = 80.0
    controller.tick(1.0)
    assert ask(controller, "RANGE? 1", 1.0) == "0"
    assert controller.plant.heater_power_w == 0
