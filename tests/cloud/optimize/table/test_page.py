"""The page of figures: what is shown is what is in the table, texts cannot break out, no network is asked."""

import json
import re
from pathlib import Path

import pytest
from adatom.cloud.optimize.table import plots
from adatom.cloud.optimize.table.curves import course, slices, swept
from adatom.cloud.optimize.table.page import page
from adatom.cloud.optimize.table.reading import Row
from adatom.cloud.optimize.table.search import Search
from adatom.cloud.optimize.table.setup import read_setup
from adatom.cloud.optimize.table.suggest import Request, suggest

from .labs import HEADER, SPACE, lab

EVIL = '</script><img src=x onerror="alert(1)">'
TWO = SPACE + '\n[[objectives]]\nname = "cost <b>"\n'
THREE = TWO + '\n[[objectives]]\nname = "curl"\ndirection = "target"\ntarget = 1.0\n'


def search_of(folder: Path, space: str, count: int = 8) -> Search:
    """A search with as many rows, all objectives measured, the last row failed."""
    lab(folder, space=space)
    setup = read_setup(folder / "SPACE.toml")
    points = setup.space.points(setup.space.sobol(count, 5))
    rows = []
    for index, point in enumerate(points):
        result = {o.name: [1.0 + (index * (k + 2)) % 7, 0.0, 1.0] for k, o in enumerate(setup.objectives)}
        rows.append(Row(index + 2, point, {"failed": EVIL} if index == count - 1 else result))
    return Search(setup, rows, seed=1, ask=0)


def test_the_course_keeps_the_best_and_marks_failures(tmp_path: Path) -> None:
    search = search_of(tmp_path, SPACE)
    shown = course(search.setup.objectives[0], search.rows)
    assert [value for _, value in shown.best] == [max(v for _, v in shown.measured[: i + 1]) for i in range(7)]
    assert shown.failed == [(9, EVIL)]
    figure = plots.convergence(search, search.setup.objectives[0])
    names = [trace.name for trace in figure.data]
    assert names == ["best so far", "measured", "failed"]
    assert EVIL not in figure.to_json()


def test_a_target_is_approached(tmp_path: Path) -> None:
    search = search_of(tmp_path, THREE)
    objective = search.setup.objectives[2]
    shown = course(objective, search.rows)
    distances = [abs(value - 1.0) for _, value in shown.best]
    assert distances == sorted(distances, reverse=True)


def test_slices_change_one_column_and_keep_to_the_rules(tmp_path: Path) -> None:
    search = search_of(tmp_path, SPACE)
    point = search.told[0].point
    found = slices(search, search.setup.objectives[0], point)
    assert [one.column for one in found] == list(search.setup.inputs)
    for one in found:
        assert one.allowed
        assert len(one.places) == len(one.predicted)
        assert all(p.low <= p.value <= p.high for p in one.predicted)
    space = search.setup.space
    mixture = space.parameters[-1]
    for other in swept(space, mixture, "Zr", point):
        assert other["Zr"] + other["Ta"] + other["Nb"] == pytest.approx(1.0)
        assert [other[name] for name in ("sinter_c", "hold_h", "atmosphere")] == [
            point[name] for name in ("sinter_c", "hold_h", "atmosphere")
        ]


def test_a_slice_through_a_point_passes_through_its_prediction(tmp_path: Path) -> None:
    search = search_of(tmp_path, SPACE)
    point = search.told[0].point
    found = {one.column: one for one in slices(search, search.setup.objectives[0], point)}
    choice = found["atmosphere"]
    index = list(choice.places).index(choice.here)  # type: ignore[arg-type]
    assert choice.predicted[index].value == pytest.approx(search.predicted(point)["sigma"].value)


@pytest.mark.parametrize(("space", "pairs"), [(SPACE, 0), (TWO, 1), (THREE, 3)])
def test_the_front_has_a_panel_for_each_pair(tmp_path: Path, space: str, pairs: int) -> None:
    search = search_of(tmp_path, space)
    figure = plots.front_figure(search, [search.told[0].point])
    assert (figure is None) == (pairs == 0)
    if figure is not None:
        assert len(figure.data) == 3 * pairs
        front = next(trace for trace in figure.data if trace.name == "no other beats it")
        assert {text.removeprefix("row ") for text in front.text} == {
            str(search.told[i].number) for i in search.optimizer.front()
        }


def test_sensitivities_are_by_column_and_add_up(tmp_path: Path) -> None:
    search = search_of(tmp_path, SPACE)
    figure = plots.sensitivity_figure(search, search.told[0].point)
    assert figure is not None
    assert set(figure.data[0].y) == set(search.setup.inputs)
    assert sum(figure.data[0].x) == pytest.approx(100.0)


def test_the_page_needs_no_network_and_no_text_breaks_out(tmp_path: Path) -> None:
    doubled = EVIL.replace('"', '""')
    rows = (
        "1000,2,air,0.8,0.2,0,0.31,5,",
        "1100,4,O2,0.7,0.2,0.1,0.52,3,",
        f'1200,8,Ar,0.9,0.1,0,,,"{doubled}"',
        "1150,6,air,0.6,0.3,0.1,0.4,4,",
    )
    table = lab(tmp_path, (HEADER.replace("sigma,", "sigma,cost <b>,"), *rows), TWO)
    answer = suggest(Request(table, table.with_name("SPACE.toml"), 2))
    text = page(answer)
    assert text == page(answer)
    own = text.replace(text[text.index("<script>") : text.index("</head>")], "")  # plotly.js speaks of addresses
    assert EVIL not in own
    assert "cost <b>" not in own
    figures = re.findall(r'<script type="application/json">(.*?)</script>', own, re.DOTALL)
    words = re.sub(r'<script type="application/json">.*?</script>', "", own, flags=re.DOTALL)
    assert not re.search(r"<[^>]*(src|href)=", words)
    assert len(figures) >= 4
    assert all({"data", "layout"} <= set(json.loads(figure)) for figure in figures)


def test_a_table_without_results_has_a_page(tmp_path: Path) -> None:
    table = lab(tmp_path, (HEADER,))
    assert "No row has a value yet" in page(suggest(Request(table, table.with_name("SPACE.toml"))))
