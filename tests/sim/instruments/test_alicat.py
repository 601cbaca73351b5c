"""The flow controller's twin by itself: frames, refusals, the dialect of older drivers."""

import pytest
from adatom.sim.instruments.alicat import Alicat
from adatom.sim.instruments.plant import Plant


def ask(controller: Alicat, line: str) -> str:
    return controller.feed(line.encode() + b"\r", 0.0).decode()


def test_a_poll_gives_the_frame() -> None:
    controller = Alicat(Plant(flow_sccm=1.01, flow_set_sccm=20.0), gas=8)
    assert ask(controller, "A") == "A +014.70 +024.50 +001.01 +001.01 +020.00     N2\r"


@pytest.mark.parametrize(
    ("line", "setpoint"),
    [("AS20.5", 20.5), ("AS 20.5", 20.5), ("ALS 20.5", 20.5), ("A32000", 50.0), ("AS999", 100.0), ("AS-3", 0.0)],
)
def test_set_points(line: str, setpoint: float) -> None:
    controller = Alicat(Plant())
    ask(controller, line)
    assert controller.plant.flow_set_sccm == setpoint


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("ALS 20.5", "A +020.50 +020.50 12 SCCM\r"),
        ("AR122", "A 122=37\r"),
        ("AW122=34", "A 122=34\r"),
        ("A$$R46", "A   046 = 11\r"),
        ("AQQ", "?\r"),
        ("AS", "?\r"),
        ("AGS 999", "?\r"),
        ("AFPF 5", "A +100.00 12 SCCM\r"),
        ("ALSRC 1 0 0 1", "A 1 0 0 1\r"),
        ("B", ""),
        ("", ""),
    ],
)
def test_commands(line: str, answer: str) -> None:
    assert ask(Alicat(Plant()), line) == answer


@pytest.mark.parametrize("line", ["AGS 8 1", "AG 8", "A$$W46=8"])
def test_gases(line: str) -> None:
    assert ask(Alicat(Plant()), line).endswith("    N2\r")


def test_hold_close_lock_and_tare() -> None:
    controller = Alicat(Plant(flow_sccm=0.25))
    assert ask(controller, "AHP").endswith("O2 HLD\r")
    assert ask(controller, "AHC").endswith("O2 HLD\r")
    assert ask(controller, "AC").endswith("O2\r")
    assert ask(controller, "A$$L").endswith("O2 LCK\r")
    assert "+000.00 +000.00" in ask(controller, "AV")


def test_the_layout_ends_with_an_empty_line() -> None:
    assert ask(Alicat(Plant()), "A??D*").endswith("\r\r")


def test_streaming_begins_and_ends() -> None:
    controller = Alicat(Plant())
    assert ask(controller, "A@ @") == ""
    assert controller.tick(1.0).startswith(b"+014.70")
    assert ask(controller, "@@ A").startswith("A +")
    assert controller.tick(2.0) == b""


def test_a_broken_sensor_shows_as_a_status() -> None:
    assert ask(Alicat(Plant(flow_sccm=float("nan"))), "A").endswith("O2 ADC\r")
