"""`adatom cycle`: tables, JSON, pictures, and errors in words."""

import json
from pathlib import Path

import pytest
from adatom.cloud.measure.cycling.cli import app
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

from tests.cloud.measure.cycling import made

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "cloud" / "measure" / "cycling" / "examples"
CELL, LIVES = str(EXAMPLES / "cell.csv"), str(EXAMPLES / "lifetimes.csv")
RAMPS = str(EXAMPLES / "critical.csv")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_cell_for_people() -> None:
    output = run(CELL)
    for shown in ("SIMULATED", "symmetric cell", "Ω·cm²", "hard short at cycle", "of the resistance left"):
        assert shown in output
    assert output == run("show", CELL)


def test_a_cell_for_machines() -> None:
    (data,) = json.loads(run(CELL, "--json"))
    assert data["simulated"]
    assert data["short"]["kind"] == "hard"
    assert data["life"]["cycles"] == data["short"]["cycle"] == len(data["cycles"])


def test_groups_for_people_and_machines() -> None:
    output = run("compare", LIVES)
    for shown in ("SIMULATED", "optimised against baseline: lives", "times as long, 95 %", "log-rank p =", "Holm"):
        assert shown in output
    data = json.loads(run("compare", LIVES, "--json"))
    assert data["simulated"]
    assert data["comparisons"][0]["ratio"]["low"] > 10
    assert [group["cells"] for group in data["groups"]] == [12, 12]
    turned = json.loads(run("compare", LIVES, "--json", "--baseline", "optimised"))
    assert turned["comparisons"][0]["ratio"]["high"] < 0.1


def test_critical_currents_of_groups() -> None:
    output = run("ccd", RAMPS)
    for shown in ("SIMULATED", "optimised against baseline: critical current", "times as high, 95 %", "p = "):
        assert shown in output
    data = json.loads(run("ccd", RAMPS, "--json", "--law", "lognormal"))
    assert data["law"] == "lognormal"
    assert data["comparisons"][0]["ratio"]["low"] > 2
    assert [group["shorted"] for group in data["groups"]] == [8, 8]
    low, high = (data["groups"][0]["median_ma_cm2"][end] for end in ("low", "high"))
    assert low < data["groups"][0]["median_ma_cm2"]["value"] < high


def test_groups_of_files(tmp_path: Path) -> None:
    for name, short_at in (("a", 4), ("b", 6), ("c", 99), ("d", 99)):
        rows = made.symmetric(9, lambda cycle, at=short_at: 0.03 * (0.1 if cycle >= at else 1.0))  # type: ignore[misc]
        (tmp_path / f"{name}.csv").write_text(made.plain(rows), encoding="utf-8")
    of = {name: str(tmp_path / f"{name}.csv") for name in "abcd"}
    output = run("compare", "--group", f"good={of['c']},{of['d']}", "--group", f"baseline={of['a']},{of['b']}")
    assert "good against baseline: lives at least" in output
    assert "SIMULATED" not in output


def test_the_lines_of_the_page_run(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "cycling.md").read_text(encoding="utf-8")
    lines = [line.split()[2:] for line in page.splitlines() if line.startswith("    adatom cycle ")]
    assert len(lines) == 3
    for words in lines:
        at = next(i for i, word in enumerate(words) if word.startswith("cloud/"))
        shown = run(*words[:at], str(ROOT / words[at]), "--plot", str(tmp_path / words[-1]))
        for line in shown.splitlines():
            if line.startswith(("life", "hard short", "optimised against", "  log-rank")):
                assert line in page


@pytest.mark.parametrize(("ending", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_pictures(tmp_path: Path, ending: str, begins: bytes) -> None:
    full = tmp_path / "full.csv"
    full.write_text(made.plain(made.full(12)), encoding="utf-8")
    ramp = tmp_path / "ramp.csv"
    ramp.write_text(made.plain(made.symmetric(6, lambda c: 0.01 * c, lambda c: 1e-4 * c)), encoding="utf-8")
    for arguments in ([CELL], [str(full)], [str(ramp)], ["compare", LIVES], ["ccd", RAMPS]):
        path = tmp_path / f"picture{ending}"
        run(*arguments, "--plot", str(path))
        assert path.read_bytes().startswith(begins)
        path.unlink()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nowhere.csv"], "nowhere.csv: cannot be read"),
        ([CELL, CELL, "--plot", "x.png"], "a picture is of one file; 2 are given"),
        ([CELL, "--plot", "x.pdf"], "ending in .png, .svg"),
        (["compare"], "either a table of lifetimes or --group"),
        (["compare", LIVES, "--group", f"x={CELL}"], "either a table of lifetimes or --group"),
        (["compare", LIVES, "--baseline", "nobody"], "'nobody' is no group; groups: baseline, optimised"),
        (["compare", CELL], "group, cycles and failed are needed"),
        (["ccd"], "either a table of brackets or --group"),
        (["ccd", LIVES], "group, passed_ma_cm2 and shorted_ma_cm2 are needed"),
        (["compare", "--group", f"a={CELL}", "--group", f"baseline={CELL}"], "is named twice: each cell counts once"),
        (["ccd", RAMPS, "--law", "normal"], "'normal': must be one of weibull, lognormal"),
        (["ccd", RAMPS, "--baseline", "nobody"], "'nobody' is no group; groups: baseline, optimised"),
    ],
)
def test_mistakes_are_told_in_words(
    arguments: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert problem in str(caught.value)


@pytest.mark.filterwarnings("error")
def test_cells_that_all_fail_at_once_have_no_log_rank(tmp_path: Path) -> None:
    table = tmp_path / "lives.csv"
    table.write_text("group,cycles,failed\n" + "baseline,77,1\nother,77,1\n" * 2, encoding="utf-8")
    data = json.loads(run("compare", str(table), "--json"), parse_constant=pytest.fail)
    assert data["comparisons"][0]["log_rank_p"] is data["comparisons"][0]["holm_p"] is None
    assert "log-rank p: none" in run("compare", str(table))
