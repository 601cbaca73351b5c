"""Other tables beside a search's own: learnt from where alike, remembered, never suggested or called the best."""

import json
import random
from pathlib import Path

import pytest
from adatom.cloud.optimize.table.memory import Memory, memory_path, read_memory, write_memory
from adatom.cloud.optimize.table.suggest import search_of
from adatom.edge import command
from adatom.protocol.errors import InputError

from .labs import lab, run

SPACE = '[space]\nx = [0.0, 1.0]\ny = [0.0, 1.0]\n[[objectives]]\nname = "r"\n'
OWN = ((0.1, 0.2), (0.8, 0.3), (0.5, 0.9), (0.9, 0.9), (0.4, 0.1))


def bowl(x: float, y: float) -> float:
    return (x - 0.3) ** 2 + 0.5 * (y - 0.6) ** 2


def tables(folder: Path) -> tuple[Path, Path]:
    """A table of five rows, and one of another bench that measures seven more than thirty times as much."""
    own = lab(folder, ["x,y,r", *(f"{x},{y},{bowl(x, y):.4f}" for x, y in OWN)], SPACE)
    rng = random.Random(1)
    points = [(round(rng.random(), 3), round(rng.random(), 3)) for _ in range(25)]
    other = folder / "bench2.csv"
    other.write_text("x,y,r\n" + "".join(f"{x},{y},{7 + 30 * bowl(x, y):.4f}\n" for x, y in points))
    return own, other


def test_another_bench_leads_to_the_best_point_at_once_and_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own, other = tables(tmp_path)
    kept = other.read_bytes()
    words = ("suggest", str(own), "--space", str(tmp_path / "SPACE.toml"))
    assert run(monkeypatch, *words, "--also", str(other), "--json") == command.OK
    answer = json.loads(capsys.readouterr().out)
    [suggested] = answer["suggestions"]
    assert bowl(**suggested["point"]) < 0.01 < min(bowl(*point) for point in OWN)
    assert answer["sources"]["bench2.csv"]["rows"] == 25
    assert answer["sources"]["bench2.csv"]["correlations"]["r"] > 0.8
    assert (answer["told"], answer["pending"]) == (5, 0)
    assert answer["best"]["row"] in range(2, 7)
    assert other.read_bytes() == kept

    assert run(monkeypatch, "suggest", str(own), "--append", "--html", str(tmp_path / "page.html")) == command.OK
    said = capsys.readouterr().out
    assert "note: bench2.csv, 25 rows with results: learnt from: r (correlation 0.9" in said
    assert "<dt>other tables</dt><dd>bench2.csv, 25 rows" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert search_of(own).sources == {"bench2.csv": 25}
    before = search_of(own).predicted(suggested["point"])["r"]
    assert run(monkeypatch, "tell", str(own), "last", "r=0.001") == command.OK
    assert f"({before.low:.3g} to {before.high:.3g}) was expected" in capsys.readouterr().out

    assert run(monkeypatch, "suggest", str(own), "--alone") == command.OK
    assert "bench2" not in capsys.readouterr().out
    memory = read_memory(own)
    assert memory is not None
    assert memory.also == ()


def test_what_is_unlike_or_scarce_is_said_not_to_be_learnt_from(tmp_path: Path) -> None:
    own, other = tables(tmp_path)
    other.write_text("x,y,r\n0.1,0.1,5\n0.4,0.4,\n0.9,0.9,2\n")
    write_memory(own, Memory(seed=1, space="SPACE.toml", also=["bench2.csv"]))
    search = search_of(own)
    write_memory(own, Memory(seed=1, space="SPACE.toml"))
    alone = search_of(own)
    assert search.sources_text() == ["bench2.csv, 2 rows with results: not learnt from: r (unlike, or too few values)"]
    assert search.predicted({"x": 0.3, "y": 0.6}) == alone.predicted({"x": 0.3, "y": 0.6})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--also", "nix.csv"), "nix.csv: is not there"),
        (("--also", "runs.csv"), "--also: runs.csv: is the table itself"),
        (("--also", "bench2.csv", "--alone"), "--alone: forgets other tables"),
        (("--also", "bad.csv"), "bad.csv: 1 bad row"),
        (("--also", "SPACE.toml"), "SPACE.toml"),
    ],
)
def test_mistakes_are_named_and_nothing_is_remembered(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    own, _ = tables(tmp_path)
    (tmp_path / "bad.csv").write_text("x,y,r\n0.1,much,5\n0.2,0.3,6\n")
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "suggest", "runs.csv", "--space", "SPACE.toml", *words) == command.WRONG_USE
    assert said in capsys.readouterr().err
    assert not memory_path(own).exists()


def test_bad_rows_of_another_table_are_skipped_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own, _ = tables(tmp_path)
    bad = tmp_path / "bad.csv"
    bad.write_text("x,y,r\n0.1,much,5\n0.2,0.3,6\n")
    words = ("suggest", str(own), "--space", str(tmp_path / "SPACE.toml"), "--also", str(bad), "--skip-bad")
    assert run(monkeypatch, *words) == command.OK
    said = capsys.readouterr().out
    assert "left out: row 2, column y: 'much': must be a number (bad.csv)" in said
    assert "bad.csv, 1 row with results" in said


def test_memories_of_before_load_and_wrong_ones_do_not(tmp_path: Path) -> None:
    own, _ = tables(tmp_path)
    write_memory(own, Memory(seed=4, asks=2))
    fields = json.loads(memory_path(own).read_text())
    assert "also" not in fields
    assert read_memory(own) == Memory(seed=4, asks=2)
    for wrong in (3, [3], "bench2.csv"):
        memory_path(own).write_text(json.dumps({**fields, "also": wrong}))
        with pytest.raises(InputError, match="also is"):
            read_memory(own)
