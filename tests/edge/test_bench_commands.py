"""`adatom edge run` and `start` with a user's mistakes: told before anything is opened, naming the file."""

import json
import shutil
from pathlib import Path

import pytest
from adatom.edge import command
from adatom.edge.recipe_file import load_recipe
from adatom.protocol.envelope import check
from adatom.protocol.recipe import recipe_to_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.shipped import demo_envelope

DEMO = Path(__file__).parents[2] / "sim" / "demo"


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    for name in ("bench.toml", "envelope.json"):
        shutil.copy(DEMO / name, tmp_path)
    return tmp_path / "bench.toml"


def recipe(folder: Path, **changes: float) -> Path:
    path = folder / "film.json"
    path.write_text(json.dumps(REFERENCE_RECIPE | changes))
    return path


def test_a_recipe_file_is_read(tmp_path: Path) -> None:
    assert recipe_to_dict(load_recipe(recipe(tmp_path, pulses=700)))["pulses"] == 700


def test_run_with_a_rig_that_does_not_run_begins_nothing(
    bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(["edge", "run", str(bench), "--rig", str(tmp_path / "rig")]) == command.WRONG_USE
    said = capsys.readouterr()
    assert f"{tmp_path}/rig: no rig is running there" in said.err
    assert said.out == ""
    assert not (tmp_path / "journal").exists()


@pytest.mark.parametrize("words", [["run", "BENCH", "--recipe", "FILE"], ["start", "BENCH", "FILE"]], ids=" ".join)
@pytest.mark.parametrize("text", ["", "{", '{"pulses": "many"}', None])
def test_a_file_that_is_no_recipe_is_named(
    words: list[str], text: str | None, bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "film.json"
    if text is not None:
        path.write_text(text)
    given = {"BENCH": str(bench), "FILE": str(path)}
    assert command.run(["edge", *[given.get(word, word) for word in words]]) == command.WRONG_USE
    said = capsys.readouterr().err
    assert f"error: {path}: " in said
    assert ("is no JSON" in said) == (text in ("", "{"))


def test_start_names_the_file_when_nobody_takes_it(
    bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recipe(tmp_path)
    assert command.run(["edge", "start", str(bench), str(path)]) == command.FAILED
    assert f"error: {path} is not started: {tmp_path}/journal: an agent does not answer" in capsys.readouterr().err


def test_the_shipped_recipe_is_one_that_the_shipped_bench_takes() -> None:
    assert check(load_recipe(DEMO / "recipe.json"), demo_envelope()) == []


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o600, False)])
def test_a_bench_file_with_the_board_s_key_should_be_its_owner_s(
    mode: int, warned: bool, bench: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench.chmod(mode)
    assert command.run(["edge", "run", str(bench), "--recipe", str(tmp_path / "none.json")]) == command.WRONG_USE
    assert ("holds the I/O board's key and is open to others: chmod 600" in caplog.text) == warned
