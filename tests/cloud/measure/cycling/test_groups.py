from pathlib import Path

import pytest
from adatom.cloud.measure.cycling.groups import of_files, of_table
from adatom.protocol.errors import InputError

from tests.cloud.measure.cycling import made


def table(folder: Path, text: str) -> Path:
    path = folder / "lives.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "group,cycles,failed\na,5,1\nb,50,0\na,7,1\n",
        "cell;Group;Cycles;Status\n1;a;5,0;short\n2;b;50;survived\n3;a;7;failed\n",
        "# simulated = 1\ngroup\tlifetime\tcensored\na\t5\tno\nb\t50\tyes\na\t7\t0\n",
    ],
)
def test_tables(tmp_path: Path, text: str) -> None:
    found = of_table(table(tmp_path, text))
    assert [(one.name, one.cycles.tolist(), one.failed.tolist()) for one in found.groups] == [
        ("a", [5, 7], [True, True]),
        ("b", [50], [False]),
    ]
    assert found.simulated == text.startswith("#")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no table"),
        ("group,cycles\na,5\n", "'group', 'cycles'; group, cycles and failed are needed"),
        ("group,cycles,failed\na,x,1\n", "line 2: 'x' is no lifetime"),
        ("group,cycles,failed\na,-5,1\n", "'-5' is no lifetime"),
        ("group,cycles,failed\na,5,perhaps\n", "line 2: 'perhaps'; one of 1, yes"),
        ("group,cycles,failed\na,5\n", "line 2: 2 cells; 3 are needed"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        of_table(table(tmp_path, text))
    assert problem in str(caught.value)


def test_files_by_group(tmp_path: Path) -> None:
    for name, short_at in (("a", 5), ("b", 99)):
        rows = made.symmetric(9, lambda cycle, at=short_at: 0.03 * (0.1 if cycle >= at else 1.0))  # type: ignore[misc]
        (tmp_path / f"{name}.csv").write_text("# simulated = 1\n" + made.plain(rows), encoding="utf-8")
    found = of_files([f"x={tmp_path / 'a.csv'},{tmp_path / 'b.csv'}"])
    assert found.groups[0].cycles.tolist() == [5, 9]
    assert found.groups[0].failed.tolist() == [True, False]
    assert found.simulated
    assert found.notes == ("a: hard short at cycle 5", "b: survived at cycle 9")


@pytest.mark.parametrize("option", ["x", "x=", "=a.csv", "x=,"])
def test_bad_options(option: str) -> None:
    with pytest.raises(InputError, match="NAME=FILE"):
        of_files([option])
