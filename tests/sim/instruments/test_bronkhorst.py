"""The ProPar flow controller's twin by itself: the bytes of the manual, chains, status codes, silence."""

import struct

import pytest
from adatom.sim.instruments.bronkhorst import Bronkhorst, framed
from adatom.sim.instruments.plant import Plant


def ask(controller: Bronkhorst, message: str, *, node: int = 3, seq: int = 1) -> str:
    body = bytes.fromhex(message)
    return controller.feed(framed(bytes([seq, node, len(body)]) + body), 0.0).hex(" ")


def fresh() -> Bronkhorst:
    return Bronkhorst(Plant(flow_sccm=50.0, flow_set_sccm=25.0))


def test_the_frame_that_was_seen_on_a_real_one() -> None:
    answer = fresh().feed(bytes.fromhex("100201030504012001201003"), 0.0)
    assert answer.hex(" ") == "10 02 01 03 05 02 01 20 3e 80 10 03"


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("04 21 40 21 40", "02 21 40 42 48 00 00"),  # fmeasure 50.0
        ("04 01 21 01 21", "02 01 21 1f 40"),  # setpoint 8000
        ("04 01 04 01 04", "02 01 04 00"),  # control mode
        ("04 01 71 01 71 00", "02 01 71 00 4f 32 00"),  # fluid name, zero-terminated
        ("04 01 71 01 71 04", "02 01 71 04 4f 32 20 20"),  # and in four characters
        ("04 81 a0 01 20 21 01 21 21 40 21 40", "02 81 a0 3e 80 21 1f 40 21 40 42 48 00 00"),  # chains
        ("01 01 21 7d 00", "00 00 04"),
        ("01 21 43 42 c8 00 00", "00 00 06"),
        ("01 01 21 7d 01", "00 06 02"),  # beyond the capacity
        ("01 21 43 7f c0 00 00", "00 06 02"),  # NaN
        ("01 01 20 00 00", "00 0d 02"),  # the measurement is read only
        ("01 01 3e 00 00", "00 04 02"),
        ("04 05 20 05 20", "00 03 04"),
        ("04 01 40 01 40", "00 05 04"),
        ("04 01 20", "00 22 00"),
        ("07", "00 02 00"),
    ],
)
def test_messages(message: str, answer: str) -> None:
    body = bytes.fromhex(answer)
    assert ask(fresh(), message) == framed(bytes([1, 3, len(body)]) + body).hex(" ")


def test_a_write_without_acknowledgement_is_obeyed_in_silence() -> None:
    controller = fresh()
    assert ask(controller, "02 01 21 3e 80") == ""
    assert controller.plant.flow_set_sccm == 50.0


def test_other_nodes_and_damaged_frames_are_met_with_silence_and_the_next_is_heard() -> None:
    controller = fresh()
    assert ask(controller, "04 01 20 01 20", node=4) == ""
    assert ask(controller, "04 01 20 01 20", node=128) != ""
    assert controller.feed(b"\x10\x02\x01\x03\x05\x04\x01", 0.0) == b""
    assert ask(controller, "04 01 20 01 20") != ""
    assert controller.feed(bytes.fromhex("100201030604012001201003"), 0.0) == b""  # a wrong length


@pytest.mark.parametrize("flow", [16.0, 9.01, 64.0625])
def test_every_10_is_doubled_both_ways(flow: float) -> None:
    controller = fresh()
    ask(controller, "01 21 43 " + struct.pack(">f", flow).hex())
    assert controller.plant.flow_set_sccm == pytest.approx(flow)
    answer = bytes.fromhex(ask(controller, "04 21 43 21 43", seq=16).replace(" ", ""))
    assert answer[2:-2].replace(b"\x10\x10", b"\x10")[-4:] == struct.pack(">f", flow)
    assert answer.count(b"\x10") % 2 == 0
