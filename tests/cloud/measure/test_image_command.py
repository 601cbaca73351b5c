"""`adatom image`: tables, JSON, pictures, and errors in words."""

import json
from pathlib import Path

import pytest
from adatom.cloud.measure.image.cli import image
from adatom.protocol.errors import InputError
from typer import Typer
from typer.testing import CliRunner

EXAMPLES = Path(__file__).parents[3] / "cloud" / "measure" / "image" / "examples"
FILM, LITHIUM = EXAMPLES / "film.png", EXAMPLES / "lithium.tif"
APP = Typer()
APP.command()(image)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(APP, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_tables_for_people() -> None:
    output = run(str(FILM), str(LITHIUM))
    for shown in ("film.png (height, simulated)", "Sq", "Sku", "correlation length", "needles, median length"):
        assert shown in output


def test_json_for_machines() -> None:
    film, lithium = json.loads(run(str(FILM), str(LITHIUM), "--json"))
    assert film["simulated"]
    low, high = film["roughness"]["sq"]["interval_95"]
    assert low < 8.72 < high  # the truth, as ATTRIBUTION.md has it
    low, high = lithium["needles"]["per_mm2"]["interval_95"]
    assert low < 6000.0 < high
    assert film["unevenness"] is None  # a height map's zero is anywhere


@pytest.mark.parametrize(("ending", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_pictures(tmp_path: Path, ending: str, begins: bytes) -> None:
    path = tmp_path / f"images{ending}"
    run(str(FILM), str(LITHIUM), "--plot", str(path))
    assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--plot", "a.pdf"], "a name ending in .png, .svg is needed"),
        (["--objects", "grey"], "must be bright or dark"),
        (["--nm-per-pixel", "-1"], "must be above 0"),
        (["--nm-per-pixel", "1e300"], "1e+300; must be above 0, at most 1e+09 nm"),
        (["--nm-per-level", "nan"], "nan; must be above 0"),
        (["no-such-file"], "no such file"),
    ],
)
def test_mistakes_are_said(arguments: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        run(str(FILM), *arguments)
    assert problem in str(caught.value)
