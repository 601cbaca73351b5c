"""States of every version load."""

import json
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.quantities import read_objective
from adatom.cloud.optimize import Continuous, Linear, Objective, Space
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.optimize.space.parameters import Parameter
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


def test_version_2_knew_of_no_space_and_no_sources() -> None:
    state = upgraded(json.loads(FILES[1].read_text()), OBJECTIVES)
    assert (state["space"], state["others"]) == (None, {})


def plane(high: float, *more: Parameter, limit: float = 1.0) -> Space:
    return Space([Continuous("x", 0, high, unit="K"), *more], [Linear({"x": 1.0}, high=limit, name="cap")])


@pytest.mark.parametrize(
    ("space", "objective", "said"),
    [
        (plane(2.0), Objective("z"), ["space.x.high was 1.0 and now is 2.0"]),
        (plane(1.0, limit=0.5), Objective("z"), ["constraints", "0.5"]),
        (plane(1.0), Objective("z", "maximise"), ['z.direction was "minimise" and now is "maximise"']),
        (plane(1.0), Objective("z", log=True), ["z.log was false and now is true"]),
        (plane(1.0), Objective("z", "target", target=3.0), ["z.direction", "z.target was not there and now is 3.0"]),
        (plane(1.0), Objective("w"), ["objective w is new", "objective z is gone"]),
        (plane(1.0, Continuous("y", 0, 1)), Objective("z"), ["this space has ['x', 'y']"]),
    ],
)
def test_another_space_or_objective_is_refused_with_what_differs(
    space: Space, objective: Objective, said: list[str]
) -> None:
    state = json.loads(json.dumps(Optimizer(plane(1.0), [Objective("z")]).state()))
    with pytest.raises(InputError) as error:
        Optimizer.from_state(state, space, [objective])
    for text in said:
        assert text in str(error.value)


def test_a_change_on_purpose_goes_on_with_what_was_told() -> None:
    before = Optimizer(plane(1.0), [Objective("z", threshold=2.0)])
    before.tell([{"x": 0.3}], [{"z": 1.0}])
    after = Optimizer.from_state(before.state(), plane(2.0), [Objective("z", "maximise")], changed=True)
    assert after.told == before.told
    assert Optimizer.from_state(before.state(), plane(1.0), [Objective("z", threshold=1.0, weight=2.0)]).told


def test_a_space_of_another_bench_is_refused() -> None:
    state = json.loads(FILES[2].read_text())
    narrower = {**FULL, "substrate_c": [500.0, 600.0]}
    with pytest.raises(InputError, match=r"numbers\.substrate_c was \[400.0, 720.0\]"):
        Optimizer.from_state(state, space_of(narrower), OBJECTIVES)


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
        ({"others": []}, "state.others"),
        ({"others": {"bench-2": [1]}}, "state.others.bench-2[0]"),
    ],
)
def test_what_is_no_state_is_refused(change: dict[str, Any], where: str) -> None:
    state = {**json.loads(FILES[0].read_text()), **change}
    with pytest.raises(InputError) as error:
        upgraded({key: value for key, value in state.items() if value is not ...}, OBJECTIVES)
    assert error.value.where == where
