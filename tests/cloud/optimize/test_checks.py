"""What a newcomer gets wrong is answered in words; numpy's types are as good as Python's."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from adatom.cloud.optimize import Categorical, Composition, Constraint, Continuous, Integer, Objective, Optimizer, Space
from adatom.protocol.errors import InputError

LAB = Space([Continuous("t", 400, 800, step=5), Categorical("gas", ["O2", "Ar"]), Integer("n", 1, 5)])
POINT = {"t": 500, "gas": "O2", "n": 2}
GOOD = Objective("y")
ANY: Any = None  # arguments of a wrong type


def lab(**fields: Any) -> Optimizer:
    return Optimizer(LAB, [GOOD], **fields)


WRONG: list[tuple[str, Callable[[], object]]] = [
    ("space: Continuous", lambda: Space(ANY or Continuous("a", 0, 1))),
    ("space: 'a': must be a Continuous or", lambda: Space(ANY or ["a"])),
    ("space: {'a'", lambda: Space(ANY or {"a": (0, 1)})),
    ("constraints: <function", lambda: Space([Continuous("a", 0, 1)], ANY or [lambda p: True])),
    ("constraints: Constraint", lambda: Space([Continuous("a", 0, 1)], ANY or Constraint(lambda p: True, "c"))),
    ("space: list: must be a Space", lambda: Optimizer(ANY or [Continuous("a", 0, 1)], [GOOD])),
    ("objectives: Objective", lambda: Optimizer(LAB, ANY or GOOD)),
    ("objectives: 'y': must be an Objective", lambda: Optimizer(LAB, ANY or ["y"])),
    ("objective y.direction", lambda: Objective("y", ANY or ["max"])),
    ("seed: 'x'", lambda: lab(seed="x")),
    ("seed: -1", lambda: lab(seed=-1)),
    ("seed: 1.5", lambda: lab(seed=1.5)),
    ("budget: '9'", lambda: lab(budget="9")),
    ("budget: -1", lambda: lab(budget=-1)),
    ("ask: 0: must be a whole number, 1 or more", lambda: lab().ask(0)),
    ("ask: 2.5", lambda: lab().ask(ANY or 2.5)),
    ("ask: '2'", lambda: lab().ask(ANY or "2")),
    ("tell: takes lists", lambda: lab().tell(ANY or POINT, ANY or {"y": 1})),
    ("points[1].n: 2.5", lambda: lab().tell([POINT, {**POINT, "n": 2.5}], [{"y": 1}, {"y": 2}])),
    ("points[0]: 'abc': must be a dict", lambda: lab().tell(ANY or ["abc"], [{"y": 1}])),
    ("results[0].y: nan: must be a finite number; leave out", lambda: lab().tell([POINT], [{"y": np.nan}])),
    ("worthwhile: nan", lambda: lab().suggest_stop(float("nan"))),
    ("worthwhile: 'x'", lambda: lab().suggest_stop(ANY or "x")),
]


@pytest.mark.parametrize(("said", "use"), WRONG, ids=[said for said, _ in WRONG])
def test_wrong_use_is_answered_in_words(said: str, use: Callable[[], object]) -> None:
    with pytest.raises(InputError) as error:
        use()
    assert str(error.value).startswith(said)


def test_numpys_types_make_the_same_space_and_points() -> None:
    parts: Any = {"Li": np.array([0.0, 1.0]), "La": np.array([0, 1])}
    mine = Space(
        [
            Continuous("t", np.int64(400), np.float32(800), step=np.int32(5)),
            Categorical("gas", ANY or np.array(["O2", "Ar"])),
            Integer("n", ANY or np.int64(1), ANY or np.int64(5)),
            Composition(parts, at_most=ANY or np.int64(2)),
        ]
    )
    assert Space.from_dict(json.loads(json.dumps(mine.to_dict()))).to_dict() == mine.to_dict()
    row = {"t": np.int64(500), "gas": np.str_("O2"), "n": np.int64(2), "Li": np.float32(0.5), "La": np.float64(0.5)}
    optimizer = Optimizer(mine, [Objective("y", threshold=ANY or np.float32(3))], seed=ANY or np.int64(1))
    optimizer.tell([row], [{"y": np.float32(1)}])
    assert optimizer.told[0][0] == {"t": 500.0, "gas": "O2", "n": 2, "Li": 0.5, "La": 0.5}
    assert json.loads(json.dumps(optimizer.state())) == optimizer.state()


def test_what_teaches_nothing_is_named() -> None:
    mixture = Space([Composition({"a": (0, 100), "b": (0, 100)}, total=100)])
    optimizer = Optimizer(mixture, [GOOD])
    optimizer.tell([{"a": 40, "b": 60}, {"a": 40, "b": 50}, {"a": 30, "b": 70.4}], [{"y": 1}, {"y": 2}, {"y": 3}])
    assert optimizer.left_out == [1]
