"""Faults of a running agent's lines: who is refused, what is for rigs only."""

from typing import Any

import pytest
from adatom.edge.drivers.bench_io import BenchIo, line
from adatom.edge.line_faults import OLD_FAULT, LineFaults
from adatom.edge.serial_port import SerialPort
from adatom.protocol.errors import FailedError
from adatom.protocol.recipe import recipe_from_dict

from tests.edge.bench_run import make_agent
from tests.protocol.examples import RECIPE


def faults() -> tuple[LineFaults, dict[str, SerialPort], Any]:
    agent = make_agent()
    board: Any = BenchIo()
    board.start_left = []
    lines = {"io": SerialPort("nowhere", board), "carousel": SerialPort("nowhere", BenchIo())}
    return LineFaults(agent, lines, {"io": "bench_io", "carousel": "carousel"}), lines, agent


def test_the_board_makes_its_own_faults_and_the_line_the_others() -> None:
    orders, lines, _ = faults()
    board: Any = lines["io"].driver
    orders.order({"instrument": "io", "kind": "garbage"}, 0)
    assert [exchange.request for exchange in board.queue] == [line("FAULT none"), line("FAULT garbage")]
    assert orders.active(0) == {"io": "garbage"}
    orders.order({"instrument": "bench_io", "kind": "slow"}, 0)
    assert orders.active(0) == {"io": "slow"}
    orders.order({"instrument": "carousel", "kind": "intermittent"}, 0)
    carousel = lines["carousel"].fault
    assert carousel is not None
    assert not carousel.answers


def test_a_run_or_an_armed_board_refuses() -> None:
    orders, lines, agent = faults()
    lines["io"].driver.store("armed", 1, 0)
    with pytest.raises(FailedError, match="armed: the bench I/O board is"):
        orders.order({"instrument": "io", "kind": "off"}, 0)
    lines["io"].driver.store("armed", 0, 0)
    agent.start(recipe_from_dict(RECIPE), "run", "trial", 0)
    with pytest.raises(FailedError, match="a run is going on"):
        orders.order({"instrument": "io", "kind": "off"}, 0)
    assert orders.order({"instrument": "io", "kind": "none"}, 0)["does"] == "no fault"


@pytest.mark.parametrize(
    ("request_fields", "text"),
    [
        ({"instrument": "carousel", "kind": "wrong"}, "only a simulated rig can"),
        ({"instrument": "carousel", "kind": "wrong_unit"}, "angles are in degrees"),
        ({"instrument": "carousel", "kind": "off", "after_s": 3}, "for simulated rigs"),
    ],
)
def test_what_is_not_possible_here_says_why(request_fields: dict[str, Any], text: str) -> None:
    orders, lines, _ = faults()
    with pytest.raises(FailedError, match=text):
        orders.order(request_fields, 0)
    assert lines["carousel"].fault is None


def test_a_fault_that_the_board_still_has_from_before_is_shown() -> None:
    orders, lines, _ = faults()
    lines["io"].driver.store("fault", 1, 0)
    assert orders.active(0) == {"io": OLD_FAULT}
    assert orders.active(10000) == {}  # nobody knows
    orders.order({"instrument": "io", "kind": "wrong"}, 0)
    assert orders.active(0) == {"io": "wrong"}
    orders.order({"instrument": "io", "kind": "none"}, 0)
    lines["io"].driver.store("fault", 0, 0)
    assert orders.active(0) == {}
