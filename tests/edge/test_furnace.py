"""A bench without a laser: it anneals, and says what it cannot do."""

from typing import Any

import pytest
from adatom.edge.agent import Agent
from adatom.edge.config import Bench, bench_from_dict
from adatom.edge.instruments import BOARD_IS_OPEN, BOARD_IS_SILENT, Instruments, make_drivers
from adatom.edge.plan import steps_of
from adatom.protocol.channels import COUNT, DOOR, ENERGY_MJ, OUT_COUNT, SLOT
from adatom.protocol.errors import InputError

from tests.edge.bench_run import load_demo_envelope
from tests.edge.simple_plant import recipe

PORTS = {"heater": "eurotherm", "gauge": "tpg36x", "mfc": "alicat", "io": "bench_io"}
TEXTS = dict.fromkeys(("envelope", "broker", "key_file", "journal_dir"), "x")


def furnace(**more: str) -> Bench:
    ports = {role: {"driver": driver, "port": "p"} for role, driver in {**PORTS, **more}.items()}
    return bench_from_dict({"bench": "furnace", **TEXTS, "ports": ports})


def agent(bench: Bench) -> Agent:
    one = Agent(bench, load_demo_envelope(), "0" * 64)
    closed: list[Any] = [None] * COUNT
    closed[DOOR] = 0
    one.tick(0, closed)
    return one


def test_its_run_is_the_anneal() -> None:
    steps = steps_of(recipe(anneal_c=300.0, anneal_min=2.0), load_demo_envelope(), furnace())
    assert [(step.state, step.ask) for step in steps] == [
        ("pump_down", ""), ("heat", ""), ("anneal", ""), ("cool", ""), ("transfer", "assemble"), ("measure", "measure"),
    ]  # fmt: skip
    assert steps[1].target_cc == 30000
    assert [step.gas_mpa for step in steps] == [0] * 6
    with_valve = steps_of(recipe(anneal_c=300.0, anneal_min=2.0), load_demo_envelope(), furnace(valve="mks651"))
    assert with_valve[3].gas_mpa > 0


@pytest.mark.parametrize(
    ("changes", "more", "why"),
    [
        ({"anneal_c": 300.0, "anneal_min": 2.0}, {}, ""),
        ({"anneal_min": 0.0}, {}, "has no laser"),
        ({"anneal_c": 300.0, "anneal_min": 2.0, "anneal_atmosphere": "o2"}, {}, "no throttle valve"),
        ({"anneal_c": 300.0, "anneal_min": 2.0, "anneal_atmosphere": "o2"}, {"valve": "mks651"}, ""),
    ],
)
def test_it_refuses_what_it_cannot_do(changes: dict[str, Any], more: dict[str, str], why: str) -> None:
    reasons = agent(furnace(**more)).start(recipe(**changes), "run-1", "trial-1", 100)
    assert len(reasons) == (1 if why else 0), reasons
    assert why in "".join(reasons)


def test_its_instruments_are_read_and_made_safe_without_the_others() -> None:
    instruments = Instruments(make_drivers(furnace().ports), load_demo_envelope())
    point = instruments.read(0)
    assert point[ENERGY_MJ] is None
    assert point[SLOT] is None
    assert {text.split(":")[0] for text in instruments.missing(0)} == {
        "heater_c", "guard_c", "pressure_pa", "vacuum_lgpa", "flow_sccm", "pulses", "water_lpm", "door",
    }  # fmt: skip
    instruments.apply([0] * OUT_COUNT, "idle", 0)
    instruments.safe(0)
    assert set(instruments.unsafe(0)) == {"heater", "mfc", "io"}
    assert instruments.alarm(0) == ""


@pytest.mark.parametrize(
    ("armed", "told_ms_ago", "why"),
    [
        (1, 100, ""),
        (0, 100, BOARD_IS_OPEN),
        (0, 450, BOARD_IS_SILENT),  # its last word was "not armed", but it says nothing any more
        (1, 600, ""),  # until 700 ms it may just be late
        (1, 800, BOARD_IS_SILENT),
        (None, 0, BOARD_IS_SILENT),  # never heard
    ],
)
def test_the_board_is_named_by_what_it_does(armed: int | None, told_ms_ago: int, why: str) -> None:
    instruments = Instruments(make_drivers(furnace().ports), load_demo_envelope())
    board = instruments.drivers["io"]
    board.leases = {"contactor": 20000}
    if armed is not None:
        board.store("armed", armed, 10000 - told_ms_ago)
    assert instruments.alarm(10000) == why


@pytest.mark.parametrize("missing", ["heater", "gauge", "mfc", "io", "carousel"])
def test_a_missing_role_is_named(missing: str) -> None:
    bench = furnace(**({} if missing != "carousel" else {"laser": "compexpro", "valve": "mks651"}))
    with pytest.raises(InputError, match=f"{missing} is missing"):
        make_drivers({role: port for role, port in bench.ports.items() if role != missing})
