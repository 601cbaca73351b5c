"""`adatom correlate`: a table with decimal commas in, a table or JSON out, and errors in words."""

import json
from pathlib import Path

import pytest
from adatom.cloud.measure.correlate.cli import correlate
from adatom.protocol.errors import InputError
from typer import Typer
from typer.testing import CliRunner

APP = Typer()
APP.command()(correlate)
ROWS = "\n".join(f"S{k};{k},5;{k * k};{(k * 7) % 5};" for k in range(1, 13))
TEXT = f"sample;sq_nm;r_interface;chance;empty\n{ROWS}\n"


def run(table: Path, *arguments: str) -> str:
    result = CliRunner().invoke(APP, [str(table), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_json_and_tables(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    table.write_text(TEXT)
    chosen = ("--of", "sq_nm", "--of", "chance", "--with", "r_interface")
    first, second = json.loads(run(table, *chosen, "--json"))
    assert (first["first"], second["first"]) == ("sq_nm", "chance")
    assert first["spearman"]["value"] == pytest.approx(1.0)
    assert first["pearson"]["value"] < 1.0
    assert (first["clear"], second["clear"]) == (True, False)
    assert "clear" in run(table, *chosen)


def test_simulated_samples_are_marked(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    chosen = ("--of", "sq_nm", "--with", "r_interface")
    table.write_text(TEXT)
    assert "SIMULATED" not in run(table, *chosen)
    lines = TEXT.splitlines()
    separator = ";" if ";" in lines[0] else ","
    table.write_text("\n".join([lines[0] + separator + "simulated", *(line + separator + "1" for line in lines[1:])]))
    assert "SIMULATED" in run(table, *chosen)
    assert json.loads(run(table, *chosen, "--json"))[0]["simulated"] is True


def test_mistakes_are_said(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    with pytest.raises(InputError, match="no such file"):
        run(table, "--of", "a", "--with", "b")
    table.write_text(TEXT)
    with pytest.raises(InputError, match="sample: is no column of numbers"):
        run(table, "--of", "sample", "--with", "sq_nm")
    table.write_text("a,a\n1,2\n")
    with pytest.raises(InputError, match="two columns"):
        run(table, "--of", "a", "--with", "b")
    table.write_text("a,b\n1,2\n2,3\n3,5\n4,4\n1e308,-1e308\n")
    with pytest.raises(InputError, match=r"a: 1e\+308: must be within ±1e\+150"):
        run(table, "--of", "a", "--with", "b")
    table.write_text(TEXT.replace("S5;5,5;", "S5;5.5x;"))
    with pytest.raises(InputError, match=r"samples.csv: row 6, sq_nm: '5.5x': must be a number"):
        run(table, "--of", "sq_nm", "--with", "chance")
