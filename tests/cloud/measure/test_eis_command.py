import json
from pathlib import Path

import pytest
from adatom.cloud.measure.cli import app
from adatom.cloud.measure.eis.files import read_spectra
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

from .eis.made_files import MPT_LOOPS
from .eis.test_files import EXAMPLES

GAMRY = str(EXAMPLES / "exampleDataGamry.DTA")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["fit", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_tables_for_people() -> None:
    output = run(GAMRY)
    assert "p(R1,CPE1)-p(R2,CPE2)" in output
    assert "standard error" in output
    assert "chosen" in output
    assert "R_interface needs the geometry" in output


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("exampleData*")), ids=lambda path: path.name)
def test_json_for_machines(path: Path) -> None:
    data = json.loads(run(str(path), "--json"))
    assert data["converged"]
    assert data["interface"] is None
    assert all(p["value"] > 0 for p in data["parameters"])
    assert any(row["circuit"] == data["circuit"] for row in data["tried"])


def test_the_kramers_kronig_verdict_is_stated() -> None:
    assert json.loads(run(GAMRY, "--json"))["kramers_kronig"]["verdict"] in ("valid", "suspect", "invalid")
    assert "Kramers-Kronig: " in run(GAMRY)


def test_geometry_gives_the_interface_resistance() -> None:
    data = json.loads(run(str(EXAMPLES / "exampleDataBioLogic.mpt"), "--json", "--area-cm2", "2", "--single"))
    found = data["interface"]
    low, high = found["interval_95"]
    assert low < found["r_interface_ohm_cm2"] < high


def test_a_circuit_of_ones_own() -> None:
    data = json.loads(run(GAMRY, "--json", "--circuit", "R0-p(R1,C1)-p(R2,CPE2)"))
    assert [p["name"] for p in data["parameters"]] == ["R0", "R1", "C1", "R2", "CPE2.Q", "CPE2.n"]


def test_plot_is_one_page(tmp_path: Path) -> None:
    page = tmp_path / "fit.html"
    run(GAMRY, "--plot", str(page))
    text = page.read_text(encoding="utf-8")
    assert "Nyquist" in text
    assert "<script src=" not in text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["no-such-file"], "cannot be read"),
        ([GAMRY, "--circuit", "R0-"], "character 4"),
        ([GAMRY, "--weighting", "none"], "allowed: modulus"),
        ([GAMRY, "--area-cm2", "0"], "area_cm2"),
        ([GAMRY, "--sweep", "2"], "the file holds 1"),
        ([GAMRY, "--plot", "fit.pdf"], "ending in .html"),
    ],
)
def test_wrong_use_is_an_input_error(arguments: list[str], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        run(*arguments)
    assert problem in str(caught.value)


def test_help_has_an_example() -> None:
    assert "Example: adatom eis fit" in run("--help")


def test_convert_writes_all_or_one_and_says_what_was_left_out(tmp_path: Path) -> None:
    source, out = tmp_path / "loops.dat", tmp_path / "new folder" / "out.csv"
    source.write_text(MPT_LOOPS, encoding="utf-8")
    result = CliRunner().invoke(app, ["convert", str(source), str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "loop 1: 6 points, BioLogic EC-Lab text\n  1 rows with frequency or impedance 0 left out" in result.output
    assert len(read_spectra(out)) == 2
    CliRunner().invoke(app, ["convert", str(source), str(out), "--sweep", "2"], catch_exceptions=False)
    assert len(read_spectra(out)) == 1
    assert json.loads(run(str(out), "--json"))["converged"]


def test_convert_does_not_write_over_what_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "loops.csv"
    path.write_text(MPT_LOOPS, encoding="utf-8")
    with pytest.raises(InputError, match="another name is needed"):
        CliRunner().invoke(app, ["convert", str(path), str(path)], catch_exceptions=False)
    assert path.read_text(encoding="utf-8") == MPT_LOOPS
