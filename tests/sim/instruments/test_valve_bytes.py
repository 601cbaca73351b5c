"""The simulated MKS 651 on its serial line."""

from random import Random

import pytest
from adatom.sim.instruments.mks651 import Mks651
from adatom.sim.instruments.plant import Plant
from adatom.sim.physics.vacuum import Vacuum
from hypothesis import given
from hypothesis import strategies as st


def ask(twin: Mks651, request: bytes, now_s: float = 0.0) -> bytes:
    assert twin.feed(request + b"\r\n", now_s) == b""
    return twin.tick(now_s + 0.25)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"R1", b"S10.00\r\n"),
        (b"R10", b"S50.00\r\n"),
        (b"R5", b"P25.00\r\n"),
        (b"R6", b"V70.00\r\n"),
        (b"R7", b"M001\r\n"),
        (b"R26", b"T11\r\n"),
        (b"R33", b"E08\r\n"),
        (b"R34", b"F05\r\n"),
        (b"R37", b"M102\r\n"),
        (b"R38", b"H1.50\r\n"),
        (b"R99", b""),
        (b"XYZ", b""),
        (b"O", b""),
    ],
)
def test_requests_and_answers(request_: bytes, answer: bytes) -> None:
    assert ask(Mks651(Plant(pressure_pa=25.0, valve_pct=70.0)), request_) == answer


def test_an_answer_comes_after_a_quarter_of_a_second() -> None:
    twin = Mks651(Plant())
    twin.feed(b"R6\r\n", 1.0)
    assert twin.due_s() == 1.25
    assert twin.tick(1.24) == b""
    assert twin.tick(1.25) == b"V100.00\r\n"


def test_position_set_points_move_the_valve_when_selected() -> None:
    plant = Plant(valve_pct=70.0)
    twin = Mks651(plant)
    twin.feed(b"T20\r\nS240.5\r\n", 0.0)
    assert plant.valve_pct == 70.0
    twin.feed(b"D2\r\n", 0.0)
    assert plant.valve_pct == 40.5
    assert ask(twin, b"R37") == b"M104\r\n"
    twin.feed(b"S2120\r\nS2x\r\n", 1.0)  # out of range and garbage are ignored
    assert plant.valve_pct == 40.5
    twin.feed(b"C\r\n", 1.0)
    assert plant.valve_pct == 0.0


def regulated(pascal: float, flow_sccm: float, seconds: float) -> list[float]:
    """Pressures of a chamber that fills to a set-point from vacuum and full travel, every 0.1 s."""
    vacuum, plant = Vacuum(1e-3, 300.0), Plant(valve_pct=100.0, pressure_pa=1e-3)
    vacuum.valve = 1.0
    twin = Mks651(plant)
    twin.feed(b"S1%.2f\r\nD1\r\n" % pascal, 0.0)
    noise = Random(1)
    pressures = []
    for k in range(1, round(10 * seconds)):
        pressures.append(vacuum.step(plant.valve_pct / 100, flow_sccm, 0.1))
        plant.pressure_pa = vacuum.capacitance_pa(noise.gauss(0, 1))
        twin.tick(0.1 * k)
    return pressures


@pytest.mark.parametrize(("pascal", "flow_sccm"), [(1.0, 20.0), (10.0, 20.0), (10.0, 80.0), (30.0, 20.0)])
def test_its_own_loop_settles_within_150_s_and_overshoots_little(pascal: float, flow_sccm: float) -> None:
    pressures = regulated(pascal, flow_sccm, 180.0)
    assert max(pressures) < 1.15 * pascal
    assert pressures[1500:] == pytest.approx([pascal] * len(pressures[1500:]), rel=0.02)


def test_local_mode_answers_but_does_not_obey() -> None:
    plant = Plant(valve_pct=70.0)
    twin = Mks651(plant)
    twin.local = True
    twin.feed(b"C\r\n", 0.0)
    assert plant.valve_pct == 70.0
    assert ask(twin, b"R37") == b"M002\r\n"


@given(st.lists(st.binary(max_size=100), max_size=6))
def test_any_bytes_never_raise(pieces: list[bytes]) -> None:
    twin = Mks651(Plant())
    for k, piece in enumerate(pieces):
        twin.feed(piece, 0.3 * k)
    twin.feed(b"\r\nR38\r\n", 100.0)
    assert twin.tick(101.0).endswith(b"H1.50\r\n")
