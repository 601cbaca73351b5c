"""`adatom xps`: tables, JSON, pictures, and errors in words."""

import json
from pathlib import Path

import pytest
from adatom.cloud.measure.xps.cli import xps
from adatom.protocol.errors import InputError
from typer import Typer
from typer.testing import CliRunner

EXAMPLE = Path(__file__).parents[3] / "cloud" / "measure" / "xps" / "examples" / "surface.vms"
APP = Typer()
APP.command()(xps)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(APP, [str(EXAMPLE), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_tables_for_people() -> None:
    output = run()
    for shown in ("simulated", "charging", "La 3d", "shake-up", "overlayer", "adventitious carbon", "not detected"):
        assert shown in output


def test_json_for_machines() -> None:
    data = json.loads(run("--json"))
    assert data["simulated"]
    low, high = next(row["interval_95"] for row in data["surface_fractions"] if row["element"] == "O")
    assert 0.3 < low < high < 0.7
    assert data["layers"]["overlayer_nm"] > 0.0
    assert {level["level"] for level in data["levels"]} > {"O 1s", "C 1s", "Li 1s"}


@pytest.mark.parametrize(("ending", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".html", b"<!doctype html")])
def test_pictures(tmp_path: Path, ending: str, begins: bytes) -> None:
    path = tmp_path / f"fit{ending}"
    run("--plot", str(path))
    data = path.read_bytes()
    assert data.startswith(begins)
    assert ending == ".png" or b"La 3d" in data


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--plot", "fit.pdf"], "a name ending in .png, .svg, .html is needed"),
        (["--attenuation", "guess"], "must be one of power, tpp2m"),
        (["--sample", "another"], "the files hold"),
        (["--shift-ev", "1e300"], "1e+300: must be within 200 eV of 0"),
        (["--shift-ev", "nan"], "nan: must be within 200 eV of 0"),
        (["--hv-ev", "-5"], "-5.0: must be above 0, at most 20000"),
        (["no-such-file"], "cannot be read"),
    ],
)
def test_mistakes_are_said(arguments: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        run(*arguments)
    assert problem in str(caught.value)


def test_counts_beyond_all_measure_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "O 1s.txt"
    file.write_text("\n".join(f"{525 + k / 10:.1f} 1e300" for k in range(100)), encoding="utf-8")
    with pytest.raises(InputError, match=r"O 1s intensity: 1e\+300: must be at most 1e\+15"):
        CliRunner().invoke(APP, [str(file)], catch_exceptions=False)
