"""The command line as a whole: exit codes, and no traceback for a user's mistake."""

import subprocess
import sys
from pathlib import Path

import pytest
from adatom.edge import command
from adatom.edge.station import SOFTWARE

COMMANDS = [
    ["demo"],
    ["campaign", "run"],
    ["campaign", "status"],
    ["campaign", "resume"],
    ["campaign", "report"],
    ["edge", "run"],
    ["edge", "guardian"],
    *[["edge", name] for name in ("abort", "pause", "resume", "rearm", "stop", "confirm", "fail", "start", "status")],
    ["cloud", "run"],
    ["edge", "fault"],
    ["edge", "matrix"],
    ["sim", "rig"],
    ["sim", "state"],
    ["sim", "bench"],
    ["sim", "validate"],
    ["eis", "fit"],
    ["xps"],
    ["import", "log"],
    ["import", "materials"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run([*words, "--help"]) == command.OK
    shown = capsys.readouterr().out
    assert "Example" in shown
    assert "adatom " + " ".join(words) in shown


@pytest.mark.parametrize(
    "words", [["no-such-command"], ["demo", "--no-such-option"], ["campaign", "run"], ["eis", "fit", "no-such-file"]]
)
def test_wrong_use_is_exit_code_2_with_a_message(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(words) == command.WRONG_USE
    shown = capsys.readouterr()
    assert shown.err
    assert "Traceback" not in shown.err


def test_a_room_that_is_not_installed_is_not_listed_and_names_its_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "duckdb" else object())
    assert command.run(["--help"]) == command.OK
    shown = capsys.readouterr().out
    assert "  edge  " in shown
    assert "  campaign  " not in shown
    for words in (["campaign", "run", "x.toml"], ["demo", "--trials", "3"], ["eis", "fit", "--help"]):
        assert command.run(words) == command.FAILED
        assert "pip install 'adatom[" in capsys.readouterr().err


def test_the_edge_brings_no_heavy_package() -> None:
    heavy = "{'numpy', 'sklearn', 'duckdb'}"
    code = f"import sys, adatom.edge.cli, adatom.edge.station; print(sorted({heavy} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path("/"))
    assert shown.stdout.strip() == "[]"


def test_a_command_waits_for_no_other_rooms_imports() -> None:
    code = "import sys; from adatom.edge.command import run; run(['edge', 'status', '--help']); print(set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path("/"))
    assert "adatom edge status" in shown.stdout
    loaded = shown.stdout.splitlines()[-1]
    assert "'adatom.edge.cli'" in loaded
    assert not [name for name in ("numpy", "duckdb", "adatom.cloud.cli") if f"'{name}'" in loaded]


def test_the_version_is_the_one_that_a_bench_tells(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["--version"]) == command.OK
    assert capsys.readouterr().out == f"{SOFTWARE}\n"
