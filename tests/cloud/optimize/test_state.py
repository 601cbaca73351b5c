"""States of every version load."""

import json
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.quantities import read_objective
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.optimize.state import UPGRADES, VERSION, upgraded
from adatom.protocol.errors import InputError

from .spaces import FULL, space_of

FILES = sorted((Path(__file__).parent / "states").glob("version_*.json"))
OBJECTIVES = [read_objective("o", {"name": name}) for name in ("r_interface_ohm_cm2", "uniformity")]


def test_there_is_a_file_of_every_version() -> None:
    assert [path.stem for path in FILES] == [f"version_{v}" for v in sorted({*UPGRADES, VERSION})]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_state_of_every_version_goes_on(path: Path) -> None:
    state = json.loads(path.read_text())
    optimizer = Optimizer.from_state(state, space_of(FULL), OBJECTIVES)
    assert len(optimizer.told) == len(state["told"])
    assert optimizer.pending == state["pending"]
    assert optimizer.state()["version"] == VERSION
    again = Optimizer.from_state(optimizer.state(), space_of(FULL), OBJECTIVES)
    assert optimizer.ask(1) == again.ask(1)


def test_version_1_told_deviations_of_the_logarithm() -> None:
    state = json.loads(FILES[0].read_text())
    name = OBJECTIVES[0].name
    before = [result[name] for _, result in state["told"] if name in result]
    after = [result[name] for _, result in upgraded(state, OBJECTIVES)["told"] if name in result]
    assert after == [[value, sd * value] for value, sd in before]


def test_a_failure_without_a_word_stays_one() -> None:
    state = json.loads(FILES[0].read_text())
    state["told"][0][1] = {"failed": ""}
    assert upgraded(state, OBJECTIVES)["told"][0][1] == {"failed": "failed"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"version": 99}, "state.version"),
        ({"version": None}, "state.version"),
        ({"told": ...}, "state.told"),
        ({"version": [2]}, "state.version"),
        ({"told": None}, "state.told"),
        ({"told": [1]}, "state.told[0]"),
        ({"asks": "3"}, "state.asks"),
        ({"columns": None}, "state.columns"),
    ],
)
def test_what_is_no_state_is_refused(change: dict[str, Any], where: str) -> None:
    state = {**json.loads(FILES[0].read_text()), **change}
    with pytest.raises(InputError) as error:
        upgraded({key: value for key, value in state.items() if value is not ...}, OBJECTIVES)
    assert error.value.where == where
