"""What is proposed of rows: new points with few digits, reasons, the best row, advice in the objective's own words."""

from pathlib import Path

import pytest
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.optimize.stopping import Stop
from adatom.cloud.optimize.table.reading import Row, refusals
from adatom.cloud.optimize.table.search import Search, gain_text
from adatom.cloud.optimize.table.setup import Setup, read_setup

from .labs import SPACE

LINE = '[space]\nx = [0.0, 1.0]\n[[objectives]]\nname = "y"\n'


def setup_of(folder: Path, text: str = LINE) -> Setup:
    path = folder / "SPACE.toml"
    path.write_text(text, encoding="utf-8")
    return read_setup(path)


def rows_of(*pairs: tuple[float, float | None]) -> list[Row]:
    return [
        Row(number, {"x": x}, None if y is None else {"y": [y, 0.0, 1.0]})
        for number, (x, y) in enumerate(pairs, start=2)
    ]


def test_rounding_makes_no_two_points_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search(setup_of(tmp_path), rows_of((0.25, 1.0), (0.5, None)), seed=0, ask=0)
    asked = [{"x": 0.25004}, {"x": 0.70001}, {"x": 0.70002}, {"x": 0.49996}]
    monkeypatch.setattr(Optimizer, "ask", lambda *_: asked)
    assert [one.point["x"] for one in search.propose(4)] == [0.25004, 0.7, 0.70002, 0.49996]


def test_the_nearest_row_is_the_tables_and_not_the_tells(tmp_path: Path) -> None:
    rows = rows_of((0.1, None), (0.2, 3.0), (0.4, None), (0.8, 1.0))
    search = Search(setup_of(tmp_path), rows, seed=0, ask=0)
    assert search.explained({"x": 0.85}).why.endswith("nearest is row 5")
    best = search.best()
    assert best is not None
    assert best.row.number == 5
    assert best.front == ()


def test_nothing_is_expected_before_two_values(tmp_path: Path) -> None:
    search = Search(setup_of(tmp_path), rows_of((0.1, None), (0.2, 3.0)), seed=0, ask=0)
    assert search.predicted({"x": 0.3}) == {}
    assert Search(setup_of(tmp_path), [], seed=0, ask=0).best() is None


def test_the_number_of_the_ask_changes_what_is_proposed_and_nothing_else_does(tmp_path: Path) -> None:
    setup = setup_of(tmp_path, SPACE.replace("seed = 3", 'strategy = "random"'))
    points = [Search(setup, [], seed=1, ask=ask).propose(1)[0].point for ask in (0, 0, 1)]
    assert points[0] == points[1] != points[2]


@pytest.mark.parametrize(
    ("objective", "worthwhile", "text"),
    [
        (Objective("r", log=True), 0.30103, "more than 50% of r"),
        (Objective("s", "maximise", log=True), 0.30103, "more than 100% of s"),
        (Objective("t", unit="mm"), 0.25, "more than 0.25 mm in t"),
    ],
)
def test_a_gain_is_said_in_the_objectives_own_terms(objective: Objective, worthwhile: float, text: str) -> None:
    assert gain_text(objective, worthwhile) == text


def test_advice_in_words(tmp_path: Path) -> None:
    search = Search(setup_of(tmp_path), [], seed=0, ask=0)
    assert search.stop_text(Stop(True, 0.03, 0.5, "")).startswith("stopping is advised: 3% chance of a point")
    assert search.stop_text(Stop(False, 0.4, 0.5, "")).startswith("going on is worth it: 40% chance")
    assert search.stop_text(Stop(True, None, None, "the budget of 4 is used up")) == "the budget of 4 is used up"


def test_what_waits_in_the_table_is_not_proposed_again(tmp_path: Path) -> None:
    setup = setup_of(tmp_path)
    told = rows_of((0.1, 5.0), (0.4, 2.0), (0.9, 4.0))
    among = [{"x": 0.3}, {"x": 0.55}, {"x": 0.95}]
    first = Search(setup, told, seed=0, ask=0).propose(1, among)[0].point
    second = Search(setup, [*told, Row(5, first, None)], seed=0, ask=0).propose(1, among)[0].point
    assert first != second
    assert first in among
    assert second in among


def test_rows_outside_narrowed_ranges_teach_but_are_never_the_best(tmp_path: Path) -> None:
    """Falling to the right: the rows beyond the range say so, though nothing within it does."""
    beyond = [(x, 10.0 - 8.0 * (x - 0.6)) for x in (1.1, 1.2, 1.3, 1.4)]
    rows = rows_of((0.2, 5.0), (0.9, 7.9), *beyond)
    search = Search(setup_of(tmp_path), rows, seed=0, ask=0)
    assert search.outside == [4, 5, 6, 7]
    best = search.best()
    assert best is not None
    assert best.row.number == 2
    with_them, without = (
        Search(setup_of(tmp_path), some, seed=0, ask=0).predicted({"x": 1.0})["y"] for some in (rows, rows[:2])
    )
    assert with_them.high - with_them.low < 0.5 * (without.high - without.low)
    assert 0.0 <= search.propose(1)[0].point["x"] <= 1.0


@pytest.mark.parametrize(("x", "counts"), [(1.4, True), (-0.4, True), (1.6, False), (-0.6, False)])
def test_far_outside_is_a_slip_of_the_pen(tmp_path: Path, x: float, counts: bool) -> None:
    space = setup_of(tmp_path).space
    assert (refusals(space, {"x": x}, made=True) == []) == counts
    assert refusals(space, {"x": x}, made=False)  # what is not made yet must be within
