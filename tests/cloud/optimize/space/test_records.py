"""A space survives its way through JSON; a SPACE.toml is read, and its mistakes are named by their dotted keys."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.optimize import Constraint, Continuous, Space
from adatom.cloud.optimize.space.file import parse_space, read_space
from adatom.cloud.optimize.space.records import read_records
from adatom.protocol.errors import InputError

from .examples import EXAMPLES
from .generate import random_space

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "space.md"
EXAMPLE = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]


def test_the_example_of_the_docs(tmp_path: Path) -> None:
    path = tmp_path / "SPACE.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    read = read_space(path)
    assert read.settings == {"seed": 1, "budget": 60, "strategy": "bo"}
    assert [table["name"] for table in read.objectives] == ["r_ohm_cm2", "density"]
    points = read.space.points(read.space.sobol(32, 1))
    assert [read.space.violations(point) for point in points] == [[]] * 32
    assert len({read.space.key(point) for point in points}) == 32
    assert {type(point["pressings"]) for point in points} == {int}


@pytest.mark.parametrize("space", [*EXAMPLES.values(), *(random_space(seed) for seed in range(40))])
def test_a_space_survives_json(space: Space) -> None:
    functions = {c.name: c.allows for c in space.constraints if isinstance(c, Constraint)}
    again = Space.from_dict(json.loads(json.dumps(space.to_dict())), functions)
    assert again.to_dict() == space.to_dict()
    assert again.names == space.names
    assert (again.sobol(4, 0) == space.sobol(4, 0)).all()
    assert again.feature_groups == space.feature_groups
    assert (again.features(again.sobol(4, 0)) == space.features(space.sobol(4, 0))).all()


def test_a_function_must_be_given_again() -> None:
    fields = Space([Continuous("t", 0, 1)], [Constraint(lambda p: p["t"] < 0.5, "cold")]).to_dict()
    assert fields["constraints"] == [{"name": "cold", "function": True}]
    with pytest.raises(InputError, match=r"constraints\[0\].name: 'cold' is a function"):
        Space.from_dict(fields)


def test_short_forms() -> None:
    space = parse_space(tomllib.loads('[space]\nt = [0, 10]\ngas = ["O2", "Ar"]')).space
    assert space.names == ("t", "gas=O2", "gas=Ar")


ZERO_ONE = "low = 0\nhigh = 1\n"


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("", "space", "None: must hold a table for each parameter"),
        ("budgets = 3", "budgets", "unknown key; allowed are space, constraints"),
        ("[space.t]\nlow = 1", "space.t.high", "missing"),
        ("[space.t]\nlow = 1\nhigh = 0", "space.t", "low 1 is above high 0"),
        ("[space.t]\nlow = 'a'\nhigh = 0", "space.t.low", "'a': must be a finite number"),
        (f"[space.t]\n{ZERO_ONE}setp = 1", "space.t.setp", "unknown key; allowed are low, high, step"),
        (f"[space.t]\n{ZERO_ONE}log = true", "space.t.low", "0: a log scale needs a low above 0"),
        (f"[space.t]\n{ZERO_ONE}log = 1", "space.t.log", "1: must be true or false"),
        (f"[space.t]\n{ZERO_ONE}unit = 1", "space.t.unit", "1: must be a text"),
        (f"[space.t]\n{ZERO_ONE}step = -1", "space.t.step", "-1: must be above 0"),
        ("[space.t]\nlow = 0.5\nhigh = 1\ninteger = true", "space.t.low", "0.5: must be a whole number"),
        ("[space]\nt = 5", "space.t", "5: must be a table, [low, high] or a list of options"),
        ("[space.g]\noptions = []", "space.g.options", "[]: must be a list of at least one option"),
        ("[space.g]\noptions = ['a', 'a']", "space.g.options", "a stands twice"),
        ("[space.g]\noptions = ['a', 'b']\ndescriptors = {a = [1]}", "space.g.descriptors", "b is missing"),
        (
            "[space.g]\noptions = ['a', 'b']\ndescriptors = {a = [1], b = [1]}",
            "space.g.descriptors.b",
            "the same as of a: no model could tell the two apart",
        ),
        ("[space.c]\nparts = {A = [0, 1], B = 2}", "space.c.parts.B", "2: must be a pair (low, high)"),
        ("[space.c]\nparts = {A = [-1, 1]}", "space.c.parts.A", "-1: a part must not be below 0"),
        ("[space.c]\nparts = {A = [0, 1]}\nbalance = 'B'", "space.c.balance", "'B': must be one of A"),
        ("[space.c]\nparts = {A = [0, 1]}\nat_most = 0", "space.c.at_most", "0: must be at least 1"),
        ("[space.c]\nparts = {A = [0, 1]}\nstep = 0.3", "space.c.step", "0.3: the total 1 must be a multiple of it"),
        ("[space.c]\nparts = {A = [0, 1]}\ncharges = {B = 1}", "space.c.charges", "A is missing; needed are A"),
        ("[space]\nt = [0, 1]\n[[constraints]]\nhigh = 1", "constraints[0].coefficients", "missing"),
        (
            "[space]\nt = [0, 1]\n[[constraints]]\nname = 'n'\ncoefficients = {t = 1}",
            "constraints[0].low",
            "missing, and high too: one or both are needed",
        ),
        ("objectives = 3\n[space]\nt = [0, 1]", "objectives", "3: must be [[objectives]] tables"),
    ],
)
def test_mistakes_are_named(text: str, where: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "SPACE.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_space(path)
    assert caught.value.where == f"{path}: {where}"
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(("content", "problem"), [(b"t = ", "not TOML"), (b"\xff", "not TOML")])
def test_what_is_no_toml_is_said(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "SPACE.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        read_space(path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_space(tmp_path / "none.toml")


def test_no_value_of_a_key_is_a_traceback() -> None:
    """Any TOML value in any place gives parameters or an InputError, and of these a space or an InputError."""
    fields, tried = tomllib.loads(EXAMPLE), 0
    values: list[Any] = ["text", 1, -2.5, True, [], ["a"], [1, 2], {}, {"a": 1}, float("inf"), float("nan")]
    for path in paths_of(fields):
        for value in values:
            tried += 1
            try:
                changed = replaced(fields, path, value)
                read_records(changed, {})
                if tried % 13 == 0:  # a space takes a while
                    parse_space(changed)
            except InputError:
                continue
    assert tried > 800


def paths_of(value: Any) -> list[tuple[Any, ...]]:
    """Of all keys and members, the inner ones too."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, inner in items for path in [(key,), *((key, *rest) for rest in paths_of(inner))]]


def replaced(value: Any, path: tuple[Any, ...], fresh: Any) -> Any:
    if not path:
        return fresh
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], fresh)
    return copy
