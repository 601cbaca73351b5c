"""`adatom influence`: a table with failures, replicates and a mixture in; tables, JSON and pictures out."""

import json
from pathlib import Path

import pytest
from adatom.cloud.measure.influence.cli import influence
from adatom.cloud.measure.influence.table import Question, read_study
from adatom.protocol.errors import InputError
from typer import Typer
from typer.testing import CliRunner

APP = Typer()
APP.command()(influence)
EXAMPLE = Path(__file__).parents[3] / "cloud" / "measure" / "influence" / "examples" / "films.csv"
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "influence.md"
TARGET = ("--target", "r_interface_ohm_cm2")
ROWS = "\n".join(f"S{k};{k},5;{(k * 7) % 5};{'x' if k % 2 else 'y'};{k * k},5;{k}" for k in range(1, 13))
TEXT = f"sample;t_c;chance;kind;r;later\n{ROWS}\n"


def run(table: Path, *arguments: str) -> str:
    result = CliRunner().invoke(APP, [str(table), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_example_as_json_and_pictures(tmp_path: Path) -> None:
    found = json.loads(run(EXAMPLE, *TARGET, "--shuffles", "99", "--plot", str(tmp_path / "a.svg"), "--json"))
    assert found["modelled"] == "log10 r_interface_ohm_cm2"
    assert {one["name"] for one in found["factors"][:2]} == {"li_excess", "substrate_c"}
    assert found["model_p"] <= 0.05
    assert found["left_out"]["gaussian_process"]["explained"]["value"] > 0.3
    page = PAGE.read_text(encoding="utf-8")
    for one in found["factors"][:3]:
        value, low, high = (round(100.0 * one["importance"][key]) for key in ("value", "low", "high"))
        assert f"│ {one['name']}" in page
        assert f"│ {value} % ({low} to {high})" in page
        assert f"│ {one['holm_p']:.2g}{' *' if one['clear'] else ' '}" in page
    assert len(found["notes"]) == 4
    for note in found["notes"]:
        assert f"note: {note}" in page
    picture = (tmp_path / "a.svg").read_text()
    assert "<svg" in picture
    assert "SIMULATED" in picture
    assert found["simulated"] is True
    assert "39 samples SIMULATED" in page


def test_text_and_page(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    table.write_text(TEXT)
    shown = run(table, "--target", "r", "--shuffles", "99", "--plot", str(tmp_path / "a.html"))
    assert "columns after r are not factors: later" in shown
    assert "t_c" in shown
    assert "SIMULATED" not in shown
    assert "plotly" in (tmp_path / "a.html").read_text()


def test_what_counts_as_what(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    table.write_text(TEXT)
    assert read_study(table, Question("r")).names == ["t_c", "chance", "kind"]
    assert read_study(table, Question("r", without=("kind",))).names == ["t_c", "chance"]
    assert read_study(table, Question("r", ("chance", "later"))).names == ["chance", "later"]
    assert not read_study(table, Question("r", scale="linear")).log
    assert read_study(table, Question("r")).log


def test_gaps_failures_and_values_below_zero_are_told(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    rows = [f"{k},{k % 3},{k - 5}," for k in range(12)] + ["1,,3,", "1,2,,", "1,2,4,cracked"]
    table.write_text("\n".join(["a,b,r,failed", *rows]))
    study = read_study(table, Question("r"))
    assert len(study) == 12
    assert not study.log
    notes = " ".join(study.notes)
    for said in ("1 row left out that failed", "have no r", "factor without a value", "are not above 0"):
        assert said in notes


def test_mistakes_are_said(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    table.write_text(TEXT)
    for arguments, said in (
        (("--target", "x"), "is no column"),
        (("--target", "kind", "--factor", "t_c"), "no numbers"),
        (("--target", "r", "--factor", "sample"), "another text in every row"),
        (("--target", "r", "--factor", "r"), "is the target"),
        (("--target", "r", "--scale", "ln"), "must be one of"),
        (("--target", "r", "--mixture", "t_c,chance"), "their sum goes"),
        (("--target", "r", "--plot", str(tmp_path / "a.pdf")), "a name ending in"),
    ):
        with pytest.raises(InputError, match=said):
            run(table, *arguments)
    with pytest.raises(InputError, match="no such file"):
        run(tmp_path / "none.csv", "--target", "r")


@pytest.mark.parametrize(("column", "said"), [("t_c", "must be a number as in most rows"), ("r", "is no number")])
def test_a_slip_among_numbers_is_named_and_drops_no_factor(column: str, said: str, tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    lines = TEXT.splitlines()
    place = lines[0].split(";").index(column)
    cells = lines[4].split(";")
    cells[place] = "4O0"
    table.write_text("\n".join([*lines[:4], ";".join(cells), *lines[5:]]))
    with pytest.raises(InputError, match=f"row 5, {column}: '4O0'.*{said}"):
        run(table, "--target", "r")
