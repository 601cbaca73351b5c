"""Brackets of critical currents from ramps of cells and from tables."""

from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.cycling.brackets import of_files, of_table
from adatom.protocol.errors import InputError

from tests.cloud.measure.cycling.made import plain, symmetric


def ramp(folder: Path, name: str, short_at: int) -> Path:
    """Six cycles of 0.1, 0.2, … mA; the voltage falls at the short."""
    rows = symmetric(6, lambda n: 0.03 * n if n < short_at else 1e-3, lambda n: 1e-4 * n)
    path = folder / f"{name}.csv"
    path.write_text("# simulated = 1\n" + plain(rows), encoding="utf-8")
    return path


def test_files_give_brackets_per_area(tmp_path: Path) -> None:
    a, b = ramp(tmp_path, "a", 4), ramp(tmp_path, "b", 99)
    read = of_files([f"good={a},{b}"], 0.5)
    assert read.simulated
    assert np.allclose(read.groups[0].passed, [0.6, 1.2])
    assert np.allclose(read.groups[0].shorted, [0.8, np.inf])
    assert read.notes == ("a: critical current 0.6 to 0.8", "b: critical current above 1.2")


def test_files_need_an_area_and_a_current_that_grows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="area-cm2 is needed"):
        of_files([f"good={ramp(tmp_path, 'a', 4)}"])
    flat = tmp_path / "flat.csv"
    flat.write_text(plain(symmetric(6)), encoding="utf-8")
    with pytest.raises(InputError, match="does not grow"):
        of_files([f"good={flat}"], 0.5)


@pytest.mark.parametrize(
    "text",
    [
        "group,passed_ma_cm2,shorted_ma_cm2\na,0.1,0.2\na,0.2,\na,,0.1\n",
        "# simulated = 1\ngroup;passed;shorted\na;0,1;0,2\na;0,2;inf\na;-;0,1\n",
        "cell\tgroup\tlow\thigh\n1\ta\t0.1\t0.2\n2\ta\t0.2\tnone\n3\ta\t0\t0.1\n",
    ],
)
def test_tables_in_the_usual_spellings(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    [group] = of_table(path).groups
    assert group.passed.tolist() == [0.1, 0.2, 0.0]
    assert group.shorted.tolist() == [0.2, np.inf, 0.1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no table"),
        ("group,passed\na,1\n", "group, passed_ma_cm2 and shorted_ma_cm2"),
        ("group,passed,shorted\na,1\n", "line 2: 2 cells; 3 are needed"),
        ("group,passed,shorted\na,0.2,0.1\n", "line 2: '0.2', '0.1'"),
        ("group,passed,shorted\na,,\n", "one of them at least"),
        ("group,passed,shorted\na,much,0.1\n", "'much' is no current"),
        ("group,passed,shorted\na,-1,0.1\n", "'-1' is no current"),
    ],
)
def test_what_cannot_be_read_says_line_and_cell(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        of_table(path)
    assert words in str(caught.value)
