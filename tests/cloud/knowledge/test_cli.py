"""`adatom import` as a user calls it."""

import json
from pathlib import Path

import pytest
from adatom.cloud.knowledge.cli import app
from adatom.cloud.knowledge.materials import EXAMPLE
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

LOG = EXAMPLE.parents[1] / "pld_log"


def run(*arguments: object) -> str:
    """What the command prints; what it raises is raised (the `adatom` command turns that into exit codes)."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_materials_are_loaded_once_and_the_prior_checked(tmp_path: Path) -> None:
    db = tmp_path / "lab.duckdb"
    first = json.loads(run("materials", EXAMPLE, "--db", db, "--check", "--json"))
    assert (first["rows"], first["new"], first["materials"]) == (478, 478, 478)
    assert first["garnet_prior"]["leave_one_paper_out"]["papers"] == 38
    assert "478 rows, 0 of them new" in run("materials", EXAMPLE, "--db", db)


def test_the_check_is_said_in_words(tmp_path: Path) -> None:
    said = run("materials", EXAMPLE, "--db", tmp_path / "lab.duckdb", "--check")
    assert "92 samples of 38 papers" in said
    assert "decades" in said


def test_a_log_is_loaded_once_with_its_oddities(tmp_path: Path) -> None:
    db = tmp_path / "lab.duckdb"
    first = json.loads(run("log", LOG, "--db", db, "--json"))
    assert (first["rows"], first["events"], first["new"]) == (7626, 26, True)
    said = run("log", LOG, "--db", db)
    assert "known already" in said
    assert "heater_c" in said
    assert "note: 213 rows have a ninth column" in said
    with Store(db, read_only=True) as store:
        assert store.log_columns(first["log"])["heater_c"].max() == pytest.approx(750.9)


@pytest.mark.parametrize("command", ["materials", "log"])
def test_bad_input_is_refused_and_makes_no_database(tmp_path: Path, command: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("no such table\n")
    with pytest.raises(InputError, match=r"bad\.csv"):
        run(command, path, "--db", tmp_path / "lab.duckdb")
    assert not (tmp_path / "lab.duckdb").exists()


@pytest.mark.parametrize("command", ["materials", "log"])
def test_help_has_an_example_that_exists(command: str) -> None:
    text = " ".join(run(command, "--help").replace("│", " ").split())
    assert f"Example: adatom import {command} cloud/knowledge/examples/" in text
