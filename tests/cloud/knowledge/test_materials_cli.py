"""`adatom materials` as a user calls it."""

import json
from pathlib import Path

import pytest
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.materials_cli import app
from adatom.protocol.errors import InputError
from typer.testing import CliRunner


def run(*arguments: object) -> str:
    """What the command prints; what it raises is raised (the `adatom` command turns that into exit codes)."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("known") / "known.duckdb"
    found = json.loads(run("load", shipped("obelix"), shipped("liion"), "--db", path, "--json"))
    assert [one["refused"] for one in found["files"]] == [0, 0]
    return path


def test_a_table_of_ones_own_needs_its_columns_named(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("what;sigma;DOI\nLi7La3Zr2O12;0,3;10.1000/x\nmud;1;\n")
    db = tmp_path / "k.duckdb"
    with pytest.raises(InputError, match="--formula COLUMN"):
        run("load", own, "--db", db)
    asked = (
        "--formula",
        "what",
        "--value",
        "sigma",
        "--property",
        "ionic_conductivity",
        "--unit",
        "mS/cm",
        "--doi",
        "DOI",
    )
    said = run("load", own, "--db", db, *asked)
    assert "own.csv" in said
    assert "mud" in run("status", "--db", db)
    shown = json.loads(run("show", "Li7La3Zr2O12", "--db", db, "--json"))
    assert shown["facts"][0]["value"] == pytest.approx(3e-4)
    assert shown["facts"][0]["dois"] == ["10.1000/x"]
    assert len(shown["facts"][0]["fact"]) == 16
    assert "known already" in run("load", own, "--db", db, *asked)


def test_a_column_may_tell_the_property_of_each_row(tmp_path: Path) -> None:
    own, db = tmp_path / "long.tsv", tmp_path / "k.duckdb"
    own.write_text("f\twhat\tv\tu\nLi2O\tband gap\t7900\tmeV\nLi2O\tdensity\t2.01\tg/cm3\n")
    asked = ["load", own, "--db", db, "--formula", "f", "--value", "v", "--unit", "u", "--method", "HSE06"]
    with pytest.raises(InputError, match="'densty' is neither one of its columns nor a property"):
        run(*asked, "--property", "densty")
    run(*asked, "--property", "what")
    facts = {fact["property"]: fact for fact in json.loads(run("show", "Li2O", "--db", db, "--json"))["facts"]}
    assert (facts["band_gap"]["value"], facts["band_gap"]["method"]) == (pytest.approx(7.9), "HSE06")
    assert facts["density"]["value"] == pytest.approx(2.01)


def test_what_is_known_is_shown_with_where_it_is_from_and_drawn(db: Path, tmp_path: Path) -> None:
    picture = tmp_path / "garnet.png"
    said = run("show", "Li7La3Zr2O12", "--db", db, "--facts", "--plot", picture)
    assert "ionic_conductivity / S/cm" in said
    assert "10.1002/anie.200701144" in said
    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="nothing is known"):
        run("show", "XeF2", "--db", db)
    with pytest.raises(InputError, match="is no element"):
        run("show", "Qq2O", "--db", db)


def test_search_by_elements_and_ranges(db: Path) -> None:
    asked = (
        "search",
        "--db",
        db,
        "--element",
        "Li,La",
        "--without",
        "Zr",
        "--property",
        "1e-5<ionic_conductivity<1e-3",
    )
    found = json.loads(run(*asked, "--json"))
    assert found
    assert all("La" in one["formula"] and "Zr" not in one["formula"] for one in found)
    values = [one["ionic_conductivity"] for one in found]
    assert values == sorted(values)
    assert 1e-5 <= values[0] <= values[-1] <= 1e-3
    assert f"{len(found)} materials" in run(*asked)
    assert json.loads(run("search", "--db", db, "--property", "ionic_conductivity", "--min", 1, "--json")) == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("load", "--db", "k.duckdb"), "name a file"),
        (("load", "none.csv", "--db", "k.duckdb"), "no such file"),
        (("load", "x.csv", "--db", "k.duckdb", "--formula", "a"), "needed together"),
        (("status", "--db", "none.duckdb"), "no such database"),
        (("search", "--db", "k.duckdb", "--element", "Qq"), "is no element"),
        (("search", "--db", "k.duckdb", "--property", "a<b<c"), "is needed"),
        (("search", "--db", "k.duckdb", "--property", "colour>1"), "is no property"),
        (("search", "--db", "k.duckdb", "--min", "1"), "need --property"),
        (("show", "Li", "--db", "k.duckdb", "--plot", "x.gif"), "ending in"),
    ],
)
def test_a_users_mistakes_are_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=word):
        run(*arguments)


def test_scales_are_made_once_and_shown_with_a_material(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(db.read_bytes())
    assert json.loads(run("show", "Li7La3Zr2O12", "--db", copy, "--json"))["normalised"] == {}
    assert json.loads(run("normalise", "--db", copy, "--json"))["version"] == 1
    assert "version 1" in run("normalise", "--db", copy)
    found = json.loads(run("show", "Li7La3Zr2O12", "--db", copy, "--json"))["normalised"]
    assert 0.3 < found["ionic_conductivity"] < 0.9
    assert "0..1" in run("show", "Li7La3Zr2O12", "--db", copy)


def test_features_of_formulas_and_of_a_database(db: Path, tmp_path: Path) -> None:
    found = json.loads(run("features", "Li7La3Zr2O12", "(Mg,Fe)2SiO4", "--charges", "--json"))
    assert found["charges"] == ["neutral", "neutral"]
    assert found["rows"][0][found["names"].index("elements")] == 4.0
    out = tmp_path / "f.csv"
    said = run("features", "--db", db, "--element", "Li,La,Zr", "--table", "oliynyk", "--output", out)
    lines = out.read_text(encoding="utf-8").splitlines()
    assert f"of {len(lines) - 1} compositions" in said
    assert len(lines) > 10
    for arguments, word in (((), "name formulas"), (("LiF", "--db", db), "name formulas"), (("Qq",), "no element"),
                            (("LiF", "--table", "x"), "must be of")):  # fmt: skip
        with pytest.raises(InputError, match=word):
            run("features", *arguments)


@pytest.mark.parametrize("command", ["load", "status", "show", "search", "normalise", "features"])
def test_help_has_an_example(command: str) -> None:
    assert f"adatom materials {command}" in " ".join(run(command, "--help").replace("│", " ").split())
